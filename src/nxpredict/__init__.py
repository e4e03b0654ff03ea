"""Calibrated prediction of the response to naltrexone and nalmefene. Research use only.

The names below are what a notebook uses; they are loaded when first asked for, so that
``import nxpredict`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from nxpredict.workflows import load_cohort, load_model, load_study, score, train, validate

__all__ = ["load_cohort", "load_model", "load_study", "score", "train", "validate"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from nxpredict import workflows

        return getattr(workflows, name)
    raise AttributeError(f"module 'nxpredict' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
