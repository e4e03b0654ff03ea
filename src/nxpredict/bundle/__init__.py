"""The model file: read and written without pickle, and without a patient in it."""

from __future__ import annotations

from nxpredict.bundle._background import make_background, make_ranges
from nxpredict.bundle._bundle import Bundle, package_versions
from nxpredict.bundle._distributions import Distribution, make_distributions
from nxpredict.bundle._files import MANIFEST
from nxpredict.bundle._similar import group_of, make_similar
from nxpredict.bundle._store import load_bundle, save_bundle

__all__ = [
    "MANIFEST",
    "Bundle",
    "Distribution",
    "group_of",
    "load_bundle",
    "make_background",
    "make_distributions",
    "make_ranges",
    "make_similar",
    "package_versions",
    "save_bundle",
]
