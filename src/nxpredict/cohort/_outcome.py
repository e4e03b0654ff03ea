"""Columns of numbers that a response is computed from; a row that holds none is a fault."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nxpredict.cohort._cells import coded_missing, read_numbers
from nxpredict.cohort._looks import warn_of_thousands
from nxpredict.cohort._missing_codes import warn_of_codes
from nxpredict.cohort._rows import count_rows, row_numbers
from nxpredict.cohort._table import RawTable
from nxpredict.errors import FaultLog
from nxpredict.study import ResponseReading


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
    rows = row_numbers(table.frame)[bad]
    faults.error(
        code,
        f"{message} in {count_rows(rows)}",
        hint,
        file=table.file,
        row=int(rows[0]),
        column=column,
    )


def refuse_impossible(
    table: RawTable,
    column: str,
    values: npt.NDArray[np.float64],
    reading: ResponseReading,
    faults: FaultLog,
) -> None:
    """Report the rows whose number cannot be, and warn of what looks like a code."""
    hint = "correct it; name a code for a missing value under `response.missing_codes`"
    if reading.unit and not reading.whole:
        hint += f"; the column is read in {reading.unit}"
    outside = reading.outside(values)
    what = f"a value outside {reading.possible}"
    refuse_rows(table, outside, column, faults, "out-of-range", what, hint)
    cells = table.frame[column]
    warn_of_thousands(cells, table.decimal, file=table.file, name=column, faults=faults)
    how = "`response.missing_codes: [CODE]`"
    warn_of_codes(values[~outside], how, file=table.file, column=column, faults=faults)


def without_codes(table: RawTable, columns: Collection[str], codes: Collection[str]) -> RawTable:
    """Return the table with empty cells where a column holds a code for a missing value."""
    frame = table.frame
    held = [name for name in columns if name in frame] if codes else []
    blank = {name: coded_missing(frame[name], codes, table.decimal) for name in held}
    return replace(table, frame=frame.assign(**blank)) if blank else table
