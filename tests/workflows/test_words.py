"""What the verbs print for people."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nxpredict.study import ResponseScale
from nxpredict.workflows._words import training_text


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
