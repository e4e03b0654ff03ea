"""Power to show that one marker changes the difference between two arms."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from nxpredict.planning._questions import Interaction

SIGNIFICANCE = 0.05


def _rates(question: Interaction) -> NDArray[np.float64]:
    """Return P(response), shape (marker, arm): the marker acts in the second arm only."""
    first, second = question.rates
    carriers = float(expit(logit(second) + math.log(question.odds_ratio)))
    return np.array([[first, second], [first, carriers]])


def cell_shares(share: float) -> NDArray[np.float64]:
    """Return the expected share of patients, shape (marker, arm), in two equal arms."""
    return np.array([[1 - share] * 2, [share] * 2]) / 2


def interaction_power(n: int, question: Interaction) -> float:
    """Return the power of the Wald test of the ratio of odds ratios, by its large-sample variance.

    Formula: variance = sum over the four cells of 1 / (n_cell p (1 - p)) (Woolf 1955).
    """
    rates, shares = _rates(question), cell_shares(question.share)
    error = math.sqrt(float(np.sum(1 / (n * shares * rates * (1 - rates)))))
    distance = abs(math.log(question.odds_ratio)) / error
    z = float(norm.ppf(1 - SIGNIFICANCE / 2))
    return float(norm.cdf(distance - z) + norm.cdf(-distance - z))


def simulate_interaction(
    n: int, question: Interaction, *, repetitions: int, seed: int
) -> tuple[float, float]:
    """Return the power of the same test and its standard error, by simulation.

    Carriers are drawn, not fixed; half a patient is added to each count (Haldane 1956).
    """
    rng = np.random.default_rng(seed)
    sizes = rng.multinomial(n, cell_shares(question.share).ravel(), size=repetitions)
    hits = rng.binomial(sizes, _rates(question).ravel()) + 0.5
    misses = sizes + 1 - hits
    log_odds = np.log(hits / misses)
    effect = log_odds @ np.array([1.0, -1.0, -1.0, 1.0])
    error = np.sqrt(np.sum(1 / hits + 1 / misses, axis=1))
    power = float(np.mean(2 * norm.sf(np.abs(effect) / error) < SIGNIFICANCE))
    return power, math.sqrt(power * (1 - power) / repetitions)
