"""The scale on which predictions are calibrated: log odds of a probability, or a mean itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nxpredict.evaluation._logistic import expit, fit_logistic, logit, sandwich
from nxpredict.evaluation._numbers import FloatArray, IntArray


class Link(Protocol):
    """How a predicted response becomes a linear predictor, and how such a thing is fitted."""

    def predictor(self, p: FloatArray) -> FloatArray:
        """Return the linear predictor of predicted responses."""

    def response(self, predictor: FloatArray) -> FloatArray:
        """Return the reverse."""

    def fit(
        self,
        design: FloatArray,
        y: FloatArray,
        *,
        offset: FloatArray | None = None,
        clusters: IntArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """Return coefficients and their robust covariance."""


@dataclass(frozen=True, slots=True)
class Logit:
    """Of a response that is there or not."""

    def predictor(self, p: FloatArray) -> FloatArray:
        """Return the log odds."""
        return logit(p)

    def response(self, predictor: FloatArray) -> FloatArray:
        """Return the probability."""
        return expit(predictor)

    def fit(
        self,
        design: FloatArray,
        y: FloatArray,
        *,
        offset: FloatArray | None = None,
        clusters: IntArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """Return `fit_logistic`."""
        return fit_logistic(design, y, offset=offset, clusters=clusters)


@dataclass(frozen=True, slots=True)
class Identity:
    """Of a continuous response.

    Examples
    --------
    >>> beta, covariance = Identity().fit(np.ones((2, 1)), np.array([1.0, 3.0]))
    >>> beta.round(6).tolist(), covariance.round(6).tolist()
    ([2.0], [[1.0]])
    """

    def predictor(self, p: FloatArray) -> FloatArray:
        """Return the mean itself."""
        return p

    def response(self, predictor: FloatArray) -> FloatArray:
        """Return the mean itself."""
        return predictor

    def fit(
        self,
        design: FloatArray,
        y: FloatArray,
        *,
        offset: FloatArray | None = None,
        clusters: IntArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """Return least-squares coefficients and their robust covariance (White 1980)."""
        left = y if offset is None else y - offset
        beta: FloatArray = np.linalg.lstsq(design, left, rcond=None)[0].astype(np.float64)
        inverse: FloatArray = np.linalg.pinv(design.T @ design).astype(np.float64)
        return beta, sandwich(inverse, design * (left - design @ beta)[:, None], clusters)


LOGIT, IDENTITY = Logit(), Identity()


def link_of(continuous: bool) -> Link:
    """Return the link of a kind of response."""
    return IDENTITY if continuous else LOGIT
