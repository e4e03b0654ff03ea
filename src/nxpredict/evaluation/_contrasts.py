"""Per-contrast results, averaged over the repeats of cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
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
from nxpredict.evaluation._decision import choice_curve, decision_curve
from nxpredict.evaluation._delta import delta_calibration
from nxpredict.evaluation._groups import group_characteristics
from nxpredict.evaluation._links import link_of
from nxpredict.evaluation._numbers import Interval, mean_interval
from nxpredict.evaluation._policy import (
    PolicyGain,
    choose,
    policy_gain,
    policy_values,
)
from nxpredict.evaluation._refits import benefit_optimism, instability, optimism_facts
from nxpredict.evaluation._scored import Scored

Measures = dict[str, Interval]


def overall_gain(scored: Scored, among: Sequence[int]) -> PolicyGain:
    """Return the gain of giving each patient the arm of `among` with the highest prediction."""
    gains = [
        policy_gain(
            scored.scores(repeat),
            *scored.given(repeat, among),
            crossed=scored.out.crossed,
            clusters=scored.out.clusters,
        )
        for repeat in range(scored.out.repeats)
    ]
    return PolicyGain(
        float(np.mean([g.gain for g in gains])),
        float(np.mean([g.error for g in gains])),
        float(np.mean([g.crossed_error for g in gains])),
        float(np.mean([g.switched for g in gains])),
    )


def contrast_results(scored: Scored, arm: int) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """Return the facts of one contrast, and its tables.

    Tables: `gates`, `clan`, `toc`, `policy`, `decision`, `optimism` and, with refits,
    `instability`.
    """
    repeats = range(scored.out.repeats)
    measures = _mean_measures([_measures(scored, repeat, arm) for repeat in repeats])
    policy = _mean_measures([_policy(scored, repeat, arm) for repeat in repeats])
    tables = _mean_tables([_tables(scored, repeat, arm) for repeat in repeats])
    tables["policy"] = pd.DataFrame(
        [{"strategy": name, **interval.to_dict()} for name, interval in policy.items()]
    )
    _, benefit, fold = scored.contrast_of(0, arm)
    tables["clan"] = group_characteristics(
        scored.X, benefit, fold, level=scored.level, clusters=scored.out.clusters
    )
    tables["optimism"] = benefit_optimism(scored, arm, measures)
    average = scored.mean_scores[:, arm] - scored.mean_scores[:, scored.reference]
    facts = {
        "ate": average_effect(average, level=scored.level, clusters=scored.out.clusters),
        "blp": {"in_the_large": measures["in_the_large"], "slope": measures["slope"]},
        "gates": tables["gates"].to_dict(orient="records"),
        "autoc": measures["autoc"],
        "qini": measures["qini"],
        "policy_value": policy,
        "delta_calibration": _delta(scored, arm),
        "optimism": optimism_facts(tables["optimism"], scored.contrast(arm)),
        "published_rules": {},
    }
    if (refits := scored.out.refits) is not None:
        facts["instability"], tables["instability"] = instability(
            refits[..., arm] - refits[..., scored.reference]
        )
    return facts, tables


def choice_results(scored: Scored) -> pd.DataFrame:
    """Return the table `choice`: choosing among all arms, over thresholds."""
    repeats = [
        {
            "choice": choice_curve(
                scored.scores(repeat),
                scored.out.prediction[repeat],
                arms=scored.arms,
                reference=scored.reference,
                thresholds=scored.thresholds,
                **_options(scored),
            )
        }
        for repeat in range(scored.out.repeats)
    ]
    return _mean_tables(repeats)["choice"]


def benefit_slope(scored: Scored, arm: int) -> float:
    """Return the slope of true on predicted benefit out of fold, the mean over repeats."""
    slopes = [_sizes(scored, repeat, arm)["slope"] for repeat in range(scored.out.repeats)]
    return mean_interval(slopes).estimate


def _delta(scored: Scored, arm: int) -> Measures:
    own = np.isin(scored.arm, (arm, scored.reference))
    return _mean_measures(
        [
            delta_calibration(
                scored.y[own],
                (scored.arm[own] == arm).astype(np.float64),
                p[own, scored.reference],
                p[own, arm],
                level=scored.level,
                crossed=scored.out.crossed,
                clusters=scored.out.clusters_of(own),
                link=link_of(scored.scale.continuous),
            )
            for p in scored.out.prediction
        ]
    )


def _measures(scored: Scored, repeat: int, arm: int) -> Measures:
    ranked = ranking_value(*scored.contrast_of(repeat, arm), **_options(scored))
    return {**_sizes(scored, repeat, arm), **ranked}


def _sizes(scored: Scored, repeat: int, arm: int) -> Measures:
    return best_linear_predictor(*scored.contrast_of(repeat, arm), **_options(scored))


def _policy(scored: Scored, repeat: int, arm: int) -> Measures:
    among = sorted((arm, scored.reference))
    single = scored.single(repeat, among)
    return policy_values(
        scored.scores(repeat),
        choose(scored.out.prediction[repeat], single, among),
        single,
        {a: scored.arms[a] for a in (arm, scored.reference)},
        scale=scored.scale,
        **_options(scored),
    )


def _options(scored: Scored) -> dict[str, Any]:
    """Return how errors are told."""
    out = scored.out
    return {"level": scored.level, "crossed": out.crossed, "clusters": out.clusters}


def _tables(scored: Scored, repeat: int, arm: int) -> dict[str, pd.DataFrame]:
    score, benefit, fold = scored.contrast_of(repeat, arm)
    options = _options(scored)
    return {
        "gates": group_effects(score, benefit, fold, **options),
        "toc": targeting_curve(score, benefit, fold, **options),
        "decision": decision_curve(score, benefit, thresholds=scored.thresholds, **options),
    }


def _mean_measures(repeats: list[Measures]) -> Measures:
    return {name: mean_interval([found[name] for found in repeats]) for name in repeats[0]}


def _mean_tables(repeats: list[dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Average tables of the same shape cell by cell; counts are those of the first repeat."""
    means = {}
    for name, first in repeats[0].items():
        mean = pd.DataFrame(
            np.mean([found[name].to_numpy(dtype=np.float64) for found in repeats], axis=0),
            columns=first.columns,
        )
        whole = [c for c in first if pd.api.types.is_integer_dtype(first[c].dtype)]
        means[name] = mean.assign(**first[whole])
    return means
