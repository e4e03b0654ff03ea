"""Runs, models and data sets in MLflow; the only room that speaks to it."""

from __future__ import annotations

from nxpredict.tracking._fetch import fetch_bundle
from nxpredict.tracking._log import LoggedRun, log_training
from nxpredict.tracking._scoring import log_scoring
from nxpredict.tracking._store import store_uri

__all__ = ["LoggedRun", "fetch_bundle", "log_scoring", "log_training", "store_uri"]
