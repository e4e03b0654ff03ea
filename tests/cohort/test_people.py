from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.study import (
    ArmSet,
    ColumnResponse,
    ParallelDesign,
)

DESIGN = ParallelDesign("patient_id", "drug", "randomised")


def test_an_arm_with_three_patients_is_a_fault(faults, table, codes):
    table["drug"] = ["NMF"] * 3 + ["NTX"] * (len(table) - 3)
    found = faults(table)
    assert codes(found) == ["small-arm"]
    assert "'nalmefene' (label 'NMF') has 3 patients" in found[-1].message


def test_an_arm_that_nobody_had_is_a_fault_that_asks_for_the_label(faults, table, codes):
    found = faults(table, arms=ArmSet.of({"naltrexone": "NTX", "nalmefene": "NMF", "none": "X"}))
    assert codes(found) == ["absent-arm"]
    assert "no patient with a response has arm 'none' (label 'X')" in found[-1].message


def test_a_site_that_decides_the_arm_makes_no_comparison(faults, read, table, codes):
    table["centre"] = table["drug"].map({"NTX": "north", "NMF": "south"})
    for allocation in ("randomised", "observational"):
        design = ParallelDesign("patient_id", "drug", allocation, site="centre")
        assert "arm-is-site" in codes(faults(table, design=design))
    pooled = ParallelDesign("patient_id", "drug", "pooled-indirect", site="centre")
    cohort = read(table, design=pooled)
    assert len(cohort) == len(table)
    assert "not compared" in cohort.facts["estimand"]["treatments"]


def test_an_arm_with_few_of_one_response_is_a_fault(faults, table, codes):
    table.loc[table["drug"] == "NMF", "responder"] = "0"
    assert codes(faults(table)) == ["few-responses"]


def test_a_small_arm_is_a_warning_up_to_forty(read, table, codes):
    table["drug"] = ["NMF"] * 35 + ["NTX"] * (len(table) - 35)
    assert "small-arm" in codes(read(table).issues, "warning")


def test_a_constant_response_is_one_fault(faults, table, codes):
    table["responder"] = "1"
    assert codes(faults(table)) == ["constant-response"]


def test_a_label_of_no_arm_is_shown_only_when_it_is_a_group(faults, table):
    table.loc[:9, "drug"] = "placebo"
    table.loc[10:18, "drug"] = "rare-note"
    fault = next(f for f in faults(table) if f.code == "unknown-arm")
    assert "'placebo'" in fault.message
    assert "rare-note" not in fault.message


def test_a_missing_arm_is_left_out_and_counted(read, table):
    table.loc[:2, "drug"] = ""
    cohort = read(table)
    assert len(cohort) == len(table) - 3
    assert {"step": "left out: no arm", "n": 3} in cohort.facts["flow"]
    (told,) = (issue for issue in cohort.issues if issue.code == "missing-arm")
    assert (told.row, told.severity) == (2, "warning")
    assert "3 rows (2, 3, 4)" in told.message


@pytest.mark.parametrize(("rule", "kept", "zeros"), [("failure", 120, 4), ("exclude", 116, 0)])
def test_a_missing_response_counts_as_the_study_says(read, table, rule, kept, zeros):
    table["responder"] = ["1", "1", "0", "0"] * 30
    table.loc[:3, "drug"] = "NTX"
    table.loc[:3, "responder"] = "NA"
    cohort = read(table, response=ColumnResponse("responder", "1", rule))
    assert len(cohort) == kept
    assert int((cohort.y == 0).sum()) == 58 + zeros
    warning = next(f for f in cohort.issues if f.code == "missing-response")
    assert "4 patients have no response (by arm hidden)" in warning.message


def test_a_warning_counts_missing_responses_by_arm_where_they_are_many(read, table):
    """Reports repeat it, and hide the share of an arm that tells of fewer than ten patients."""
    table["responder"] = ["1", "1", "0", "0"] * 30
    table["drug"] = ["NTX", "NMF"] * 60

    def said(rows):
        own = table.assign(
            responder=[("" if k in rows else y) for k, y in enumerate(table.responder)]
        )
        cohort = read(own, response=ColumnResponse("responder", "1", "failure"))
        return next(f.message for f in cohort.issues if f.code == "missing-response")

    assert "(naltrexone 12, nalmefene 10)" in said({*range(0, 24, 2), *range(1, 21, 2)})
    assert "13 patients have no response (by arm hidden)" in said({*range(0, 24, 2), 1})


def test_a_missing_response_may_stop_the_run(faults, table, codes):
    table.loc[0, "responder"] = ""
    assert codes(faults(table, response=ColumnResponse("responder", "1", "fault"))) == [
        "missing-response"
    ]


def test_small_sites_borrow_from_all(read, table):
    table["centre"] = ["lone" if i == 0 else "big" for i in range(len(table))]
    design = ParallelDesign("patient_id", "drug", "randomised", site="centre")
    propensity = read(table, design=design).propensity
    assert propensity is not None
    np.testing.assert_allclose(propensity.sum(axis=1), 1)
    assert propensity.to_numpy().min() > 0.45


def test_declared_probabilities_win(read, table):
    given_ = {"naltrexone": 0.6, "nalmefene": 0.4}
    design = ParallelDesign("patient_id", "drug", "randomised", probabilities=given_)
    propensity = read(table, design=design).propensity
    assert propensity is not None
    assert propensity.iloc[0].to_dict() == given_


@pytest.mark.parametrize("allocation", ["observational", "pooled-indirect"])
def test_without_randomisation_nothing_is_claimed(read, table, allocation):
    design = ParallelDesign("patient_id", "drug", allocation)
    cohort = read(table, design=design)
    assert cohort.propensity is None
    assert cohort.facts["design"]["allocation"] == allocation


@pytest.mark.parametrize(("share", "said"), [(0.5, False), (0.55, False), (0.9, True)])
def test_declared_probabilities_far_from_the_shares_are_said(
    table: pd.DataFrame, read: Callable[..., Any], share: float, said: bool
) -> None:
    declared = {"naltrexone": share, "nalmefene": 1 - share}
    cohort = read(table, design=replace(DESIGN, probabilities=declared))
    assert ("other-probabilities" in {f.code for f in cohort.issues}) is said


def test_sites_of_one_or_two_patients_are_said(
    table: pd.DataFrame, read: Callable[..., Any]
) -> None:
    places = table.assign(place=[f"S{2 * i // 3}" for i in range(len(table))])
    cohort = read(places, design=replace(DESIGN, site="place"))
    assert "tiny-sites" in {f.code for f in cohort.issues}
    cohort = read(table, design=replace(DESIGN, site="centre"))
    assert "tiny-sites" not in {f.code for f in cohort.issues}


def test_a_table_without_the_identifiers_is_one_fault(faults, table, codes):
    found = faults(table, design=replace(DESIGN, id="patient"))
    assert codes(found) == ["unknown-column"]
    # What else is wrong is still said with it.
    table.loc[:2, "drug"] = "water"
    found = faults(table, design=replace(DESIGN, id="patient"))
    assert codes(found) == ["unknown-arm", "unknown-column"]
