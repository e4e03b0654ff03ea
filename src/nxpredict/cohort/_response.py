"""Each row's response: from columns of the table, or from a timeline of days beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._cells import read_labels
from nxpredict.cohort._outcome import outcome_numbers, refuse_impossible
from nxpredict.cohort._table import RawTable
from nxpredict.cohort._timeline import read_days
from nxpredict.errors import FaultLog, counted
from nxpredict.study import SEX, ResponseDefinition, ResponseReading, TimelineResponse

Floats = npt.NDArray[np.float64]


def read_response(
    table: RawTable,
    response: ResponseDefinition,
    reading: ResponseReading,
    ids: pd.Series | None,
    male: Floats | None,
    faults: FaultLog,
) -> Floats | None:
    """Return 1, 0 or NaN for each row; None when the response cannot be read at all.

    Parameters
    ----------
    table : RawTable
    response : ResponseDefinition
    reading : ResponseReading
    ids : Series of str, shape (n,), optional
        None when the table does not tell: no day of a timeline is then anybody's.
    male : ndarray of float64, shape (n,), optional
        1 for men, 0 for women, NaN; None when no column tells.
    faults : FaultLog
    """
    sex = np.full(len(table.frame), np.nan) if male is None else male
    if response.needs_sex:
        _check_sex(male, table, faults)
    if isinstance(response, TimelineResponse):
        days = read_days(response.timeline, reading, ids, faults)
        if days is None:
            return None
        frame = response.summarise(*days, sex)
    else:
        frame = pd.DataFrame(_columns(table, response, reading, faults))
        if response.needs_sex:
            frame[SEX] = sex
    if response.needs_sex and male is None:
        return None
    y, found = response.evaluate(frame)
    faults.extend(replace(fault, file=table.file) for fault in found)
    return None if any(fault.severity == "error" for fault in found) else y


def _check_sex(male: Floats | None, table: RawTable, faults: FaultLog) -> None:
    if male is None:
        faults.error(
            "response-needs-sex",
            "the response's bounds differ between women and men, and no column tells the sex",
            "name the column: `predictors: {sex: {column: ..., labels: {...}}}`",
            file=table.file,
        )
    elif unknown := int(np.isnan(male).sum()):
        faults.warn(
            "response-needs-sex",
            f"{counted(unknown, 'patient has', 'patients have')} no sex, so their response is not "
            "known",
            file=table.file,
        )


def _columns(
    table: RawTable, response: ResponseDefinition, reading: ResponseReading, faults: FaultLog
) -> dict[str, object]:
    columns: dict[str, object] = {}
    hint = "the response is computed from this column; leave unknown values empty"
    for name in response.columns:
        if response.reads_numbers:
            columns[name] = values = outcome_numbers(table, name, hint, faults)
            refuse_impossible(table, name, values, reading, faults)
        else:
            read = read_labels(table.frame[name])
            texts = np.array([*read.texts, None], dtype=object)
            columns[name] = pd.Series(texts[read.positions], dtype="str")
    return columns
