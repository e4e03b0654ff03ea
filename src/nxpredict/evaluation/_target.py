"""A cohort weighted so that it looks like another population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval
from nxpredict.evaluation._overlap import NOTABLE_DIFFERENCE
from nxpredict.study import SMALLEST_CELL

_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class TargetWeights:
    """Weights that move a cohort's means to those of a target.

    Attributes
    ----------
    weights : array of float64, shape (n,)
        Positive, summing to 1.
    effective_n : float
        (sum w)^2 / sum w^2.
    table : DataFrame
        One row a characteristic: `name`, `cohort`, `target`, `weighted`, `difference_before` and
        `difference_after` (standardised by the cohort's SD); the last one and `weighted` are NaN
        where `few`.
    reached : bool
        No standardised difference above 0.1 is left.
    """

    weights: FloatArray
    effective_n: float
    table: pd.DataFrame
    reached: bool

    @property
    def few(self) -> bool:
        """Whether the weights rest on so few patients that their means would be these patients."""
        return self.effective_n < SMALLEST_CELL


def weight_to_target(characteristics: pd.DataFrame, target: pd.Series) -> TargetWeights:
    """Return the weights nearest to equal ones that reach the target's means.

    Parameters
    ----------
    characteristics : DataFrame of float64, shape (n, k)
        NaN counts as the cohort's mean.
    target : Series of float64, shape (k,)
        Means (shares of 0/1 columns), by column name.

    Returns
    -------
    TargetWeights

    Notes
    -----
    Entropy balancing (Hainmueller 2012), in its use for transport as matching-adjusted indirect
    comparison (Signorovitch et al. 2010): w_i proportional to exp(z_i . b), b minimising
    log sum exp(z . b) + 0.001 |b|^2 / 2 with z standardised and centred at the target. The ridge
    lets it end where the target lies outside of what the cohort holds.

    Examples
    --------
    >>> cohort = pd.DataFrame({"male": [0.0, 0, 0, 1]})
    >>> weight_to_target(cohort, pd.Series({"male": 0.5})).effective_n.__round__(1)
    3.0
    """
    values = characteristics.fillna(characteristics.mean()).to_numpy(dtype=np.float64)
    goal = target[list(characteristics.columns)].to_numpy(dtype=np.float64)
    spread = values.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    z = (values - goal) / scale
    b = np.zeros(z.shape[1])
    for _ in range(200):
        w = _softmax(z @ b)
        mean = w @ z
        gradient = mean + _RIDGE * b
        centred = z - mean
        hessian = (centred * w[:, None]).T @ centred + _RIDGE * np.eye(len(b))
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        now = _objective(z, b)
        while _objective(z, b - size * step) > now and size > 1e-6:
            size /= 2
        b = b - size * step
        if np.abs(gradient).max(initial=0.0) < 1e-9:
            break
    w = _softmax(z @ b)
    weighted = w @ values
    table = pd.DataFrame(
        {
            "name": [str(c) for c in characteristics.columns],
            "cohort": values.mean(axis=0),
            "target": goal,
            "weighted": weighted,
            "difference_before": (values.mean(axis=0) - goal) / scale,
            "difference_after": (weighted - goal) / scale,
        }
    )
    reached = bool((table["difference_after"].abs() <= NOTABLE_DIFFERENCE).all())
    found = TargetWeights(w, float(1 / np.sum(w**2)), table, reached)
    if found.few:
        table[["weighted", "difference_after"]] = np.nan
    return found


def _softmax(x: FloatArray) -> FloatArray:
    e = np.exp(x - x.max())
    return np.asarray(e / e.sum())


def _objective(z: FloatArray, b: FloatArray) -> float:
    x = z @ b
    return float(x.max() + np.log(np.exp(x - x.max()).sum()) + 0.5 * _RIDGE * b @ b)


def weighted_effect(
    scores: FloatArray,
    weights: FloatArray,
    level: float = 0.95,
    *,
    clusters: IntArray | None = None,
) -> Interval:
    """Return the weighted mean of doubly robust scores with a robust interval.

    Parameters
    ----------
    scores, weights : array of float64, shape (n,)
        Weights are positive, and taken as given.
    level : float
        Of the interval, 0..1.
    clusters : array of int64, shape (n,), optional
        Codes 0, 1, ... of rows that count as one.

    Notes
    -----
    Error = sqrt(G / (G - 1) sum_g (sum_{i in g} w_i (score_i - mean))^2) / sum w over clusters g,
    or rows.

    Examples
    --------
    >>> weighted_effect(np.array([0.0, 1.0]), np.array([0.25, 0.75])).estimate
    0.75
    """
    total = float(weights.sum())
    mean = float(weights @ scores) / total
    error = weighted_error(weights * (scores - mean), clusters) / total
    return Interval.normal(mean, error, level)


def weighted_error(parts: FloatArray, clusters: IntArray | None) -> float:
    """Return the robust standard error of a sum of parts whose expectation is 0."""
    if clusters is not None:
        parts = np.bincount(clusters, weights=parts).astype(np.float64)
    count = len(parts)
    return float(np.sqrt(np.sum(parts**2) * count / max(count - 1, 1)))
