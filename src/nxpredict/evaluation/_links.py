"""The scale on which predictions are calibrated: log odds of a probability, or a mean itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nxpredict.evaluation._logistic import expit, fit_logistic, logit, sandwich
from nxpredict.evaluation._numbers import FloatArray, IntArray


class Fit(Protocol):
    """A regression."""

    def __call__(
        self,
        design: FloatArray,
        y: FloatArray,
        *,
        offset: FloatArray | None = None,
        clusters: IntArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """Return coefficients and their robust covariance."""


@dataclass(frozen=True, slots=True)
class Link:
    """How a response becomes a linear predictor, the reverse, and how one is fitted."""

    predictor: Callable[[FloatArray], FloatArray]
    response: Callable[[FloatArray], FloatArray]
    fit: Fit


def fit_least_squares(
    design: FloatArray,
    y: FloatArray,
    *,
    offset: FloatArray | None = None,
    clusters: IntArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return least-squares coefficients and their robust covariance (White 1980).

    Examples
    --------
    >>> beta, covariance = fit_least_squares(np.ones((2, 1)), np.array([1.0, 3.0]))
    >>> beta.round(6).tolist(), covariance.round(6).tolist()
    ([2.0], [[1.0]])
    """
    left = y if offset is None else y - offset
    beta: FloatArray = np.linalg.lstsq(design, left, rcond=None)[0].astype(np.float64)
    inverse: FloatArray = np.linalg.pinv(design.T @ design).astype(np.float64)
    return beta, sandwich(inverse, design * (left - design @ beta)[:, None], clusters)


def _itself(mean: FloatArray) -> FloatArray:
    return mean


LOGIT = Link(logit, expit, fit_logistic)
IDENTITY = Link(_itself, _itself, fit_least_squares)


def link_of(continuous: bool) -> Link:
    """Return the link of a kind of response."""
    return IDENTITY if continuous else LOGIT
