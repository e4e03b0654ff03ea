"""Power to show that one marker changes the difference between two arms."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from nxpredict.planning._average import established
from nxpredict.planning._questions import Interaction
from nxpredict.planning._several import holm_power
from nxpredict.planning._trial import Trial, outcome_shares

FloatArray = NDArray[np.float64]
_PARALLEL = Trial()


def _rates(question: Interaction) -> FloatArray:
    """Return P(response), shape (marker, arm): the marker acts in the second arm only."""
    first, second = question.rates
    carriers = float(expit(logit(second) + math.log(question.odds_ratio)))
    return np.array([[first, second], [first, carriers]])


def cell_shares(share: float, trial: Trial) -> FloatArray:
    """Return the expected share of patients, shape (marker, arm or order of arms)."""
    return np.outer([1 - share, share], (Trial() if trial.crossover else trial).shares(2))


def interaction_power(n: int, question: Interaction, trial: Trial = _PARALLEL) -> float:
    """Return the power of the Wald test of the ratio of odds ratios, by its large-sample variance.

    Between patients: variance = sum over the four cells of 1 / (n_cell p (1 - p)) (Woolf 1955). In
    a crossover the odds ratio is that within patients, response under the second arm only to
    response under the first only (McNemar), with variance sum of 1 / n_cell over those four cells.
    """
    effect, variance = (
        _crossover(n, question, trial) if trial.crossover else _parallel(n, question, trial)
    )
    return holm_power([effect / math.sqrt(variance)], [0.0])[0]


def _parallel(n: int, question: Interaction, trial: Trial) -> tuple[float, float]:
    rates, shares = _rates(question), cell_shares(question.share, trial)
    return math.log(question.odds_ratio), float(np.sum(1 / (n * shares * rates * (1 - rates))))


def _crossover(n: int, question: Interaction, trial: Trial) -> tuple[float, float]:
    one_sided = _one_sided(question, trial.correlation)
    each = n * np.array([1 - question.share, question.share])[:, None] * one_sided
    return float(np.log(each) @ [-1.0, 1.0] @ [-1.0, 1.0]), float(np.sum(1 / each))


def _one_sided(question: Interaction, correlation: float) -> FloatArray:
    """Return P(response under one arm only), shape (marker, arm)."""
    # Outcomes are none, second only, first only, both.
    return np.array([outcome_shares(rates, correlation)[[2, 1]] for rates in _rates(question)])


def simulate_interaction(
    n: int,
    question: Interaction,
    *,
    repetitions: int,
    seed: int,
    trial: Trial = _PARALLEL,
) -> tuple[float, float]:
    """Return the power of the same test and its standard error, by simulation.

    Carriers are drawn, not fixed; half a patient is added to each count (Haldane 1956). In a
    crossover both orders of the arms weigh the same, so that what time alone does cancels.
    """
    rng = np.random.default_rng(seed)
    shares = cell_shares(question.share, trial)
    if trial.crossover:
        outcome = np.array([outcome_shares(r, trial.correlation) for r in _rates(question)])
        cells = shares[:, :, None] * outcome[:, None, :]
        drawn = rng.multinomial(n, cells.ravel(), size=repetitions).reshape(-1, *cells.shape)
        counts = drawn[..., [2, 1]] + 0.5
        effect = (np.log(counts) @ [-1.0, 1.0]).mean(axis=2) @ [-1.0, 1.0]
        error = np.sqrt(np.sum(1 / counts, axis=(1, 2, 3)) / 4)
    else:
        sizes = rng.multinomial(n, shares.ravel(), size=repetitions)
        hits = rng.binomial(sizes, _rates(question).ravel()) + 0.5
        misses = sizes + 1 - hits
        effect = np.log(hits / misses) @ [1.0, -1.0, -1.0, 1.0]
        error = np.sqrt(np.sum(1 / hits + 1 / misses, axis=1))
    return established(2 * norm.sf(np.abs(effect) / error)[:, None])[0]
