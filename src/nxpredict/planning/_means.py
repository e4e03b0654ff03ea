"""Power where the response is a number: two-sample t tests of means."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from nxpredict.evaluation import holm
from nxpredict.planning._average import SIGNIFICANCE, arm_sizes
from nxpredict.planning._interaction import cell_shares
from nxpredict.planning._questions import MeanInteraction


def _t_power(distance: float, freedom: int) -> float:
    """Return the power of a two-sided t test, by the noncentral t distribution."""
    least = float(stats.t.ppf(1 - SIGNIFICANCE / 2, freedom))
    beyond = stats.nct.sf(least, freedom, distance) + stats.nct.cdf(-least, freedom, distance)
    return float(beyond)


def mean_power(n: int, means: Sequence[float], sd: float) -> float:
    """Return the power of the two-sample t test of two means, equal arms and one spread.

    Parameters
    ----------
    n : int
        Patients in both arms together.
    means : sequence of two floats
    sd : float above 0
        Of the response within an arm, in the unit of the means.

    Examples
    --------
    >>> round(mean_power(128, (0.0, 0.5), 1.0), 3)
    0.801
    """
    first, second = arm_sizes(n, 2)
    distance = (means[1] - means[0]) / (sd * math.sqrt(1 / first + 1 / second))
    return _t_power(distance, n - 2)


def simulate_means(
    n: int, means: Sequence[float], sd: float, *, repetitions: int, seed: int
) -> list[tuple[float, float]]:
    """Return the power of each arm against the first, and its standard error, by simulation.

    Parameters
    ----------
    n : int
        Patients in all arms together, in equal shares.
    means : sequence of float
        The reference first.
    sd : float above 0
    repetitions, seed : int

    Returns
    -------
    list of (power, standard error)
        One a contrast; with several, p-values are adjusted by Holm, as in the evaluation.
    """
    rng = np.random.default_rng(seed)
    sizes = arm_sizes(n, len(means))
    found = rng.normal(means, sd / np.sqrt(sizes), size=(repetitions, len(sizes)))
    squares = sd**2 * rng.chisquare(sizes - 1, size=found.shape)
    freedom = sizes[1:] + sizes[0] - 2
    variance = (squares[:, 1:] + squares[:, :1]) / freedom
    t = (found[:, 1:] - found[:, :1]) / np.sqrt(variance * (1 / sizes[1:] + 1 / sizes[0]))
    p = 2 * stats.t.sf(np.abs(t), freedom)
    if p.shape[1] > 1:
        p = np.array([holm(row) for row in p.tolist()])
    share = (p < SIGNIFICANCE).mean(axis=0)
    return [(float(s), math.sqrt(s * (1 - s) / repetitions)) for s in share]


def mean_interaction_power(n: int, question: MeanInteraction) -> float:
    """Return the power of the t test of the change in the difference, at the expected counts."""
    error = question.sd * math.sqrt(float(np.sum(1 / (n * cell_shares(question.share)))))
    return _t_power(question.difference / error, n - 4)


def simulate_mean_interaction(
    n: int, question: MeanInteraction, *, repetitions: int, seed: int
) -> tuple[float, float]:
    """Return the power of the same test and its standard error, by simulation.

    Carriers are drawn, not fixed; a study without a patient in one of the four cells shows
    nothing.
    """
    rng = np.random.default_rng(seed)
    sizes = rng.multinomial(n, cell_shares(question.share).ravel(), size=repetitions)
    whole = (sizes > 0).all(axis=1)
    counts = np.maximum(sizes, 1)
    effect = rng.normal(
        question.difference, question.sd * np.sqrt(np.sum(1 / counts, axis=1)), size=repetitions
    )
    freedom = n - 4
    variance = question.sd**2 * rng.chisquare(freedom, size=repetitions) / freedom
    t = np.abs(effect) / np.sqrt(variance * np.sum(1 / counts, axis=1))
    power = float(np.mean(whole & (2 * stats.t.sf(t, freedom) < SIGNIFICANCE)))
    return power, math.sqrt(power * (1 - power) / repetitions)
