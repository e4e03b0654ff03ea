"""What the verbs print for people."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nxpredict.study import ResponseScale
from nxpredict.workflows._words import training_text, validation_text

INTERVAL = {"estimate": 1234.4, "lower": 1000.0, "upper": 2000.0}


def evaluation(**changes: Any) -> dict[str, Any]:
    return {
        "n": 240,
        "arms": ["a", "b"],
        "response": ResponseScale().to_dict(),
        "average": {},
        "contrasts": {},
        "heterogeneity": {},
        "design": {"allocation": "randomised"},
        "verdict": {"level": "not supported", "reasons": []},
        "warnings": [],
        **changes,
    }


def said(**changes: Any) -> str:
    study: Any = SimpleNamespace(name="trial")
    return training_text(study, evaluation(**changes), 1, Path("out"), "sqlite:///x.db")


def test_warnings_are_printed_and_not_only_counted() -> None:
    text = said(warnings=["First thing.", "Second thing."])
    assert "Warnings\n  First thing.\n  Second thing." in text
    assert "Warnings" not in said()


def test_columns_of_a_validation_stay_apart_whatever_their_unit() -> None:
    unit = "standard drinks of 14 g a day"
    measured = ("r_squared", "rmse", "observed_minus_expected", "calibration_slope")
    stage = {
        "per_arm": {"a": dict.fromkeys(measured, INTERVAL)},
        "verdict": {"level": "not supported"},
    }
    scale = ResponseScale(unit, "lower").to_dict()
    text = validation_text(
        {
            "model": {"id": "m", "study": "s"},
            "n": 240,
            "study": "t",
            "response": scale,
            "before": stage,
            "after": None,
            "target": None,
            "recalibration": {"step": "none", "closed_test": "none"},
            "warnings": [],
            "recalibrated_model": None,
        },
        Path("out"),
    )
    head, row = text.splitlines()[2:4]
    assert f"RMSE, {unit}  observed - predicted, {unit}  " in head
    assert len(head) == len(row)
    assert "1234 (1000 to 2000)" in row
