"""Power to show that one marker changes the difference between two arms."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from nxpredict.planning._average import established
from nxpredict.planning._counts import carriers, log_ratio, rejected, times
from nxpredict.planning._questions import Interaction
from nxpredict.planning._trial import Trial, outcome_shares

FloatArray = NDArray[np.float64]
_PARALLEL = Trial()


def _rates(question: Interaction) -> FloatArray:
    """Return P(response), shape (marker, arm): the marker acts in the second arm only."""
    first, second = question.rates
    carriers = float(expit(logit(second) + math.log(question.odds_ratio)))
    return np.array([[first, second], [first, carriers]])


def _counted(question: Interaction, trial: Trial) -> FloatArray:
    """Return what a patient is counted in, shape (marker, arm or order, 2): above and below.

    Between patients response and no response; in a crossover response under the second arm only
    and under the first only.
    """
    if trial.crossover:
        # Outcomes are none, second only, first only, both.
        own = [outcome_shares(rates, trial.correlation)[[1, 2]] for rates in _rates(question)]
        return np.repeat(np.array(own)[:, None], 2, axis=1)
    rates = _rates(question)
    return np.stack([rates, 1 - rates], axis=-1)


def _weights(trial: Trial) -> FloatArray:
    """Return how each log ratio counts in the interaction, shape (marker, arm or order)."""
    columns = [0.5, 0.5] if trial.crossover else [-1.0, 1.0]
    return np.outer([-1.0, 1.0], columns)


def interaction_power(n: int, question: Interaction, trial: Trial = _PARALLEL) -> float:
    """Return the power of the Wald test of the ratio of odds ratios.

    Between patients the odds ratio is that of the four cells (Woolf 1955). In a crossover it is
    that within patients, response under the second arm only to response under the first only
    (McNemar), the mean of the log odds of both orders. Averaged over how many patients of an arm
    (or an order) have the marker, with the exact moments of each cell's log odds and of their
    estimated variance (`rejected`): in large samples the textbook's form.

    Parameters
    ----------
    n : int
        Patients in both arms together.
    question : Interaction
    trial : Trial

    Examples
    --------
    >>> question = Interaction((0.48, 0.48), share=0.25, odds_ratio=2.0)
    >>> round(interaction_power(1600, question), 2)
    0.84
    """
    counted, weights = _counted(question, trial), _weights(trial)
    moments, likely = [], []
    for column, size in enumerate(trial.sizes(n, 2).tolist()):
        counts, chances = carriers(size, question.share)
        parts = [
            [times(weights[m, column], log_ratio(cell, *counted[m, column])) for cell in cells]
            for m, cells in enumerate(((size - counts).tolist(), counts.tolist()))
        ]
        moments.append(np.sum(parts, axis=0))
        likely.append(chances)
    return float(likely[0] @ rejected(moments[0][:, None] + moments[1]) @ likely[1])


def draw_cells(
    n: int, share: float, trial: Trial, repetitions: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw how many patients have the marker, shape (repetitions, marker, arm or order)."""
    sizes = trial.sizes(n, 2)
    carrying = rng.binomial(sizes, share, size=(repetitions, 2))
    return np.stack([sizes - carrying, carrying], axis=1)


def simulate_interaction(
    n: int,
    question: Interaction,
    *,
    repetitions: int,
    seed: int,
    trial: Trial = _PARALLEL,
) -> tuple[float, float]:
    """Return the power of the same test and its standard error, by simulation.

    Carriers are drawn, arms (or orders) are fixed; half a patient is added to each count (Haldane
    1956). In a crossover both orders weigh the same, so that what time alone does cancels.

    Parameters
    ----------
    n, question, trial
        As of `interaction_power`.
    repetitions, seed : int
    """
    rng = np.random.default_rng(seed)
    cells = draw_cells(n, question.share, trial, repetitions, rng)
    above, below = np.moveaxis(_counted(question, trial), -1, 0)
    x = rng.binomial(cells, above)
    y = rng.binomial(cells - x, np.minimum(below / (1 - above), 1.0))
    weights = _weights(trial)
    effect = (weights * np.log((x + 0.5) / (y + 0.5))).sum(axis=(1, 2))
    error = np.sqrt((weights**2 * (1 / (x + 0.5) + 1 / (y + 0.5))).sum(axis=(1, 2)))
    return established(2 * norm.sf(np.abs(effect) / error)[:, None])[0]
