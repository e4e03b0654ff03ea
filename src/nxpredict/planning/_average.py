"""Power to establish that one arm is better on average."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from nxpredict.evaluation import holm

SIGNIFICANCE = 0.05


def arm_sizes(n: int, arms: int) -> NDArray[np.int64]:
    """Return how many patients each arm gets, as equal as may be.

    Examples
    --------
    >>> arm_sizes(11, 3).tolist()
    [4, 4, 3]
    """
    sizes = np.full(arms, n // arms)
    sizes[: n % arms] += 1
    return sizes


def average_power(n: int, rates: Sequence[float]) -> float:
    """Return the power of the two-sided comparison of two response rates, equal arms.

    Formula: Phi(|d| / s - z) + Phi(-|d| / s - z), s^2 = sum p (1 - p) / (n / 2), z = 1.96.

    Parameters
    ----------
    n : int
        Patients in both arms together.
    rates : sequence of two floats in (0, 1)

    Examples
    --------
    >>> round(average_power(778, (0.45, 0.55)), 2)
    0.8
    """
    p, q = rates
    error = math.sqrt((p * (1 - p) + q * (1 - q)) / (n / 2))
    z = float(norm.ppf(1 - SIGNIFICANCE / 2))
    distance = abs(p - q) / error
    return float(norm.cdf(distance - z) + norm.cdf(-distance - z))


def simulate_average(
    n: int, rates: Sequence[float], *, repetitions: int, seed: int
) -> list[tuple[float, float]]:
    """Return the power of each arm against the first, and its standard error, by simulation.

    Parameters
    ----------
    n : int
        Patients in all arms together, in equal shares.
    rates : sequence of float in (0, 1)
        Response under each arm, the reference first.
    repetitions, seed : int

    Returns
    -------
    list of (power, standard error)
        One a contrast; with several, p-values are adjusted by Holm, as in the evaluation.
    """
    rng = np.random.default_rng(seed)
    sizes = arm_sizes(n, len(rates))
    found = rng.binomial(sizes, rates, size=(repetitions, len(rates))) / sizes
    variance = found * (1 - found) / np.maximum(sizes - 1, 1)
    difference = found[:, 1:] - found[:, :1]
    error = np.sqrt(variance[:, 1:] + variance[:, :1])
    z = np.divide(difference, error, out=np.zeros_like(difference), where=error > 0)
    p = 2 * norm.sf(np.abs(z))
    if p.shape[1] > 1:
        p = np.array([holm(row) for row in p.tolist()])
    share = (p < SIGNIFICANCE).mean(axis=0)
    return [(float(s), math.sqrt(s * (1 - s) / repetitions)) for s in share]
