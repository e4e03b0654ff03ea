"""How good the predicted benefit is: average, size, ranking.

Arguments are those of `best_linear_predictor`. The mean of a score given the predictors is a
patient's true benefit.

Where `crossed`, the models that predicted learned from the other patients here. Over K folds
patient i is judged by a model trained on patient j and the other way round; where benefits do not
differ, what predictions pick out is a sum over pairs in which each pair counts twice, and its
variance is exactly twice what independent patients would give (this is why pooled tests reject a
true null in about 20 % of cohorts). That part of an error is therefore doubled in variance. Where
benefits do differ this is conservative. `docs/verdict.md` has the measurement.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval, mean_and_error
from nxpredict.evaluation._picked import crossing, picked_mean, shared, ties


def average_effect(
    score: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return the mean difference in response, arm minus reference: the mean of the score.

    Parameters
    ----------
    score, level, clusters
        As of `best_linear_predictor`.

    Examples
    --------
    >>> average_effect(np.array([-0.5, 0.5, 1.5])).estimate
    0.5
    """
    estimate, error = mean_and_error(score, clusters)
    return Interval.normal(estimate, error, level)


def centred_by_fold(values: FloatArray, fold: IntArray) -> FloatArray:
    """Return values minus the mean of their fold, for models of different folds differ in level.

    Examples
    --------
    >>> centred_by_fold(np.array([1.0, 3.0, 10.0]), np.array([0, 0, 1])).tolist()
    [-1.0, 1.0, 0.0]
    """
    counts = np.bincount(fold)
    return np.asarray(values - (np.bincount(fold, weights=values) / np.maximum(counts, 1))[fold])


def ranks_by_fold(values: FloatArray, fold: IntArray) -> FloatArray:
    """Return each value's rank within its fold as a share in (0, 1); the highest value is near 1.

    Examples
    --------
    >>> ranks_by_fold(np.array([5.0, 7.0, 1.0]), np.array([0, 0, 1])).tolist()
    [0.25, 0.75, 0.5]
    """
    from scipy.stats import rankdata

    share = np.empty(len(values))
    for k in np.unique(fold):
        rows = fold == k
        share[rows] = (rankdata(values[rows], method="ordinal") - 0.5) / rows.sum()
    return share


def best_linear_predictor(
    score: FloatArray,
    benefit: FloatArray,
    fold: IntArray,
    *,
    level: float = 0.95,
    crossed: bool = True,
    clusters: IntArray | None = None,
) -> dict[str, Interval]:
    """Return how the true benefit runs with the predicted one.

    Parameters
    ----------
    score : array of float64, shape (n,)
        Contrast of doubly robust scores, arm minus reference.
    benefit : array of float64, shape (n,)
        Predicted out of fold, in the unit of the score.
    fold : array of int64, shape (n,)
    level : float
        Of the intervals, 0..1.
    crossed : bool
        Whether the models that predicted learned from the other patients here.
    clusters : array of int64, shape (n,), optional
        Codes 0, 1, ... of rows that count as one.

    Returns
    -------
    dict
        `in_the_large`: mean true minus mean predicted benefit (0 is ideal); `slope`: slope of
        true on predicted benefit, centred by fold (1 is ideal, 0 = predictions say nothing, below
        1 = too extreme).

    Notes
    -----
    Slope = sum t_i (score_i - mean) / sum t_i^2 with t the fold-centred predicted benefit, robust
    HC1 error (Chernozhukov, Demirer, Duflo & Fernandez-Val 2018), times sqrt(2) where `crossed`
    (see the module).

    Examples
    --------
    >>> score, benefit = np.array([0.0, 1, 1, 2]), np.array([0.1, 0.2, 0.3, 0.4])
    >>> found = best_linear_predictor(score, benefit, np.zeros(4, dtype=np.int64))
    >>> round(found["in_the_large"].estimate, 2), round(found["slope"].estimate, 2)
    (0.75, 6.0)
    """
    gap, gap_error = mean_and_error(score - benefit, clusters)
    t = centred_by_fold(benefit, fold)
    if float(np.sum(t**2)) / max(len(t), 1) < 1e-12:
        return {"in_the_large": Interval.normal(gap, gap_error, level), "slope": Interval()}
    slope, error = linear_trend(score, t, clusters)
    return {
        "in_the_large": Interval.normal(gap, gap_error, level),
        "slope": Interval.normal(slope, crossing(crossed) * error, level),
    }


def linear_trend(
    score: FloatArray, x: FloatArray, clusters: IntArray | None = None
) -> tuple[float, float]:
    """Return the least-squares slope of the score on `x`, and its robust (HC1) standard error.

    Examples
    --------
    >>> linear_trend(np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 4.0]))
    (0.5, 0.0)
    """
    t = x - x.mean()
    centred = score - score.mean()
    size = float(np.sum(t**2))
    slope = float(t @ centred) / size
    _, error = mean_and_error(t * (centred - slope * t) * len(t) / size, clusters)
    return slope, error


def group_effects(
    score: FloatArray,
    benefit: FloatArray,
    fold: IntArray,
    *,
    groups: int = 4,
    level: float = 0.95,
    crossed: bool = True,
    clusters: IntArray | None = None,
) -> pd.DataFrame:
    """Return the average benefit in groups of predicted benefit (GATES), lowest group first.

    Groups are made by rank within fold (Chernozhukov et al. 2018); ties count in each group for
    their share. Errors by `picked_mean`.

    Parameters
    ----------
    score, benefit, fold, level, crossed, clusters
        As of `best_linear_predictor`.
    groups : int
        How many, of equal size.

    Returns
    -------
    DataFrame
        `group` (1..groups), `n`, `predicted`, `estimate`, `lower`, `upper`.

    Examples
    --------
    >>> score, benefit = np.array([0.0, 1, 1, 2]), np.array([0.1, 0.2, 0.3, 0.4])
    >>> group_effects(score, benefit, np.zeros(4, dtype=np.int64), groups=2)["estimate"].tolist()
    [0.5, 1.5]
    """
    share = ranks_by_fold(benefit, fold)
    which = np.minimum((share * groups).astype(np.int64), groups - 1)
    tied = ties(benefit, fold)
    rows = []
    for g in range(groups):
        own = which == g
        weight = shared(own * (len(own) / max(int(own.sum()), 1)), tied)
        estimate = float(np.mean(weight * score)) if own.any() else float("nan")
        _, error = picked_mean(
            (score - estimate)[:, None], weight[:, None], crossed=crossed, clusters=clusters
        )
        interval = Interval.normal(estimate, error, level)
        predicted = float(np.mean(weight * benefit)) if own.any() else float("nan")
        rows.append(
            {"group": g + 1, "n": int(own.sum()), "predicted": predicted, **interval.to_dict()}
        )
    return pd.DataFrame(rows)


def ranking_value(
    score: FloatArray,
    benefit: FloatArray,
    fold: IntArray,
    *,
    level: float = 0.95,
    crossed: bool = True,
    clusters: IntArray | None = None,
) -> dict[str, Interval]:
    """Return AUTOC and Qini: what ranking patients by predicted benefit is worth; 0 = nothing.

    Parameters
    ----------
    score, benefit, fold, level, crossed, clusters
        As of `best_linear_predictor`.

    Returns
    -------
    dict
        `autoc` and `qini`.

    Notes
    -----
    TOC(q) = mean score of the share q ranked highest, minus the mean score. AUTOC = integral of
    TOC(q) dq, Qini = integral of q TOC(q) dq (Yadlowsky, Fleming, Shah, Brunskill & Wager 2021).
    Both are weighted means of the score with the weights H_n - H_{r-1} - 1 and (n - r + 1/2) / n
    - 1/2 for rank r from the top, averaged over ties. Errors by `picked_mean`.

    Examples
    --------
    >>> score, benefit = np.array([0.0, 1, 1, 2]), np.array([0.1, 0.2, 0.3, 0.4])
    >>> found = ranking_value(score, benefit, np.zeros(4, dtype=np.int64))
    >>> round(found["autoc"].estimate, 4), round(found["qini"].estimate, 4)
    (0.4583, 0.1875)
    """
    order = _ranked(benefit, fold)
    n = len(score)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(1, n + 1)
    tail_sums = np.cumsum(1.0 / np.arange(n, 0, -1))[::-1]
    weights = {
        "autoc": tail_sums[rank - 1] - 1.0,
        "qini": (n - rank + 0.5) / n - 0.5,
    }
    tied = ties(benefit, fold)
    return {
        name: Interval.normal(
            *_weighed(score, shared(weight, tied), crossed=crossed, clusters=clusters), level
        )
        for name, weight in weights.items()
    }


def _weighed(
    score: FloatArray, weight: FloatArray, *, crossed: bool, clusters: IntArray | None
) -> tuple[float, float]:
    centred = (score - score.mean())[:, None]
    return picked_mean(centred, weight[:, None], crossed=crossed, clusters=clusters)


def _ranked(benefit: FloatArray, fold: IntArray) -> IntArray:
    share = ranks_by_fold(benefit, fold)
    return np.asarray(np.lexsort((fold, -share)), dtype=np.int64)


def targeting_curve(
    score: FloatArray,
    benefit: FloatArray,
    fold: IntArray,
    *,
    level: float = 0.95,
    crossed: bool = True,
    clusters: IntArray | None = None,
) -> pd.DataFrame:
    """Return TOC(q) at `share` q = 0.05, 0.10, ... 1, with a pointwise band.

    Parameters
    ----------
    score, benefit, fold, level, crossed, clusters
        As of `best_linear_predictor`.

    Returns
    -------
    DataFrame
        `share`, `estimate`, `lower`, `upper`.

    Examples
    --------
    >>> score, benefit = np.array([0.0, 1, 1, 2]), np.array([0.1, 0.2, 0.3, 0.4])
    >>> curve = targeting_curve(score, benefit, np.zeros(4, dtype=np.int64)).set_index("share")
    >>> curve.loc[[0.25, 0.5, 1.0], "estimate"].tolist()
    [1.0, 0.5, 0.0]
    """
    order = _ranked(benefit, fold)
    n, tied = len(score), ties(benefit, fold)
    rows = []
    for q in np.arange(1, 21) / 20:
        top = max(1, round(q * n))
        weight = np.full(n, -1.0)
        weight[order[:top]] += n / top
        estimate, error = _weighed(score, shared(weight, tied), crossed=crossed, clusters=clusters)
        interval = Interval.normal(estimate, error, level)
        rows.append({"share": float(q), **interval.to_dict()})
    return pd.DataFrame(rows)
