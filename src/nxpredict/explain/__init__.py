"""Shapley values per arm and of the difference between arms, of the function that is deployed."""

from nxpredict.explain._drivers import Drivers, driver_table, summarise_drivers
from nxpredict.explain._explanation import Contributions, Explanation
from nxpredict.explain._shapley import explain_response

__all__ = [
    "Contributions",
    "Drivers",
    "Explanation",
    "driver_table",
    "explain_response",
    "summarise_drivers",
]
