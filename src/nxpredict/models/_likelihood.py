"""What responses tell of the linear predictor: log-likelihoods, their expansions and links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEAST_NOISE = 1e-4
"""Of the response's own variance: no response is told exactly by predictors."""


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

    def of_patients(self, predictor: FloatArray, rows: IntArray) -> FloatArray:
        """Return the log-likelihood of all that was seen of each row's patient, in every draw.

        `rows` are the rows of whole patients, `predictor` has the shape (rows, S).
        """

    def mean(self, predictor: FloatArray) -> FloatArray:
        """Return the mean response."""

    def link(self, mean: FloatArray) -> FloatArray:
        """Return the linear predictor of a mean response."""

    def refined(self, predictor: FloatArray, parameters: float) -> Self:
        """Return the likelihood as the posterior mean of the predictor suggests.

        `parameters` is the effective number of coefficients that the mean was learned with.
        """


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

    def of_patients(self, predictor: FloatArray, rows: IntArray) -> FloatArray:
        """Return the log-likelihood of some patients in every draw, shape (n, S)."""
        found: FloatArray = self.y[rows, None] * predictor - np.logaddexp(0.0, predictor)
        return found

    def mean(self, predictor: FloatArray) -> FloatArray:
        """Return the probability of response."""
        found: FloatArray = expit(predictor)
        return found

    def link(self, mean: FloatArray) -> FloatArray:
        """Return the log-odds."""
        found: FloatArray = logit(mean)
        return found

    def refined(self, predictor: FloatArray, parameters: float) -> Self:
        """Return itself: there is nothing to learn beside the predictor."""
        return self


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Numbers that scatter normally around the predictor, which is their mean.

    Parameters
    ----------
    y : ndarray, shape (n,)
        With mean 0 and variance 1.
    variance : float
        Of the scatter.

    Examples
    --------
    >>> import numpy as np
    >>> Gaussian(np.array([1.0, 0.0]), variance=0.5).score(np.zeros(2))
    array([2., 0.])
    """

    y: FloatArray
    variance: float = 1.0

    @classmethod
    def given(cls, y: FloatArray, design: FloatArray) -> Gaussian:
        """Return the likelihood with the variance that a ridge regression leaves."""
        return cls(y, ridge_evidence(y, design)[1])

    def value(self, predictor: FloatArray) -> float:
        """Return the log-likelihood, up to a constant."""
        rest = self.y - predictor
        return float(-0.5 * (rest @ rest) / self.variance)

    def score(self, predictor: FloatArray) -> FloatArray:
        """Return its derivative by each patient's mean, shape (n,)."""
        found: FloatArray = (self.y - predictor) / self.variance
        return found

    def weights(self, predictor: FloatArray) -> FloatArray:
        """Return the precision of each response, shape (n,)."""
        return np.full(len(self.y), 1.0 / self.variance)

    def information(self, design: FloatArray, predictor: FloatArray) -> FloatArray:
        """Return the information matrix of the coefficients, shape (p, p)."""
        found: FloatArray = design.T @ design / self.variance
        return found

    def of_patients(self, predictor: FloatArray, rows: IntArray) -> FloatArray:
        """Return the log-likelihood of some patients in every draw, up to a constant."""
        found: FloatArray = -0.5 * (self.y[rows, None] - predictor) ** 2 / self.variance
        return found

    def mean(self, predictor: FloatArray) -> FloatArray:
        """Return the predictor itself."""
        return predictor

    def link(self, mean: FloatArray) -> FloatArray:
        """Return the mean itself."""
        return mean

    def refined(self, predictor: FloatArray, parameters: float) -> Gaussian:
        """Return the likelihood with the variance of what is left, by its degrees of freedom."""
        rest = self.y - predictor
        freedom = max(len(self.y) - parameters, 1.0)
        return Gaussian(self.y, max(float(rest @ rest) / freedom, LEAST_NOISE))


def ridge_evidence(y: FloatArray, design: FloatArray) -> tuple[float, float]:
    """Return minus twice the largest log marginal likelihood, less a constant, and its variance.

    That of ``y ~ N(0, v (I + k D D'))`` over the variance v and the ratio k, the ridge's penalty
    (empirical Bayes; MacKay 1992, Neural Comput 4:415).
    """
    values, vectors = np.linalg.eigh(design.T @ design)
    values = np.maximum(values, 0.0)
    along = (vectors.T @ (design.T @ y)) ** 2
    ratio = np.logspace(-6, 1, 29)[:, None]
    shrunk = 1.0 + ratio * values
    left = np.maximum(y @ y - (ratio * along / shrunk).sum(axis=1), LEAST_NOISE * len(y))
    misfit = len(y) * np.log(left) + np.log(shrunk).sum(axis=1)
    best = misfit.argmin()
    return float(misfit[best]), float(left[best] / len(y))
