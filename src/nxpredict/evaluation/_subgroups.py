"""The same numbers within subgroups and sites, small cells suppressed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._factual import auc, calibration_in_the_large, response_rate
from nxpredict.evaluation._numbers import (
    BoolArray,
    FloatArray,
    IntArray,
    Interval,
    mean_and_error,
    mean_interval,
)
from nxpredict.evaluation._scored import Scored

SMALLEST_CELL = 10
NOT_KNOWN = "not known"


def subgroup_results(
    groupings: Mapping[str, Sequence[Any]],
    *,
    out: OutOfFold,
    comparison: Comparison,
    scored: Scored | None,
    level: float = 0.95,
) -> list[dict[str, Any]]:
    """Return performance and average benefit within each group of each grouping.

    Parameters
    ----------
    groupings : mapping of str to sequence, length n
        Name of a grouping (``"sex"``) -> each patient's label; missing labels form the group "not
        known".
    out : OutOfFold
    comparison : Comparison
    scored : Scored, optional
        Absent = no benefits are reported.

    Returns
    -------
    list of dict
        `subgroup`, `group`, `n`, `suppressed`, `arms` {arm: {n, response_rate, mean_predicted, auc,
        calibration_in_the_large}}, `contrasts` {ARM_vs_REF: benefit}. A group with fewer than 10
        patients in any arm is suppressed: no count and no estimate.
    """
    y, arm, arms = comparison.outcome, comparison.received, comparison.arms
    found = []
    for name, labels in groupings.items():
        text = pd.Series(list(labels), dtype=object)
        text = text.where(text.notna(), NOT_KNOWN).astype(str)
        for group in sorted(text.unique()):
            own = (text == group).to_numpy()
            entry: dict[str, Any] = {"subgroup": str(name), "group": str(group)}
            counts = [out.count(own & (arm == a)) for a in range(len(arms))]
            suppressed = min(counts) < SMALLEST_CELL
            entry |= {"n": None if suppressed else int(own.sum()), "suppressed": suppressed}
            entry["arms"] = {
                label: _arm_result(own & (arm == a), a, out, y, suppressed, level)
                for a, label in enumerate(arms)
            }
            entry["contrasts"] = {}
            if scored is not None:
                scores = scored.mean_scores[own]
                entry["contrasts"] = _benefits(
                    scores, arms, comparison.reference, suppressed, level, out.clusters_of(own)
                )
            found.append(entry)
    return found


def _arm_result(
    rows: BoolArray, a: int, out: OutOfFold, y: FloatArray, suppressed: bool, level: float
) -> dict[str, Any]:
    if suppressed:
        empty = Interval()
        return {
            "n": None,
            "response_rate": empty,
            "mean_predicted": math.nan,
            "auc": empty,
            "calibration_in_the_large": empty,
        }
    own = [(y[rows], p[rows, a]) for p in out.prediction]
    options: Any = {"level": level, "clusters": out.clusters_of(rows)}
    return {
        "n": int(rows.sum()),
        "response_rate": response_rate(y[rows], **options),
        "mean_predicted": float(out.prediction[:, rows, a].mean()),
        "auc": mean_interval([auc(*pair, **options) for pair in own]),
        "calibration_in_the_large": mean_interval(
            [calibration_in_the_large(*pair, **options) for pair in own]
            if 0 < y[rows].mean() < 1
            else [Interval()]
        ),
    }


def _benefits(
    scores: FloatArray,
    arms: Sequence[str],
    reference: str,
    suppressed: bool,
    level: float,
    clusters: IntArray | None,
) -> dict[str, Interval]:
    base = list(arms).index(reference)
    return {
        f"{name}_vs_{reference}": Interval()
        if suppressed
        else Interval.normal(*mean_and_error(scores[:, a] - scores[:, base], clusters), level)
        for a, name in enumerate(arms)
        if a != base
    }


def subgroup_table(results: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return `subgroup_results` as one row a group and measure: `estimate`, `lower`, `upper`."""
    rows = []
    for entry in results:
        head = {key: entry[key] for key in ("subgroup", "group", "suppressed")}
        for arm, values in entry["arms"].items():
            for measure in ("response_rate", "auc", "calibration_in_the_large"):
                found: Interval = values[measure]
                rows.append(
                    {**head, "about": arm, "measure": measure, "n": values["n"], **found.to_dict()}
                )
        for contrast, found in entry["contrasts"].items():
            rows.append(
                {**head, "about": contrast, "measure": "ate", "n": entry["n"], **found.to_dict()}
            )
    columns = [
        "subgroup",
        "group",
        "suppressed",
        "about",
        "measure",
        "n",
        "estimate",
        "lower",
        "upper",
    ]
    return pd.DataFrame(rows, columns=columns)
