"""An average difference as a distribution: normal, or a mixture where more than chance is open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from nxpredict.evaluation._numbers import FloatArray, Interval, normal_quantile, two_sided_p

HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """A weighted mixture of normal distributions of a difference.

    Parameters
    ----------
    means, errors : array of float64, shape (K,)
    weights : array of float64, shape (K,)
        Sum 1.

    Examples
    --------
    >>> Difference.normal(0.1, 0.05).interval(0.95).lower > 0
    True
    """

    means: FloatArray
    errors: FloatArray
    weights: FloatArray

    @classmethod
    def normal(cls, estimate: float, error: float) -> Difference:
        """Return a single normal distribution."""
        return cls(np.array([estimate]), np.array([error]), np.ones(1))

    @property
    def estimate(self) -> float:
        """The mean."""
        return float(self.weights @ self.means)

    @property
    def p(self) -> float:
        """Twice the smaller share on either side of zero: the p-value, if it is normal."""
        if len(self.means) == 1:
            return two_sided_p(self.estimate, float(self.errors[0]))
        below = self._below(0.0)
        return 2 * min(below, 1 - below)

    def quantile(self, probability: float) -> float:
        """Return a quantile, to one part in 2**60 of the range that can hold it."""
        ends = self.means + normal_quantile(probability) * self.errors
        low, high = float(ends.min()), float(ends.max())
        if len(ends) == 1 or not np.isfinite(low + high):
            return low
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._below(middle) < probability else (low, middle)
        return (low + high) / 2

    def interval(self, level: float) -> Interval:
        """Return the mean with the quantiles between which a share `level` lies."""
        tail = 0.5 - level / 2
        return Interval(self.estimate, self.quantile(tail), self.quantile(1 - tail))

    def _below(self, value: float) -> float:
        return float(self.weights @ ndtr((value - self.means) / self.errors))
