"""What the literature says stands beside what the cohort says."""

from __future__ import annotations

import pytest

from nxpredict.catalog import load_catalog
from nxpredict.report import render_patient_page
from nxpredict.report._knowledge import (
    caution_facts,
    metabolism_facts,
    published_direction,
    with_states,
)


def test_cautions_have_three_states_and_what_only_the_study_screened_for(world):
    """The scores list what was not assessed, but nothing that the study's screening covers."""
    w = world()
    known = w.catalog.cautions_for(w.arms.names)
    present = next(f"{c.drug}:{c.code}" for c in known if c.drug == "nalmefene")
    open_ = {f"{c.drug}:{c.code}" for c in known if "not_pregnant" not in c.covered_by} - {present}
    facts = w.patient_page(cautions=present, cautions_not_assessed=";".join(sorted(open_)))
    states = {f"{c['drug']}:{c['code']}": c["state"] for c in facts["cautions"]}
    assert states[present] == "present"
    assert {states[name] for name in open_} == {"not_assessed"}
    assert states["naltrexone:pregnancy"] == "screened"
    assert "not asked of this patient" in render_patient_page(facts)
    assert all(c["sources"] and c["regions"] for c in facts["cautions"])


def test_a_caution_that_was_asked_about_is_absent(world):
    w = world()
    cautions = caution_facts(w.catalog, w.arms.names)
    asked = {c["predictor"]: 0.0 for c in cautions}
    states = with_states(cautions, {}, asked, ("not_pregnant",))
    assert {c["state"] for c in states} == {"absent"}


def test_evidence_stands_beside_drivers_and_says_when_it_is_not_human(world):
    w = world()
    evidence = w.cohort_page()["drivers"]["differences"][0]["rows"][0]["evidence"]
    assert evidence
    assert {e["drug"] for e in evidence} <= {"naltrexone", "nalmefene"}
    assert all(e["reference"] and e["replication"] and e["species"] for e in evidence)
    limitations = " ".join(w.cohort_page()["words"]["limitations"])
    assert "animals only" in limitations


def test_arms_unknown_to_the_catalogue_have_neither_cautions_nor_evidence(world):
    w = world(arms=("talking", "walking", "waiting"))
    facts = w.cohort_page()
    assert facts["cautions"] == []
    assert len(facts["contrasts"]) == 2
    assert w.patient_page()["cautions"] == []


@pytest.mark.parametrize(
    ("predictor", "low", "high", "expected"),
    [
        ("smoker", 0.0, 1.0, -1),
        ("smoker", 1.0, 0.0, 1),
        ("onset_age", 27.0, 27.0, 1),
        ("OPRM1_rs1799971_G_dosage", 0.0, 0.0, -1),
        ("reward_relief", "reward", "neither", 1),
        ("reward_relief", "relief", "neither", 0),
        ("bmi", 25.0, 25.0, 0),
    ],
)
def test_published_direction_of_nalmefene_against_naltrexone(world, predictor, low, high, expected):
    catalog = world().catalog
    there = published_direction(catalog, "nalmefene", "naltrexone", predictor, low, high)
    back = published_direction(catalog, "naltrexone", "nalmefene", predictor, low, high)
    assert (there, back) == (expected, -expected)


def test_a_driver_says_whether_the_literature_agrees(world):
    row = world().cohort_page()["drivers"]["differences"][0]["rows"][0]
    assert (row["name"], row["published"]) == ("smoker", "agrees")
    turned = world(arms=("nalmefene", "naltrexone"))
    row = turned.cohort_page()["drivers"]["differences"][0]["rows"][0]
    assert row["published"] == "disagrees"


@pytest.mark.parametrize(
    ("arms", "copies", "activity"),
    [
        (("naltrexone", "nalmefene"), 1.0, [0.69]),
        (("naltrexone", "nalmefene"), 0.0, [1.0]),
        (("naltrexone", "nalmefene"), float("nan"), []),
        (("placebo", "nalmefene"), 2.0, []),
    ],
)
def test_the_haplotype_is_a_note_about_oral_naltrexone_only(arms, copies, activity):
    found = metabolism_facts(load_catalog(), arms, {"AKR1C4_haplotype_dosage": copies})
    assert [note["activity"] for note in found] == activity
    assert all("vitro" in note["setting"] and note["route"] == "oral" for note in found)
