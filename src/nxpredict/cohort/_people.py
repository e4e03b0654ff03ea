"""Who is who and who got what: identifiers, arms and responses of one table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._cells import read_labels
from nxpredict.cohort._coding import RARE
from nxpredict.cohort._response import read_response
from nxpredict.cohort._rows import count_rows
from nxpredict.cohort._table import RawTable
from nxpredict.errors import FaultLog, closest, counted
from nxpredict.study import (
    ArmSet,
    Beside,
    CrossoverDesign,
    Design,
    ParallelDesign,
    ResponseDefinition,
    ResponseReading,
    ResponseScale,
)

FEWEST_IN_ARM, FEW_IN_ARM = 20, 40
FEWEST_OF_RESPONSE = 5

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


def column_roles(design: Design, response: ResponseDefinition, beside: Beside) -> dict[str, str]:
    """Return the columns of design and responses, with what the study file calls them."""
    roles = design.roles
    roles |= {name: f"a column of {what}" for name, what in beside.columns.items()}
    return roles | dict.fromkeys(response.columns, "a column of the response")


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
    arms: ArmSet,
    design: Design,
    response: ResponseDefinition,
    present: Collection[str],
    faults: FaultLog,
    *,
    reading: ResponseReading,
    ids: pd.Series,
    male: Floats | None,
) -> People | None:
    """Read arms and responses, and say who is analysed; None when a column is missing.

    `male` is 1 for men, 0 for women and NaN where not known; None when no column tells.
    """
    codes = read_arms(table, design.arm, arms, faults) if design.arm in present else None
    known = all(column in present for column in response.columns)
    y = read_response(table, response, reading, ids, male, faults) if known else None
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
    counts = ", ".join(
        f"{name} {int((missing & (codes == i)).sum())}" for i, name in enumerate(arms.names)
    )
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
    rows = np.asarray(table.frame.index) + 2
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


def read_arms(table: RawTable, column: str, arms: ArmSet, faults: FaultLog) -> Codes:
    """Return each row's arm, -1 without one; labels that are no arm's are faults."""
    read = read_labels(table.frame[column])
    # An arm's label may be a word that elsewhere means a missing value.
    codes = arms.encode(table.frame[column])
    by_text = np.append(arms.encode(list(read.texts)), -1)
    codes = np.where(codes >= 0, codes, by_text[read.positions])
    unknown = (read.positions >= 0) & (codes < 0)
    rows = np.asarray(table.frame.index) + 2
    if unknown.any():
        positions = read.positions[unknown]
        common = np.flatnonzero(np.bincount(positions, minlength=1) >= RARE)
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


def check_sizes(
    codes: Codes,
    y: Floats,
    patient: Codes,
    arms: ArmSet,
    scale: ResponseScale,
    faults: FaultLog,
    *,
    file: str,
    column: str,
) -> None:
    """Report arms with too few patients or too few of either response, or different numbers.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Position among the arms.
    y : ndarray of 0 and 1, or of numbers, shape (n,)
    patient : ndarray of int, shape (n,)
        Who a row belongs to: a patient counts once in an arm.
    arms : ArmSet
    scale : ResponseScale
    faults : FaultLog
    file, column : str
        Where the arms stand.
    """
    constant = len(y) > 0 and bool((y == y[0]).all())
    if constant:
        word = "a response" if y[0] == 1 else "no response"
        word = "the same number" if scale.continuous else word
        faults.error(
            "constant-response",
            f"every patient has {word}",
            "check `response` in the study file: column, favourable label or bounds",
            file=file,
        )
    for i, arm in enumerate(arms):
        own = codes == i
        n = len(np.unique(patient[own]))
        named = f"arm '{arm.name}' (label '{arm.label}')"
        found = _size_of_arm(n, named)
        if found is None and not constant:
            found = _variety(y[own], patient[own], named, scale)
        if found is not None:
            faults.error(*found, file=file, column=column)
        elif n <= FEW_IN_ARM:
            faults.warn("small-arm", f"{named} has only {n} patients", file=file, column=column)


def _size_of_arm(n: int, named: str) -> tuple[str, str, str] | None:
    """Return code, message and hint when an arm has too few patients."""
    if n == 0:
        hint = "write the label under `arms` as it stands in the table, or leave the arm out"
        return "absent-arm", f"no patient has {named}", hint
    if n < FEWEST_IN_ARM:
        hint = "check the label, or leave the arm out of the study file and the table"
        return "small-arm", f"{named} has {n} patients; {FEWEST_IN_ARM} or more are needed", hint
    return None


def _variety(
    y: Floats, patient: Codes, named: str, scale: ResponseScale
) -> tuple[str, str, str] | None:
    """Return the same when its responses are too much alike."""
    if scale.continuous:
        fewest, what = len(np.unique(y)), "different numbers"
        hint = "remove `kind: continuous` if the response is there or not"
    else:
        fewest = min(len(np.unique(patient[y == value])) for value in (0, 1))
        what = "patients of one response"
        hint = "nothing can be learned of this arm; check the response's definition"
    if fewest >= FEWEST_OF_RESPONSE:
        return None
    return "few-responses", f"{named} has fewer than {FEWEST_OF_RESPONSE} {what}", hint


def check_sites(
    codes: Codes, site: npt.NDArray[np.object_], faults: FaultLog, *, file: str, column: str
) -> None:
    """Report a study in which the site alone decides the arm: nothing can tell them apart."""
    arms_of = pd.Series(codes).groupby(site).nunique()
    if len(arms_of) > 1 and len(np.unique(codes)) > 1 and int(arms_of.max()) == 1:
        faults.error(
            "arm-is-site",
            "every site gave one arm only, so arms cannot be told from sites",
            "declare `allocation: pooled-indirect`, which claims no difference between arms",
            file=file,
            column=column,
        )
