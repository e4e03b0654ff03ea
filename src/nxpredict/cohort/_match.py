"""Which column is which predictor: the study file first, then the catalogue's own names."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from nxpredict.catalog import Catalog
from nxpredict.cohort._matcher import Matcher, Matching
from nxpredict.errors import FaultLog
from nxpredict.study import AdditionalPredictor, ColumnReading


def match_columns(
    frame: pd.DataFrame,
    *,
    file: str,
    catalog: Catalog,
    reserved: Mapping[str, str],
    predictors: Mapping[str, ColumnReading],
    additional: Mapping[str, AdditionalPredictor],
    faults: FaultLog,
    ids: pd.Series | None = None,
) -> Matching:
    """Tell the columns of a table apart and say how each predictor is read.

    Parameters
    ----------
    frame : DataFrame
        The table; only undeclared labels of additional predictors are looked at.
    file : str
    catalog : Catalog
    reserved : mapping of str to str
        Columns with another role -> that role (``the arm``); they are no predictors.
    predictors, additional : mapping
        What the study file declares.
    faults : FaultLog
        Gets unknown columns, columns used twice, unknown units and labels, leaks declared.
    ids : Series of str, shape (n,), optional
        Whose each row is; every row is another patient's when absent.

    Returns
    -------
    Matching
    """
    matcher = Matcher(frame, file, catalog, dict(reserved), faults, ids)
    others = {declared.column for declared in additional.values()}
    for name, reading in predictors.items():
        matcher.declare(name, reading, others)
    for name, declared in additional.items():
        matcher.add(name, declared)
    matcher.find_others()
    matcher.find_loci()
    return matcher.finish()


def match_loci(
    frame: pd.DataFrame,
    *,
    file: str,
    catalog: Catalog,
    reserved: Mapping[str, str],
    predictors: Mapping[str, ColumnReading],
    faults: FaultLog,
) -> Matching:
    """Tell the genotype columns and the ancestry apart, whatever else is wrong with the table."""
    matcher = Matcher(frame, file, catalog, dict(reserved), faults)
    asked = {name for name in predictors if name == "ancestry" or name not in catalog.predictors}
    for name in asked:
        matcher.declare(name, predictors[name], set())
    matcher.faults = FaultLog()
    for name in predictors.keys() - asked:
        matcher.declare(name, predictors[name], set())
    matcher.find_others()
    matcher.faults = faults
    matcher.find_loci()
    return matcher.found
