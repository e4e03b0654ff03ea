"""The verbs, as wiring only: what the command line and a notebook call."""

from nxpredict.config import load_study
from nxpredict.workflows._catalog import show_catalog
from nxpredict.workflows._check import check_study, draft
from nxpredict.workflows._explain import explain_files
from nxpredict.workflows._load import load_cohort
from nxpredict.workflows._outcome import Outcome
from nxpredict.workflows._patients import load_model
from nxpredict.workflows._plan import plan_files
from nxpredict.workflows._progress import Progress, terminal_progress
from nxpredict.workflows._score import score, score_outcome
from nxpredict.workflows._simulate import simulate_files
from nxpredict.workflows._train import TrainingRun, train, train_files
from nxpredict.workflows._validate import ValidationRun, validate, validate_files

__all__ = [
    "Outcome",
    "Progress",
    "TrainingRun",
    "ValidationRun",
    "check_study",
    "draft",
    "explain_files",
    "load_cohort",
    "load_model",
    "load_study",
    "plan_files",
    "score",
    "score_outcome",
    "show_catalog",
    "simulate_files",
    "terminal_progress",
    "train",
    "train_files",
    "validate",
    "validate_files",
]
