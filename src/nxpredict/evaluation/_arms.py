"""Per-arm results, averaged over the repeats of cross-validation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._factual import (
    SmoothCalibration,
    auc,
    brier,
    calibration_in_the_large,
    calibration_slope,
    response_rate,
    scaled_brier,
    smooth_calibration,
)
from nxpredict.evaluation._numbers import (
    FloatArray,
    IntArray,
    Interval,
    mean_and_error,
    mean_interval,
)


def arm_results(
    out: OutOfFold, y: FloatArray, arm: IntArray, *, level: float, random_state: int
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the measures of each arm, and the calibration curves as a table.

    Measures are computed within each repeat and averaged, never on averaged predictions:
    averaging would flatter the model that is deployed. The curve is the first repeat's.
    """
    results: dict[str, Any] = {}
    curves = []
    for a, name in enumerate(out.arms):
        rows = arm == a
        own, clusters = y[rows], None
        if out.clusters is not None:
            clusters = np.asarray(pd.factorize(out.clusters[rows])[0], dtype=np.int64)
        repeats = [p[rows, a] for p in out.prediction]
        results[name] = {"n": int(rows.sum()), "response_rate": response_rate(own, level=level)}
        smooth = [
            smooth_calibration(own, p, level=level, random_state=random_state, clusters=clusters)
            for p in repeats
        ]
        results[name] |= _measures(own, repeats, smooth, level, clusters)
        curve = smooth[0].curve.copy()
        curve.insert(0, "arm", name)
        curves.append(curve)
    return results, pd.concat(curves, ignore_index=True)


def _measures(
    y: FloatArray,
    repeats: list[FloatArray],
    smooth: list[SmoothCalibration],
    level: float,
    clusters: IntArray | None,
) -> dict[str, Any]:
    return {
        "auc": mean_interval([auc(y, p, level=level) for p in repeats]),
        "calibration_in_the_large": mean_interval(
            [calibration_in_the_large(y, p, level=level, clusters=clusters) for p in repeats]
        ),
        "observed_minus_expected": mean_interval(
            [Interval.normal(*mean_and_error(y - p, clusters), level) for p in repeats]
        ),
        "calibration_slope": mean_interval(
            [calibration_slope(y, p, level=level, clusters=clusters) for p in repeats]
        ),
        "ici": mean_interval([s.ici for s in smooth]),
        "e50": mean_interval([s.e50 for s in smooth]),
        "e90": mean_interval([s.e90 for s in smooth]),
        "brier": mean_interval([brier(y, p, level=level) for p in repeats]),
        "brier_scaled": mean_interval([scaled_brier(y, p, level=level) for p in repeats]),
    }
