"""Wald tests of log ratios of counts where counts are small, without drawing any.

*Moments* are float64 arrays whose last axis holds, of an estimate and of its estimated variance:
the mean and the variance of the estimate, the mean and the variance of its estimated variance, and
the covariance of the two. Those of independent estimates add up to those of their sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm

from nxpredict.evaluation import SIGNIFICANCE

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_STEPS = 60


def log_ratio(size: int, above: float, below: float) -> FloatArray:
    """Return the moments of log (x + 1/2) / (y + 1/2), x and y counted among `size` patients.

    `above` and `below` are a patient's probabilities to be counted in x and in y; the estimated
    variance is 1 / (x + 1/2) + 1 / (y + 1/2) (Haldane 1956).

    Examples
    --------
    >>> log_ratio(4000, 0.5, 0.25).round(4).tolist()
    [0.6931, 0.0015, 0.0015, 0.0, 0.0]
    """
    either = _likely(size, above + below)[:, None]
    split = above / (above + below)
    fewest, most = _likely(int(either[0, 0]), split), _likely(int(either[-1, 0]), split)
    x = _stepped(fewest[0], most[-1], _STEPS)
    weight = binom.pmf(either, size, above + below) * binom.pmf(x, either, split)
    high, low = x + 0.5, np.maximum(either - x, 0) + 0.5
    ratio, error, weight = np.log(high / low), 1 / high + 1 / low, weight / weight.sum()
    mean, expected = float(np.sum(weight * ratio)), float(np.sum(weight * error))
    ratio, error = ratio - mean, error - expected
    scatter = [np.sum(weight * part) for part in (ratio**2, error**2, ratio * error)]
    return np.array([mean, scatter[0], expected, *scatter[1:]])


def times(weight: float, moments: FloatArray) -> FloatArray:
    """Return the moments of a multiple of an estimate."""
    found: FloatArray = weight ** np.array([1, 2, 2, 4, 3]) * moments
    return found


def rejected(moments: FloatArray) -> FloatArray:
    """Return the probability that the two-sided test rejects.

    Estimate and estimated variance are taken together as normal, and its root as a straight line:
    a small count moves both at once, which the large-sample form leaves out.
    """
    mean, variance, error, error_variance, together = np.moveaxis(moments, -1, 0)
    z, root = float(norm.isf(SIGNIFICANCE / 2)), np.sqrt(error)
    bar, slope = z * (root - error_variance / (8 * root**3)), z / (2 * root)
    found = np.zeros_like(mean)
    for side in (1.0, -1.0):
        spread = variance + slope**2 * error_variance - 2 * side * slope * together
        found = found + norm.sf((bar - side * mean) / np.sqrt(spread))
    return np.asarray(found, dtype=np.float64)


def carriers(size: int, share: float) -> tuple[IntArray, FloatArray]:
    """Return numbers of patients with a marker, and how likely each is.

    Examples
    --------
    >>> counts, weights = carriers(100, 0.25)
    >>> bool(abs(counts @ weights - 25) < 0.01)
    True
    """
    counts = _likely(size, share, rare=1e-5, steps=15)
    weights = binom.pmf(counts, size, share)
    return counts, weights / weights.sum()


def _likely(size: int, share: float, *, rare: float = 1e-10, steps: int = _STEPS) -> IntArray:
    """Return the counts that are likely enough to matter, in even steps where they are many."""
    low, high = (float(binom.ppf(tail, size, min(share, 1.0))) for tail in (rare, 1 - rare))
    return _stepped(low, high, steps)


def _stepped(low: float, high: float, steps: int) -> IntArray:
    first, last = max(int(low), 0), int(high)
    return np.arange(first, last + 1, max(1, (last - first) // steps))
