"""Predictors as people read them: label, unit and level names, never a code."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from nxpredict.cohort import PredictorSpec, Schema
from nxpredict.report._format import quantity
from nxpredict.report._messages import rules
from nxpredict.report._phrases import capital, lower_first, named

Specs = Mapping[str, PredictorSpec]

NOT_RECORDED = "not recorded"
FAMILIES = {"genotype": "Genotypes", "clinical": "Clinical", "biomarker": "Biomarkers"}


def describe(spec: PredictorSpec, value: Any) -> str:
    """Write one typed value of a predictor with its unit or level name.

    Parameters
    ----------
    spec : PredictorSpec
    value : float, str or None

    Examples
    --------
    >>> describe(PredictorSpec("ggt", "GGT", "biomarker", "continuous", unit="U/L"), 85.0)
    '85 U/L'
    >>> levels = ("female", "male")
    >>> describe(PredictorSpec("sex", "Sex", "clinical", "binary", levels=levels), 1.0)
    'male'
    >>> describe(PredictorSpec("oprm1", "OPRM1", "genotype", "dosage"), 1.0)
    '1 copy'
    """
    if absent(value):
        return NOT_RECORDED
    if isinstance(value, str):
        return value
    if spec.kind == "dosage":
        return "1 copy" if value == 1 else f"{quantity(value)} copies"
    if spec.levels and spec.kind in ("binary", "ordinal"):
        return str(spec.levels[min(max(round(value), 0), len(spec.levels) - 1)])
    unit = unit_of(spec)
    if value == 1:
        unit = rules("values")["units"]["one"].get(unit, unit)
    return f"{quantity(value)} {unit}".strip().replace(" %", "%")


def unit_of(spec: PredictorSpec) -> str:
    """Return the unit as it is shown: nothing for scores and counts.

    Examples
    --------
    >>> unit_of(PredictorSpec("ocds", "OCDS", "clinical", "continuous", unit="score (0-40)"))
    ''
    """
    unit = str(spec.unit or "")
    return "" if unit.partition(" ")[0] in rules("values")["units"]["silent"] else unit


def compare(spec: PredictorSpec, low: Any, high: Any) -> str:
    """Write what a swing from `low` to `high` compares, as `explain.driver_table` names them."""
    if absent(low) or absent(high):
        return ""
    if low == high:
        return f"above {describe(spec, high)} compared with up to it"
    return f"{describe(spec, high)} compared with {describe(spec, low)}"


def span(spec: PredictorSpec, low: Any, high: Any) -> str:
    """Write a group of values, as `explain.profile_table` names it.

    Examples
    --------
    >>> age = PredictorSpec("age", "Age", "clinical", "continuous", unit="years")
    >>> span(age, None, 30.0), span(age, 30.0, 45.0), span(age, 45.0, None), span(age, None, None)
    ('up to 30 years', 'above 30 up to 45 years', 'above 45 years', 'not recorded')
    """
    if absent(low) and absent(high):
        return NOT_RECORDED
    if absent(low):
        return f"up to {describe(spec, high)}"
    if absent(high):
        return f"above {describe(spec, low)}"
    if low == high:
        return describe(spec, low)
    return f"above {quantity(low)} up to {describe(spec, high)}"


def absent(value: Any) -> bool:
    """Tell whether a cell of a typed table is missing."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or value != value


def specs_by_name(schema: Schema) -> Specs:
    """Return the predictor specifications of a schema by name."""
    return {spec.name: spec for spec in schema.predictors}


def arm_facts(arms: Iterable[str], reference: str) -> list[dict[str, Any]]:
    """Return names, words and place of the arms, in order."""
    return [
        {"name": arm, "label": named(arm), "place": place, "reference": arm == reference}
        for place, arm in enumerate(arms)
    ]


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: numbers to ten significant digits, NaN as null.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"a": np.float64(1 / 3), "b": [float("nan"), np.True_]})
    {'a': 0.3333333333, 'b': [None, True]}
    """
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    return value if isinstance(value, str | int | bool) or value is None else str(value)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain dictionaries."""
    return [plain(row) for row in table.to_dict("records")]


def family_title(family: str) -> str:
    """Return the heading of a family of predictors.

    Examples
    --------
    >>> family_title("genotype"), family_title("imaging")
    ('Genotypes', 'Imaging')
    """
    return FAMILIES.get(family, family.capitalize())


def label_of(spec: PredictorSpec | None, name: str) -> str:
    """Return a predictor's label, its name where it has none, as it starts a line.

    Examples
    --------
    >>> [label_of(None, name) for name in ("urine cocaine", "cd40", "mRNA level")]
    ['Urine cocaine', 'cd40', 'mRNA level']
    """
    label = spec.label or name if spec else name
    first = label.split(" ")[0]
    return capital(label) if first.isalpha() and first.islower() else label


def input_label(specs: Specs, name: str, level: str) -> str:
    """Write one encoded column: a number, or one label of several.

    Examples
    --------
    >>> input_label({}, "age", ""), input_label({}, "ancestry", "EUR")
    ('Age', 'Ancestry: EUR')
    """
    spec = specs.get(name)
    if spec and spec.kind == "binary" and spec.levels and not level:
        level = describe(spec, 1.0)
    label = label_of(spec, name)
    return f"{label}: {level}" if level and level != label else label


def predictor_labels(schema: Schema) -> dict[str, str]:
    """Return how pages name each predictor of a schema."""
    return {spec.name: label_of(spec, spec.name) for spec in schema.predictors}


def predictor_units(schema: Schema) -> dict[str, str]:
    """Return what pages measure each predictor of a schema in."""
    return {spec.name: unit_of(spec) for spec in schema.predictors}


def phrase_of(spec: PredictorSpec | None, name: str) -> str:
    """Return a predictor's label as it stands inside a sentence."""
    return lower_first(label_of(spec, name))
