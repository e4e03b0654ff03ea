"""The calibration curve under the arm a patient really had; arguments as in `_factual`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nxpredict.evaluation._links import LOGIT, Link
from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval

_DRAWS = 400
_CURVE_POINTS = 41


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

    Parameters
    ----------
    y, p, level, clusters, link
        As of `calibration_slope`.
    random_state : int
        Of the draws that band and intervals come from.

    Notes
    -----
    Knots at the 5th, 35th, 65th and 95th percentile (Harrell); ICI, E50 and E90 by Austin &
    Steyerberg 2019. Band and intervals from 400 draws of the coefficients from their robust
    normal distribution. Being means of absolute values the distances are above 0 even when
    calibration is perfect.

    Examples
    --------
    >>> y, p = np.tile([0.0, 0, 0, 1, 1, 1, 0, 1], 25), np.tile([0.25] * 4 + [0.75] * 4, 25)
    >>> abs(round(smooth_calibration(y, p).ici.estimate, 6))
    0.0
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
