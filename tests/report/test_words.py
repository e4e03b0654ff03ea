"""What sentences say follows from the numbers beside them, and from nothing else."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from nxpredict.report import (
    batch_facts,
    render_batch_index,
    render_cohort_report,
    render_model_card,
    render_patient_page,
    tripod_table,
)


def text_of(page: str) -> str:
    """Return what a page says, without its style sheet and its marks."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def meanings(w: Any) -> str:
    return " ".join(w.cohort_page()["words"]["meanings"])


def test_a_difference_that_varies_is_not_called_unseen(world) -> None:
    w = world(level="not supported")
    assert "can miss differences" in meanings(w)
    for answer in w.answers["heterogeneity"].values():
        answer["established"] = True
    assert "The difference varies between patients" in meanings(w)
    assert "can miss" not in meanings(w)


def test_a_supported_verdict_owns_up_to_predictions_that_rank_nobody(world) -> None:
    w = world()
    assert "rank patients better than chance" not in meanings(w)
    evaluation = w.evaluation
    for arm in evaluation["per_arm"].values():
        arm["auc"] = {"estimate": 0.55, "lower": 0.47, "upper": 0.63}
    words = w.cohort_page(evaluation=evaluation)["words"]["meanings"]
    assert any("rank patients better than chance" in text for text in words)


@pytest.mark.parametrize("level", ["suggestive", "not supported"])
def test_who_was_not_randomised_is_said_at_the_top(world, level: str) -> None:
    assert "not randomised" in meanings(world(level=level, allocation="observational"))
    assert "not randomised" not in meanings(world(level=level))


def test_the_reason_not_to_score_is_one_sentence(world) -> None:
    w = world()
    scope = "out_of_scope:current_opioid_use"
    facts = w.patient_page(
        status="not_scorable", reasons=scope, cautions="any:current_opioid_use", preferred=""
    )
    (reason,) = facts["words"]["reasons"]
    assert ": uses an opioid now" in reason
    assert reason.count(".") == 1


@pytest.mark.parametrize(("given", "said"), [(0.06, "94%"), (0.97, "97%"), (0.004, "over 99%")])
def test_the_probability_is_that_of_the_likelier_treatment(world, given: float, said: str) -> None:
    page = text_of(render_patient_page(world().patient_page(prob_nalmefene_better=given)))
    first, second = ("nalmefene", "naltrexone") if given > 0.5 else ("naltrexone", "nalmefene")
    assert f"probability that {first} is better than {second} for this patient is {said}" in page


def test_pooled_studies_promise_no_difference(world) -> None:
    facts = world(level="not assessable", allocation="pooled-indirect").cohort_page()
    card = render_model_card(facts)
    assert "they are not compared" in card
    assert "A preference is stated only" not in card
    (item,) = (row for row in tripod_table(facts) if row.number == "15")
    assert "and the difference" not in item.content


def test_groups_without_a_difference_are_no_table_of_gaps(world) -> None:
    w = world(level="not assessable", allocation="pooled-indirect")
    evaluation = w.evaluation
    for group in evaluation["subgroups"]:
        group["contrasts"] = {}
    tables = {name: table for name, table in w.tables.items() if name != "sites"}
    page = text_of(render_cohort_report(w.cohort_page(evaluation=evaluation, tables=tables)))
    section = page[page.index("Subgroups", page.index("Who is in the data")) :]
    assert "not shown" not in section[: section.index("How far this can be relied on")]
    assert "within groups either" in page


def test_of_several_comparisons_the_established_ones_are_named(world) -> None:
    w = world(level="not supported", arms=("placebo", "naltrexone", "nalmefene"))
    w.answers["average"]["nalmefene_vs_placebo"]["established"] = True
    page = text_of(render_cohort_report(w.cohort_page()))
    head = page[: page.index("Why this verdict")]
    assert re.search(
        r"Nalmefene versus placebo: \S+ \([^)]*\) percentage points[^.]*, establ", head
    )
    assert re.search(
        r"Naltrexone versus placebo: \S+ \([^)]*\) percentage points[^.]*, not e", head
    )
    assert head.count("beyond what the baseline risk alone gives") == 1


def test_the_index_says_why_a_patient_was_not_scored(world) -> None:
    w = world()
    pages = [w.patient_page(), w.patient_page(status="not_scorable", reasons="ggt:out_of_range")]
    page = text_of(render_batch_index(batch_facts(pages, bundle=w.bundle)))
    assert page.count("is outside what is plausible") == 1


def test_a_patient_page_leads_back_to_all_patients(world) -> None:
    assert 'href="index.html"' in render_patient_page(world().patient_page())


def test_a_difference_that_is_kept_back_is_said_to_be(world) -> None:
    page = text_of(render_patient_page(world(level="not supported").patient_page()))
    assert "This patient's own difference, and what would move it, are not shown" in page


def test_an_interaction_names_the_values_it_goes_between(world) -> None:
    page = text_of(render_cohort_report(world().cohort_page()))
    assert "change from no to yes of current smoker where age is 52 years" in page


def test_a_model_card_ends_its_last_line(world) -> None:
    assert render_model_card(world().cohort_page()).endswith("\n")
