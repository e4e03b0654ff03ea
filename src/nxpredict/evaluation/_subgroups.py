"""The same numbers within subgroups and sites, small cells suppressed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._factual import (
    auc,
    calibration_in_the_large,
    mean_response,
    response_rate,
    scaled_brier,
)
from nxpredict.evaluation._links import IDENTITY, LOGIT, Link
from nxpredict.evaluation._numbers import (
    BoolArray,
    FloatArray,
    IntArray,
    Interval,
    mean_and_error,
    mean_interval,
)
from nxpredict.evaluation._scored import Scored
from nxpredict.study import too_small

NOT_KNOWN = "not known"


class _Kind(NamedTuple):
    """What is said of an arm's response in a group."""

    average_name: str
    average: Callable[..., Interval]
    fit_name: str
    fit: Callable[..., Interval]
    link: Link


_KINDS = {
    "binary": _Kind("response_rate", response_rate, "auc", auc, LOGIT),
    "continuous": _Kind("mean_response", mean_response, "r_squared", scaled_brier, IDENTITY),
}


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
        calibration_in_the_large}}, `contrasts` {ARM_vs_REF: benefit}; of a continuous response
        `mean_response` and `r_squared` in place of `response_rate` and `auc`. A group with fewer
        than 10 patients in any arm is suppressed, no count and no estimate, and so is whatever
        would give it away (`too_small`).
    """
    y, arm, arms = comparison.as_written, comparison.received, comparison.arms
    out, kind = out.as_written(comparison.scale), _KINDS[comparison.scale.kind]
    found = []
    for name, labels in groupings.items():
        text = pd.Series(list(labels), dtype=object)
        text = text.where(text.notna(), NOT_KNOWN).astype(str)
        members = {str(group): (text == group).to_numpy() for group in sorted(text.unique())}
        hidden = too_small(
            {
                group: [out.count(own & (arm == a)) for a in range(len(arms))]
                for group, own in members.items()
            }
        )
        for group, own in members.items():
            entry: dict[str, Any] = {"subgroup": str(name), "group": group}
            suppressed = group in hidden
            entry |= {"n": None if suppressed else int(own.sum()), "suppressed": suppressed}
            entry["arms"] = {
                label: _arm_result(own & (arm == a), a, out, y, kind, suppressed, level)
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
    rows: BoolArray,
    a: int,
    out: OutOfFold,
    y: FloatArray,
    kind: _Kind,
    suppressed: bool,
    level: float,
) -> dict[str, Any]:
    if suppressed:
        names = (kind.average_name, kind.fit_name, "calibration_in_the_large")
        return {"n": None, "mean_predicted": math.nan} | dict.fromkeys(names, Interval())
    own = [(y[rows], p[rows, a]) for p in out.prediction]
    options: Any = {"level": level, "clusters": out.clusters_of(rows)}
    return {
        "n": int(rows.sum()),
        kind.average_name: kind.average(y[rows], **options),
        "mean_predicted": float(out.prediction[:, rows, a].mean()),
        kind.fit_name: mean_interval([kind.fit(*pair, **options) for pair in own]),
        "calibration_in_the_large": mean_interval(
            [calibration_in_the_large(*pair, link=kind.link, **options) for pair in own]
            if y[rows].min() < y[rows].max()
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
            for measure, found in values.items():
                if not isinstance(found, Interval):
                    continue
                rows.append(
                    {**head, "about": arm, "measure": measure, "n": values["n"], **found.to_dict()}
                )
        for contrast, benefit in entry["contrasts"].items():
            rows.append(
                {**head, "about": contrast, "measure": "ate", "n": entry["n"], **benefit.to_dict()}
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
