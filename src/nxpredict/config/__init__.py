"""The study file: read, checked against its schema, and turned into the objects of `study`."""

from __future__ import annotations

from nxpredict.config._described import read_described
from nxpredict.config._load import load_study, read_study
from nxpredict.config._study import Study
from nxpredict.config._yaml import Document, read_yaml

__all__ = ["Document", "Study", "load_study", "read_described", "read_study", "read_yaml"]
