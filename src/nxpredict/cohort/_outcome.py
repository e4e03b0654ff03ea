"""Columns of numbers that a response is computed from; a row that holds none is a fault."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nxpredict.cohort._cells import read_numbers
from nxpredict.cohort._rows import count_rows
from nxpredict.cohort._table import RawTable
from nxpredict.errors import FaultLog


def outcome_numbers(
    table: RawTable, column: str, hint: str, faults: FaultLog
) -> npt.NDArray[np.float64]:
    """Return a column's numbers, NaN where empty; what cannot be read is reported with a hint."""
    numbers = read_numbers(table.frame[column], table.decimal)
    bad = numbers.unreadable | numbers.infinite
    refuse_rows(table, bad, column, faults, "not-a-number", "not a number", hint)
    return numbers.values


def refuse_rows(
    table: RawTable,
    bad: npt.NDArray[np.bool_],
    column: str,
    faults: FaultLog,
    code: str,
    message: str,
    hint: str,
) -> None:
    """Report the rows that are marked, as one fault."""
    if not bad.any():
        return
    rows = (np.asarray(table.frame.index) + 2)[bad]
    faults.error(
        code,
        f"{message} in {count_rows(rows)}",
        hint,
        file=table.file,
        row=int(rows[0]),
        column=column,
    )
