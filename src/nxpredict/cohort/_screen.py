"""Whether columns hold what their names and units say, judged by the whole column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from nxpredict.catalog import Catalog, Predictor
from nxpredict.cohort._cells import read_labels, read_numbers
from nxpredict.cohort._looks import hint_for_numbers, warn_of_thousands
from nxpredict.cohort._matcher import Matching
from nxpredict.cohort._missing_codes import warn_of_codes
from nxpredict.cohort._schema import PredictorSpec, fold_label
from nxpredict.cohort._written import as_yaml
from nxpredict.errors import FaultLog
from nxpredict.study import SMALLEST_CELL, outside_bounds

_FEWEST = 20


def screen_columns(
    frame: pd.DataFrame,
    matching: Matching,
    *,
    catalog: Catalog,
    file: str,
    decimal: str,
    faults: FaultLog,
) -> dict[str, PredictorSpec]:
    """Return the predictors that are worth reading row by row.

    Left out are columns that only share a name with a predictor (found by their header, with most
    cells unreadable: a warning) and those in a wrong unit (the median of 20 or more values other
    than 0 lies where no cohort's does, and another accepted unit would fit: an error).
    """
    kept: dict[str, PredictorSpec] = {}
    for name, spec in matching.specs.items():
        if spec.column is None:
            kept[name] = spec
            continue
        column = frame[spec.column]
        if name in matching.automatic and _unreadable_share(column, spec, decimal) > 0.5:
            faults.warn(
                "not-as-named",
                f"the name means '{name}', but most cells cannot be read as such; not used",
                _how_to_read(column, spec, decimal),
                file=file,
                column=spec.column,
            )
            matching.unused = tuple(sorted({*matching.unused, spec.column}))
            continue
        predictor = catalog.predictors.get(name)
        if not spec.reads_labels:
            values = read_numbers(column, decimal, spec.codes).values
            values = values[~np.isnan(values)]
            if predictor and _in_wrong_unit(values, spec, predictor, file, faults):
                continue
            warn_of_thousands(column, decimal, file=file, name=spec.column, faults=faults)
            how = f"`{name}: {{column: {as_yaml(spec.column)}, labels: {{CODE: missing}}}}`"
            possible = values[~outside_bounds(values * spec.factor, spec.low, spec.high)]
            warn_of_codes(possible, how, file=file, column=spec.column, faults=faults)
        kept[name] = spec
    return kept


def _how_to_read(column: pd.Series, spec: PredictorSpec, decimal: str) -> str:
    if spec.reads_labels:
        return f"say what its texts mean: `predictors: {{{spec.name}: {{labels: ...}}}}`"
    unreadable = read_numbers(column, decimal, spec.codes).unreadable
    return hint_for_numbers(column, unreadable, decimal)


def _unreadable_share(column: pd.Series, spec: PredictorSpec, decimal: str) -> float:
    read = read_labels(column)
    given = read.positions >= 0
    if not given.any():
        return 0.0
    if spec.reads_labels:
        bad = np.array([fold_label(text) not in spec.codes for text in read.texts])
        return float(bad[read.positions[given]].mean())
    return float(read_numbers(column, decimal, spec.codes).unreadable[given].mean())


def _in_wrong_unit(
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
    spec: PredictorSpec,
    predictor: Predictor,
    file: str,
    faults: FaultLog,
) -> bool:
    told = values[values != 0]  # Nothing is nothing in every unit.
    if len(told) < _FEWEST:
        return False
    median = float(np.median(told))
    if predictor.is_typical(median * spec.factor):
        return False
    likely = [unit for unit in predictor.likely_units(median) if unit != spec.source_unit]
    if spec.factor != 1.0 and predictor.is_typical(median):
        likely.insert(0, predictor.unit)
    typical = f"{predictor.typical_low:g} to {predictor.typical_high:g} {predictor.unit}"
    which = "median" if len(told) == len(values) else "median of those not 0"
    message = f"read in {spec.source_unit}, the {which} lies outside {typical}"
    if not likely:
        faults.warn("unusual-median", message, "check the unit", file=file, column=spec.column)
        return False
    column, unit = as_yaml(spec.column or spec.name), as_yaml(likely[0])
    faults.error(
        "wrong-unit",
        message,
        f"declare `predictors: {{{spec.name}: {{column: {column}, unit: {unit}}}}}` if "
        f"that is the unit; {' or '.join(likely)} would fit",
        file=file,
        column=spec.column,
    )
    return True


def well_filled(
    X: pd.DataFrame,
    ids: pd.Series,
    specs: Iterable[PredictorSpec],
    catalog: Catalog,
    file: str,
    faults: FaultLog,
) -> Iterator[PredictorSpec]:
    """Give the predictors that enough patients tell of; the others are named in a warning.

    What a model keeps of fewer patients, such as a mean and a spread, would give their values away;
    so it would where fewer have another number than all the others. What forbids a drug is no input
    of a model then, and is read of new patients all the same.
    """
    blocking = {caution.predictor for caution in catalog.cautions if caution.blocks}
    for spec in specs:
        lack = _lack(X[spec.name], ids, spec)
        if lack is None:
            yield spec
            continue
        code, why = lack
        in_column = spec.column is not None
        still_read = in_column and (spec.role == "safety" or spec.name in blocking)
        use = "is read of new patients only" if still_read else "is not used"
        if in_column or code != "no-values":
            faults.warn(code, f"'{spec.name}' {why} and {use}", file=file, column=spec.column)
        if still_read:
            yield replace(spec, role="safety")


def _lack(values: pd.Series, ids: pd.Series, spec: PredictorSpec) -> tuple[str, str] | None:
    """Return a code and words for what keeps a predictor out of a model; None for nothing."""
    given = ids[values.notna().to_numpy()].nunique()
    if not given:
        return "no-values", "has no value in any patient"
    if spec.role == "safety":
        return None
    if given < SMALLEST_CELL:
        return "few-values", f"has a value in fewer than {SMALLEST_CELL} patients"
    if spec.kind == "continuous" and 0 < _unlike_most(values, ids) < SMALLEST_CELL:
        return "few-values", f"is the same in all but fewer than {SMALLEST_CELL} patients"
    return None


def _unlike_most(values: pd.Series, ids: pd.Series) -> int:
    """Return how many patients have another value than the commonest."""
    others = values.notna() & (values != values.mode().iloc[0])
    return int(ids[others.to_numpy()].nunique())
