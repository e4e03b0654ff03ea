"""Cohorts with known truth: who would have responded to which drug, and why.

The parameters are scenarios, not findings; ``parameters.toml`` says where each comes from.
"""

from nxpredict.synthetic._files import write_files
from nxpredict.synthetic._parameters import load_parameters
from nxpredict.synthetic._scenario import Scenario
from nxpredict.synthetic._simulate import SyntheticCohort, simulate

__all__ = ["Scenario", "SyntheticCohort", "load_parameters", "simulate", "write_files"]
