"""Who is who and who got what: identifiers, arms and responses of one table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._batch import read_ids
from nxpredict.cohort._cells import read_labels
from nxpredict.cohort._declared import Declared
from nxpredict.cohort._response import read_response
from nxpredict.cohort._rows import count_rows, row_numbers
from nxpredict.cohort._table import RawTable
from nxpredict.errors import FaultLog, closest, counted
from nxpredict.study import (
    SMALLEST_CELL,
    ArmSet,
    CrossoverDesign,
    Design,
    ParallelDesign,
    ResponseDefinition,
)

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class People:
    """Arm and response of every row of a table.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Position among the arms, -1 without one.
    y : ndarray of float64, shape (n,)
        1, 0 or NaN; or a number.
    analysed : ndarray of bool, shape (n,)
    unknown : ndarray of bool, shape (n,)
        Whose response is not known; their `y` is 0.
    dropped : mapping of str to int
        Why others are not analysed.
    """

    codes: Codes
    y: Floats
    analysed: npt.NDArray[np.bool_]
    unknown: npt.NDArray[np.bool_]
    dropped: Mapping[str, int]


def require_columns(table: RawTable, roles: Mapping[str, str], faults: FaultLog) -> set[str]:
    """Return the columns with a role that the table has; the others are faults."""
    headers = [str(name) for name in table.frame.columns]
    for column, role in roles.items():
        if column not in headers:
            faults.error(
                "unknown-column",
                f"the study file names '{column}' as {role}, and the table has no such column",
                closest(column, headers) or f"the table has {len(headers)} columns",
                file=table.file,
            )
    return set(roles) & set(headers)


def read_people(
    table: RawTable,
    told: Declared,
    present: Collection[str],
    faults: FaultLog,
    *,
    ids: pd.Series | None,
    male: Floats | None,
) -> People | None:
    """Read arms and responses, and say who is analysed; None when a column is missing.

    `ids` are who a row is about, and when; None when the table does not tell. `male` is 1 for men,
    0 for women and NaN where not known; None when no column tells.
    """
    arms, design, response = told.arms, told.design, told.response
    codes = read_arms(table, design, arms, faults) if design.arm in present else None
    known = all(column in present for column in response.columns)
    y = read_response(table, response, told.reading, ids, male, faults) if known else None
    if codes is None or y is None:
        return None
    missing = np.isnan(y) & (codes >= 0)
    if missing.any():
        rows = "patients" if isinstance(design, ParallelDesign) else "periods of patients"
        _report_missing(missing, codes, arms, response, rows, table.file, faults)
    excluded = missing if response.missing == "exclude" else np.zeros(len(y), dtype=bool)
    dropped = {"no arm": int((codes < 0).sum()), "no response": int(excluded.sum())}
    return People(codes, np.where(missing, 0.0, y), (codes >= 0) & ~excluded, missing, dropped)


def _report_missing(
    missing: npt.NDArray[np.bool_],
    codes: Codes,
    arms: ArmSet,
    response: ResponseDefinition,
    rows: str,
    file: str,
    faults: FaultLog,
) -> None:
    by_arm = {name: int((missing & (codes == i)).sum()) for i, name in enumerate(arms.names)}
    # Reports repeat this, and hide what tells of few patients of an arm.
    few = any(0 < n < SMALLEST_CELL for n in by_arm.values())
    counts = "by arm hidden" if few else ", ".join(f"{name} {n}" for name, n in by_arm.items())
    what, hint = {
        "failure": ("counted as no response", "`response.missing: exclude` leaves them out"),
        "exclude": ("left out", ""),
        "fault": ("not allowed", "fill it in, or set `response.missing`"),
    }[response.missing]
    report = faults.error if response.missing == "fault" else faults.warn
    report(
        "missing-response",
        f"{int(missing.sum())} {rows} have no response ({counts}): {what}",
        hint,
        file=file,
        column=next(iter(response.outcome_columns), None),
    )


def check_ids(ids: pd.Series, table: RawTable, design: Design, faults: FaultLog) -> None:
    """Report missing and repeated identifiers by row, never by value.

    In a crossover an identifier stands in one row a period, which `read_periods` judges.
    """
    rows = row_numbers(table.frame)
    missing = np.asarray(ids.isna())
    repeated = np.asarray(ids.duplicated(keep=False)) & ~missing
    if isinstance(design, CrossoverDesign):
        repeated = np.zeros(len(ids), dtype=bool)
    for mask, code, what, hint in (
        (missing, "missing-id", "no patient identifier", "give every row one"),
        (
            repeated,
            "duplicate-id",
            "the same patient identifier more than once",
            "one row a patient: merge or remove the repeats; or declare `kind: crossover`",
        ),
    ):
        if mask.any():
            found = rows[mask]
            faults.error(
                code,
                f"{what} in {count_rows(found)}",
                hint,
                file=table.file,
                row=int(found[0]),
                column=design.id,
            )


def read_arms(table: RawTable, design: Design, arms: ArmSet, faults: FaultLog) -> Codes:
    """Return each row's arm, -1 without one; labels that are no arm's are faults."""
    column = design.arm
    read = read_labels(table.frame[column])
    # An arm's label may be a word that elsewhere means a missing value.
    codes = arms.encode(table.frame[column])
    by_text = np.append(arms.encode(list(read.texts)), -1)
    codes = np.where(codes >= 0, codes, by_text[read.positions])
    unknown = (read.positions >= 0) & (codes < 0)
    rows = row_numbers(table.frame)
    if unknown.any():
        positions = read.positions[unknown]
        patients = read_ids(table.frame, design.id)[unknown].groupby(positions).nunique()
        common = patients.index[patients >= SMALLEST_CELL]
        shown = ", ".join(f"'{read.texts[i]}'" for i in common[:10])
        count = len(np.unique(positions))
        faults.error(
            "unknown-arm",
            f"{counted(count, 'label')} of no arm in {count_rows(rows[unknown])}"
            + (f", among them {shown}" if shown else ""),
            f"the study file's labels are {', '.join(repr(x) for x in arms.labels)}",
            file=table.file,
            row=int(rows[unknown][0]),
            column=column,
        )
    missing = (read.positions < 0) & (codes < 0)
    if missing.any():
        faults.warn(
            "missing-arm",
            f"no arm in {count_rows(rows[missing])}; these are left out",
            file=table.file,
            row=int(rows[missing][0]),
            column=column,
        )
    return codes
