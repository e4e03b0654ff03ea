"""A timeline of days (one row a patient and day) as one matrix a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._batch import read_ids
from nxpredict.cohort._outcome import (
    outcome_numbers,
    refuse_impossible,
    refuse_rows,
    without_codes,
)
from nxpredict.cohort._table import RawTable, read_table
from nxpredict.errors import DataError, FaultLog, closest, counted
from nxpredict.study import ResponseReading, Timeline, Window

Floats = npt.NDArray[np.float64]


def read_days(
    timeline: Timeline, reading: ResponseReading, ids: pd.Series | None, faults: FaultLog
) -> tuple[Floats | None, Floats] | None:
    """Return the baseline and the counted follow-up days of each patient, or patient and period.

    Parameters
    ----------
    timeline : Timeline
    reading : ResponseReading
    ids : Series of str, shape (n,), optional
        Patients in the order of the table; of a timeline with periods, patients `in_period`; None
        when the table does not tell.
    faults : FaultLog

    Returns
    -------
    tuple of ndarray of float64, shape (n, days), or None
        Amounts as written, NaN where a day was not recorded; None when no day is anybody's.
        The first is None without a baseline window.
    """
    source = timeline.table
    try:
        table = read_table(source.path, separator=source.separator, decimal=source.decimal)
    except DataError as error:
        # A line to be pasted into the study file, where `table` is that of the patients.
        told = [replace(f, hint=f.hint.replace("`table: ", "`timeline: ")) for f in error.faults]
        faults.extend(told)
        return None
    faults.extend(table.faults)
    if not _has_columns(table, timeline.columns, faults):
        return None
    table = without_codes(table, {timeline.amount}, reading.missing_codes)
    day = outcome_numbers(table, timeline.day, "count days in whole numbers", faults)
    amount = outcome_numbers(table, timeline.amount, "leave unknown amounts empty", faults)
    refuse_impossible(table, timeline.amount, amount, reading, faults)
    patients = _patients(table, timeline, faults)
    _check_days(table, timeline, patients, day, faults)
    if ids is None:
        return None
    places = pd.Series(np.arange(len(ids)), index=ids).groupby(level=0).first()
    row = np.asarray(patients.map(places).fillna(-1), dtype=np.intp)
    if not np.any(row >= 0):
        named = read_ids(table.frame, timeline.id).notna().any()
        if patients.notna().any() or not named:
            _report_nobody(table, timeline, faults)
        return None
    _report_strangers(row, patients, table, timeline, ids, faults)
    before = timeline.baseline
    baseline = None if before is None else _matrix(before, row, day, amount, len(ids))
    return baseline, _matrix(timeline.counted, row, day, amount, len(ids))


def in_period(ids: pd.Series, period: npt.NDArray[np.int64]) -> pd.Series:
    """Return who a row belongs to together with when, missing where there is no identifier.

    Examples
    --------
    >>> in_period(pd.Series(["P1", "P1"], dtype="str"), np.array([1, 2])).tolist()
    ['P1 in period 1', 'P1 in period 2']
    """
    return ids + " in period " + pd.Series(period.astype(str), index=ids.index, dtype="str")


def _patients(table: RawTable, timeline: Timeline, faults: FaultLog) -> pd.Series:
    """Return who each day belongs to; a day without its period is a fault."""
    patients = read_ids(table.frame, timeline.id)
    if timeline.period is None:
        return patients
    hint = "write the period of the patients' table that the day belongs to"
    period = outcome_numbers(table, timeline.period, hint, faults)
    with np.errstate(invalid="ignore"):
        odd = np.isnan(period) | (period != np.round(period))
    refuse_rows(
        table, odd, timeline.period, faults, "odd-period", "a period that is no number", hint
    )
    return in_period(patients, np.where(odd, 0, period).astype(np.int64)).where(~odd)


def _has_columns(table: RawTable, columns: Sequence[str], faults: FaultLog) -> bool:
    headers = [str(name) for name in table.frame.columns]
    missing = [column for column in columns if column not in headers]
    for column in missing:
        faults.error(
            "unknown-column",
            f"the study file names '{column}' as a column of the timeline, which has none such",
            closest(column, headers) or f"its columns: {', '.join(headers[:10])}",
            file=table.file,
        )
    return not missing


def _check_days(
    table: RawTable, timeline: Timeline, patients: pd.Series, day: Floats, faults: FaultLog
) -> None:
    with np.errstate(invalid="ignore"):
        broken = np.isnan(day) | (day != np.round(day))
    repeated = pd.DataFrame({"id": patients, "day": day}).duplicated(keep=False).to_numpy()
    for flags, code, message, hint in (
        (
            broken, "bad-day", "no whole number of a day",
            "count days from the first on treatment, which is day 1; days before it are 0, -1, ...",
        ),
        (
            repeated & ~broken & patients.notna().to_numpy(), "duplicate-day",
            "the same patient and day more than once", "one row a patient and day: add them up",
        ),
    ):  # fmt: skip
        refuse_rows(table, np.asarray(flags), timeline.day, faults, code, message, hint)


def _report_nobody(table: RawTable, timeline: Timeline, faults: FaultLog) -> None:
    faults.error(
        "timeline-without-patients",
        "no patient of the timeline is in the patients' table",
        "check the identifier columns of both",
        file=table.file,
        column=timeline.id,
    )


def _report_strangers(
    row: npt.NDArray[np.intp], patients: pd.Series, table: RawTable, timeline: Timeline,
    ids: pd.Series, faults: FaultLog,
) -> None:  # fmt: skip
    if strangers := patients[row < 0].nunique():
        faults.warn(
            "timeline-strangers",
            f"{counted(strangers, 'patient')} of the timeline not in the patients' table; not used",
            file=table.file,
            column=timeline.id,
        )
    absent = int((~ids.dropna().isin(patients.dropna())).sum())
    if absent:
        faults.warn(
            "no-timeline",
            f"{counted(absent, 'patient has', 'patients have')} no row in the timeline, so their "
            "response is not known",
            file=table.file,
            column=timeline.id,
        )


def _matrix(
    window: Window, row: npt.NDArray[np.intp], day: Floats, amount: Floats, n: int
) -> Floats:
    found = np.full((n, window.length), np.nan)
    used = (row >= 0) & (day >= window.first) & (day <= window.last)
    used &= day == np.round(day)
    found[row[used], (day[used] - window.first).astype(np.intp)] = amount[used]
    return found
