"""The comparison of ridges runs with the present propensity."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np

SCRIPT = Path(__file__).resolve().parents[2] / "experiments" / "confounding" / "ridge.py"


def test_every_ridge_and_rule_has_an_error() -> None:
    found = runpy.run_path(str(SCRIPT))["errors"](200, 5, seed=1)
    assert set(found) >= {"naive", "smallest log loss", "best balance"}
    assert np.isfinite(list(found.values())).all()
