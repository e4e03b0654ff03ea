"""With more than two treatments the page says between which two the verdict holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nxpredict.report import (
    render_cohort_report,
    render_model_card,
    render_validation_report,
    validation_facts,
)

FOUND = {
    "reasons": ["A reason."],
    "gain": {"estimate": 0.01, "lower": -0.04, "upper": 0.06},
    "switched": 0.1,
    "p": 0.3,
}
LEVELS = {
    "naltrexone_vs_placebo": "not supported",
    "nalmefene_vs_placebo": "not supported",
    "nalmefene_vs_naltrexone": "supported",
}


def test_page_and_card_name_every_pair_with_its_verdict(world) -> None:
    w = world(arms=("placebo", "naltrexone", "nalmefene"))
    w.answers["verdict"]["by_contrast"] = {
        name: {"level": level, **FOUND} for name, level in LEVELS.items()
    }
    facts = w.cohort_page()
    page = render_cohort_report(facts)
    for pair in ("Naltrexone and placebo", "Nalmefene and placebo", "Nalmefene and naltrexone"):
        assert f'<th scope="row">{pair}</th>' in page
    card = render_model_card(facts)
    assert "Choosing between nalmefene and naltrexone only: supported" in card
    assert "Choosing between nalmefene and placebo only: not supported" in card


def test_two_treatments_have_one_verdict(world) -> None:
    facts = world().cohort_page()
    assert "between two treatments only" not in render_cohort_report(facts)
    assert "only:" not in render_model_card(facts)


@pytest.mark.parametrize("stage", ["before", "after"])
def test_a_validation_names_every_pair_as_it_judges_all_of_them(stage: str) -> None:
    text = (Path(__file__).parent / "given" / "validation.json").read_text("utf-8")
    found = json.loads(text)
    two = render_validation_report(validation_facts(found, labels={}, command=""))
    assert "between two treatments only" not in two
    found[stage]["verdict"]["by_contrast"] = {
        name: {"level": level, **FOUND} for name, level in LEVELS.items()
    }
    found["after"] = found["after"] if stage == "after" else None
    page = render_validation_report(validation_facts(found, labels={}, command=""))
    for pair in ("Naltrexone and placebo", "Nalmefene and placebo", "Nalmefene and naltrexone"):
        assert f'<th scope="row">{pair}</th>' in page
