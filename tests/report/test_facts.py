"""Facts: what is in them, what is withheld, and that they stay the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nxpredict.report import batch_facts, render_batch_index, render_patient_page

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["cohort", "patient", "batch"])
def test_golden_facts(world, name):
    """To renew a golden file, delete it, run, read the new one, run again."""
    w = world()
    facts = {
        "cohort": w.cohort_page,
        "patient": w.patient_page,
        "batch": lambda: batch_facts([w.patient_page()], bundle=w.bundle),
    }[name]()
    written = json.dumps(without_catalogue(facts), indent=1, sort_keys=True, allow_nan=False) + "\n"
    path = GOLDEN / f"{name}.json"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(written, "utf-8")
        pytest.fail(f"{path.name} was missing and has been written; read it, then run again")
    assert written == path.read_text("utf-8")


def without_catalogue(value):
    """Leave out what the catalogue says, which has its own tests and grows."""
    if isinstance(value, dict):
        return {
            k: without_catalogue(v) for k, v in value.items() if k not in ("evidence", "cautions")
        }
    return [without_catalogue(v) for v in value] if isinstance(value, list) else value


def test_facts_are_json_without_nan(world):
    w = world()
    for facts in (w.cohort_page(), w.patient_page(), w.patient_page(status="not_scorable")):
        assert json.loads(json.dumps(facts, allow_nan=False)) == facts


@pytest.mark.parametrize("level", ["suggestive", "not supported", "not assessable"])
def test_no_driver_of_the_difference_is_named_unless_choosing_is_supported(world, level):
    w = world(level=level)
    for facts in (w.cohort_page(), w.patient_page()):
        assert facts["drivers"]["differences"] == []
        assert facts["drivers"]["no_differences"]
    supported = world()
    for facts in (supported.cohort_page(), supported.patient_page()):
        assert facts["drivers"]["differences"]
        assert facts["drivers"]["no_differences"] is None


def test_arms_that_differ_without_a_best_are_not_called_alike(world):
    split = world(arms=("a", "b", "c"))
    (alike,) = split.patient_page()["words"]["averages"]
    assert "no treatment was established" in alike
    next(iter(split.answers["average"].values()))["established"] = True
    (sentence,) = split.patient_page()["words"]["averages"]
    assert "some treatments differed" in sentence


def test_outlook_drivers_need_predictions_better_than_chance(world):
    w = world()
    evaluation = w.evaluation
    for arm in evaluation["per_arm"].values():
        arm["auc"] = {"estimate": 0.52, "lower": 0.47, "upper": 0.57}
    facts = w.cohort_page(evaluation=evaluation)
    assert facts["drivers"]["outlook"] is None
    assert "chance" in facts["drivers"]["no_outlook"]
    assert w.cohort_page()["drivers"]["outlook"]["rows"]


def test_what_cannot_be_told_from_zero_is_not_named_as_a_driver(world):
    w = world()
    part = w.cohort_page()["drivers"]["differences"][0]
    assert [row["name"] for row in part["rows"]] == ["smoker"]
    assert "Age" in part["others"]
    patient = w.patient_page()["drivers"]["differences"][0]
    named = [row["name"] for family in patient["families"] for row in family["rows"]]
    assert named == ["smoker"]
    assert {row["name"] for row in patient["rest"]["rows"]} == set(w.bundle.inputs) - {"smoker"}


def test_the_surest_is_named_as_such_where_none_can_be_told_from_zero(world):
    w = world(noise=3.0)
    table = w.drivers().contrasts["nalmefene", "naltrexone"]
    assert not table["distinguishable"].fillna(False).astype(bool).any()
    part = w.cohort_page()["drivers"]["differences"][0]
    assert not part["clear"]
    assert [row["name"] for row in part["rows"]] == ["smoker"]
    assert "no single predictor" in part["words"][0]


def test_refits_stand_beside_the_drivers_and_in_the_reason_for_naming_none(world):
    part = world(leads=0.9).cohort_page()["drivers"]["differences"][0]
    assert part["rows"][0]["refits"]["same_direction"] == 0.95
    assert any("18 of 20 fits" in sentence for sentence in part["words"])
    null = world(level="not supported", leads=0.2).cohort_page()["drivers"]
    assert "4 of 20 fits" in null["no_differences"]
    assert null["differences"] == []


def test_the_next_test_is_told_where_the_verdict_allows_choosing(world):
    w = world()
    found = w.patient_page()["next_test"]
    assert [row["name"] for row in found["rows"]] == ["serotonin"]
    assert found["rows"][0]["gain"] == 0.02
    assert len(found["idle"]) == 1
    assert "2.0 responses more in 100" in found["words"]
    for level in ("suggestive", "not supported", "not assessable"):
        silent = world(level=level).patient_page()["next_test"]
        assert silent["rows"] == []
        assert "Nothing is said" in silent["words"]


def test_similar_patients_are_counts_of_ten_or_more(world):
    found = world(n=900).patient_page()["similar"]
    assert [group["by"] for group in found] == ["outlook", "nalmefene versus naltrexone"]
    for group in found:
        for arm in group["arms"]:
            assert arm["n"] is None or min(arm["responders"], arm["n"] - arm["responders"]) >= 10
    assert any(arm["n"] for arm in found[0]["arms"])
    assert found[0]["low"] < 0.42 <= found[0]["high"]
    by = [g["by"] for g in world(level="not supported").patient_page()["similar"]]
    assert by == ["outlook"]
    assert world().patient_page(status="not_scorable", reasons="no_predictor")["similar"] == []


def test_the_outlook_of_a_patient_is_explained_only_where_predictions_beat_chance(world):
    w = world()
    assert w.patient_page()["drivers"]["outlook"]
    w.bundle.training = w.training(lower=0.45)
    drivers = w.patient_page()["drivers"]
    assert drivers["outlook"] is None
    assert "chance" in drivers["no_outlook"]


def test_contributions_of_a_page_add_up(world):
    drivers = world().patient_page()["drivers"]
    for part in (*drivers["differences"], drivers["outlook"]):
        shown = sum(row["value"] for family in part["families"] for row in family["rows"])
        assert part["base"] + shown + part["rest"]["value"] == pytest.approx(part["total"])
        families = sum(family["value"] for family in part["by_family"])
        assert part["base"] + families == pytest.approx(part["total"])


def test_values_are_shown_with_units_and_labels(world):
    w = world()
    values = {
        row["name"]: row["value"]
        for family in w.patient_page()["families"]
        for row in family["rows"]
    }
    row = w.X.iloc[2]
    assert values["sex"] == "male"
    assert values["smoker"] == "no"
    assert values["OPRM1_rs1799971_G_dosage"] == "1 copy"
    assert values["ggt"] == f"{row['ggt']:.0f} U/L"
    assert values["centre"] == "tiny"
    assert "serotonin" not in values


def test_small_cells_are_suppressed_also_against_subtraction(world):
    population = world().cohort_page()["population"]
    centre = next(
        p
        for family in population["families"]
        for p in family["predictors"]
        if p["name"] == "centre"
    )
    for line in centre["lines"]:
        assert all(cell == {"suppressed": True} for cell in line["cells"])
    assert population["suppressed"]


def test_no_identifier_and_no_single_value_in_cohort_facts(world):
    w = world()
    w.X.loc[5, "ggt"] = 98765.0
    w.cohort.ids = [f"SENTINEL{i}" for i in range(len(w.X))]
    text = json.dumps(w.cohort_page())
    assert "SENTINEL" not in text
    assert "98765" not in text


def test_outside_range_is_told_with_the_range(world):
    facts = world().patient_page(outside_training_range="ggt")
    said = "98% of the cohort lie between 15 U/L and 320 U/L"
    assert said in render_patient_page(facts)  # the ends are percentiles, and patients lie beyond
    assert any("outside the range" in sentence for sentence in facts["words"]["reasons"])


def test_why_no_preference_is_stated_is_always_said(world):
    supported = world(level="supported")
    why = "For no treatment does the probability of being better by more than"
    for shown in (0.6, 0.99):  # 0.99: surely better, but not by the minimum
        said = supported.patient_page(prob_nalmefene_better=shown)["words"]["reasons"]
        assert [text for text in said if text.startswith(why)], shown
    chosen = supported.patient_page(preferred="nalmefene", basis="individual")
    assert not [text for text in chosen["words"]["reasons"] if text.startswith(why)]


def test_of_several_arms_a_preference_is_told_against_each_of_the_others(world):
    """Surely better than the reference alone is no preference, and no contradiction to be shown."""
    three = world(arms=("naltrexone", "nalmefene", "placebo"), level="supported")
    for changes in ({}, {"preferred": "nalmefene", "basis": "individual"}):
        said = " ".join(three.patient_page(**changes)["words"]["reasons"])
        assert "better than each of the others by more than 5 percentage points" in said


def test_an_own_estimate_that_contradicts_the_average_is_said(world):
    w = world(level="not supported")
    key = "nalmefene_vs_naltrexone"
    better = {"established": True, "better": "nalmefene"}
    average = {key: {**w.bundle.answers["average"][key], **better}}
    w.bundle.answers = {**w.bundle.answers, "average": average}
    why = "own estimate does not agree"
    said = " ".join(w.patient_page(prob_nalmefene_better=0.3)["words"]["reasons"])
    assert why in said
    assert "is not used" not in said
    for changes in (
        {"preferred": "nalmefene", "basis": "average", "prob_nalmefene_better": 0.8},
        {"cautions": "nalmefene:severe_liver_disease", "prob_nalmefene_better": 0.8},
        {"outside_training_range": "ggt", "prob_nalmefene_better": 0.8},
    ):
        assert why not in " ".join(w.patient_page(**changes)["words"]["reasons"])


def test_index_counts(world):
    w = world()
    pages = [
        w.patient_page(),
        w.patient_page(preferred="nalmefene", basis="individual"),
        w.patient_page(status="not_scorable", reasons="no_predictor", p_naltrexone=np.nan),
    ]
    facts = batch_facts(iter(pages), bundle=w.bundle)
    assert facts["counts"] == {"n": 3, "scored": 2, "preference": 1, "cautions": 0}
    assert facts["patients"][2]["p"][0] is None


def test_drivers_are_shown_by_value_without_small_groups(world):
    row = world().cohort_page()["drivers"]["differences"][0]["rows"][0]
    assert [group["title"] for group in row["profile"]] == ["no", "yes"]
    assert row["profile"][0]["estimate"]["estimate"] == pytest.approx(0.08)
    assert row["profile"][1]["estimate"]["estimate"] == pytest.approx(-0.08)
    small = world(n=24)
    small.X["smoker"] = np.where(np.arange(24) < 4, 1.0, 0.0)
    row = small.cohort_page()["drivers"]["differences"][0]["rows"][0]
    assert [group["title"] for group in row["profile"]] == ["no"]


def test_what_was_noticed_of_the_genotypes_stands_on_the_index(world):
    w = world()
    noticed = ["OPRM1: 3 calls have no record and were taken as reference <b>"]
    page = render_batch_index(batch_facts([w.patient_page()], bundle=w.bundle, warnings=noticed))
    assert "were taken as reference &lt;b&gt;" in page
    assert "Noticed while" not in render_batch_index(batch_facts([], bundle=w.bundle))


def test_patients_of_different_studies_are_not_compared(world):
    w = world(n=900, level="not assessable", allocation="pooled-indirect")
    page = render_patient_page(w.patient_page())
    assert "these shares are not to be compared" in page
    assert "each treatment comes from another study" in page
    other = render_patient_page(world(n=900).patient_page())
    assert "not to be compared" not in other
