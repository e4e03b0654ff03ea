from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nxpredict.cohort import Cohort
from nxpredict.errors import Fault
from nxpredict.study import AdditionalPredictor, ArmSet, ColumnResponse, CrossoverDesign

DESIGN = CrossoverDesign("patient_id", "drug", "randomised", period="period", wash_out_days=21)


def codes(issues: list[Fault] | tuple[Fault, ...]) -> set[str]:
    return {issue.code for issue in issues}


@pytest.fixture
def crossover(table: pd.DataFrame) -> pd.DataFrame:
    """Every patient of the plain table with both drugs, half of them in either order."""
    other = table.assign(drug=table["drug"].map({"NTX": "NMF", "NMF": "NTX"}))
    rng = np.random.default_rng(1)
    other["responder"] = rng.permutation(table["responder"].to_numpy())
    both = pd.concat([table.assign(period="1"), other.assign(period="2")], ignore_index=True)
    return both.assign(
        order=np.where((both["drug"] == "NTX") == (both["period"] == "1"), "AB", "BA")
    )


def test_a_row_is_a_period_and_a_patient_is_one_group(
    read: Callable[..., Cohort], crossover: pd.DataFrame
) -> None:
    shuffled = crossover.sample(frac=1, random_state=3).reset_index(drop=True)
    cohort, again = read(crossover, design=DESIGN), read(shuffled, design=DESIGN)
    assert len(cohort) == 240
    assert cohort.groups.tolist() == [k // 2 for k in range(240)]
    assert cohort.period is not None
    assert cohort.period.tolist() == [1, 2] * 120
    assert cohort.fingerprint == again.fingerprint
    assert set(cohort.repeats) == {"groups", "period"}
    assert not cohort.carry_over
    assert cohort.facts["design"]["kind"] == "crossover"
    assert cohort.one_row_each.tolist() == list(range(0, 240, 2))
    # Two rows of everybody: known shares within each period.
    np.testing.assert_allclose(cohort.propensity, 0.5, atol=0.02)


def test_predictors_are_those_of_the_patient(
    read: Callable[..., Cohort], crossover: pd.DataFrame
) -> None:
    later = crossover["period"] == "2"
    crossover.loc[later, "age_years"] = ""
    crossover.loc[later, "sex"] = "female"
    cohort = read(crossover, design=DESIGN)
    assert (cohort.X["age"].to_numpy()[::2] == cohort.X["age"].to_numpy()[1::2]).all()
    assert (cohort.X["sex"].to_numpy()[::2] == cohort.X["sex"].to_numpy()[1::2]).all()
    (warning,) = (issue for issue in cohort.issues if issue.code == "changing-predictor")
    assert "sex" in warning.message
    assert "age" not in warning.message


@pytest.mark.parametrize(
    ("days", "code", "carried"),
    [(None, "wash-out-not-declared", 1.0), (14.0, "short-wash-out", 0.075), (19.0, None, 0.03)],
)
def test_a_short_wash_out_is_said_and_carry_over_then_estimated(
    read: Callable[..., Cohort],
    crossover: pd.DataFrame,
    days: float | None,
    code: str | None,
    carried: float,
) -> None:
    cohort = read(crossover, design=replace(DESIGN, wash_out_days=days))
    assert cohort.carried == pytest.approx(carried, abs=0.01)
    assert cohort.carry_over is (code is not None)
    assert cohort.facts["design"]["carry_over"] is cohort.carry_over
    assert {c for c in codes(cohort.issues) if "wash-out" in c} == ({code} if code else set())


@pytest.mark.parametrize(
    ("formulation", "known"),
    [("Film-coated tablets", True), ("oral", True), ("depot injection", False), ("implant", False)],
)
def test_the_half_life_of_a_tablet_judges_no_other_formulation(
    read: Callable[..., Cohort], crossover: pd.DataFrame, formulation: str, known: bool
) -> None:
    arms = ArmSet.of(
        {"naltrexone": "NTX", "nalmefene": "NMF"},
        regimens={"naltrexone": {"formulation": formulation}},
    )
    cohort = read(crossover, arms=arms, design=replace(DESIGN, wash_out_days=28))
    assert cohort.carry_over is not known
    told = [issue for issue in cohort.issues if issue.code == "wash-out-not-judged"]
    assert bool(told) is not known
    assert all(f"naltrexone as '{formulation}'" in issue.message for issue in told)


def test_a_sequence_without_a_column_is_one_fault_and_no_broken_sequence(
    faults: Callable[..., list[Fault]], crossover: pd.DataFrame
) -> None:
    found = faults(crossover, design=replace(DESIGN, sequence="nowhere"))
    assert "unknown-column" in codes(found)
    assert "broken-sequence" not in codes(found)


def test_a_patient_with_two_sequences_is_named_by_place(
    read: Callable[..., Cohort], crossover: pd.DataFrame
) -> None:
    crossover.loc[0, "order"] = "odd"
    cohort = read(crossover, design=replace(DESIGN, sequence="order"))
    (warning,) = (issue for issue in cohort.issues if issue.code == "changing-sequence")
    assert warning.row == 2
    assert "2 rows" in warning.message


def test_a_row_is_named_by_its_place_in_the_file_below_empty_rows(
    read: Callable[..., Cohort], crossover: pd.DataFrame, tmp_path: Path
) -> None:
    crossover.loc[9, "order"] = "odd"
    header, *lines = crossover.to_csv(index=False).splitlines()
    text = "\n".join([header, *["," * header.count(",")] * 5, *lines])
    (tmp_path / "cohort.csv").write_text(text, encoding="utf-8")
    cohort = read(tmp_path / "cohort.csv", design=replace(DESIGN, sequence="order"))
    (warning,) = (issue for issue in cohort.issues if issue.code == "changing-sequence")
    assert warning.row == 16


def test_a_period_that_is_no_number_is_one_fault(
    faults: Callable[..., list[Fault]], crossover: pd.DataFrame
) -> None:
    crossover.loc[0, "period"] = "first"
    assert [fault.code for fault in faults(crossover, design=DESIGN)] == ["not-a-number"]


def test_less_than_a_whole_crossover_is_used_and_said(
    read: Callable[..., Cohort], crossover: pd.DataFrame
) -> None:
    few = crossover["patient_id"].isin(crossover["patient_id"].unique()[:7])
    crossover.loc[few & (crossover["period"] == "2"), "period"] = "3"
    crossover.loc[0, "order"] = "BA" if crossover.loc[0, "order"] == "AB" else "AB"
    cohort = read(crossover.drop(index=239), design=replace(DESIGN, sequence="order"))
    assert len(cohort) == 239
    assert {"single-period", "skipped-period", "broken-sequence"} <= codes(cohort.issues)


def test_a_response_missing_in_one_period_leaves_the_other(
    read: Callable[..., Cohort], crossover: pd.DataFrame
) -> None:
    crossover.loc[200:, "responder"] = ""
    cohort = read(
        crossover, design=DESIGN, response=ColumnResponse("responder", "1", missing="exclude")
    )
    assert len(cohort) == 200
    assert len(set(cohort.groups.tolist())) == 120
    assert any("40 periods of patients" in issue.message for issue in cohort.issues)
    (single,) = (issue for issue in cohort.issues if issue.code == "single-period")
    assert "40 of 120 patients" in single.message


@pytest.mark.parametrize("gone", [False, True])
def test_who_had_an_earlier_period_that_is_not_analysed_is_counted(
    read: Callable[..., Cohort], crossover: pd.DataFrame, gone: bool
) -> None:
    crossover.loc[:29, "responder"] = ""
    table = crossover.drop(index=range(30)) if gone else crossover
    cohort = read(
        table, design=DESIGN, response=ColumnResponse("responder", "1", missing="exclude")
    )
    told = {issue.code: issue.message for issue in cohort.issues}
    assert "30 of 120 patients" in told["single-period"]
    assert told["skipped-period"].startswith("30 rows follow on a period")


def test_a_second_period_without_responses_makes_no_crossover(
    faults: Callable[..., list[Fault]], crossover: pd.DataFrame
) -> None:
    crossover.loc[crossover["period"] == "2", "responder"] = ""
    response = ColumnResponse("responder", "1", missing="exclude")
    assert "no-crossover" in codes(faults(crossover, design=DESIGN, response=response))


@pytest.mark.parametrize(
    ("column", "cells", "code"),
    [
        ("period", ["1"] * 240, "overlapping-periods"),
        ("period", [""] * 240, "missing-period"),
        ("period", ["0.5"] * 240, "odd-period"),
        ("period", ["first"] * 240, "not-a-number"),
        ("drug", ["NTX"] * 120 + ["NMF"] * 120, "arm-is-period"),
        ("drug", (["NTX"] * 60 + ["NMF"] * 60) * 2, "no-crossover"),
    ],
)
def test_what_cannot_be_a_crossover_is_refused(
    faults: Callable[..., list[Fault]],
    crossover: pd.DataFrame,
    column: str,
    cells: list[str],
    code: str,
) -> None:
    crossover[column] = pd.Series(cells, dtype="str")
    found = faults(crossover, design=DESIGN)
    assert code in codes(found)
    assert all(str(name) not in str(found) for name in crossover["patient_id"])


def test_few_patients_with_many_periods_are_still_few(
    faults: Callable[..., list[Fault]], table: pd.DataFrame
) -> None:
    series = pd.concat(
        [
            table.head(10).assign(period=str(k + 1), drug=["NTX", "NMF"][k % 2], order=k)
            for k in range(8)
        ],
        ignore_index=True,
    )
    series.loc[series["patient_id"] < "P0060", "drug"] = series["drug"].map(
        {"NTX": "NMF", "NMF": "NTX"}
    )
    assert "small-arm" in codes(faults(series, design=DESIGN))


def test_a_drug_without_a_half_life_is_named_beside_one_that_has_it(
    read: Callable[..., Cohort], crossover: pd.DataFrame
) -> None:
    for other, said in (("nalmefene+prazosin", ["prazosin"]), ("placebo", []), ("nalmefene", [])):
        arms = ArmSet.of({"naltrexone": "NTX", other: "NMF"})
        issues = read(crossover, design=DESIGN, arms=arms).issues
        told = [i.message for i in issues if i.code == "wash-out-partly-judged"]
        assert [text.rsplit("of ")[-1] for text in told] == said


def test_a_label_of_few_patients_is_rare_however_many_periods_they_have(
    read: Callable[..., Cohort], crossover: pd.DataFrame
) -> None:
    for few, named in ((9, False), (10, True)):
        own = crossover["patient_id"].isin(crossover["patient_id"].unique()[:few])
        table = crossover.assign(ward_colour=crossover["ward_colour"].mask(own, "violet"))
        ward = {"ward": AdditionalPredictor("ward_colour", "categorical")}
        spec = read(table, design=DESIGN, additional=ward).schema.spec("ward")
        assert ("violet" in spec.levels) is named


def test_a_label_of_no_arm_is_shown_from_ten_patients_on(
    faults: Callable[..., list[Fault]], crossover: pd.DataFrame
) -> None:
    for few, shown in ((9, False), (10, True)):
        own = crossover["patient_id"].isin(crossover["patient_id"].unique()[:few])
        found = faults(crossover.assign(drug=crossover["drug"].mask(own, "note")), design=DESIGN)
        (told,) = (fault for fault in found if fault.code == "unknown-arm")
        assert ("'note'" in told.message) is shown
