"""How many patients the next study needs: power by simulation, beside closed forms."""

from nxpredict.planning._average import average_power, simulate_average
from nxpredict.planning._choosing import ChoosingTask, choosing_test_patients, simulate_choosing
from nxpredict.planning._finished import FinishedStudy
from nxpredict.planning._interaction import interaction_power, simulate_interaction
from nxpredict.planning._intervals import LEVEL
from nxpredict.planning._means import (
    mean_interaction_power,
    mean_power,
    simulate_mean_interaction,
    simulate_means,
)
from nxpredict.planning._plan import Plan
from nxpredict.planning._questions import Average, Choosing, Interaction, MeanInteraction
from nxpredict.planning._run import PlanResult, run_plan
from nxpredict.planning._several import holm_power
from nxpredict.planning._trial import Trial

__all__ = [
    "LEVEL",
    "Average",
    "Choosing",
    "ChoosingTask",
    "FinishedStudy",
    "Interaction",
    "MeanInteraction",
    "Plan",
    "PlanResult",
    "Trial",
    "average_power",
    "choosing_test_patients",
    "holm_power",
    "interaction_power",
    "mean_interaction_power",
    "mean_power",
    "run_plan",
    "simulate_average",
    "simulate_choosing",
    "simulate_interaction",
    "simulate_mean_interaction",
    "simulate_means",
]
