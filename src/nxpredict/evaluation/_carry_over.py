"""An average difference within patients that allows for what one arm leaves to the next."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from nxpredict.evaluation._difference import Difference
from nxpredict.evaluation._numbers import FloatArray

EFFECT = 0.2
"""Of a drug, in standard deviations of the response: a small one (Cohen 1988)."""

NODES = 64
"""Scales of carry-over that stand for their distribution."""


def allow_for_carry_over(estimates: FloatArray, covariance: FloatArray, scale: float) -> Difference:
    """Return the difference that two estimates tell of, the first with an unknown bias.

    Parameters
    ----------
    estimates : array of float64, shape (2,)
        Within patients, which what is carried over biases; and one that is free of it (the first
        period alone), or NaN where the design has none.
    covariance : array of float64, shape (2, 2)
        Of the two.
    scale : float, 0 or more
        The bias has a Cauchy distribution around 0 with this scale before the data.

    Notes
    -----
    Two periods know carry-over only by the gap of the two estimates, and badly. Choosing one of
    them by a test is biased (Freeman 1989, Stat Med 8:1421), and no interval that always holds
    90 % can be much shorter than that of the first period whatever is carried over (Kabaila and
    Giri 2009, Stat Probab Lett 79:652). So what may be carried over is given a distribution (Grieve
    1985, Biometrics 41:979): about as large as the wash-out allows, with tails so heavy that the
    data overrule it. A Cauchy variable is a normal one whose standard deviation is `scale` over
    a half-normal variable; given that, all is normal and in closed form.

    Examples
    --------
    >>> told = np.array([0.10, 0.12]), np.diag([0.03, 0.06]) ** 2
    >>> sure, open_ = (allow_for_carry_over(*told, s).interval(0.9) for s in (0.0, 0.05))
    >>> open_.upper - open_.lower > sure.upper - sure.lower
    True
    """
    spread = _scales(scale)
    within, free = estimates
    if not np.isfinite(within):
        return Difference.normal(float(free), float(np.sqrt(covariance[1, 1])))
    if not np.isfinite(free):
        errors = np.sqrt(covariance[0, 0] + spread**2)
        return Difference(np.full(len(spread), within), errors, np.full(len(spread), 1 / NODES))
    gap = within - free
    of_gap = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    slope = (covariance[0, 0] - covariance[0, 1]) / of_gap
    rest = covariance[0, 0] - slope**2 * of_gap
    # Given the bias b: difference = within - b - slope * (gap - b), with variance `rest`; and b
    # given the gap is a share of it.
    share = spread**2 / (spread**2 + of_gap)
    means = within - slope * gap - (1 - slope) * share * gap
    errors = np.sqrt(rest + (1 - slope) ** 2 * share * of_gap)
    total = spread**2 + of_gap
    evidence = -0.5 * (np.log(total) + gap**2 / total)
    weights = np.exp(evidence - evidence.max())
    return Difference(means, errors, weights / weights.sum())


def _scales(scale: float) -> FloatArray:
    """Return equally likely standard deviations, shape (K,)."""
    middle = (np.arange(NODES) + 0.5) / NODES
    return np.asarray(scale / ndtri(0.5 + middle / 2))
