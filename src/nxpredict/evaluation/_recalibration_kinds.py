"""What either kind of response asks of a recalibration: how it is fitted, scored and tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nxpredict.evaluation._links import IDENTITY, LOGIT, Link
from nxpredict.evaluation._logistic import expit, ridge_logistic
from nxpredict.evaluation._numbers import FloatArray

_RIDGE = 1e-6


class Kind(Protocol):
    """A likelihood of responses given a linear predictor."""

    @property
    def link(self) -> Link:
        """From predicted responses to the linear predictor."""

    def solve(self, design: FloatArray, y: FloatArray, offset: FloatArray) -> FloatArray:
        """Return the maximum-likelihood coefficients that are added to an offset."""

    def score(self, predictor: FloatArray, y: FloatArray) -> FloatArray:
        """Return each patient's log likelihood, up to a constant, at a variance of 1."""

    def residual(self, predictor: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the score's first derivative by the predictor, and minus its second."""

    def variance(self, score: float, left: int) -> float:
        """Return the variance that a fit with `left` degrees of freedom leaves.

        `score` is the sum over patients.
        """

    def p_value(self, ratio: float, extra: int, left: int) -> float:
        """Return P(as much gained) when the `extra` numbers of the larger fit do nothing.

        `ratio` is twice the difference of log likelihoods at the variance of the larger fit.
        """


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """A response that is there or not: logistic regression, likelihood-ratio test."""

    link: Link = LOGIT

    def solve(self, design: FloatArray, y: FloatArray, offset: FloatArray) -> FloatArray:
        """Return the coefficients with a ridge that keeps separated data finite."""
        return ridge_logistic(design, y, np.full(design.shape[1], _RIDGE * len(y)), offset=offset)

    def score(self, predictor: FloatArray, y: FloatArray) -> FloatArray:
        """Return the log likelihood of log-odds."""
        return np.asarray(y * predictor - np.logaddexp(0.0, predictor))

    def residual(self, predictor: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what was seen less its probability, and the variance of that."""
        p = expit(predictor)
        return y - p, p * (1 - p)

    def variance(self, score: float, left: int) -> float:  # noqa: ARG002
        """Return 1: that of a probability follows from it."""
        return 1.0

    def p_value(self, ratio: float, extra: int, left: int) -> float:  # noqa: ARG002
        """Return the chi-square tail."""
        from scipy.stats import chi2

        return float(chi2.sf(ratio, extra))


@dataclass(frozen=True, slots=True)
class Gaussian:
    """A number: least squares, and the F test as the likelihood ratio at its exact size.

    Examples
    --------
    >>> rest = Gaussian()
    >>> rest.solve(np.ones((2, 1)), np.array([1.0, 3.0]), np.zeros(2)).round(6).tolist()
    [2.0]
    >>> rest.variance(-1.0, 1)
    2.0
    """

    link: Link = IDENTITY

    def solve(self, design: FloatArray, y: FloatArray, offset: FloatArray) -> FloatArray:
        """Return the smallest coefficients of the least squares.

        A column that varies by the rounding of predictions only counts as constant.
        """
        return np.asarray(np.linalg.lstsq(design, y - offset, rcond=_RIDGE)[0], dtype=np.float64)

    def score(self, predictor: FloatArray, y: FloatArray) -> FloatArray:
        """Return minus half of the squared error."""
        return np.asarray(-0.5 * (y - predictor) ** 2)

    def residual(self, predictor: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what is left of the number, and 1."""
        return y - predictor, np.ones(len(y))

    def variance(self, score: float, left: int) -> float:
        """Return the residual variance."""
        return max(-2 * score / max(left, 1), float(np.finfo(np.float64).tiny))

    def p_value(self, ratio: float, extra: int, left: int) -> float:
        """Return the tail of F."""
        from scipy.stats import f

        return float(f.sf(ratio / extra, extra, max(left, 1)))
