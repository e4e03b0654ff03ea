"""A daily timeline of a crossover: every period has its own days and windows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.cohort import Cohort
from nxpredict.errors import Fault
from nxpredict.study import (
    Amount,
    CrossoverDesign,
    ResponseReading,
    ResponseScale,
    TableSource,
    Timeline,
    TimelineResponse,
    Window,
)
from nxpredict.study._days import grams_per_day

DESIGN = CrossoverDesign("patient_id", "drug", "randomised", period="period", wash_out_days=21)


@pytest.fixture
def crossover(table: pd.DataFrame) -> pd.DataFrame:
    other = table.assign(drug=table["drug"].map({"NTX": "NMF", "NMF": "NTX"}))
    return pd.concat([table.assign(period="1"), other.assign(period="2")], ignore_index=True)


@pytest.fixture
def days(crossover: pd.DataFrame) -> pd.DataFrame:
    """Before each period 100 g a day; in it 3 k g for patient k, and 50 more in the second."""
    rows = [
        (who, int(period), day, 100.0 if day < 1 else 3.0 * int(who[1:]) + 50 * (period == "2"))
        for who, period in zip(crossover["patient_id"], crossover["period"], strict=True)
        for day in (-2, -1, 1, 2)
    ]
    frame = pd.DataFrame(rows, columns=["who", "phase", "day", "grams"])
    return frame.sample(frac=1, random_state=1)


@pytest.fixture
def response(tmp_path: Path) -> Callable[[pd.DataFrame], TimelineResponse]:
    def make(days: pd.DataFrame) -> TimelineResponse:
        days.to_csv(tmp_path / "days.csv", index=False)
        source, window = TableSource(tmp_path / "days.csv"), (Window(1, 2), Window(-2, -1))
        return TimelineResponse(
            "alcohol_per_day", Amount(ResponseScale("g/day", "lower", "absolute")),
            timeline=Timeline(source, "who", "day", "grams", *window, period="phase"),
            reduce=grams_per_day, missing="exclude",
        )  # fmt: skip

    return make


def test_each_period_has_its_own_days(
    crossover: pd.DataFrame, days: pd.DataFrame, read: Callable[..., Cohort], response: Any
) -> None:
    cohort = read(crossover, design=DESIGN, response=response(days))
    assert len(cohort) == 240
    assert cohort.period is not None
    number = cohort.ids.str[1:].astype(int).to_numpy()
    change = 3.0 * number + 50 * (cohort.period == 2) - 100
    np.testing.assert_allclose(cohort.scale.turned(cohort.y), change)


def test_a_period_without_days_has_no_response(
    crossover: pd.DataFrame, days: pd.DataFrame, read: Callable[..., Cohort], response: Any
) -> None:
    gone = (days["who"] == "P0003") & (days["phase"] == 2)
    cohort = read(crossover, design=DESIGN, response=response(days[~gone]))
    assert len(cohort) == 239
    assert "no-timeline" in {issue.code for issue in cohort.issues}


def test_a_day_without_its_period_is_a_fault(
    crossover: pd.DataFrame,
    days: pd.DataFrame,
    faults: Callable[..., list[Fault]],
    response: Any,
) -> None:
    broken = days.astype(object)
    broken.iloc[4, broken.columns.get_loc("phase")] = 1.5
    told = faults(
        crossover, design=DESIGN, response=response(broken), reading=ResponseReading(low=0)
    )
    found = [f for f in told if f.severity == "error"]
    assert [(f.code, f.row, f.column) for f in found] == [("odd-period", 6, "phase")]


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [("patient_id", None, "unknown-column"), ("period", None, "unknown-column"),
     ("period", "", "missing-period"), ("period", "first", "not-a-number")],
)  # fmt: skip
def test_periods_that_cannot_be_told_are_one_fault(
    crossover: pd.DataFrame, days: pd.DataFrame, faults: Callable[..., list[Fault]],
    codes: Callable[..., list[str]], response: Any, column: str, cell: str | None, code: str,
) -> None:  # fmt: skip
    if cell is None:
        crossover = crossover.rename(columns={column: "other"})
    else:
        crossover.loc[3, column] = cell
    assert codes(faults(crossover, design=DESIGN, response=response(days))) == [code]


def test_a_timeline_without_a_single_period_is_one_fault(
    crossover: pd.DataFrame, days: pd.DataFrame, faults: Callable[..., list[Fault]],
    codes: Callable[..., list[str]], response: Any,
) -> None:  # fmt: skip
    found = faults(crossover, design=DESIGN, response=response(days.assign(phase=np.nan)))
    assert codes(found) == ["odd-period"]
