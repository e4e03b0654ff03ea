"""How good the prediction is under the arm a patient really had.

Arguments are those of `auc`, predictions those out of fold. What cannot be told is NaN.
"""

from __future__ import annotations

import numpy as np

from nxpredict.evaluation._links import LOGIT, Link
from nxpredict.evaluation._numbers import (
    FloatArray,
    IntArray,
    Interval,
    mean_and_error,
    share_interval,
)

LARGEST_SLOPE_ERROR = 2.0
"""An interval of minus to plus four says nothing about a slope."""


def auc(
    y: FloatArray, p: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return the area under the ROC curve with DeLong's interval, cut at 0 and 1.

    Formula: P(p of a responder > p of a non-responder) + half of P(equal). Variance from the
    placement values of both groups (DeLong, DeLong & Clarke-Pearson 1988), those of one cluster
    added up (Obuchowski 1997). Needs two of each response.

    Parameters
    ----------
    y : array of float64 in {0, 1}, shape (n,)
    p : array of float64, shape (n,)
        What was predicted for the same patients, 0..1.
    level : float
        Of the interval, 0..1.
    clusters : array of int64, shape (n,), optional
        Codes 0, 1, ... of rows that count as one.

    Examples
    --------
    >>> auc(np.array([0.0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).estimate
    0.75
    """
    estimate, error = auc_and_error(y, p, clusters)
    return Interval.normal(estimate, error, level, low=0.0, high=1.0)


def auc_and_error(
    y: FloatArray, p: FloatArray, clusters: IntArray | None = None
) -> tuple[float, float]:
    """Return the area under the ROC curve and DeLong's standard error, NaN when not known."""
    from scipy.stats import rankdata

    case, control = p[y == 1], p[y == 0]
    m, n = len(case), len(control)
    if m < 2 or n < 2:
        return float("nan"), float("nan")
    joint = rankdata(np.concatenate([case, control]))
    placed_case = (joint[:m] - rankdata(case)) / n
    placed_control = 1 - (joint[m:] - rankdata(control)) / m
    area = float(placed_case.mean())
    if clusters is None:
        error = np.sqrt(placed_case.var(ddof=1) / m + placed_control.var(ddof=1) / n)
        return area, float(error)
    share = np.empty(len(y))
    share[y == 1], share[y == 0] = (placed_case - area) / m, (placed_control - area) / n
    _, error = mean_and_error(share * len(y), clusters)
    return area, error


def calibration_in_the_large(
    y: FloatArray,
    p: FloatArray,
    *,
    level: float = 0.95,
    clusters: IntArray | None = None,
    link: Link = LOGIT,
) -> Interval:
    """Return the intercept a of logit P(y) = a + logit(p); 0 is ideal.

    Above 0, predictions are too low. On the log-odds scale, robust error (Cox 1958; Van
    Calster et al. 2016). With the link of a continuous response, in its unit.

    Parameters
    ----------
    y, p, level, clusters, link
        As of `calibration_slope`.

    Examples
    --------
    >>> y = np.array([0.0, 1, 0, 1])
    >>> round(calibration_in_the_large(y, np.full(4, 0.4)).estimate, 4)
    0.4055
    """
    beta, cov = link.fit(np.ones((len(y), 1)), y, offset=link.predictor(p), clusters=clusters)
    return Interval.normal(float(beta[0]), float(np.sqrt(cov[0, 0])), level)


def calibration_slope(
    y: FloatArray,
    p: FloatArray,
    *,
    level: float = 0.95,
    clusters: IntArray | None = None,
    link: Link = LOGIT,
) -> Interval:
    """Return the slope b of logit P(y) = a + b logit(p); 1 is ideal.

    Below 1, predictions are too extreme. Robust error; NaN when predictions differ so little
    that the error exceeds 2, or not at all (Cox 1958; Van Calster et al. 2016). With the link of
    a continuous response, of y = a + b p.

    Parameters
    ----------
    y, p, level, clusters
        As of `auc`; any numbers with the link of a continuous response.
    link : Link
        The log-odds, or the mean itself.

    Examples
    --------
    >>> y, p = np.tile([0.0, 0, 0, 1, 1, 1, 0, 1], 25), np.tile([0.25] * 4 + [0.75] * 4, 25)
    >>> round(calibration_slope(y, p).estimate, 4)
    1.0
    """
    lp = link.predictor(p)
    if lp.std() < 1e-6 * max(y.std(), 1e-300):
        return Interval()
    spread = float(lp.std())
    design = np.column_stack([np.ones(len(y)), (lp - lp.mean()) / spread])
    beta, cov = link.fit(design, y, clusters=clusters)
    error = float(np.sqrt(cov[1, 1]) / spread)
    if error > LARGEST_SLOPE_ERROR:
        return Interval()
    return Interval.normal(float(beta[1] / spread), error, level)


def brier(
    y: FloatArray, p: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return the mean squared difference of response and probability (Brier 1950); 0 is ideal.

    Parameters
    ----------
    y, p, level, clusters
        As of `auc`.

    Examples
    --------
    >>> brier(np.array([0.0, 1.0]), np.array([0.5, 0.5])).estimate
    0.25
    """
    estimate, error = mean_and_error((y - p) ** 2, clusters)
    return Interval.normal(estimate, error, level, low=0.0)


def root_mean_square_error(
    y: FloatArray, mean: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return the root of the mean squared difference of response and predicted mean.

    In the unit of the response; interval by the delta method.

    Examples
    --------
    >>> root_mean_square_error(np.array([3.0, -3.0]), np.zeros(2)).estimate
    3.0
    """
    square, error = mean_and_error((y - mean) ** 2, clusters)
    root = float(np.sqrt(square))
    return Interval.normal(root, error / (2 * root) if root > 0 else 0.0, level, low=0.0)


def scaled_brier(
    y: FloatArray, p: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return 1 - Brier / (Brier of the response rate); 0 is no better than the rate.

    Steyerberg et al. 2010. Error by the delta method, from per-patient contributions. Of a
    continuous response this is R2, against the mean of the patients judged.

    Parameters
    ----------
    y, p, level, clusters
        As of `auc`.

    Examples
    --------
    >>> y = np.array([0.0, 1, 0, 1])
    >>> round(scaled_brier(y, np.array([0.2, 0.4, 0.6, 0.8])).estimate, 4)
    0.2
    """
    rate = y.mean()
    null = float(y.var())
    if null == 0:
        return Interval()
    loss = float(np.mean((y - p) ** 2))
    influence = -((y - p) ** 2) / null + loss / null**2 * (y - rate) ** 2
    _, error = mean_and_error(influence, clusters)
    return Interval.normal(1 - loss / null, error, level)


def mean_response(
    y: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return the mean of a continuous response with its normal interval."""
    return Interval.normal(*mean_and_error(y, clusters), level)


def response_rate(
    y: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return the share of responders with Wilson's interval.

    Parameters
    ----------
    y, level, clusters
        As of `auc`; clusters count for as many rows as would give the share the same error.

    Examples
    --------
    >>> response_rate(np.array([0.0, 1.0])).estimate
    0.5
    """
    n = len(y)
    if n == 0:
        return Interval()
    rate = float(y.mean())
    size = float(n)
    error = 0.0 if clusters is None else mean_and_error(y, clusters)[1]
    if 0 < rate < 1 and error > 0:
        size = rate * (1 - rate) / error**2
    return share_interval(rate, size, level)
