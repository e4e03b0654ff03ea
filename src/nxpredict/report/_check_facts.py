"""How far a result can be relied on: optimism, refits, sites, and published rules beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from nxpredict.report._measured import continuous, measured_in, steps
from nxpredict.report._phrases import named
from nxpredict.report._values import records

_MEASURES = {
    "auc": ("ranking (AUC)", "number"),
    "calibration_in_the_large": ("calibration intercept", "number"),
    "calibration_slope": ("calibration slope", "number"),
    "brier_scaled": ("scaled Brier score", "number"),
    "r_squared": ("variance explained (R2)", "number"),
    "autoc": ("value of the ranking (AUTOC)", "points"),
    "ate": ("average difference", "points"),
    # Where nobody gets another one the gain is 0 without an error, which cannot be pooled.
    "gain": ("gain of choosing by the model, at sites where it changes a treatment", "points"),
}


def check_facts(
    evaluation: Mapping[str, Any],
    arms: Iterable[Mapping[str, Any]],
    tables: Mapping[str, pd.DataFrame],
    absent: Mapping[str, list[str]],
) -> dict[str, Any]:
    """Gather the checks of a cohort report.

    Parameters
    ----------
    evaluation : mapping
        evaluation.json.
    arms : iterable of mapping
        `name` and `label` of each.
    tables : mapping of str to DataFrame
        Tables of the evaluation; of these the instability by group of predicted benefit.
    absent : mapping of str to list of str
        Published rule -> what it reads and the cohort lacks.

    Returns
    -------
    dict
        `optimism`, `sites`, `rules` (one row a table line), `instability`, `delta` (one entry a
        contrast); lists, empty where the evaluation has none.
    """
    contrasts = evaluation["contrasts"]
    arm_labels = {arm["name"]: arm["label"] for arm in arms}
    titles = {name: _title(name, arm_labels) for name in contrasts}
    everything = [
        *((arm_labels[arm], found) for arm, found in evaluation["per_arm"].items()),
        *((titles[name], found) for name, found in contrasts.items()),
    ]
    with measured_in(evaluation.get("response")):
        size = 1.0 if continuous() else 100.0
        optimism = [row for about, found in everything for row in _optimism(about, found)]
        sites = [row for about, found in everything for row in _sites(about, found)]
    return {
        "optimism": optimism,
        "sites": sites,
        "rules": [
            {"rule": rule, "title": titles[name], "absent": absent.get(rule, []), **values}
            | {key: arm_labels[values[key]] for key in ("arm", "versus")}
            for name, found in contrasts.items()
            for rule, values in found.get("published_rules", {}).items()
        ],
        "instability": [
            {
                "title": titles[name],
                **_in_points(found["instability"], size),
                "groups": _groups(tables.get("instability"), name),
            }
            for name, found in contrasts.items()
            if "instability" in found
        ],
        "delta": [
            {"title": titles[name], "slope": found["delta_calibration"]["slope"]}
            for name, found in contrasts.items()
            if "delta_calibration" in found
        ],
    }


def _groups(table: pd.DataFrame | None, contrast: str) -> list[dict[str, Any]]:
    return [] if table is None else records(table[table["contrast"] == contrast])


def _in_points(found: Mapping[str, float], size: float) -> dict[str, float]:
    return {
        "standard_error": size * found["standard_error"],
        "standard_error_90": size * found["standard_error_90"],
        "preferred_arm_changes": found["preferred_arm_changes"],
    }


def _title(contrast: str, arm_labels: Mapping[str, str]) -> str:
    return " versus ".join(arm_labels.get(arm, named(arm)) for arm in contrast.split("_vs_"))


def _called(measure: str) -> dict[str, str]:
    """Return what a measure is called, with its unit where it has one, and how it is written."""
    title, written = _MEASURES[measure]
    # The intercept of a mean is a difference in its unit.
    counted = written == "points" or (measure == "calibration_in_the_large" and continuous())
    return {"measure": f"{title}, {steps()}" if counted else title, "written": written}


def _optimism(about: str, found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for measure, values in found.get("optimism", {}).items():
        apparent, optimism = values["apparent"], values["optimism"]
        if apparent is not None and optimism is not None:
            yield {
                "about": about,
                **_called(measure),
                "apparent": apparent,
                "left_out": apparent - optimism,
                "optimism": optimism,
            }


def _sites(about: str, found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for measure, values in found.get("between_sites", {}).items():
        if values["lower"] is not None:
            expected = {"lower": values["prediction_lower"], "upper": values["prediction_upper"]}
            yield {
                "about": about,
                **_called(measure),
                "pooled": {key: values[key] for key in ("estimate", "lower", "upper")},
                "expected": {"estimate": values["estimate"], **expected},
                "sites": values["sites"],
            }
