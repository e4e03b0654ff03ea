"""Power where the response is a number: t tests of means and of patients' own differences."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from nxpredict.evaluation import SIGNIFICANCE
from nxpredict.planning._average import established
from nxpredict.planning._counts import carriers
from nxpredict.planning._interaction import draw_cells
from nxpredict.planning._questions import MeanInteraction
from nxpredict.planning._several import factor_loadings, holm_power
from nxpredict.planning._trial import Trial

FloatArray = NDArray[np.float64]
_PARALLEL = Trial()


def _t_power(distance: ArrayLike, freedom: int) -> FloatArray:
    """Return the power of a two-sided t test, by the noncentral t distribution."""
    least, far = float(stats.t.ppf(1 - SIGNIFICANCE / 2, freedom)), np.abs(distance)
    near = stats.nct.sf(least, freedom, far)
    # The other tail is NaN where it is too small to be computed.
    found: FloatArray = near + np.nan_to_num(stats.nct.cdf(-least, freedom, far))
    return found


def _unit_variance(n: int, arms: int, trial: Trial) -> FloatArray:
    """Return the covariance of the differences from the reference where the sd is 1."""
    others = arms - 1
    if trial.crossover:
        per_order = np.sum(1 / trial.sizes(n, arms)) / arms**2
        return np.asarray((1 - trial.correlation) * (np.eye(others) + 1) * per_order)
    sizes = trial.sizes(n, arms)
    return np.asarray(np.diag(1 / sizes[1:]) + 1 / sizes[0])


def mean_power(n: int, means: Sequence[float], sd: float, trial: Trial = _PARALLEL) -> list[float]:
    """Return the power of the t test of each mean against the first, one spread in all arms.

    By the noncentral t distribution: between patients with the degrees of freedom of the two arms
    compared; in a crossover, of patients' own differences by order of the arms, with n less the
    number of orders. With more than two arms Holm's thresholds, the estimated spread as good as
    the same in all comparisons (`holm_power`).

    Parameters
    ----------
    n : int
        Patients in all arms together.
    means : sequence of float
        The reference first.
    sd : float above 0
        Of the response within an arm, in the unit of the means.
    trial : Trial

    Returns
    -------
    list of float
        One a comparison.

    Examples
    --------
    >>> round(mean_power(128, (0.0, 0.5), 1.0)[0], 3)
    0.801
    """
    variance = _unit_variance(n, len(means), trial)
    distances = (np.array(means[1:]) - means[0]) / (sd * np.sqrt(np.diag(variance)))
    sizes = trial.sizes(n, len(means))
    freedom = (
        np.full(len(distances), n - len(means)) if trial.crossover else sizes[1:] + sizes[0] - 2
    )
    if len(means) == 2:
        return [float(_t_power(distances[0], int(freedom[0])))]
    return holm_power(distances, factor_loadings(variance), freedom)


def simulate_means(
    n: int,
    means: Sequence[float],
    sd: float,
    *,
    repetitions: int,
    seed: int,
    trial: Trial = _PARALLEL,
) -> list[tuple[float, float]]:
    """Return the power of each arm against the first, and its standard error, by simulation.

    Parameters
    ----------
    n : int
        Patients in all arms together.
    means : sequence of float
        The reference first.
    sd : float above 0
    repetitions, seed : int
    trial : Trial

    Returns
    -------
    list of (power, standard error)
        One a contrast; with several, p-values are adjusted by Holm, as in the evaluation.
    """
    rng = np.random.default_rng(seed)
    arms = len(means)
    sizes = trial.sizes(n, arms)
    if trial.crossover:
        t, freedom = _own_differences(sizes, means, sd, trial.correlation, repetitions, rng)
    else:
        found = rng.normal(means, sd / np.sqrt(sizes), size=(repetitions, arms))
        squares = sd**2 * rng.chisquare(sizes - 1, size=found.shape)
        freedom = sizes[1:] + sizes[0] - 2
        variance = (squares[:, 1:] + squares[:, :1]) / freedom
        t = (found[:, 1:] - found[:, :1]) / np.sqrt(variance * (1 / sizes[1:] + 1 / sizes[0]))
    return established(2 * stats.t.sf(np.abs(t), freedom))


def _own_differences(
    sizes: NDArray[np.int64],
    means: Sequence[float],
    sd: float,
    correlation: float,
    repetitions: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, int]:
    """Return t of every contrast in crossovers, and its degrees of freedom.

    What a patient is like cancels in own differences; what is left are independent deviations of
    each response, of which the means by order and the pooled sums of squares are drawn.
    """
    left, arms, n = sd * math.sqrt(1 - correlation), len(means), int(sizes.sum())
    shape = (repetitions, len(sizes), arms)
    by_order = rng.normal(means, left / np.sqrt(sizes)[:, None], size=shape)
    scatter = _wishart(n - arms, arms, repetitions, rng) * left**2
    estimate = (by_order[..., 1:] - by_order[..., :1]).mean(axis=1)
    spread = np.diagonal(scatter, axis1=1, axis2=2)
    squares = spread[:, 1:] + spread[:, :1] - 2 * scatter[:, 0, 1:]
    error = np.sqrt(squares / (n - arms) * np.sum(1 / sizes)) / arms
    return estimate / error, n - arms


def _wishart(freedom: int, size: int, repetitions: int, rng: np.random.Generator) -> FloatArray:
    """Return sums of squares and products of independent unit normals (Bartlett 1933)."""
    root = np.tril(rng.standard_normal((repetitions, size, size)), -1)
    which = np.arange(size)
    root[:, which, which] = np.sqrt(rng.chisquare(freedom - which, size=(repetitions, size)))
    return root @ root.transpose(0, 2, 1)


def mean_interaction_power(n: int, question: MeanInteraction, trial: Trial = _PARALLEL) -> float:
    """Return the power of the t test of the change in the difference.

    By the noncentral t distribution with n - 4 degrees of freedom, averaged over how many
    patients of an arm (in a crossover, of an order) have the marker.

    Parameters
    ----------
    n : int
        Patients in both arms together.
    question : MeanInteraction
    trial : Trial

    Examples
    --------
    >>> question = MeanInteraction(sd=20.0, share=0.5, difference=8.0)
    >>> round(mean_interaction_power(788, question), 2)
    0.8
    """
    units, likely = [], []
    for size in trial.sizes(n, 2).tolist():
        counts, chances = carriers(size, question.share)
        # Without a patient in one of the cells nothing is shown: an error without bounds.
        units.append(_inverse(size - counts) + _inverse(counts))
        likely.append(chances)
    error = _spread(question, trial) * np.sqrt(units[0][:, None] + units[1])
    power = _t_power(question.difference / error, n - 4)
    return float(likely[0] @ np.where(np.isfinite(error), power, 0.0) @ likely[1])


def _inverse(counts: NDArray[np.int64]) -> FloatArray:
    return np.where(counts > 0, 1 / np.maximum(counts, 1), np.inf)


def _spread(question: MeanInteraction, trial: Trial) -> float:
    """Return the sd that, over the root of each cell's patients, makes the error of the change.

    A patient's own difference scatters by sd sqrt(2 (1 - correlation)), and the mean of the two
    orders counts each cell by half.
    """
    own = math.sqrt((1 - trial.correlation) / 2)
    return question.sd * own if trial.crossover else question.sd


def simulate_mean_interaction(
    n: int,
    question: MeanInteraction,
    *,
    repetitions: int,
    seed: int,
    trial: Trial = _PARALLEL,
) -> tuple[float, float]:
    """Return the power of the same test and its standard error, by simulation.

    Carriers are drawn, arms (or orders) are fixed; a study without a patient in one of the four
    cells (marker and arm, or in a crossover marker and order of the arms) shows nothing.

    Parameters
    ----------
    n, question, trial
        As of `mean_interaction_power`.
    repetitions, seed : int
    """
    rng = np.random.default_rng(seed)
    cells = draw_cells(n, question.share, trial, repetitions, rng)
    whole = (cells > 0).all(axis=(1, 2))
    unit = np.sqrt(np.sum(1 / np.maximum(cells, 1), axis=(1, 2)))
    spread, freedom = _spread(question, trial), n - 4
    effect = rng.normal(question.difference, spread * unit)
    found = spread * np.sqrt(rng.chisquare(freedom, size=repetitions) / freedom)
    p = 2 * stats.t.sf(np.abs(effect) / (found * unit), freedom)
    return established(np.where(whole, p, 1.0)[:, None])[0]
