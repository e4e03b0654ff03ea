"""How a trial gives its arms to patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from nxpredict.planning._several import quadrature

Design = Literal["parallel", "crossover"]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """One arm a patient, or all arms one after another.

    Parameters
    ----------
    design : {"parallel", "crossover"}
        In a crossover every patient has every arm once, in as many orders as there are arms,
        equally often; the wash-out is long enough.
    weights : tuple of float above 0
        Patients in each arm of a parallel trial, in proportion; equal where empty.
    correlation : float in [0, 1)
        Of two responses of one patient in a crossover; where they are there or not, of the
        normal variables behind them.
    """

    design: Design = "parallel"
    weights: tuple[float, ...] = ()
    correlation: float = 0.0

    @property
    def crossover(self) -> bool:
        """Whether patients are compared with themselves."""
        return self.design == "crossover"

    def shares(self, arms: int) -> FloatArray:
        """Return the share of patients in each arm of a parallel trial."""
        weights = np.array(self.weights or [1.0] * arms)
        found: FloatArray = weights / weights.sum()
        return found

    def sizes(self, n: int, arms: int) -> NDArray[np.int64]:
        """Return how many of n patients each arm, or each order of arms, gets.

        Examples
        --------
        >>> Trial().sizes(11, 3).tolist(), Trial(weights=(2, 1)).sizes(11, 2).tolist()
        ([4, 4, 3], [7, 4])
        """
        exact = n * (Trial().shares(arms) if self.crossover else self.shares(arms))
        whole = np.floor(exact).astype(np.int64)
        most = np.argsort(whole - exact, kind="stable")[: n - int(whole.sum())]
        whole[most] += 1
        return whole


def outcomes(arms: int) -> FloatArray:
    """Return every way in which a patient may respond to several arms, shape (2^A, A)."""
    return np.array(list(np.ndindex(*[2] * arms)), dtype=np.float64)


def outcome_shares(rates: Sequence[float], correlation: float) -> FloatArray:
    """Return the probability of each of `outcomes`, shape (2^A,).

    A patient responds where a normal variable is below the quantile of the rate; the variables of
    one patient have the correlation given (a Gaussian copula, as in drawn crossovers).

    Examples
    --------
    >>> outcome_shares((0.5, 0.5), 0.5).round(4).tolist()
    [0.3333, 0.1667, 0.1667, 0.3333]
    """
    points, weights = quadrature()
    shared = np.sqrt(correlation) * points[:, None]
    own = ndtr((ndtri(np.array(rates)) - shared) / np.sqrt(1 - correlation))
    responds = outcomes(len(rates))[:, None, :] == 1
    found = np.where(responds, own, 1 - own).prod(axis=2) @ weights
    return np.asarray(found / found.sum(), dtype=np.float64)
