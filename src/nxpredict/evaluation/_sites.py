"""Internal-external validation: every site predicted by a model without it, and pooled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._factual import auc_and_error, calibration_in_the_large, calibration_slope
from nxpredict.evaluation._numbers import BoolArray, FloatArray, mean_and_error
from nxpredict.evaluation._policy import best_single_arm, choose
from nxpredict.evaluation._pooling import pool
from nxpredict.evaluation._scores import doubly_robust_scores

SMALLEST_RESPONSE = 5
"""Fewer patients of a response, and an arm of a site has no AUC or slope to pool."""

SMALLEST_ARM = 5
"""Fewer patients in one of two arms, and a site has no difference between them to pool."""

SMALLEST_NUMBERS = 10
"""Fewer patients with a continuous response, and there is no slope to pool."""


def between_sites(
    out: OutOfFold, comparison: Comparison, *, level: float = 0.95
) -> tuple[dict[str, dict[str, Any]], pd.DataFrame]:
    """Return each site's measures under models trained at other sites, and their pooled values.

    Parameters
    ----------
    out : OutOfFold
        One repeat, from `cross_validate` with the sites as groups; its `clusters` those within
        sites.
    comparison : Comparison
        With its sites.
    level : float
        Of the intervals, 0..1.

    Returns
    -------
    dict
        Arm or ARM_vs_REF -> measure -> as `Pooled`: for an arm `auc`, `calibration_in_the_large`
        and `calibration_slope`; for a contrast `ate` and, with two arms, `gain` of the rule over
        the single arm that looked better at the other sites, pooled over sites where the rule gives
        anybody another arm.
    DataFrame
        `about`, `measure` and the pooled numbers.

    Notes
    -----
    Royston, Parmar & Sylvester 2004; Steyerberg & Harrell 2016. AUC is pooled as log odds (Snell,
    Ensor, Debray, Moons & Riley 2018) and given as AUC. Every site with enough patients counts,
    but no site is shown on its own.
    """
    sites = pd.Series(comparison.site, dtype=object).astype(str).to_numpy()
    rows = [sites == name for name in np.unique(sites)]
    found: dict[str, dict[str, Any]] = {}
    for a, arm in enumerate(comparison.arms):
        found[arm] = {
            name: _as_area(pooled) if name == "auc" else pooled
            for name, pooled in _arm(out, comparison, a, rows, level).items()
        }
    found |= _contrasts(out, comparison, rows, level)
    table = [
        {"about": about, "measure": measure, **values}
        for about, measures in found.items()
        for measure, values in measures.items()
    ]
    return found, pd.DataFrame(table)


def _arm(
    out: OutOfFold, comparison: Comparison, a: int, rows: list[BoolArray], level: float
) -> dict[str, dict[str, float]]:
    y, own = comparison.as_written, comparison.received == a
    predicted = out.as_written(comparison.scale).prediction[0]
    continuous = comparison.scale.continuous
    found: dict[str, list[tuple[float, float]]] = {} if continuous else {"auc": []}
    found |= {"calibration_in_the_large": [], "calibration_slope": []}
    for site in rows:
        outcome, p = y[site & own], predicted[site & own, a]
        if _too_few(outcome, continuous):
            continue
        clusters = out.clusters_of(site & own)
        if not continuous:
            area, error = auc_and_error(outcome, p, clusters)
            inside = min(max(area, 1e-6), 1 - 1e-6)
            found["auc"].append((np.log(inside / (1 - inside)), error / (inside * (1 - inside))))
        for name, measure in (
            ("calibration_in_the_large", calibration_in_the_large),
            ("calibration_slope", calibration_slope),
        ):
            interval = measure(outcome, p, level=level, clusters=clusters, link=comparison.link)
            found[name].append((interval.estimate, interval.error(level)))
    return {name: _pooled(pairs, level) for name, pairs in found.items()}


def _too_few(y: FloatArray, continuous: bool) -> bool:
    if continuous:
        return len(y) < SMALLEST_NUMBERS or float(y.std()) == 0
    return bool(min(y.sum(), len(y) - y.sum()) < SMALLEST_RESPONSE)


def _contrasts(
    out: OutOfFold, comparison: Comparison, rows: list[BoolArray], level: float
) -> dict[str, dict[str, Any]]:
    propensity = comparison.propensity(out)
    if propensity is None:
        return {}
    y, received, prediction = comparison.outcome, comparison.received, out.prediction[0]
    scores = doubly_robust_scores(prediction, y, received, propensity)
    everyone, among = np.arange(len(y)), list(range(len(out.arms)))
    single = best_single_arm(y, received, propensity, out.fold[0], among)
    chosen = choose(prediction, single, among)
    base = out.arms.index(comparison.reference)
    gains = {"gain": scores[everyone, chosen] - scores[everyone, single]}
    return {
        f"{name}_vs_{comparison.reference}": {
            measure: _pooled(
                [
                    mean_and_error(values[site], out.clusters_of(site))
                    for site in rows
                    if min(np.sum(received[site] == k) for k in (a, base)) >= SMALLEST_ARM
                ],
                level,
            )
            for measure, values in (
                {"ate": scores[:, a] - scores[:, base]} | (gains if len(among) == 2 else {})
            ).items()
        }
        for a, name in enumerate(out.arms)
        if a != base
    }


def _pooled(pairs: list[tuple[float, float]], level: float) -> dict[str, float]:
    table: FloatArray = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return pool(table[:, 0], table[:, 1], level=level).to_dict()


def _as_area(pooled: dict[str, float]) -> dict[str, float]:
    """Return log odds of the AUC as AUC; tau stays on the log-odds scale."""
    kept = ("between_sites_sd", "sites")
    return {k: v if k in kept else float(1 / (1 + np.exp(-v))) for k, v in pooled.items()}
