"""What either kind of response asks of a recalibration: how it is fitted, scored and tested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nxpredict.evaluation._links import IDENTITY, LOGIT, Link
from nxpredict.evaluation._logistic import expit, ridge_logistic
from nxpredict.evaluation._numbers import FloatArray

_RIDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """A response that is there or not: logistic regression, likelihood-ratio test."""

    link: Link = LOGIT

    def solve(self, design: FloatArray, y: FloatArray, offset: FloatArray) -> FloatArray:
        """Return the coefficients to add to an offset; a ridge keeps separated data finite."""
        return ridge_logistic(design, y, np.full(design.shape[1], _RIDGE * len(y)), offset=offset)

    def score(self, predictor: FloatArray, y: FloatArray) -> FloatArray:
        """Return each patient's log likelihood of log-odds."""
        return np.asarray(y * predictor - np.logaddexp(0.0, predictor))

    def residual(self, predictor: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the score's derivative by the log-odds, and minus its second."""
        p = expit(predictor)
        return y - p, p * (1 - p)

    def variance(self, score: float, left: int) -> float:  # noqa: ARG002
        """Return 1: the variance of a response follows from its probability."""
        return 1.0

    def p_value(self, ratio: float, extra: int, left: int) -> float:  # noqa: ARG002
        """Return P(as much gained) when the `extra` numbers of the larger fit do nothing.

        `ratio` is twice the difference of log likelihoods at the variance of the larger fit.
        """
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
        """Return the smallest coefficients, of least squares, to add to an offset.

        A column that varies by the rounding of predictions only counts as constant.
        """
        return np.asarray(np.linalg.lstsq(design, y - offset, rcond=_RIDGE)[0], dtype=np.float64)

    def score(self, predictor: FloatArray, y: FloatArray) -> FloatArray:
        """Return each patient's log likelihood at a variance of 1, up to a constant."""
        return np.asarray(-0.5 * (y - predictor) ** 2)

    def residual(self, predictor: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the score's derivative by the mean, and minus its second."""
        return y - predictor, np.ones(len(y))

    def variance(self, score: float, left: int) -> float:
        """Return the residual variance, of the sum of scores and the degrees of freedom left."""
        return max(-2 * score / max(left, 1), float(np.finfo(np.float64).tiny))

    def p_value(self, ratio: float, extra: int, left: int) -> float:
        """Return the tail of F; see `Bernoulli`."""
        from scipy.stats import f

        return float(f.sf(ratio / extra, extra, max(left, 1)))


Kind = Bernoulli | Gaussian
