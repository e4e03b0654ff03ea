"""Power to establish that one arm is better on average."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from nxpredict.evaluation import SIGNIFICANCE, holm
from nxpredict.planning._several import factor_loadings, holm_power
from nxpredict.planning._trial import Trial, outcome_shares, outcomes

FloatArray = NDArray[np.float64]
_PARALLEL = Trial()


def average_power(n: int, rates: Sequence[float], trial: Trial = _PARALLEL) -> list[float]:
    """Return the power of each arm's two-sided comparison with the first, in large samples.

    Formula: Phi(d / s - z) + Phi(-d / s - z), z = 1.96 with two arms, Holm's thresholds with
    more (`holm_power`). Between patients s^2 = sum p (1 - p) / n_arm; of a crossover s^2 is the
    variance of a patient's own difference / n, and one factor is shared (`factor_loadings`).

    Parameters
    ----------
    n : int
        Patients in all arms together.
    rates : sequence of float in (0, 1)
        Response under each arm, the reference first.
    trial : Trial

    Returns
    -------
    list of float
        One a comparison.

    Examples
    --------
    >>> round(average_power(778, (0.45, 0.55))[0], 2)
    0.8
    >>> [round(power, 2) for power in average_power(900, (0.45, 0.55, 0.58))]
    [0.67, 0.86]
    """
    differences = np.array(rates[1:]) - rates[0]
    if trial.crossover:
        variance = _own_differences(rates, trial.correlation)[1] / n
        errors = np.sqrt(np.diag(variance))
        loadings = factor_loadings(variance)
    else:
        between = np.array([p * (1 - p) for p in rates]) / (n * trial.shares(len(rates)))
        errors = np.sqrt(between[1:] + between[0])
        loadings = np.sqrt(between[0]) / errors
    return holm_power(differences / errors, loadings)


def _own_differences(rates: Sequence[float], correlation: float) -> tuple[FloatArray, FloatArray]:
    """Return mean and covariance of a patient's own differences from the reference."""
    shares, ways = outcome_shares(rates, correlation), outcomes(len(rates))
    ahead = ways[:, 1:] - ways[:, :1]
    mean = shares @ ahead
    return mean, (ahead - mean).T @ ((ahead - mean) * shares[:, None])


def simulate_average(
    n: int, rates: Sequence[float], *, repetitions: int, seed: int, trial: Trial = _PARALLEL
) -> list[tuple[float, float]]:
    """Return the power of each arm against the first, and its standard error, by simulation.

    Parameters
    ----------
    n : int
        Patients in all arms together.
    rates : sequence of float in (0, 1)
        Response under each arm, the reference first.
    repetitions, seed : int
    trial : Trial

    Returns
    -------
    list of (power, standard error)
        One a contrast; with several, p-values are adjusted by Holm, as in the evaluation.
    """
    rng = np.random.default_rng(seed)
    sizes = trial.sizes(n, len(rates))
    if trial.crossover:
        difference, variance = _crossovers(sizes, rates, trial.correlation, repetitions, rng)
    else:
        found = rng.binomial(sizes, rates, size=(repetitions, len(rates))) / sizes
        scatter = found * (1 - found) / np.maximum(sizes - 1, 1)
        difference = found[:, 1:] - found[:, :1]
        variance = scatter[:, 1:] + scatter[:, :1]
    error = np.sqrt(variance)
    z = np.divide(difference, error, out=np.zeros_like(difference), where=error > 0)
    return established(2 * norm.sf(np.abs(z)))


def _crossovers(
    sizes: NDArray[np.int64],
    rates: Sequence[float],
    correlation: float,
    repetitions: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Return estimates and their variances: the mean over orders of the mean own difference.

    Orders weigh the same, so that what time alone does cancels.
    """
    shares, ways = outcome_shares(rates, correlation), outcomes(len(rates))
    ahead = ways[:, 1:] - ways[:, :1]
    counts = [rng.multinomial(size, shares, size=repetitions) for size in sizes]
    means = [count @ ahead / size for count, size in zip(counts, sizes, strict=True)]
    variances = [
        (count @ ahead**2 / size - mean**2) / max(size - 1, 1)
        for count, mean, size in zip(counts, means, sizes, strict=True)
    ]
    return np.mean(means, axis=0), np.sum(variances, axis=0) / len(sizes) ** 2


def established(p: FloatArray) -> list[tuple[float, float]]:
    """Return the share of studies whose p-value is small, and its standard error, by column."""
    if p.shape[1] > 1:
        p = np.array([holm(row) for row in p.tolist()])
    share = (p < SIGNIFICANCE).mean(axis=0)
    return [(float(s), math.sqrt(s * (1 - s) / len(p))) for s in share]
