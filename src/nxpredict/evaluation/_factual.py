"""How good the prediction is under the arm a patient really had.

Everywhere `y` is float64 of shape (n,), 0 or 1 (any number, with the link of a continuous
response), `p` its out-of-fold prediction, `level` the coverage of an interval in (0, 1), and
`clusters` int64 of shape (n,), equal for rows that count as one. What cannot be told is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

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
_DRAWS = 400
_CURVE_POINTS = 41


def auc(
    y: FloatArray, p: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return the area under the ROC curve with DeLong's interval, cut at 0 and 1.

    Formula: P(p of a responder > p of a non-responder) + half of P(equal). Variance from the
    placement values of both groups (DeLong, DeLong & Clarke-Pearson 1988), those of one cluster
    added up (Obuchowski 1997). Needs two of each response.

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
    share[y == 1], share[y == 0] = (placed_case - area) / m, (placed_control - (1 - area)) / n
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
    """Return the mean squared difference of response and probability (Brier 1950); 0 is ideal."""
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
    """
    rate = y.mean()
    null = float(y.var())
    if null == 0:
        return Interval()
    loss = float(np.mean((y - p) ** 2))
    influence = -((y - p) ** 2) / null + loss / null**2 * (y - rate) ** 2
    _, error = mean_and_error(influence, clusters)
    return Interval.normal(1 - loss / null, error, level)


@dataclass(frozen=True, slots=True)
class SmoothCalibration:
    """A smooth calibration curve and the distances read off it.

    Attributes
    ----------
    curve : DataFrame
        `predicted`, `observed`, `lower`, `upper` on a grid from the 1st to the 99th percentile.
    ici, e50, e90 : Interval
        Mean, median and 90th percentile over patients of abs(predicted - smoothed observed): 0..1,
        or in the unit of a continuous response.
    """

    curve: pd.DataFrame
    ici: Interval
    e50: Interval
    e90: Interval


def smooth_calibration(
    y: FloatArray,
    p: FloatArray,
    *,
    level: float = 0.95,
    random_state: int = 0,
    clusters: IntArray | None = None,
    link: Link = LOGIT,
) -> SmoothCalibration:
    """Return the calibration curve: regression of y on a spline of the link of p.

    Notes
    -----
    Knots at the 5th, 35th, 65th and 95th percentile (Harrell); ICI, E50 and E90 by Austin &
    Steyerberg 2019. Band and intervals from 400 draws of the coefficients from their robust
    normal distribution. Being means of absolute values the distances are above 0 even when
    calibration is perfect.
    """
    lp = link.predictor(p)
    knots = np.unique(np.quantile(lp, [0.05, 0.35, 0.65, 0.95]))
    low, high = (float(q) for q in np.quantile(lp, [0.01, 0.99]))
    grid = np.linspace(low, high, _CURVE_POINTS)
    beta, cov = link.fit(_spline(lp, knots), y, clusters=clusters)
    rng = np.random.default_rng(random_state)
    values, vectors = np.linalg.eigh(cov)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    draws = beta + rng.standard_normal((_DRAWS, len(beta))) @ root.T
    tail = (1 - level) / 2
    on_grid = link.response(_spline(grid, knots) @ draws.T)
    lower, upper = np.quantile(on_grid, [tail, 1 - tail], axis=1)
    curve = pd.DataFrame(
        {
            "predicted": link.response(grid),
            "observed": link.response(_spline(grid, knots) @ beta),
            "lower": lower,
            "upper": upper,
        }
    )
    gap = np.abs(link.response(_spline(lp, knots) @ beta) - p)
    gaps = np.abs(link.response(_spline(lp, knots) @ draws.T) - p[:, None])

    def distance(of_one: float, of_draws: FloatArray) -> Interval:
        low, high = np.quantile(of_draws, [tail, 1 - tail])
        return Interval(of_one, min(float(low), of_one), max(float(high), of_one))

    return SmoothCalibration(
        curve,
        distance(float(gap.mean()), gaps.mean(axis=0)),
        distance(float(np.median(gap)), np.median(gaps, axis=0)),
        distance(float(np.quantile(gap, 0.9)), np.quantile(gaps, 0.9, axis=0)),
    )


def _spline(x: FloatArray, knots: FloatArray) -> FloatArray:
    """Return intercept, x and the restricted cubic terms (linear beyond the outer knots)."""
    columns = [np.ones(len(x)), x]
    if len(knots) >= 3:
        last, before = knots[-1], knots[-2]
        scale = (last - knots[0]) ** 2
        for knot in knots[:-2]:
            term = (
                np.clip(x - knot, 0, None) ** 3
                - np.clip(x - before, 0, None) ** 3 * (last - knot) / (last - before)
                + np.clip(x - last, 0, None) ** 3 * (before - knot) / (last - before)
            )
            columns.append(term / scale)
    if len(knots) < 2:
        return np.column_stack(columns[:1])
    return np.column_stack(columns)


def mean_response(
    y: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return the mean of a continuous response with its normal interval."""
    return Interval.normal(*mean_and_error(y, clusters), level)


def response_rate(
    y: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> Interval:
    """Return the share of responders with Wilson's interval.

    Clusters count for as many rows as would give the share the same standard error.

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
    if clusters is not None and 0 < rate < 1:
        size = rate * (1 - rate) / mean_and_error(y, clusters)[1] ** 2
    return share_interval(rate, size, level)
