"""Codes for missing values that nobody declared are told, and never shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.cohort._missing_codes import undeclared_codes
from nxpredict.errors import Fault
from nxpredict.study import AdditionalPredictor, ColumnReading, NumberResponse, ResponseScale

AGES = [*range(18, 81)]


@pytest.mark.parametrize(
    ("values", "end"),
    [
        ([*AGES, 99, 99, 99], "the largest number"),
        ([*AGES, 99, 99], None),
        ([*AGES, 81, 81, 81], None),
        ([*AGES, -9, -9, -9], "the smallest number"),
        ([*AGES, *[999] * 3, *[-99] * 3], "the smallest number and the largest number"),
        ([*[1, 2, 3, 4, 5] * 9, 9, 9, 9], "the largest number"),
        ([*range(11)] * 5, None),
        ([-9, -9, -9, *range(-12, 13)], None),
        ([*range(0, 1000, 9)] * 3, None),
        ([9, 9, 9, 99, 99, 99], None),
        ([*AGES, np.nan, 999, 999, 999], "the largest number"),
    ],
)
def test_a_code_lies_far_from_all_others_and_stands_in_several_rows(
    values: Sequence[float], end: str | None
) -> None:
    assert undeclared_codes(np.array(values, dtype=np.float64)) == end


def told(issues: Sequence[Fault]) -> list[Fault]:
    return [fault for fault in issues if fault.code == "undeclared-code"]


def with_codes(table: pd.DataFrame, column: str, code: str) -> pd.DataFrame:
    coded = table.copy()
    coded.loc[:4, column] = code
    return coded


@pytest.mark.parametrize(("declared", "columns"), [({}, ["age_years"]), ({"99": "missing"}, [])])
def test_a_code_among_the_values_of_a_predictor_is_told_until_it_is_declared(
    table: pd.DataFrame,
    read: Callable[..., Any],
    declared: Mapping[str, str],
    columns: list[str],
) -> None:
    coded = with_codes(table, "age_years", "99")
    found = told(read(coded, predictors={"age": ColumnReading(labels=declared)}).issues)
    assert [fault.column for fault in found] == columns
    assert all(f.severity == "warning" and "99" not in str(f) for f in found)


def test_a_number_that_the_catalogue_does_not_know_is_looked_at_too(
    table: pd.DataFrame, read: Callable[..., Any]
) -> None:
    coded = with_codes(table.assign(bilirubin=table["ggt_u_per_l"]), "bilirubin", "-99")
    found = told(
        read(coded, additional={"bili": AdditionalPredictor("bilirubin", "continuous")}).issues
    )
    assert [fault.column for fault in found] == ["bilirubin"]
    assert "bili: {column: bilirubin, labels: {CODE: missing}}" in found[0].hint


def test_a_response_that_is_a_number_is_looked_at_too(
    table: pd.DataFrame, read: Callable[..., Any]
) -> None:
    days = pd.Series([str(i % 29) for i in range(len(table))], dtype="str")
    coded = with_codes(table.assign(hdd=days), "hdd", "999")
    found = told(read(coded, response=NumberResponse("hdd", ResponseScale("days"))).issues)
    assert [fault.column for fault in found] == ["hdd"]
    assert "missing_codes" in found[0].hint


@pytest.mark.parametrize("kind", ["ordinal", "categorical"])
def test_a_code_among_numbered_labels_is_told_until_the_labels_are_declared(
    table: pd.DataFrame, read: Callable[..., Any], kind: Any
) -> None:
    labels = [["1", "2", "3", "-99"][i // 2 % 4] for i in range(len(table))]
    coded = table.assign(sev=pd.Series(labels, dtype="str"))
    told_of = AdditionalPredictor("sev", kind)
    (found,) = told(read(coded, additional={"s": told_of}).issues)
    assert found.column == "sev"
    assert "read as a label" in found.message
    declared = replace(told_of, levels=("1", "2", "3"), labels={"-99": "missing"})
    cohort = read(coded, additional={"s": declared})
    assert not told(cohort.issues)
    assert cohort.X["s"].isna().sum() == 30
