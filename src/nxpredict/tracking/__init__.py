"""Runs, models and data sets in MLflow; the only room that speaks to it."""

from __future__ import annotations

from nxpredict.tracking._fetch import fetch_bundle
from nxpredict.tracking._log import LoggedRun, log_training
from nxpredict.tracking._scoring import log_scoring
from nxpredict.tracking._store import store_uri
from nxpredict.tracking._study import without_places
from nxpredict.tracking._validation import log_validation

__all__ = [
    "LoggedRun",
    "fetch_bundle",
    "log_scoring",
    "log_training",
    "log_validation",
    "store_uri",
    "without_places",
]
