"""Several arms against one reference: the power of each comparison under Holm's adjustment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

FloatArray = NDArray[np.float64]
SIGNIFICANCE = 0.05
_FURTHEST, _STEPS = 8.5, 401


def quadrature() -> tuple[FloatArray, FloatArray]:
    """Return points and weights that average a function of a standard normal variable."""
    # An even grid is as good as exact here, and does not miss what is steep as Gauss's points do.
    points = np.linspace(-_FURTHEST, _FURTHEST, _STEPS)
    weights = norm.pdf(points)
    return points, weights / weights.sum()


def holm_power(distances: ArrayLike, loadings: ArrayLike) -> list[float]:
    """Return the probability that Holm's procedure rejects each of several two-sided z tests.

    The statistics are normal with variance 1 and share one factor, the reference arm's chance:
    given it they are independent, so that one integral over it is all that is needed. With one
    comparison this is the textbook's Phi(d - z) + Phi(-d - z).

    Parameters
    ----------
    distances : array-like of float, length K
        Expected statistics: difference over standard error.
    loadings : array-like of float in (-1, 1), length K
        Correlation of each statistic with the factor; of two statistics, their product.

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
    cuts = norm.isf(SIGNIFICANCE / 2 / np.arange(tests, 0, -1))
    mean = expected[:, None] + np.outer(shared, points)
    own = np.sqrt(1 - shared**2)[:, None]
    beyond = [norm.sf((c - mean) / own) + norm.cdf((-c - mean) / own) for c in cuts]
    upto = np.stack([np.zeros_like(mean), *beyond, np.ones_like(mean)])
    steps = np.diff(upto, axis=0).transpose(1, 0, 2)
    return [float(_rejected(steps, k) @ weights) for k in range(tests)]


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
