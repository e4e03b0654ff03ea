"""Tolerability and adherence of each row, where the study file declares them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from nxpredict.cohort._cells import read_labels
from nxpredict.cohort._outcome import outcome_numbers, refuse_rows
from nxpredict.cohort._table import RawTable
from nxpredict.errors import FaultLog, counted
from nxpredict.study import (
    SMALLEST_CELL,
    Adherence,
    Beside,
    Tolerability,
    differs_in_case,
    label_matches,
)

Floats = npt.NDArray[np.float64]


def read_beside(
    table: RawTable, beside: Beside, present: Collection[str], faults: FaultLog
) -> tuple[Floats | None, Floats | None]:
    """Return who stopped for adverse events and who took the drug: 1, 0 or NaN for each row.

    Either is None when it is not declared, or its column is not there.
    """
    told, taken = beside.tolerability, beside.adherence
    return (
        _stopped(table, told, faults) if told is not None and told.column in present else None,
        _treated(table, taken, faults) if taken is not None and taken.column in present else None,
    )


def _stopped(table: RawTable, rule: Tolerability, faults: FaultLog) -> Floats:
    read = read_labels(table.frame[rule.column])
    matches = [float(label_matches(text, rule.unfavourable)) for text in read.texts]
    if matches and not any(matches):
        faults.error(
            "tolerability-label-absent",
            f"no patient has the unfavourable label '{rule.unfavourable}'",
            "write the label under response.tolerability.unfavourable as it stands in the table",
            file=table.file,
            column=rule.column,
        )
    elif differs_in_case(read.texts, rule.unfavourable):
        faults.error(
            "tolerability-label-case",
            f"a label is '{rule.unfavourable}' but for upper and lower case, and would count as "
            "not stopped",
            "write it alike in every row",
            file=table.file,
            column=rule.column,
        )
    elif len(matches) > 2:
        faults.warn(
            "tolerability-labels",
            f"{len(matches)} labels; all but '{rule.unfavourable}' count as not stopped",
            "check that this is what is meant; name a code for a missing value under "
            "`response.missing_codes`",
            file=table.file,
            column=rule.column,
        )
    return np.array([*matches, np.nan])[read.positions]


def _treated(table: RawTable, rule: Adherence, faults: FaultLog) -> Floats:
    share = outcome_numbers(
        table, rule.column, "give the share taken as a number; leave unknown ones empty", faults
    )
    refuse_rows(
        table,
        (share < 0) | (share > 1),
        rule.column,
        faults,
        "not-a-share",
        "a share taken outside 0 to 1",
        "write 0.85 for 85 %",
    )
    return np.where(np.isnan(share), np.nan, (share >= rule.at_least).astype(np.float64))


def report_left_out(
    stopped: Floats | None,
    left_out: npt.NDArray[np.bool_],
    beside: Beside,
    file: str,
    faults: FaultLog,
) -> None:
    """Say how many rows that are left out for want of a response stopped for adverse events."""
    count = 0 if stopped is None else int((stopped[left_out] == 1).sum())
    if beside.tolerability is not None and count:
        told = str(count) if count >= SMALLEST_CELL else f"1 to {SMALLEST_CELL - 1}"
        faults.warn(
            "stopped-left-out",
            f"{told} of those left out for want of a response stopped for adverse events: what "
            "is said of tolerability does not count them, so that a drug looks better borne than "
            "it is",
            "`response.missing: failure` counts them, where the response allows it",
            file=file,
            column=beside.tolerability.column,
        )


def report_unknown(
    after: tuple[Floats | None, Floats | None], beside: Beside, file: str, faults: FaultLog
) -> None:
    """Say how many of the patients analysed have no tolerability, or no adherence."""
    hints = (
        "they are left out of what is said of tolerability",
        "they count as not treated in the as-treated analysis",
    )
    rules = (beside.tolerability, beside.adherence)
    for values, rule, hint in zip(after, rules, hints, strict=True):
        unknown = 0 if values is None else int(np.isnan(values).sum())
        if rule is not None and unknown:
            message = f"{counted(unknown, 'patient has', 'patients have')} no value"
            faults.warn("missing-beside-response", message, hint, file=file, column=rule.column)
