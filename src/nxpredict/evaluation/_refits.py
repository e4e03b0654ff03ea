"""What the fold models tell beyond their folds: optimism, and instability over refits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._benefit import ranking_value
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._factual import auc, scaled_brier
from nxpredict.evaluation._numbers import BoolArray, FloatArray, IntArray, Interval
from nxpredict.evaluation._scored import Scored

ARM_MEASURES: Mapping[str, Callable[[FloatArray, FloatArray], Interval]] = {
    "auc": auc,
    "brier_scaled": scaled_brier,
    "r_squared": scaled_brier,
}
"""No slopes: on its training patients a shrunken model's slope is far above 1, as it should be."""


def arm_optimism(
    out: OutOfFold, y: FloatArray, arm: IntArray, per_arm: Mapping[str, Any]
) -> pd.DataFrame:
    """Return how much better each arm's measures look on the patients a model was trained on.

    Parameters
    ----------
    out : OutOfFold
        With its refits.
    y : array of float64 in {0, 1}, shape (n,)
    arm : array of int64, shape (n,)
    per_arm : mapping
        Out-of-fold measures of each arm.

    Returns
    -------
    DataFrame
        `about` (arm), `measure`, `apparent`, `out_of_fold`, `optimism` = apparent - out of fold.

    Notes
    -----
    Harrell, Lee & Mark 1996, with the fold models in place of bootstrap refits and the patients
    left out in place of the whole cohort (Efron 1983): nothing is fitted for it, and no patient
    is on both sides. The fold models lack a part of the cohort, which overstates the optimism of
    the final model a little.
    """
    rows = []
    for a, name in enumerate(out.arms):
        for measure, compute in ARM_MEASURES.items():
            if measure not in per_arm[name]:
                continue
            found = [
                compute(y[train & (arm == a)], predicted[train & (arm == a), a]).estimate
                for train, predicted in _fits(out)
            ]
            rows.append(_row(name, measure, found, per_arm[name][measure].estimate))
    return pd.DataFrame(rows)


def benefit_optimism(scored: Scored, arm: int, measures: Mapping[str, Interval]) -> pd.DataFrame:
    """Return the same for the ranking of patients by the predicted benefit of one contrast.

    Parameters
    ----------
    scored : Scored
    arm : int
        Code of the arm that is compared with the reference.
    measures : mapping
        `autoc` out of fold.

    Returns
    -------
    DataFrame
        As `arm_optimism`.
    """
    contrast = scored.mean_scores[:, arm] - scored.mean_scores[:, scored.reference]
    found = []
    for train, predicted in _fits(scored.out):
        benefit = (predicted[:, arm] - predicted[:, scored.reference])[train]
        one_fold = np.zeros(len(benefit), dtype=np.int64)
        found.append(ranking_value(contrast[train], benefit, one_fold)["autoc"].estimate)
    row = _row(scored.contrast(arm), "autoc", found, measures["autoc"].estimate)
    return pd.DataFrame([row])


def optimism_facts(table: pd.DataFrame, about: str) -> dict[str, Any]:
    """Return the rows of an optimism table about one arm or contrast, by measure."""
    rows = table[table["about"] == about].set_index("measure")
    return {
        str(measure): {"apparent": float(row["apparent"]), "optimism": float(row["optimism"])}
        for measure, row in rows.iterrows()
    }


def _fits(out: OutOfFold) -> list[tuple[BoolArray, FloatArray]]:
    """Return for each fit who was trained on, and what it predicts for everyone."""
    if out.refits is None:
        return []
    return [
        (fold != k, predicted)
        for fold, fits in zip(out.fold, out.refits, strict=True)
        for k, predicted in enumerate(fits)
    ]


def _row(about: str, measure: str, apparent: list[float], out_of_fold: float) -> dict[str, Any]:
    known = [value for value in apparent if np.isfinite(value)]
    mean = float(np.mean(known)) if known else float("nan")
    return {
        "about": about,
        "measure": measure,
        "apparent": mean,
        "out_of_fold": out_of_fold,
        "optimism": mean - out_of_fold,
    }


def standard_error_over_refits(values: FloatArray) -> FloatArray:
    """Return each patient's standard error by the delete-a-group jackknife.

    Parameters
    ----------
    values : array of float64, shape (repeats, folds, n)
        A prediction of each patient by every fold's model.

    Returns
    -------
    array of float64, shape (n,)

    Notes
    -----
    Var = (K - 1) / K sum_k (v_k - mean)^2, averaged over repeats (Quenouille 1956; Wolter 2007):
    models that share most of their patients differ less than models of new cohorts would, and the
    factor makes up for it. Folds are stratified by arm and response, so the average over patients
    hardly moves between fits: its error is not in here, that of differences between patients is.

    Examples
    --------
    >>> standard_error_over_refits(np.array([[[0.1], [0.3]]])).round(6).tolist()
    [0.1]
    """
    folds = values.shape[1]
    gaps = values - values.mean(axis=1, keepdims=True)
    variance = (folds - 1) / folds * np.sum(gaps**2, axis=1)
    return np.asarray(np.sqrt(variance.mean(axis=0)))


def instability(benefit: FloatArray) -> tuple[dict[str, float], pd.DataFrame]:
    """Return how much predicted benefits change when the model is fitted to other patients.

    Parameters
    ----------
    benefit : array of float64, shape (repeats, folds, n)
        Benefit of each patient as predicted by every fold's model.

    Returns
    -------
    dict
        `standard_error` (mean over patients) and `standard_error_90` (90th percentile) by
        `standard_error_over_refits`; `mean_absolute_difference` of one fit from the average of
        all; `preferred_arm_changes`: mean share of fits that name another better arm than the
        average of all (Riley & Collins 2023).
    DataFrame
        The same by quarter of the average predicted benefit: `group`, `n`, `predicted`,
        `standard_error`, `preferred_arm_changes`.
    """
    error = standard_error_over_refits(benefit)
    average = benefit.mean(axis=(0, 1))
    changes = np.mean(np.sign(benefit) != np.sign(average), axis=(0, 1))
    facts = {
        "standard_error": float(error.mean()),
        "standard_error_90": float(np.quantile(error, 0.9)),
        "mean_absolute_difference": float(np.mean(np.abs(benefit - average))),
        "preferred_arm_changes": float(changes.mean()),
    }
    quarter = np.argsort(np.argsort(average, kind="stable"), kind="stable") * 4 // len(average)
    table = pd.DataFrame(
        {
            "predicted": average,
            "standard_error": error,
            "preferred_arm_changes": changes,
        }
    ).groupby(quarter)
    grouped = table.mean()
    grouped.insert(0, "n", table.size())
    grouped.insert(0, "group", grouped.index + 1)
    return facts, grouped.reset_index(drop=True)
