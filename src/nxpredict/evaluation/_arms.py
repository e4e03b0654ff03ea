"""Per-arm results, averaged over the repeats of cross-validation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd

from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._decision import net_benefit
from nxpredict.evaluation._factual import (
    auc,
    brier,
    calibration_in_the_large,
    calibration_slope,
    mean_response,
    response_rate,
    root_mean_square_error,
    scaled_brier,
)
from nxpredict.evaluation._links import Link
from nxpredict.evaluation._numbers import (
    FloatArray,
    IntArray,
    Interval,
    mean_and_error,
    mean_interval,
)
from nxpredict.evaluation._refits import (
    arm_optimism,
    optimism_facts,
    standard_error_over_refits,
)
from nxpredict.evaluation._sample_size import riley_sample_size
from nxpredict.evaluation._smooth import SmoothCalibration, smooth_calibration

SMALLEST_AREA = 0.55
"""Below it a model hardly predicts, and the criteria ask for any number of patients."""


def arm_results(
    out: OutOfFold, comparison: Comparison, *, columns: int, level: float, random_state: int
) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """Return the measures of each arm, and the tables `calibration`, `net_benefit`, `optimism`.

    Responses and predictions are as in the table here, also where less is better. A continuous
    response has no net benefit of treating those likely enough to respond.

    Measures are computed within each repeat and averaged, never on averaged predictions:
    averaging would flatter the model that is deployed. The curves are the first repeat's.
    """
    y, arm, link = comparison.as_written, comparison.received, comparison.link
    out = out.as_written(comparison.scale)
    results: dict[str, Any] = {}
    curves, worth = [], []
    for a, name in enumerate(out.arms):
        rows = arm == a
        own, clusters = y[rows], out.clusters_of(rows)
        repeats = [p[rows, a] for p in out.prediction]
        smooth = [
            smooth_calibration(
                own, p, level=level, random_state=random_state, clusters=clusters, link=link
            )
            for p in repeats
        ]
        of_kind = _of_number if comparison.scale.continuous else _of_class
        results[name] = {"n": int(rows.sum())} | of_kind(own, repeats, level, clusters)
        results[name] |= _calibration(own, repeats, smooth, level, clusters, link)
        curves.append(smooth[0].curve.assign(arm=name))
        if not comparison.scale.continuous:
            results[name]["sample_size"] = _sample_size(results[name], columns)
            curve = net_benefit(own, repeats[0], level=level, clusters=clusters)
            worth.append(curve.assign(arm=name))
    tables = {"calibration": _arm_first(curves), "optimism": arm_optimism(out, y, arm, results)}
    if worth:
        tables["net_benefit"] = _arm_first(worth)
    for a, name in enumerate(out.arms):
        results[name]["optimism"] = optimism_facts(tables["optimism"], name)
        if out.refits is not None:
            error = standard_error_over_refits(out.refits[..., a])
            results[name]["standard_error_over_refits"] = float(error.mean())
    return results, tables


def _arm_first(tables: list[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(tables, ignore_index=True)
    return table[["arm", *(name for name in table if name != "arm")]]


def _sample_size(facts: dict[str, Any], columns: int) -> dict[str, int] | None:
    """Return Riley's criteria at the AUC found; None where they have no answer."""
    area, rate = facts["auc"].estimate, facts["response_rate"].estimate
    if not (columns and SMALLEST_AREA < area < 0.995 and 0 < rate < 1):
        return None
    needed = riley_sample_size(parameters=columns, prevalence=rate, auc=area)
    return {"parameters": columns, **asdict(needed)}


def _of_class(
    y: FloatArray, repeats: list[FloatArray], level: float, clusters: IntArray | None
) -> dict[str, Interval]:
    options: Any = {"level": level, "clusters": clusters}
    return {
        "response_rate": response_rate(y, **options),
        "auc": mean_interval([auc(y, p, **options) for p in repeats]),
        "brier": mean_interval([brier(y, p, **options) for p in repeats]),
        "brier_scaled": mean_interval([scaled_brier(y, p, **options) for p in repeats]),
    }


def _of_number(
    y: FloatArray, repeats: list[FloatArray], level: float, clusters: IntArray | None
) -> dict[str, Interval]:
    options: Any = {"level": level, "clusters": clusters}
    return {
        "mean_response": mean_response(y, **options),
        "rmse": mean_interval([root_mean_square_error(y, p, **options) for p in repeats]),
        "r_squared": mean_interval([scaled_brier(y, p, **options) for p in repeats]),
    }


def _calibration(
    y: FloatArray,
    repeats: list[FloatArray],
    smooth: list[SmoothCalibration],
    level: float,
    clusters: IntArray | None,
    link: Link,
) -> dict[str, Interval]:
    options: Any = {"level": level, "clusters": clusters, "link": link}
    return {
        "calibration_in_the_large": mean_interval(
            [calibration_in_the_large(y, p, **options) for p in repeats]
        ),
        "observed_minus_expected": mean_interval(
            [Interval.normal(*mean_and_error(y - p, clusters), level) for p in repeats]
        ),
        "calibration_slope": mean_interval([calibration_slope(y, p, **options) for p in repeats]),
        "ici": mean_interval([s.ici for s in smooth]),
        "e50": mean_interval([s.e50 for s in smooth]),
        "e90": mean_interval([s.e90 for s in smooth]),
    }
