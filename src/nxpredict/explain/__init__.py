"""Shapley values per arm and of the difference between arms, of the function that is deployed."""

from nxpredict.explain._explanation import Contributions, Explanation
from nxpredict.explain._shapley import explain_response

__all__ = ["Contributions", "Explanation", "explain_response"]
