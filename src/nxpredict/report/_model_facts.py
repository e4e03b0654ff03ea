"""The model in full as facts: shrinkage and coefficients, in the words of study and catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from nxpredict.report._messages import rules, say
from nxpredict.report._phrases import lower_first, named
from nxpredict.report._values import Specs, input_label, label_of, records

SHOWN = 60
"""Coefficients on the page, the largest; the table of the run has all of them."""


def shrinkage_facts(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the kinds of coefficients with the prior standard deviation that was learned."""
    words = rules("model")["kinds"]
    scales = model.get("prior_scales", {})
    return [{"kind": words.get(k, named(k)), "scale": scale} for k, scale in scales.items()]


def setting_facts(model: Mapping[str, Any], prefix: str = "") -> list[dict[str, Any]]:
    """Return the settings of a model line by line, in words; `shrinkage_facts` has the scales.

    Examples
    --------
    >>> setting_facts({"learner": "default", "calibration": {"slope": 0.9}})[1]
    {'label': 'calibration, slope', 'value': 0.9}
    """
    lines = []
    words = rules("model")["settings"]
    for key, value in model.items():
        if key == "prior_scales":
            continue
        label = prefix + words.get(key, key.replace("_", " "))
        if isinstance(value, Mapping):
            lines += setting_facts(value, f"{label}, ")
        else:
            lines.append({"label": label, "value": value})
    return lines


def coefficient_facts(
    table: pd.DataFrame | None, arms: Iterable[str], contrasts: Iterable[str], specs: Specs
) -> dict[str, Any] | None:
    """Return the largest coefficients under each arm and of each difference, in words.

    Parameters
    ----------
    table : DataFrame, optional
        What `models.coefficients` returned; None for a learner that has no coefficients.
    arms, contrasts : iterables of str
        Names of columns of the table.
    specs : mapping of str to PredictorSpec
    """
    if table is None:
        return None
    names = [*arms, *contrasts]
    return {
        "n": len(table),
        "columns": [named(name.replace("_vs_", " versus ")) for name in names],
        "rows": [
            {"term": term(row, specs), "values": [_estimate(row, name) for name in names]}
            for row in records(table.head(SHOWN))
        ],
    }


def term(row: Mapping[str, Any], specs: Specs) -> str:
    """Write a term of the linear predictor.

    Examples
    --------
    >>> parts = {"kind": "product", "predictor": "age", "part": ""}
    >>> term({**parts, "second": "sex", "second_part": "male"}, {})
    'Age × sex: male'
    """
    first = input_label(specs, row["predictor"], "" if row["kind"] == "curve" else row["part"])
    second = input_label(specs, row["second"], row["second_part"]) if row["second"] else ""
    if row["kind"] == "missing":
        first = label_of(specs.get(row["predictor"]), row["predictor"])
    known = {"first": first, "second": lower_first(second), "part": row["part"]}
    return say(rules("model")["terms"][row["kind"]], known)


def _estimate(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    ends = {"lower": row[f"{name}_lower"], "upper": row[f"{name}_upper"]}
    return {"estimate": row[name], **ends}
