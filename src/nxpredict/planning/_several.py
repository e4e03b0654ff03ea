"""Several arms against one reference: the power of each comparison under Holm's adjustment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, ndtr
from scipy.stats import norm, t

from nxpredict.evaluation import SIGNIFICANCE

FloatArray = NDArray[np.float64]
_FURTHEST, _STEPS, _ERRORS = 8.5, 401, 61
_TURNS, _MOST = 50, 0.999


def quadrature(steps: int = _STEPS) -> tuple[FloatArray, FloatArray]:
    """Return points and weights that average a function of a standard normal variable."""
    # An even grid is as good as exact here, and does not miss what is steep as Gauss's points do.
    points = np.linspace(-_FURTHEST, _FURTHEST, steps)
    weights = norm.pdf(points)
    return points, weights / weights.sum()


def holm_power(
    distances: ArrayLike, loadings: ArrayLike, freedom: ArrayLike | None = None
) -> list[float]:
    """Return the probability that Holm's procedure rejects each of several two-sided tests.

    The statistics are normal with variance 1 and share one factor, the reference arm's chance:
    given it they are independent, so that one integral over it is all that is needed. With one
    comparison this is the textbook's Phi(d - z) + Phi(-d - z).

    Parameters
    ----------
    distances : array-like of float, length K
        Expected statistics: difference over standard error.
    loadings : array-like of float in (-1, 1), length K
        Correlation of each statistic with the factor; of two statistics, their product.
    freedom : array-like of int, length K, optional
        Degrees of freedom of t tests, whose estimated errors are as good as one; without, z tests.

    Returns
    -------
    list of float, length K

    Notes
    -----
    S. Holm (1979), Scandinavian Journal of Statistics 6:65: with K tests the smallest p-value is
    compared with 0.05 / K, the next with 0.05 / (K - 1) and so on, until one is larger.

    Examples
    --------
    >>> [round(power, 3) for power in holm_power([2.8], [0.5])]
    [0.8]
    """
    expected, shared = np.asarray(distances, np.float64), np.asarray(loadings, np.float64)
    tests = len(expected)
    points, weights = quadrature()
    levels = SIGNIFICANCE / 2 / np.arange(tests, 0, -1)
    cuts = np.broadcast_to(norm.isf(levels)[:, None, None], (tests, tests, 1))
    if freedom is not None:
        cuts, points, weights = _estimated(levels, np.asarray(freedom), points, weights)
    mean = expected[:, None] + np.outer(shared, points)
    own = np.sqrt(1 - shared**2)[:, None]
    beyond = [norm.sf((c - mean) / own) + norm.cdf((-c - mean) / own) for c in cuts]
    upto = np.stack([np.zeros_like(mean), *beyond, np.ones_like(mean)])
    steps = np.diff(upto, axis=0).transpose(1, 0, 2)
    return [float(_rejected(steps, k) @ weights) for k in range(tests)]


def _estimated(
    levels: FloatArray, freedom: NDArray[np.int64], points: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return thresholds times the estimated error, shape (levels, K, points), and the points.

    Those of the factor are crossed with quantiles of the error, the same of every test.
    """
    luck, chance = quadrature(_ERRORS)
    error = np.sqrt(chdtri(freedom[:, None], ndtr(-luck)) / freedom[:, None])
    least = t.isf(levels[:, None, None], freedom[:, None])
    cuts = np.repeat(least * error, len(points), axis=2)
    return cuts, np.tile(points, len(luck)), np.outer(chance, weights).ravel()


def factor_loadings(covariance: FloatArray) -> FloatArray:
    """Return loadings on one factor that give statistics their correlations, as nearly as may be.

    Differences from one reference share its chance: of patients' own differences, too, where arms
    respond alike. Exact for up to three statistics; with more the loadings by which each
    correlation is nearly the product of two, found by turns (least squares; Harman 1960).

    Examples
    --------
    >>> factor_loadings(np.array([[2.0, 1.0], [1.0, 2.0]])).round(3).tolist()
    [0.707, 0.707]
    """
    sd = np.sqrt(np.diag(covariance))
    together = covariance / np.outer(sd, sd)
    np.fill_diagonal(together, 0.0)
    size = len(together)
    if size == 1:
        return np.zeros(1)
    found = np.full(size, np.sqrt(max(together.sum() / size / (size - 1), 0.0)))
    for _ in range(_TURNS if size > 2 else 0):
        for k in range(size):
            others = found @ found - found[k] ** 2
            found[k] = np.clip(together[k] @ found / max(others, 1e-12), -_MOST, _MOST)
    return found


def _rejected(steps: FloatArray, test: int) -> FloatArray:
    """Return P(`test` is rejected) at each point of the factor.

    `steps`, shape (K, K + 1, points), is P(a p-value lies between two neighbouring thresholds),
    the smallest p-values first.
    """
    others = {(0,) * steps.shape[1]: np.ones(steps.shape[2])}
    for k in range(len(steps)):
        if k == test:
            continue
        grown: dict[tuple[int, ...], FloatArray] = {}
        for counts, share in others.items():
            for step, probability in enumerate(steps[k]):
                one_more = (*counts[:step], counts[step] + 1, *counts[step + 1 :])
                grown[one_more] = grown.get(one_more, 0.0) + share * probability
        others = grown
    found = np.zeros(steps.shape[2])
    for counts, share in others.items():
        for step in range(len(steps)):
            if step < _rejections(counts, step):
                found += share * steps[test, step]
    return found


def _rejections(others: tuple[int, ...], own: int) -> int:
    """Return how many tests Holm rejects when so many p-values lie in each step."""
    below = 0
    for step, count in enumerate(others[:-1]):
        below += count + (step == own)
        if below <= step:
            return step
    return len(others) - 1
