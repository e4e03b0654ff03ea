"""Patients who get one arm after another: their orders and their responses, period by period."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from nxpredict.synthetic._parameters import LOGISTIC, Parameters

FloatArray = NDArray[np.float64]


class Repeated(Protocol):
    """A study in which patients get one arm after another, such as a `Scenario`."""

    @property
    def periods(self) -> int:
        """How often."""
        ...

    @property
    def carry_over(self) -> float:
        """Share of an arm's effect that is left in the period after it."""
        ...


def draw_orders(
    first: NDArray[np.str_], arms: tuple[str, ...], periods: int, rng: np.random.Generator
) -> NDArray[np.str_]:
    """Return the arm of each patient and period, shape (n, periods).

    Every patient has all arms, the given one first, before having any of them again.

    Parameters
    ----------
    first : array of str, shape (n,)
        The arm of each patient's first period.
    arms : tuple of str
    periods : int
    rng : numpy.random.Generator

    Examples
    --------
    >>> draw_orders(np.array(["a", "b"]), ("a", "b"), 2, np.random.default_rng(0)).tolist()
    [['a', 'b'], ['b', 'a']]
    """
    found = []
    for start in first:
        others = [arm for arm in arms if arm != start]
        order = [str(start), *rng.permutation(others)]
        while len(order) < periods:
            order += list(rng.permutation(arms))
        found.append(order[:periods])
    return np.array(found, dtype=np.str_)


def time_shifts(scenario: Repeated, parameters: Parameters) -> FloatArray:
    """Return what time alone adds in each period, log-odds around their mean.

    Parameters
    ----------
    scenario : Repeated
        Knows the number of periods.
    parameters : Parameters
        Know by how much the log-odds change from the first to the last.

    Returns
    -------
    array of float64, shape (periods,)
    """
    change = float(parameters.crossover["time"])
    return change * np.linspace(-0.5, 0.5, scenario.periods)


def over_periods(p: pd.DataFrame, shifts: FloatArray) -> pd.DataFrame:
    """Return P(response) under each arm averaged over periods, rounded to 6 decimals.

    Parameters
    ----------
    p : DataFrame, shape (n, arms)
        In a period to which time adds nothing, in (0, 1).
    shifts : array of float64, shape (periods,)
        Log-odds, as of `time_shifts`.

    Examples
    --------
    >>> p = pd.DataFrame({"a": [0.5]})
    >>> over_periods(p, np.array([-1.0, 1.0])).to_numpy().tolist()
    [[0.5]]
    """
    log_odds = special.logit(p.to_numpy())[:, :, None] + shifts
    return pd.DataFrame(
        special.expit(log_odds).mean(axis=2).round(6), index=p.index, columns=p.columns
    )


def draw_periods(
    p: pd.DataFrame,
    order: NDArray[np.str_],
    scenario: Repeated,
    parameters: Parameters,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw each patient's response in each period, shape (n, periods).

    Parameters
    ----------
    p : DataFrame, shape (n, arms)
        P(response) under each arm, in (0, 1).
    order : array of str, shape (n, periods)
        As of `draw_orders`.
    scenario : Repeated
    parameters : Parameters
    rng : numpy.random.Generator

    Notes
    -----
    A patient responds where a standard normal variable is below the quantile of P(response); the
    variables of one patient are correlated (a Gaussian copula), so that probabilities averaged
    over patients are exactly those of the scenario. Of the arm before, `scenario.carry_over` of
    how much better it is than the average arm, in log-odds, is added to the next period.
    """
    log_odds = special.logit(p.to_numpy())
    own = _over_time(log_odds, p.columns, order, scenario, time_shifts(scenario, parameters))
    latent = _alike(order.shape, parameters, rng)
    found: NDArray[np.int64] = (latent < special.ndtri(special.expit(own))).astype(np.int64)
    return found


def draw_number_periods(
    means: pd.DataFrame,
    order: NDArray[np.str_],
    scenario: Repeated,
    parameters: Parameters,
    rng: np.random.Generator,
    *,
    sd: float,
) -> FloatArray:
    """Draw each patient's number in each period, shape (n, periods), as `draw_periods` does.

    The normal variables are the scatter itself, with the standard deviation `sd`, and what time
    adds in log-odds counts as it does in such a scatter.

    Parameters
    ----------
    means : DataFrame, shape (n, arms)
        Of the number under each arm.
    order, scenario, parameters, rng
        As of `draw_periods`.
    sd : float
        In the unit of the number.
    """
    shifts = sd * LOGISTIC * time_shifts(scenario, parameters)
    own = _over_time(means.to_numpy(dtype=np.float64), means.columns, order, scenario, shifts)
    return own + sd * _alike(order.shape, parameters, rng)


def _over_time(
    expected: FloatArray,
    arms: pd.Index,
    order: NDArray[np.str_],
    scenario: Repeated,
    shifts: FloatArray,
) -> FloatArray:
    """Return what is expected of each patient in each period, with what is carried over."""
    patients = np.arange(len(expected))[:, None]
    columns = arms.get_indexer(pd.Index(order.ravel())).reshape(order.shape)
    own: FloatArray = expected[patients, columns] + shifts
    before = (expected - expected.mean(axis=1, keepdims=True))[patients, columns[:, :-1]]
    own[:, 1:] += scenario.carry_over * before
    return own


def _alike(shape: tuple[int, ...], parameters: Parameters, rng: np.random.Generator) -> FloatArray:
    """Draw standard normal variables that are correlated within a patient."""
    shared = float(parameters.crossover["correlation"])
    latent = np.sqrt(shared) * rng.standard_normal((shape[0], 1))
    found: FloatArray = latent + np.sqrt(1 - shared) * rng.standard_normal(shape)
    return found
