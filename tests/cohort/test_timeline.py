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
    Bound,
    ResponseReading,
    TableSource,
    Timeline,
    TimelineResponse,
    Window,
    most_heavy_days_within,
)

Load = Callable[..., Cohort]
Faults = Callable[..., list[Fault]]


def timeline_of(table: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Ten days a patient; on the first, those with responder 0 drink 80 g."""
    drank = table["responder"] == "0"
    rows = [
        (patient, day, 80 if day == 1 and heavy else 10)
        for patient, heavy in zip(table["patient_id"], drank, strict=True)
        for day in range(1, 11)
    ]
    frame = pd.DataFrame(rows, columns=["who", "day", "grams"])
    return frame.sample(frac=1, random_state=seed)


@pytest.fixture
def response(tmp_path: Path) -> Callable[..., TimelineResponse]:
    def make(days: pd.DataFrame, **changes: Any) -> TimelineResponse:
        days.to_csv(tmp_path / "days.csv", index=False)
        source = TableSource(tmp_path / "days.csv")
        timeline = Timeline(source, "who", "day", "grams", Window(1, 10))
        return TimelineResponse(
            "no_heavy_drinking_days", Bound(0, upper=True), timeline=timeline,
            reduce=most_heavy_days_within(None), heavy_from=(40.0, 60.0), **changes,
        )  # fmt: skip

    return make


def test_the_response_is_the_timelines_whatever_its_order(
    table: pd.DataFrame, read: Load, response: Callable[..., TimelineResponse]
) -> None:
    cohort = read(table, response=response(timeline_of(table)))
    expected = table.sort_values("patient_id")["responder"].astype(int)
    assert cohort.y.tolist() == expected.tolist()
    assert not cohort.unknown.any()
    again = read(table, response=response(timeline_of(table, seed=2)))
    assert again.fingerprint == cohort.fingerprint


def test_a_patient_without_days_counts_as_failure_and_is_remembered(
    table: pd.DataFrame, read: Load, response: Callable[..., TimelineResponse]
) -> None:
    days = timeline_of(table)
    gone = table.loc[table["responder"] == "1", "patient_id"].iloc[0]
    cohort = read(table, response=response(days[days["who"] != gone]))
    row = int(np.flatnonzero(cohort.ids == gone)[0])
    assert cohort.unknown[row]
    assert cohort.unknown.sum() == 1
    assert cohort.y[row] == 0
    assert {"no-timeline", "missing-response"} <= {f.code for f in cohort.issues}


def test_patients_of_the_timeline_who_are_in_no_table_are_counted_and_not_used(
    table: pd.DataFrame, read: Load, response: Callable[..., TimelineResponse]
) -> None:
    days = timeline_of(table)
    others = days.head(30).assign(who=[f"X{k % 3}" for k in range(30)], day=range(30), grams=500)
    cohort = read(table, response=response(pd.concat([days, others])))
    (told,) = (f for f in cohort.issues if f.code == "timeline-strangers")
    assert told.message.startswith("3 patients of the timeline not in")
    assert cohort.fingerprint == read(table, response=response(days)).fingerprint
    assert "timeline-strangers" not in {f.code for f in read(table, response=response(days)).issues}


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("day", 1.5, "bad-day"),
        ("grams", -1, "out-of-range"),
        ("grams", 1001, "out-of-range"),
        ("grams", "many", "not-a-number"),
    ],
)
def test_a_wrong_cell_is_named_by_its_row_and_never_shown(
    table: pd.DataFrame, faults: Faults, response: Callable[..., TimelineResponse],
    column: str, value: object, code: str,
) -> None:  # fmt: skip
    days = timeline_of(table).astype(object)
    days.iloc[4, days.columns.get_loc(column)] = value
    told = faults(table, response=response(days), reading=ResponseReading(low=0, high=1000))
    found = [f for f in told if f.severity == "error"]
    assert [(f.code, f.row, f.column) for f in found] == [(code, 6, column)]


def test_a_day_twice_and_a_foreign_timeline_are_faults(
    table: pd.DataFrame, faults: Faults, response: Callable[..., TimelineResponse],
    codes: Callable[..., list[str]],
) -> None:  # fmt: skip
    days = timeline_of(table)
    twice = faults(table, response=response(pd.concat([days, days.head(1)])))
    assert "duplicate-day" in {f.code for f in twice}
    for who in ("X" + days["who"], ""):
        foreign = faults(table, response=response(days.assign(who=who)))
        assert codes(foreign) == ["timeline-without-patients"]
    renamed = faults(table, response=response(days.rename(columns={"grams": "gramms"})))
    assert [f.hint for f in renamed if f.code == "unknown-column"] == ["did you mean 'gramms'?"]


def test_bounds_by_sex_need_the_sex(
    table: pd.DataFrame, faults: Faults, read: Load, response: Callable[..., TimelineResponse],
    codes: Callable[..., list[str]],
) -> None:  # fmt: skip
    rule = response(timeline_of(table))
    found = faults(table.drop(columns="sex"), response=rule)
    assert codes(found) == ["response-needs-sex"]
    some = table.assign(sex=table["sex"].where(np.arange(len(table)) > 3, ""))
    cohort = read(some, response=rule)
    assert cohort.unknown.sum() == 4
    assert "response-needs-sex" in {f.code for f in cohort.issues}


def test_the_estimand_names_what_dropping_out_means(
    table: pd.DataFrame, read: Load, response: Callable[..., TimelineResponse]
) -> None:
    facts = read(table, response=response(timeline_of(table))).facts["estimand"]
    assert "composite strategy" in facts["intercurrent_events"]
    assert set(facts) == {
        "treatments", "population", "variable", "intercurrent_events", "summary"
    }  # fmt: skip


def test_undeclared_decimal_commas_are_declared_under_the_timeline(
    table: pd.DataFrame,
    faults: Faults,
    response: Callable[..., TimelineResponse],
    tmp_path: Path,
) -> None:
    days = timeline_of(table)
    read = response(days)
    days["grams"] = days["grams"].astype(str) + ",5"
    days.to_csv(tmp_path / "days.csv", sep=";", index=False)
    found = faults(table, response=read)
    (told,) = (fault.hint for fault in found if fault.code == "decimal-comma")
    assert told.startswith("declare them: `timeline: {path: days.csv")
