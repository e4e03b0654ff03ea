"""Shapley values per arm and of the difference between arms, of the function that is deployed."""

from nxpredict.explain._agreement import agreement_table
from nxpredict.explain._drivers import Drivers, driver_table, summarise_drivers
from nxpredict.explain._explanation import Contributions, Explanation
from nxpredict.explain._interaction import interaction_table
from nxpredict.explain._shapley import explain_response

__all__ = [
    "Contributions",
    "Drivers",
    "Explanation",
    "agreement_table",
    "driver_table",
    "explain_response",
    "interaction_table",
    "summarise_drivers",
]
