"""The page of a validation: the answer first, predictors by their labels, tables beside curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nxpredict.report import render_validation_report, validation_facts
from nxpredict.report._messages import holds, rules

LABELS = {"cue_reactivity": "Ventral striatal cue reactivity", "sex": "Sex"}


STEPS = (("none", "none"), ("none", "slope"), ("slope", "slope"))
GIVEN = Path(__file__).parent / "given" / "validation.json"


def validation(step: str, auc: float, tested: str = "slope") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GIVEN.read_text("utf-8"))
    for judged in (found["before"], found["after"]):
        for arm in judged["per_arm"].values():
            arm["auc"] = {"estimate": auc, "lower": auc - 0.04, "upper": auc + 0.04}
    found["recalibration"] |= {"step": step, "closed_test": tested}
    return found | ({"after": None} if step == "none" else {})


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    given = [(*steps, auc) for steps in STEPS for auc in (0.52, 0.62)]
    return [
        validation_facts(validation(step, auc, tested), labels=LABELS, command="")
        for step, tested, auc in given
    ]


def test_every_headline_is_said_of_another_result(cases) -> None:
    said = [facts["words"]["headline"] for facts in cases]
    assert len(set(said)) == len(rules("validation")["headline"]) == 5
    assert "not shown to tell these patients apart" in said[0]
    assert said[1].endswith("hold for these patients as they are.")
    for rule in rules("validation")["advice"]:
        assert any(holds(rule["when"], facts) for facts in cases)


def test_the_average_difference_is_the_one_that_allows_for_the_design(cases) -> None:
    for facts in cases:
        (benefit,) = facts["benefits"]
        judged = facts["after"] or facts["before"]
        assert benefit["average"] == judged["average"]["nalmefene_vs_naltrexone"]
        assert "+1.0 (−5.0 to +7.0)" in render_validation_report(facts).replace("\xa0", " ")


def test_a_recalibrated_model_is_judged_by_one_average_difference_on_the_whole_page() -> None:
    found = validation("slope", 0.62)
    found["after"]["average"]["nalmefene_vs_naltrexone"] |= {"estimate": 0.03, "upper": 0.11}
    facts = validation_facts(found, labels=LABELS, command="")
    assert facts["benefits"][0]["average"]["estimate"] == 0.03
    assert "+3.0 (" in render_validation_report(facts).replace("\xa0", " ")


def test_the_gain_of_a_recalibration_is_told_by_period_where_periods_are_counted() -> None:
    found = validation("slope", 0.62)
    for judged in (found["before"], found["after"]):
        for arm in judged["per_arm"].values():
            arm["n"] = found["n"]
    page = render_validation_report(validation_facts(found, labels=LABELS, command=""))
    assert "per 1,000 periods of patients" in page.replace("\xa0", " ")


def test_the_page_names_predictors_and_puts_a_table_beside_every_curve(cases) -> None:
    for facts in cases:
        page = render_validation_report(facts)
        assert "Ventral striatal cue reactivity" in page
        assert "cue_reactivity" not in page
        assert "Sex: male" in page
        assert page.count("The curve as a table") == page.count('role="img"')
        assert "80% bound −1.8" in page
        assert "not estimated" not in page


@pytest.mark.parametrize(("step", "tested"), STEPS)
def test_the_headline_names_the_arm_where_it_does_not_hold_for_all(step: str, tested: str) -> None:
    found = validation(step, 0.62, tested)
    found["before"]["per_arm"]["naltrexone"]["auc"] |= {"estimate": 0.54, "lower": 0.46}
    said = validation_facts(found, labels=LABELS, command="")["words"]["headline"]
    assert "under nalmefene only" in said
    everywhere = validation_facts(validation(step, 0.62, tested), labels=LABELS, command="")
    assert "only" not in everywhere["words"]["headline"]
