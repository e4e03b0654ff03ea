"""Per-contrast results, averaged over the repeats of cross-validation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._benefit import (
    average_effect,
    best_linear_predictor,
    group_effects,
    ranking_value,
    targeting_curve,
)
from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval, mean_interval
from nxpredict.evaluation._policy import (
    PolicyGain,
    decision_curve,
    policy_gain,
    policy_table,
)
from nxpredict.evaluation._scored import Scored


def overall_gain(scored: Scored) -> PolicyGain:
    """Return the gain of giving each patient the arm with the highest prediction."""
    everyone = list(range(len(scored.arms)))
    gains = []
    for repeat, prediction in enumerate(scored.out.prediction):
        single = scored.single(repeat, everyone)
        chosen = choose(prediction, single, everyone)
        gains.append(
            policy_gain(scored.scores(repeat), chosen, single, clusters=scored.out.clusters)
        )
    return PolicyGain(
        float(np.mean([g.gain for g in gains])),
        float(np.mean([g.error for g in gains])),
        float(np.mean([g.switched for g in gains])),
    )


def choose(prediction: FloatArray, single: IntArray, among: list[int]) -> IntArray:
    """Return the arm with the highest predicted response; a tie goes to the single best arm.

    Examples
    --------
    >>> choose(np.array([[0.5, 0.5], [0.2, 0.3]]), np.array([1, 0]), [0, 1]).tolist()
    [1, 1]
    """
    rows = np.arange(len(prediction))
    best = np.asarray(among)[np.argmax(prediction[:, among], axis=1)]
    tie = prediction[rows, single] >= prediction[rows, best]
    return np.asarray(np.where(tie, single, best), dtype=np.int64)


def contrast_results(
    scored: Scored, arm: int, reference: int
) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """Return the facts of one contrast, and its tables `gates`, `toc`, `policy` and `decision`."""
    level, clusters = scored.level, scored.out.clusters
    among = sorted((arm, reference))
    names = (scored.arms[arm], scored.arms[reference])
    parts: dict[str, list[Interval]] = {}
    frames: dict[str, list[pd.DataFrame]] = {"gates": [], "toc": [], "decision": []}
    policies: dict[str, list[Interval]] = {}
    for repeat, prediction in enumerate(scored.out.prediction):
        fold, scores = scored.out.fold[repeat], scored.scores(repeat)
        score = scores[:, arm] - scores[:, reference]
        benefit = prediction[:, arm] - prediction[:, reference]
        found = {
            **best_linear_predictor(score, benefit, fold, level=level, clusters=clusters),
            **ranking_value(score, benefit, fold, level=level, clusters=clusters),
        }
        for name, interval in found.items():
            parts.setdefault(name, []).append(interval)
        single = scored.single(repeat, among)
        chosen = choose(prediction, single, among)
        pair = scores[:, [arm, reference]]
        position = {arm: 0, reference: 1}
        table = policy_table(
            pair,
            np.vectorize(position.__getitem__)(chosen),
            np.vectorize(position.__getitem__)(single),
            names,
            level=level,
            clusters=clusters,
        )
        for name, interval in table.items():
            policies.setdefault(name, []).append(interval)
        frames["gates"].append(group_effects(score, benefit, fold, level=level, clusters=clusters))
        frames["toc"].append(targeting_curve(score, benefit, fold, level=level))
        frames["decision"].append(decision_curve(score, benefit, level=level, clusters=clusters))
    mean = {name: mean_interval(found) for name, found in parts.items()}
    policy = {name: mean_interval(found) for name, found in policies.items()}
    tables = {name: _mean_table(found) for name, found in frames.items()}
    tables["policy"] = pd.DataFrame(
        [{"strategy": name, **interval.to_dict()} for name, interval in policy.items()]
    )
    facts = {
        "ate": average_effect(
            scored.mean_scores[:, arm] - scored.mean_scores[:, reference],
            level=level,
            clusters=clusters,
        ),
        "blp": {"in_the_large": mean["in_the_large"], "slope": mean["slope"]},
        "gates": tables["gates"].to_dict(orient="records"),
        "autoc": mean["autoc"],
        "qini": mean["qini"],
        "policy_value": policy,
    }
    return facts, tables


def _mean_table(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Average tables of the same shape cell by cell; counts stay whole numbers."""
    mean = sum((table.astype(float) for table in tables[1:]), tables[0].astype(float)) / len(tables)
    whole = [c for c in mean if pd.api.types.is_integer_dtype(tables[0][c].dtype)]
    return pd.DataFrame(mean.astype(dict.fromkeys(whole, "int64")))
