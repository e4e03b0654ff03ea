"""What a model says about patients: probabilities, benefits, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

FloatArray = NDArray[np.float64]
Draws = NDArray[np.float64] | NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ResponseSummary:
    """Numbers for n patients and A arms; benefits are against the reference.

    Parameters
    ----------
    arms : tuple of str
        The A arms, in the order of the second axis.
    reference : str
        The arm that benefits are measured against.
    p, p_lower, p_upper : ndarray, shape (n, A)
        Probability of response, or mean response, under each arm with its interval.
    benefit, benefit_lower, benefit_upper, prob_better : ndarray, shape (n, A - 1)
        Difference of them against the reference, in the order of `others`, its
        interval, and P(difference > minimum).
    difference_sd : ndarray, shape (n, A, A)
        Standard deviation of the difference between each pair of arms.

    Examples
    --------
    >>> draws = np.array([[[0.2, 0.4], [0.6, 0.8]]])
    >>> limits = (0.0, 1.0)
    >>> found = summarise(*moments(draws), ("a", "b"), "a", level=0.9, minimum=0.0, limits=limits)
    >>> found.others, found.p.round(2).tolist(), found.benefit.round(2).tolist()
    (('b',), [[0.3, 0.7]], [[0.4]])
    """

    arms: tuple[str, ...]
    reference: str
    p: FloatArray
    p_lower: FloatArray
    p_upper: FloatArray
    benefit: FloatArray
    benefit_lower: FloatArray
    benefit_upper: FloatArray
    prob_better: FloatArray
    difference_sd: FloatArray

    def prob_exceeds(self, arm: str, other: str, minimum: float) -> FloatArray:
        """Return P(response under `arm` - response under `other` > minimum), shape (n,)."""
        a, b = self.arms.index(arm), self.arms.index(other)
        return _exceeds(self.p[:, a] - self.p[:, b], self.difference_sd[:, a, b], minimum)

    @property
    def others(self) -> tuple[str, ...]:
        """The arms other than the reference, in order."""
        return tuple(arm for arm in self.arms if arm != self.reference)


def mean_of(draws: Draws) -> FloatArray:
    """Return the mean over draws, (n, A), of shape (n, A, S): the one that everybody is told."""
    size = draws.shape[2]
    mean: FloatArray = (draws @ np.ones(size, dtype=draws.dtype) / size).astype(np.float64)
    return mean


def moments(draws: Draws) -> tuple[FloatArray, FloatArray]:
    """Return mean (n, A) and covariance (n, A, A) over draws, shape (n, A, S)."""
    n, arms, size = draws.shape
    mean = mean_of(draws)
    centred = np.subtract(draws, mean[:, :, None], dtype=draws.dtype)
    covariance = np.empty((n, arms, arms))
    for a in range(arms):
        for b in range(a + 1):
            covariance[:, a, b] = np.vecdot(centred[:, a], centred[:, b])
            covariance[:, b, a] = covariance[:, a, b]
    return mean, covariance / (size - 1)


def summarise(
    p: FloatArray,
    covariance: FloatArray,
    arms: tuple[str, ...],
    reference: str,
    level: float,
    minimum: float,
    limits: tuple[float, float],
) -> ResponseSummary:
    """Summarise the `moments` of draws of a response that lies within `limits`.

    Intervals and P(better) come from the mean and the standard deviation of the draws
    through a normal distribution: with some hundred draws that is steadier than their own
    quantiles, and swapping two arms flips everything exactly.
    """
    index = {arm: k for k, arm in enumerate(arms)}
    others = [index[arm] for arm in arms if arm != reference]
    z = float(ndtri(0.5 + level / 2))
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    p_sd = np.sqrt(variance)
    together = variance[:, :, None] + variance[:, None, :]
    difference_sd = np.sqrt(np.maximum(together - 2 * covariance, 0.0))
    against = index[reference]
    low, high = limits
    most = high - low
    benefit = p[:, others] - p[:, [against]]
    sd = difference_sd[:, others, against]
    return ResponseSummary(
        arms=arms,
        reference=reference,
        p=p,
        p_lower=np.clip(p - z * p_sd, low, high),
        p_upper=np.clip(p + z * p_sd, low, high),
        benefit=benefit,
        benefit_lower=np.clip(benefit - z * sd, -most, most),
        benefit_upper=np.clip(benefit + z * sd, -most, most),
        prob_better=_exceeds(benefit, sd, minimum),
        difference_sd=difference_sd,
    )


def _exceeds(difference: FloatArray, sd: FloatArray, minimum: float) -> FloatArray:
    # Identical draws leave no doubt; the floor keeps the division defined.
    found: FloatArray = ndtr((difference - minimum) / np.maximum(sd, 1e-12))
    return found
