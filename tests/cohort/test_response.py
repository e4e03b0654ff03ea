"""A number that cannot be is a fault of its row, and never a response; codes are declared."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.config import load_study
from nxpredict.config._study import Study
from nxpredict.study import Adherence, Beside, ColumnResponse, ResponseReading, Tolerability

STUDY = """\
study: trial
table: cohort.csv
design: {allocation: randomised, id: patient_id, arm: drug}
arms: {naltrexone: NTX, nalmefene: NMF}
response: {%s}
preference: {minimum_benefit: 0.1}
"""
IMPOSSIBLE = [
    ("definition: no_heavy_drinking_days, follow_up: f", -3, "0 or more, in whole days"),
    ("definition: no_heavy_drinking_days, follow_up: f", 2.5, "0 or more, in whole days"),
    ("definition: no_heavy_drinking_days, within_days: 28, follow_up: f", 29, "0 to 28, in whole"),
    ("definition: percent_heavy_drinking_days, at_most: 20, follow_up: f", -5, "0 to 100 %"),
    ("definition: heavy_drinking_days, at_most: 5, follow_up: f", 30, "0 to 28 days per 28 days"),
    ("definition: percent_days_abstinent, at_least: 80, follow_up: f", 140, "0 to 100 %"),
    ("definition: alcohol_per_day, at_most: 20, follow_up: f", -30, "0 to 1000 g/day"),
    ("kind: continuous, definition: alcohol_per_day, follow_up: f", -5, "0 to 1000 g/day"),
    (
        "definition: drinks_per_drinking_day, at_most: 2, follow_up: f, unit: drinks_10g/day",
        101,
        "0 to 100 drinks_10g/day",
    ),
    ("definition: peth, at_most: 20, follow_up: f", -20, "0 to 20000 ng/mL"),
    ("definition: craving, at_most: 20, follow_up: f", -9, "0 or more"),
    ("definition: relative_change, at_most: -0.3, baseline: b, follow_up: f", -9, "0 or more"),
]  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Callable[[str], Study]:
    def write(response: str) -> Study:
        path = tmp_path / "study.yaml"
        path.write_text(STUDY % response, encoding="utf-8")
        return load_study(path)

    return write


def measured(table: pd.DataFrame, **cells: object) -> pd.DataFrame:
    """Add a baseline of 80 and a follow-up of 0 or 25, with the third row as given."""
    full = table.assign(b="80", f=np.where(np.arange(len(table)) % 3, "25", "0"))
    full.loc[2, list(cells)] = [str(cell) for cell in cells.values()]
    return full


def loaded(run: Callable[..., Any], table: pd.DataFrame, study: Study) -> Any:
    return run(table, response=study.response, reading=study.reading)


@pytest.mark.parametrize(("response", "value", "expected"), IMPOSSIBLE)
def test_what_cannot_be_is_named_by_its_row_and_never_shown(
    table: pd.DataFrame, faults: Callable[..., Any], study: Callable[[str], Study],
    response: str, value: float, expected: str,
) -> None:  # fmt: skip
    found = loaded(faults, measured(table, f=value), study(response))
    outside = [f for f in found if f.code == "out-of-range"]
    assert [(f.row, f.column, f.severity) for f in outside] == [(4, "f", "error")]
    assert expected in outside[0].message
    assert "missing_codes" in outside[0].hint
    assert str(value) not in str(outside[0])


def test_a_baseline_that_nobody_drinks_is_a_fault(
    table: pd.DataFrame, faults: Callable[..., Any], study: Callable[[str], Study]
) -> None:
    response = study("definition: alcohol_reduction, at_least: 0.7, baseline: b, follow_up: f")
    found = loaded(faults, measured(table, b=50000), response)
    assert [(f.row, f.column) for f in found if f.code == "out-of-range"] == [(4, "b")]


@pytest.mark.parametrize("code", ["-9", "-9.0"])
def test_a_declared_code_is_no_number(
    table: pd.DataFrame, read: Callable[..., Any], study: Callable[[str], Study], code: str
) -> None:
    text = "definition: alcohol_per_day, at_most: 20, follow_up: f, missing_codes: [-9, 999]"
    coded = loaded(read, measured(table, f=code), study(text))
    empty = loaded(read, measured(table, f=""), study(text))
    assert coded.unknown.sum() == 1
    assert coded.fingerprint == empty.fingerprint


def test_a_declared_code_is_no_label_and_nothing_beside_the_response(
    table: pd.DataFrame, read: Callable[..., Any]
) -> None:
    coded = table.assign(stopped="0", taken="1")
    coded.loc[:9, ["stopped", "taken"]] = ["1", "0"]
    coded.loc[2, ["responder", "stopped", "taken"]] = "9"
    beside = Beside(Tolerability("stopped", "1"), Adherence("taken"))
    cohort = read(coded, beside=beside, reading=ResponseReading(missing_codes=("9",)))
    row = cohort.ids.tolist().index(table.loc[2, "patient_id"])
    assert cohort.unknown[row]
    assert np.isnan([cohort.stopped[row], cohort.treated[row]]).all()
    assert "response-labels" not in {f.code for f in cohort.issues}


def test_a_column_without_any_number_leaves_faults_and_no_warning_of_numpy(
    table: pd.DataFrame, faults: Callable[..., Any], study: Callable[[str], Study]
) -> None:
    text = "kind: continuous, column: centre, favourable: lower, unit: days"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = loaded(faults, table, study(text))
    assert "not-a-number" in {f.code for f in found}


@pytest.mark.parametrize(
    ("column", "favourable", "doubted"),
    [
        ("relapse", "1", True),
        ("relapse", "1.0", True),
        ("Rückfall", "1", True),
        ("relapse", "0", False),
        ("responder", "1", False),
        ("relapse_free", "1", False),
    ],
)
def test_a_response_that_is_called_like_a_bad_outcome_is_doubted(
    table: pd.DataFrame, read: Callable[..., Any], column: str, favourable: str, doubted: bool
) -> None:
    renamed = table.rename(columns={"responder": column})
    cohort = read(renamed, response=ColumnResponse(column, favourable))
    assert [f.column for f in cohort.issues if f.code == "favourable-by-name"] == (
        [column] if doubted else []
    )
