"""Tolerability and adherence are read beside the response, and never predict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.study import (
    AdditionalPredictor,
    Adherence,
    Beside,
    ColumnResponse,
    Tolerability,
)

BESIDE = Beside(Tolerability("stopped", "AE"), Adherence("taken", 0.8))


def with_both(table: pd.DataFrame) -> pd.DataFrame:
    n = len(table)
    stopped = np.where(np.arange(n) % 5 == 0, "AE", "no")
    stopped[1] = ""
    taken = np.where(np.arange(n) % 3 == 0, "0.79", "0.80")
    taken[2] = ""
    return table.assign(stopped=stopped, taken=taken)


def test_both_are_read_in_the_order_of_the_patients(
    table: pd.DataFrame, read: Callable[..., Any]
) -> None:
    full = with_both(table)
    cohort = read(full, beside=BESIDE)
    rows = full.set_index("patient_id").loc[cohort.ids]
    expected = rows["stopped"].map({"AE": 1.0, "no": 0.0, "": np.nan})
    np.testing.assert_array_equal(cohort.stopped, expected)
    np.testing.assert_array_equal(
        cohort.treated, rows["taken"].map({"0.79": 0.0, "0.80": 1.0, "": np.nan})
    )
    assert not {"stopped", "taken"} & set(cohort.X)
    assert not {"stopped", "taken"} & set(cohort.facts["unused_columns"])
    assert cohort.facts["response"]["tolerability"].startswith("stopped for adverse events")
    assert [f.column for f in cohort.issues if f.code == "missing-beside-response"] == [
        "stopped",
        "taken",
    ]


def test_the_label_of_stopping_in_other_letters_is_a_fault(
    table: pd.DataFrame, faults: Callable[..., Any]
) -> None:
    full = with_both(table)
    full.loc[5, "stopped"] = "ae"
    assert "tolerability-label-case" in {
        f.code for f in faults(full, beside=BESIDE) if f.severity == "error"
    }


@pytest.mark.parametrize(
    ("missing", "first", "told"),
    [("exclude", 60, ["12"]), ("exclude", 45, ["1 to 9"]), ("failure", 60, [])],
)
def test_who_stopped_and_is_left_out_without_a_response_is_counted(
    table: pd.DataFrame, read: Callable[..., Any], missing: Any, first: int, told: list[str]
) -> None:
    full = with_both(table)
    gone = (full["stopped"] == "AE") & (np.arange(len(full)) < first)
    response = ColumnResponse("responder", "1", missing=missing)
    cohort = read(
        full.assign(responder=full["responder"].mask(gone, "")), beside=BESIDE, response=response
    )
    found = [f.message.split(" of ")[0] for f in cohort.issues if f.code == "stopped-left-out"]
    assert found == told


def test_more_than_two_labels_of_tolerability_are_said(
    table: pd.DataFrame, read: Callable[..., Any]
) -> None:
    full = with_both(table)
    full.loc[3, "stopped"] = "maybe"
    (found,) = (f for f in read(full, beside=BESIDE).issues if f.code == "tolerability-labels")
    assert (found.severity, found.column) == ("warning", "stopped")
    assert "maybe" not in str(found)


def test_without_a_declaration_nothing_is_read(
    table: pd.DataFrame, read: Callable[..., Any]
) -> None:
    cohort = read(with_both(table))
    assert cohort.stopped is None
    assert cohort.treated is None
    assert read(with_both(table), beside=BESIDE).fingerprint != cohort.fingerprint


def test_neither_can_be_a_predictor(table: pd.DataFrame, faults: Callable[..., Any]) -> None:
    found = faults(
        with_both(table),
        beside=BESIDE,
        additional={
            name: AdditionalPredictor(name, "categorical") for name in ("stopped", "taken")
        },
    )
    assert [f.code for f in found if f.severity == "error"] == ["response-as-predictor"] * 2


def test_a_copy_of_the_tolerability_is_a_leak(
    table: pd.DataFrame, faults: Callable[..., Any]
) -> None:
    full = with_both(table)
    found = faults(
        full.assign(copy=full["stopped"].map({"AE": "1", "no": "0"}).fillna("")),
        beside=BESIDE,
        additional={"copy": AdditionalPredictor("copy", "binary")},
    )
    leaks = [f for f in found if f.code == "leak"]
    assert len(leaks) == 1
    assert "the tolerability" in leaks[0].message


def test_wrong_cells_and_labels_are_faults_with_the_fix(
    table: pd.DataFrame, faults: Callable[..., Any]
) -> None:
    full = with_both(table).assign(taken="85")
    found = faults(full, beside=Beside(Tolerability("stopped", "yes"), Adherence("taken")))
    by_code = {f.code: f for f in found if f.severity == "error"}
    assert set(by_code) == {"tolerability-label-absent", "not-a-share"}
    assert "0.85" in by_code["not-a-share"].hint
    lacking = faults(table, beside=BESIDE)
    assert [f.code for f in lacking] == ["unknown-column"] * 2
