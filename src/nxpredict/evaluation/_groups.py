"""Who is predicted to benefit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nxpredict.evaluation._benefit import ranks_by_fold
from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval, mean_and_error
from nxpredict.evaluation._picked import shared, ties
from nxpredict.features import TableEncoder
from nxpredict.study import SMALLEST_CELL


def group_characteristics(
    X: pd.DataFrame,
    benefit: FloatArray,
    fold: IntArray,
    *,
    level: float = 0.95,
    clusters: IntArray | None = None,
) -> pd.DataFrame:
    """Return how the quarter with the largest predicted benefit differs from the smallest (CLAN).

    Parameters
    ----------
    X : DataFrame, shape (n, predictors)
    benefit : array of float64, shape (n,)
        Predicted out of fold; ranked within fold. Patients with the same benefit belong to a
        quarter in equal parts.
    fold : array of int64, shape (n,)
    level : float
        Of all intervals together (Bonferroni over predictors), 0..1.
    clusters : array of int64, shape (n,), optional
        Codes 0, 1, ... of rows that count as one.

    Returns
    -------
    DataFrame
        `predictor`, `estimate` (mean in the top quarter minus the bottom one, in standard
        deviations of the predictor; missing values left out), `lower`, `upper`; the largest
        difference first.

    Notes
    -----
    Chernozhukov, Demirer, Duflo & Fernandez-Val 2018. It describes the model's groups; it does
    not show that a predictor modifies the benefit.
    """
    encoder = TableEncoder().fit(X)
    values = encoder.transform(X)
    share, tied = ranks_by_fold(benefit, fold), ties(benefit, fold)
    quarters = [shared(held.astype(np.float64), tied) for held in (share > 0.75, share <= 0.25)]
    rows = []
    for j, (name, source) in enumerate(zip(encoder.outputs_, encoder.sources_, strict=True)):
        known = X[source].notna().to_numpy()
        spread = values[known, j].std() if known.any() else 0.0
        weights = [held * known for held in quarters]
        if spread > 0 and min(_size(weight, clusters) for weight in weights) >= SMALLEST_CELL:
            (high, high_error), (low, low_error) = (
                _weighted_mean(values[:, j] / spread, weight, clusters) for weight in weights
            )
            rows.append((name, high - low, float(np.hypot(high_error, low_error))))
    reach = 1 - (1 - level) / max(len(rows), 1)
    table = [
        {"predictor": name, **Interval.normal(difference, error, reach).to_dict()}
        for name, difference, error in sorted(rows, key=lambda row: (-abs(row[1]), row[0]))
    ]
    return pd.DataFrame(table, columns=["predictor", "estimate", "lower", "upper"])


def _size(weight: FloatArray, clusters: IntArray | None) -> float:
    """Return how many patients weigh something, none of them more than one."""
    if clusters is None:
        return float(weight.sum())
    return float(np.minimum(np.bincount(clusters, weights=weight), 1.0).sum())


def _weighted_mean(
    values: FloatArray, weight: FloatArray, clusters: IntArray | None
) -> tuple[float, float]:
    """Return the weighted mean and its standard error, by the influence of each patient."""
    held = weight > 0
    values, weight = values[held], weight[held]
    mean = float(weight @ values / weight.sum())
    whose = None if clusters is None else np.unique(clusters[held], return_inverse=True)[1]
    _, error = mean_and_error(weight * (values - mean) / weight.mean(), whose)
    return mean, error
