"""The page of a validation: the answer first, predictors by their labels, tables beside curves."""

from __future__ import annotations

from typing import Any

import pytest

from nxpredict.report import render_validation_report, validation_facts
from nxpredict.report._messages import holds, rules

LABELS = {"cue_reactivity": "Ventral striatal cue reactivity", "sex": "Sex"}


def number(value: float) -> dict[str, float]:
    return {"estimate": value, "lower": value - 0.04, "upper": value + 0.04}


def judged(auc: float) -> dict[str, Any]:
    arms = ("naltrexone", "nalmefene")
    measures = ("observed_minus_expected", "calibration_in_the_large", "calibration_slope")
    found = {key: number(0.1) for key in (*measures, "ici", "brier")} | {"auc": number(auc)}
    curve = [
        {"predicted": p, "observed": p, "lower": p - 0.1, "upper": p + 0.1} for p in (0.3, 0.7)
    ]
    return {
        "per_arm": {arm: {"n": 300, **found} for arm in arms},
        "curves": dict.fromkeys(arms, curve),
        "contrasts": {
            "nalmefene_vs_naltrexone": {"ate": number(0.0), "blp": {"slope": number(0.9)}}
        },
        "verdict": {"level": "not supported", "reasons": ["One-sided 80 % bound -1.8."]},
    }


def validation(step: str = "slope", auc: float = 0.62) -> dict[str, Any]:
    steps = [
        {"step": name, "parameters": k, "p": 0.2, "gain": 0.01, "error": 0.005}
        for k, name in enumerate(rules("validation")["steps"])
    ]
    shift = {"difference": 0.33, "outside_range": None, "missing": 0.9, "missing_in_training": 0.8}
    target = {"name": "sex: male", "cohort": 0.7, "target": 0.6, "weighted": 0.6}
    return {
        "study": "next-trial",
        "model": {"id": "0123456789abcdef", "study": "naltrexone-vs-nalmefene"},
        "n": 600,
        "arms": ["naltrexone", "nalmefene"],
        "reference": "naltrexone",
        "allocation": "randomised",
        "before": judged(auc),
        "after": None if step == "none" else judged(auc),
        "recalibration": {"step": step, "steps": steps},
        "case_mix": [{"predictor": "cue_reactivity", **shift}],
        "linear_predictor": {k: {"mean": 0.0, "sd": 0.3} for k in ("cohort", "training")},
        "target": {
            "file": "target.yaml",
            "effective_n": 250.0,
            "reached": True,
            "characteristics": [target],
            "average": {},
            "gain": None,
        },
        "warnings": [],
        "research_use": "Research use only.",
    }


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    given = [(step, auc) for step in ("none", "slope") for auc in (0.52, 0.62)]
    return [validation_facts(validation(*one), labels=LABELS, command="") for one in given]


def test_every_headline_is_said_of_another_result(cases) -> None:
    said = [facts["words"]["headline"] for facts in cases]
    assert len(set(said)) == len(rules("validation")["headline"]) == 4
    assert "no better than chance" in said[0]
    assert said[1].endswith("hold for these patients as they are.")
    for rule in rules("validation")["advice"]:
        assert any(holds(rule["when"], facts) for facts in cases)


def test_the_page_names_predictors_and_puts_a_table_beside_every_curve(cases) -> None:
    for facts in cases:
        page = render_validation_report(facts)
        assert "Ventral striatal cue reactivity" in page
        assert "cue_reactivity" not in page
        assert "Sex: male" in page
        assert page.count("The curve as a table") == page.count('role="img"')
        assert "80% bound −1.8" in page
        assert "not estimated" not in page
