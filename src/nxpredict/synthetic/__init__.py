"""Cohorts with known truth: who would have responded to which drug, and why.

The parameters are scenarios, not findings; ``parameters.toml`` says where each comes from.
"""

from nxpredict.synthetic._crossover import (
    draw_number_periods,
    draw_orders,
    draw_periods,
    over_periods,
    time_shifts,
)
from nxpredict.synthetic._files import write_files
from nxpredict.synthetic._parameters import load_parameters
from nxpredict.synthetic._scenario import Kind, Scenario
from nxpredict.synthetic._simulate import SyntheticCohort, simulate
from nxpredict.synthetic._truth import draw_numbers, draw_responses

__all__ = [
    "Kind",
    "Scenario",
    "SyntheticCohort",
    "draw_number_periods",
    "draw_numbers",
    "draw_orders",
    "draw_periods",
    "draw_responses",
    "load_parameters",
    "over_periods",
    "simulate",
    "time_shifts",
    "write_files",
]
