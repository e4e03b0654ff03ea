"""What responses tell of the linear predictor: log-likelihoods and their expansions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

FloatArray = NDArray[np.float64]


class Likelihood(Protocol):
    """The log-likelihood of the responses as a function of the linear predictor, shape (n,)."""

    def value(self, predictor: FloatArray) -> float:
        """Return the log-likelihood."""

    def score(self, predictor: FloatArray) -> FloatArray:
        """Return its derivative by each patient's predictor, shape (n,)."""

    def weights(self, predictor: FloatArray) -> FloatArray:
        """Return minus its second derivative by each patient's predictor, shape (n,)."""

    def information(self, design: FloatArray, predictor: FloatArray) -> FloatArray:
        """Return minus its second derivative by the coefficients of a design, shape (p, p)."""


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """Responses that are 1 or 0; the predictor is the log-odds.

    Examples
    --------
    >>> import numpy as np
    >>> Bernoulli(np.array([1.0, 0.0])).score(np.zeros(2))
    array([ 0.5, -0.5])
    """

    y: FloatArray

    def value(self, predictor: FloatArray) -> float:
        """Return the log-likelihood."""
        return float(self.y @ predictor - np.logaddexp(0.0, predictor).sum())

    def score(self, predictor: FloatArray) -> FloatArray:
        """Return its derivative by each patient's log-odds, shape (n,)."""
        found: FloatArray = self.y - expit(predictor)
        return found

    def weights(self, predictor: FloatArray) -> FloatArray:
        """Return the variance of each response, shape (n,)."""
        p = expit(predictor)
        found: FloatArray = p * (1 - p)
        return found

    def information(self, design: FloatArray, predictor: FloatArray) -> FloatArray:
        """Return the information matrix of the coefficients, shape (p, p)."""
        weighted = design * np.sqrt(self.weights(predictor))[:, None]
        return weighted.T @ weighted
