"""Reading new patients by another table's names and codes, into the training study's predictors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from nxpredict.catalog import Catalog
from nxpredict.cohort._match import match_columns
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.errors import FaultLog
from nxpredict.study import AdditionalPredictor, ColumnReading


def reread(
    schema: Schema,
    frame: pd.DataFrame,
    *,
    file: str,
    id_column: str,
    catalog: Catalog,
    predictors: Mapping[str, ColumnReading],
    additional: Mapping[str, AdditionalPredictor],
) -> Schema:
    """Return how a new table is read into the predictors of `schema`.

    Parameters
    ----------
    schema : Schema
        Of the training study; its predictors, kinds and levels stay what they are.
    frame : DataFrame
        The new table.
    file : str
    id_column : str
        Header of the identifier in the new table.
    catalog : Catalog
    predictors, additional : mapping
        What the study file of the new table declares.

    Returns
    -------
    Schema

    Raises
    ------
    DataError
        When the declarations do not fit the table, with every fault.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> ggt = PredictorSpec("ggt", "GGT", "biomarker", "continuous", column="GGT")
    >>> found = reread(
    ...     Schema("id", (ggt,)), pd.DataFrame({"patient": ["a"], "gamma": ["0.5"]}),
    ...     file="new.csv", id_column="patient", catalog=load_catalog(),
    ...     predictors={"ggt": ColumnReading(column="gamma", unit="ukat/L")}, additional={})
    >>> found.spec("ggt").column, round(found.spec("ggt").factor, 1)
    ('gamma', 60.0)
    """
    faults = FaultLog()
    found = match_columns(
        frame,
        file=file,
        catalog=catalog,
        reserved={id_column: "the identifier"},
        predictors=predictors,
        additional={
            name: _with_levels(declared, schema.spec(name))
            for name, declared in additional.items()
            if name in schema.names
        },
        faults=faults,
    )
    faults.raise_if_errors()
    specs = tuple(_as_in(spec, found.specs.get(spec.name)) for spec in schema.predictors)
    loci = {**schema.loci, **found.loci}
    return replace(schema, id_column=id_column, predictors=specs, loci=loci)


def _with_levels(declared: AdditionalPredictor, trained: PredictorSpec) -> AdditionalPredictor:
    """Give a declaration the trained levels: the labels of new patients decide nothing."""
    return replace(declared, levels=declared.levels or trained.levels)


def _as_in(trained: PredictorSpec, here: PredictorSpec | None) -> PredictorSpec:
    """Return the trained predictor read from the column, unit and texts of another table."""
    if here is None or trained.locus is not None:
        return trained
    codes = {text: level for text, level in here.codes.items() if level in ("", *trained.levels)}
    return replace(
        trained,
        column=here.column,
        source_unit=here.source_unit,
        factor=here.factor,
        codes={**trained.codes, **codes},
    )
