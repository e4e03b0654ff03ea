"""Calibration of the predicted benefit on the scale that predictions are linear in."""

from __future__ import annotations

import numpy as np

from nxpredict.evaluation._factual import LARGEST_SLOPE_ERROR
from nxpredict.evaluation._links import LOGIT, Link
from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval
from nxpredict.evaluation._picked import crossing


def delta_calibration(
    y: FloatArray,
    treated: FloatArray,
    p_reference: FloatArray,
    p_arm: FloatArray,
    *,
    level: float = 0.95,
    crossed: bool = True,
    clusters: IntArray | None = None,
    link: Link = LOGIT,
) -> dict[str, Interval]:
    """Return intercept and slope of the true on the predicted difference in log odds.

    Of a continuous response (its `link`) in differences of the mean.

    Parameters
    ----------
    y : array of float64 in {0, 1}, shape (n,)
        Patients of the arm and of the reference.
    treated : array of float64 in {0, 1}, shape (n,)
        1 for the arm.
    p_reference, p_arm : array of float64, shape (n,)
        Out-of-fold P(response) under both.
    level : float
        Of the intervals, 0..1.
    crossed : bool
        Whether the models that predicted learned from the other patients here.
    clusters : array of int64, shape (n,), optional
        Codes 0, 1, ... of rows that count as one.
    link : Link
        The log-odds, or the mean itself.

    Returns
    -------
    dict
        `intercept` (0 is ideal) and `slope` (1 is ideal; below 1 the predicted differences are
        too large); NaN where predicted differences differ so little that the slope's error
        exceeds 2, or not at all.

    Notes
    -----
    logit P(y) = logit(p_reference) + treated (a + b d), d = logit(p_arm) - logit(p_reference)
    (Hoogland, Efthimiou, Nguyen & Debray 2024). It is fitted on who had which arm, so it leans on
    a randomised choice or on the predictors. Robust error, times sqrt(2) where `crossed` (see
    `_benefit`).

    Examples
    --------
    >>> y, treated = np.tile([1.0, 0, 1, 0, 1, 1, 1, 0], 20), np.tile([0.0, 0] + [1] * 6, 20)
    >>> p = np.tile([0.5] * 4 + [0.75] * 4, 20)
    >>> round(delta_calibration(y, treated, np.full(160, 0.5), p)["slope"].estimate, 4)
    1.0
    """
    reference = link.predictor(p_reference)
    difference = link.predictor(p_arm) - reference
    if difference.std() < 1e-6 * max(y.std(), 1e-300):
        return {"intercept": Interval(), "slope": Interval()}
    centre = difference.mean()
    design = treated[:, None] * np.column_stack([np.ones(len(y)), difference - centre])
    beta, cov = link.fit(design, y, offset=reference, clusters=clusters)
    if np.sqrt(cov[1, 1]) > LARGEST_SLOPE_ERROR:
        return {"intercept": Interval(), "slope": Interval()}
    shift, times = np.array([1.0, -centre]), crossing(crossed)
    return {
        "intercept": Interval.normal(
            float(shift @ beta), float(np.sqrt(shift @ cov @ shift)) * times, level
        ),
        "slope": Interval.normal(float(beta[1]), float(np.sqrt(cov[1, 1])) * times, level),
    }
