"""One pure function reads a batch of patients: cohorts and new patients alike."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.catalog import load_catalog
from nxpredict.cohort._cells import (
    decimal_commas,
    read_labels,
    read_numbers,
    text_cells,
)
from nxpredict.cohort._genotypes import column_calls, derived_predictors
from nxpredict.cohort._looks import hint_for_numbers
from nxpredict.cohort._rows import Rows
from nxpredict.cohort._schema import PredictorSpec, Schema, fold_label
from nxpredict.cohort._written import as_yaml
from nxpredict.errors import Fault
from nxpredict.study import LARGEST_NUMBER, outside_bounds

_REPEATED = 5
"""An impossible value in so many rows is probably a code."""
_WHOLE = 2.0**63
"""Floats from here on are no whole numbers of 64 bits."""


@dataclass(frozen=True)
class Batch:
    """Patients as read.

    Attributes
    ----------
    ids : Series of str, shape (n,)
        Missing where the table has none.
    X : DataFrame, shape (n, n_predictors)
        float64, or text for categorical predictors; missing is NaN or None; RangeIndex.
    reasons : list of tuple of str
        Why a row cannot be used (``ggt:not_a_number``), empty when it can; one entry a row.
    faults : tuple of Fault
        The same, gathered by column, for people.
    """

    ids: pd.Series = field(repr=False)
    X: pd.DataFrame = field(repr=False)
    reasons: list[tuple[str, ...]] = field(repr=False)
    faults: tuple[Fault, ...]


def read_batch(
    frame: pd.DataFrame,
    schema: Schema,
    *,
    decimal: str = ".",
    file: str | None = None,
    genotypes: pd.DataFrame | None = None,
) -> Batch:
    """Read rows by a schema; the result of a row never depends on another row.

    Parameters
    ----------
    frame : DataFrame, shape (n, ...)
        Text as in a CSV file, or typed columns. Its index counts the rows of the file from 0
        (as `read_table` and `DataFrame.iloc` blocks give it), so that faults can name them.
        Columns that are not there are read as missing.
    schema : Schema
    decimal : {".", ","}
        The decimal mark of text columns.
    file : str, optional
        Name of the file, for faults.
    genotypes : DataFrame, shape (n, ...), optional
        Genotype predictors by name, in the order of `frame`; they go before its own columns.

    Returns
    -------
    Batch

    Examples
    --------
    >>> ggt = PredictorSpec("ggt", "GGT", "biomarker", "continuous", column="GGT", factor=60.0)
    >>> schema = Schema("id", (ggt,))
    >>> batch = read_batch(pd.DataFrame({"id": ["a", "b"], "GGT": ["0.5", "high"]}), schema)
    >>> batch.X["ggt"].tolist(), batch.reasons
    ([30.0, nan], [(), ('ggt:not_a_number',)])
    """
    rows = Rows(frame, file)
    genotypes = _with_columns(frame, schema, genotypes, rows)
    columns: dict[str, object] = {}
    for spec in schema.predictors:
        if genotypes is not None and spec.name in genotypes:
            columns[spec.name] = genotypes[spec.name].to_numpy(dtype=np.float64)
        elif spec.column is None or spec.column not in frame:
            columns[spec.name] = _absent(spec, len(frame))
        elif spec.reads_labels:
            columns[spec.name] = _labels(frame[spec.column], spec, rows)
        else:
            columns[spec.name] = _numbers(frame[spec.column], spec, rows, decimal)
        if spec.required:
            absent = pd.Series(columns[spec.name]).isna().to_numpy(copy=True)
            absent[rows.refused(spec.name)] = False
            rows.refuse_predictor(absent, spec, "required", "no value", "fill it in")
    ids = read_ids(frame, schema.id_column)
    return Batch(
        ids,
        pd.DataFrame(columns, index=pd.RangeIndex(len(frame)), copy=False),
        rows.reasons(),
        tuple(rows.log),
    )


def read_ids(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return identifiers as text, missing where there is none; whole numbers without ``.0``.

    Parameters
    ----------
    frame : DataFrame
    column : str
        All are missing where the table has no such column.

    Examples
    --------
    >>> read_ids(pd.DataFrame({"id": [7.0, 8.0]}), "id").tolist()
    ['7', '8']
    """
    if column not in frame:
        return pd.Series([None] * len(frame), dtype="str")
    cells = frame[column]
    if pd.api.types.is_float_dtype(cells):
        given = cells.dropna()
        if ((given % 1 == 0) & (given.abs() < _WHOLE)).all():
            cells = cells.astype("Int64")
    return pd.Series(text_cells(cells).to_pandas(), dtype="str")


def _with_columns(
    frame: pd.DataFrame, schema: Schema, genotypes: pd.DataFrame | None, rows: Rows
) -> pd.DataFrame | None:
    """Return the genotype predictors of files, completed from the table's own columns."""
    codings = {
        locus: coding
        for locus, coding in schema.loci.items()
        if all(column in frame for column in coding.columns)
    }
    if not codings:
        return genotypes
    catalog = load_catalog()
    # Positions in place of identifiers: a row's calls must not depend on a repeated identifier.
    positions = [str(i) for i in range(len(frame))]
    calls, problems = column_calls(
        frame, codings, catalog, positions, long_alleles=schema.long_alleles
    )
    for problem in problems:
        code = problem.code.replace("-", "_")
        rows.refuse(
            problem.positions, problem.locus, problem.column, code, problem.message, problem.hint
        )
    own = derived_predictors(calls, positions, schema.predictors, catalog)
    if genotypes is None:
        return own
    files = genotypes.reset_index(drop=True)
    for name in [str(name) for name in own if name in files]:
        clash = (own[name] != files[name]) & own[name].notna() & files[name].notna()
        loci = [codings[n] for n in catalog.predictors[name].derived_from if n in codings]
        rows.refuse(
            np.flatnonzero(clash),
            name,
            "+".join(column for coding in loci for column in coding.columns),
            "conflicting_genotypes",
            "the column and the genotype file contradict each other",
            "check whose sample it is, and keep the one that is right",
        )
        files[name] = files[name].mask(clash)
        own[name] = own[name].mask(clash)
    return files.combine_first(own)


def _absent(spec: PredictorSpec, n: int) -> object:
    if spec.kind == "categorical":
        return pd.Series([None] * n, dtype="str")
    return np.full(n, np.nan)


def _numbers(
    column: pd.Series, spec: PredictorSpec, rows: Rows, decimal: str
) -> npt.NDArray[np.float64]:
    read = read_numbers(column, decimal, spec.codes)
    if read.unreadable.any():
        commas = decimal_commas(column, read.unreadable, decimal)
        for mask, code, what in (
            (commas, "decimal_comma", "a decimal comma"),
            (read.unreadable & ~commas, "not_a_number", "not a number"),
        ):
            hint = hint_for_numbers(column, mask, decimal)
            rows.refuse_predictor(mask, spec, code, what, hint)
    with np.errstate(over="ignore"):
        values = read.values * spec.factor if spec.factor != 1.0 else read.values
    infinite = read.infinite | np.isinf(values)
    rows.refuse_predictor(
        infinite, spec, "infinite", "an infinite value", "leave unknown values empty"
    )
    values[infinite] = np.nan
    outside = outside_bounds(values, spec.low, spec.high)
    if outside.any():
        rows.refuse_predictor(
            outside,
            spec,
            "out_of_range",
            f"a value outside {_range(spec)}",
            _range_hint(spec, values[outside]),
        )
        values = np.where(outside, np.nan, values)
    return values


def _range(spec: PredictorSpec) -> str:
    unit = f" {spec.unit}" if spec.unit else ""
    if spec.low is None and spec.high is None:
        return f"what can be computed with (up to {LARGEST_NUMBER:g}{unit})"
    if spec.low is None or spec.high is None:
        bound = f"at least {spec.low:g}" if spec.low is not None else f"at most {spec.high:g}"
        return f"the plausible range ({bound}{unit})"
    return f"the plausible range {spec.low:g} to {spec.high:g}{unit}"


def _range_hint(spec: PredictorSpec, outside: npt.NDArray[np.float64]) -> str:
    times = np.unique(outside, return_counts=True)[1]
    column = as_yaml(spec.column or spec.name)
    if len(outside) >= _REPEATED and times.max() > len(outside) / 2:
        return (
            f"the same value stands in {times.max()} of them: if it is a code for missing, declare "
            f"`{spec.name}: {{column: {column}, labels: {{CODE: missing}}}}`"
        )
    if spec.source_unit is None:
        return "correct the value or leave it empty"
    return f"the column is read in {spec.source_unit}; correct the value or the declared unit"


def _labels(column: pd.Series, spec: PredictorSpec, rows: Rows) -> object:
    read = read_labels(column)
    levels = [_level(text, spec) for text in read.texts]
    unknown = np.array([level is None for level in levels] + [False])
    if unknown.any():
        rows.refuse_predictor(
            unknown[read.positions],
            spec,
            "unknown_label",
            "an unknown label",
            f"expected {_expected(spec)}; map other texts by `labels` in the study file "
            "(to 'missing' when it means no value)",
        )
    if spec.kind == "categorical":
        texts = np.array([level or None for level in levels] + [None], dtype=object)
        return pd.Series(texts[read.positions], dtype="str")
    ranks = {level: float(i) for i, level in enumerate(spec.levels)}
    values = np.array([ranks.get(level or "", np.nan) for level in levels] + [np.nan])
    return values[read.positions]


def _level(text: str, spec: PredictorSpec) -> str | None:
    level = spec.codes.get(fold_label(text))
    return spec.pooled if level is None else level


def _expected(spec: PredictorSpec) -> str:
    shown = [f"'{level}'" for level in spec.levels[:8]]
    return ", ".join(shown) + (", ..." if len(spec.levels) > 8 else "")
