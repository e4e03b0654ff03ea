"""From a study and its files to a `Cohort`, or to every fault of both at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._analysed import AnalysedRows, TableRead
from nxpredict.cohort._assemble import assemble
from nxpredict.cohort._batch import read_ids
from nxpredict.cohort._beside import read_beside, report_left_out
from nxpredict.cohort._cohort import Cohort
from nxpredict.cohort._declared import Declared
from nxpredict.cohort._guess import called_adverse
from nxpredict.cohort._match import match_columns
from nxpredict.cohort._outcome import without_codes
from nxpredict.cohort._people import check_ids, read_people, require_columns
from nxpredict.cohort._periods import (
    check_orders,
    check_wash_out,
    read_periods,
    values_of_patients,
)
from nxpredict.cohort._predictors import read_predictors
from nxpredict.cohort._schema import Schema
from nxpredict.cohort._table import RawTable, read_table
from nxpredict.cohort._timeline import in_period
from nxpredict.errors import DataError, Fault, FaultLog, closest
from nxpredict.study import (
    ColumnResponse,
    CrossoverDesign,
    Design,
    TableSource,
)


def load(table: TableSource | RawTable, told: Declared, faults: Iterable[Fault] = ()) -> Cohort:
    """Read and check a study's patients.

    Parameters
    ----------
    table : TableSource or RawTable
        The file, or a table already read.
    told : Declared
        What the study says of it.
    faults : iterable of Fault
        What the study file already showed, so that all is reported together.

    Returns
    -------
    Cohort

    Raises
    ------
    DataError
        With every fault of study and data.
    AccessError
        When a file cannot be opened.
    """
    found = FaultLog(faults)
    return assemble(_read(_open(table, told, found), told, found), told, found)


def _open(table: TableSource | RawTable, told: Declared, faults: FaultLog) -> RawTable:
    """Return the table, without the codes that mean a missing response."""
    if isinstance(table, TableSource):
        try:
            table = read_table(table.path, separator=table.separator, decimal=table.decimal)
        except DataError as error:
            faults.extend(error.faults)
            raise DataError(faults) from None
    faults.extend(table.faults)
    coded = {*told.response.columns, *told.beside.columns}
    return without_codes(table, coded, told.reading.missing_codes)


def _read(table: RawTable, told: Declared, faults: FaultLog) -> TableRead:
    """Read everything that the study names; what it needs and does not find stops it here."""
    present = require_columns(table, told.roles, faults)
    ids = _ids(table, told.design, present, faults)
    matching = match_columns(
        table.frame,
        file=table.file,
        catalog=told.catalog,
        reserved=told.reserved,
        predictors=told.predictors,
        additional=told.additional,
        faults=faults,
        ids=ids,
    )
    X, schema, calls = read_predictors(table, ids, matching, told, faults)
    _check_leak_names(told.allow_leak, schema, faults)
    male = X["sex"].to_numpy(dtype="float64") if "sex" in X else None
    period, carried = _periods(table, told, ids, present, faults)
    if period is not None:
        X = values_of_patients(X, ids, period, table.file, faults)
    rows = _rows(ids, period, told.design, present)
    _doubt_favourable(table, told, faults)
    people = read_people(table, told, present, faults, ids=rows, male=male)
    after = read_beside(table, told.beside, present, faults)
    if people is None or rows is None:
        raise DataError(faults)
    left_out = people.unknown & ~people.analysed
    report_left_out(after[0], left_out, told.beside, table.file, faults)
    if period is not None and isinstance(told.design, CrossoverDesign):
        check_orders(table, told.design, ids, period, people.codes, people.analysed, faults)
    analysed = AnalysedRows.of(table, X, ids, people, after, period, told.design)
    return TableRead(table, analysed, schema, matching, calls, people.dropped, carried)


def _ids(table: RawTable, design: Design, present: Collection[str], faults: FaultLog) -> pd.Series:
    """Return the identifiers, checked where the table has them."""
    ids = read_ids(table.frame, design.id)
    if design.id in present:
        check_ids(ids, table, design, faults)
    return ids


def _periods(
    table: RawTable, told: Declared, ids: pd.Series, present: Collection[str], faults: FaultLog
) -> tuple[npt.NDArray[np.int64] | None, float]:
    """Return the periods of a crossover, where readable, and what share of an arm may be left."""
    design = told.design
    if not isinstance(design, CrossoverDesign):
        return None, 0.0
    carried = check_wash_out(design, told.arms, told.catalog, faults)
    readable = {design.id, design.period} <= set(present)
    return (read_periods(table, design, ids, faults) if readable else None), carried


def _doubt_favourable(table: RawTable, told: Declared, faults: FaultLog) -> None:
    """Warn where the name of the response says that its favourable label is the bad one."""
    rule = told.response
    if isinstance(rule, ColumnResponse) and called_adverse(
        rule.column, rule.favourable, told.catalog.words
    ):
        faults.warn(
            "favourable-by-name",
            f"the column is called like a bad outcome, and '{rule.favourable}' counts as response",
            "check which label of it is good for the patient",
            file=table.file,
            column=rule.column,
        )


def _rows(
    ids: pd.Series,
    period: npt.NDArray[np.int64] | None,
    design: Design,
    present: Collection[str],
) -> pd.Series | None:
    """Return what tells rows apart: the patient, in a crossover with the period; None if unread."""
    if design.id not in present:
        return None
    if not isinstance(design, CrossoverDesign):
        return ids
    return None if period is None else in_period(ids, period)


def _check_leak_names(names: Collection[str], schema: Schema, faults: FaultLog) -> None:
    for name in names:
        if name not in schema.names:
            faults.error(
                "unknown-predictor",
                f"allow_leak names '{name}', which is no predictor of this study",
                closest(name, schema.names) or "remove it",
            )
