"""The verbs, as wiring only: what the command line and a notebook call."""

from nxpredict.workflows._catalog import show_catalog
from nxpredict.workflows._outcome import Outcome
from nxpredict.workflows._progress import Progress, terminal_progress
from nxpredict.workflows._simulate import simulate_files

__all__ = ["Outcome", "Progress", "show_catalog", "simulate_files", "terminal_progress"]
