"""The three answers carried to another population: the same rules, every patient weighted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nxpredict.evaluation._answers import (
    heterogeneity_answer,
    strongest_contrast,
    verdict_facts,
    with_hidden,
)
from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval
from nxpredict.evaluation._overlap import Overlap, check_overlap, effective_size
from nxpredict.evaluation._picked import crossing
from nxpredict.evaluation._policy import best_single_arm, choose
from nxpredict.evaluation._scored import Scored
from nxpredict.evaluation._target import TargetWeights, weighted_effect, weighted_error
from nxpredict.evaluation._verdict import Verdict, judge, not_assessable

_LEAST_WEIGHT = 1e-9
"""No patient weighs nothing, or an arm might."""


def target_answers(
    out_of_fold: OutOfFold,
    comparison: Comparison,
    target: TargetWeights,
    *,
    level: float = 0.95,
    random_state: int = 0,
) -> dict[str, Any] | None:
    """Return average differences, heterogeneity and verdict as they would be in the target.

    Parameters
    ----------
    out_of_fold : OutOfFold
        Predictions to choose by.
    comparison : Comparison
    target : TargetWeights
        Taken as given: what learning them costs is in no interval.
    level : float
        Of the intervals, 0..1.
    random_state : int

    Returns
    -------
    dict or None
        `average` (ARM_vs_REF -> interval, and `hidden_confounding` of it where arms were not
        randomised), `heterogeneity`, `slope` (ARM_vs_REF -> interval) and `verdict`, as in
        evaluation.json; no numbers where the target's weights rest on `few` patients. None when no
        contrast may be claimed.

    Notes
    -----
    Every sum over patients carries the weights: the doubly robust means, the single arm that is
    best for all (in the other folds), the score test, the slope. Patients are counted by their
    effective number, (sum w)^2 / sum w^2, and a target that the weights do not reach is not
    assessable.

    Examples
    --------
    >>> import pandas as pd
    >>> from nxpredict.evaluation import weight_to_target
    >>> arm, y = np.tile(["a", "b"], 40), np.tile([0.0, 1, 1, 1], 20)
    >>> folds, p = np.tile([0, 0, 1, 1], 20)[None], np.full((1, 80, 2), 0.5)
    >>> out = OutOfFold(("a", "b"), folds, p, propensity=None, clusters=None)
    >>> told = Comparison(pd.DataFrame({"age": y}), y, arm, ("a", "b"), "a", "randomised")
    >>> target = weight_to_target(told.X, pd.Series({"age": 0.5}))
    >>> round(target_answers(out, told, target)["average"]["b_vs_a"]["estimate"], 3)
    0.667
    """
    scored = Scored.of(out_of_fold, comparison, level, random_state)
    if scored is None:
        return None
    # Of mean 1, so that equal weights are no weights.
    weights = np.maximum(target.weights * len(target.weights), _LEAST_WEIGHT)
    heterogeneity = heterogeneity_answer(scored, comparison.nuisance, weights)
    slopes = {scored.contrast(a): _slope(scored, a, weights) for a in scored.others}
    answers = {
        "average": _average(scored, comparison.allocation, weights),
        "heterogeneity": heterogeneity,
        "slope": slopes,
        "verdict": _verdict(
            scored,
            target,
            weights,
            heterogeneity,
            slopes,
            observational=comparison.allocation == "observational",
        ),
    }
    return _without_numbers(answers) if target.few else answers


def _without_numbers(value: Any) -> Any:
    """Return answers without what a few patients would be known by."""
    if isinstance(value, Mapping):
        return {key: _without_numbers(item) for key, item in value.items()}
    if isinstance(value, Interval):
        return Interval()
    if isinstance(value, bool):
        return False
    return None if isinstance(value, float) else value


def _average(scored: Scored, allocation: str, weights: FloatArray) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for a in scored.others:
        difference = scored.mean_scores[:, a] - scored.mean_scores[:, scored.reference]
        effect = weighted_effect(difference, weights, scored.level, clusters=scored.out.clusters)
        found[scored.contrast(a)] = effect.to_dict()
        if allocation == "observational":
            found[scored.contrast(a)]["hidden_confounding"] = scored.hidden_confounding(a, weights)
    return found


def _slope(scored: Scored, a: int, weights: FloatArray) -> Interval:
    """Return the weighted slope of true on predicted benefit, centred by fold."""
    score, benefit, fold = scored.contrast_of(0, a)
    totals = np.bincount(fold, weights=weights)
    middle = np.bincount(fold, weights=weights * benefit) / np.maximum(totals, 1e-12)
    t = benefit - middle[fold]
    size = float(weights @ t**2)
    if size / len(t) < 1e-12:
        return Interval()
    centred = score - np.average(score, weights=weights)
    slope = float(weights @ (t * centred)) / size
    error = weighted_error(weights * t * (centred - slope * t), scored.out.clusters) / size
    return Interval.normal(slope, crossing(scored.out.crossed) * error, scored.level)


def _verdict(
    scored: Scored,
    target: TargetWeights,
    weights: FloatArray,
    heterogeneity: Mapping[str, Any],
    slopes: Mapping[str, Interval],
    *,
    observational: bool,
) -> dict[str, Any]:
    chosen, single = _given(scored, weights)
    rows, scores = np.arange(len(weights)), scored.scores(0)
    gained = scores[rows, chosen] - scores[rows, single]
    gain = weighted_effect(gained, weights, scored.level, clusters=scored.out.clusters)
    switched = float(np.average(chosen != single, weights=weights))
    overlap = check_overlap(scored.X, scored.arm, scored.arms, scored.propensity, weights)
    verdict = _not_assessable(scored, target, overlap, weights)
    if verdict is None:
        strongest = strongest_contrast(heterogeneity)
        verdict = judge(
            p_heterogeneity=heterogeneity[strongest]["p"],
            gain=gain.estimate,
            error=gain.error(scored.level),
            slope=slopes[strongest].estimate,
            switched=switched,
            scale=scored.scale,
            contrast=strongest if len(scored.arms) > 2 else "",
        ).held_back(overlap.reason() if observational else None)
    facts = verdict_facts(verdict, scored.period) | {"gain": gain, "switched": switched}
    return with_hidden(facts, scored, chosen, single, weights) if observational else facts


def _given(scored: Scored, weights: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the arm that the rule, and that giving all the same one there, gives each patient."""
    everyone = list(range(len(scored.arms)))
    single = best_single_arm(
        scored.y, scored.arm, scored.propensity, scored.out.fold[0], everyone, weights
    )
    return choose(scored.out.prediction[0], single, everyone), single


def _not_assessable(
    scored: Scored, target: TargetWeights, overlap: Overlap, weights: FloatArray
) -> Verdict | None:
    patients, fewest = {}, {}
    for a, name in enumerate(scored.arms):
        own = scored.arm == a
        patients[name] = scored.out.count(own)
        if not scored.scale.continuous:
            fewest[name] = min(
                int(effective_size(weights[own & (scored.y == value)]) + 1e-6) for value in (0, 1)
            )
    found = not_assessable(
        patients=patients,
        worth=overlap.effective,
        fewest_of_a_response=fewest,
        overlap=overlap.adequate,
        weighted=True,
    )
    if target.reached:
        return found
    missed = "The weights do not reach the target: this cohort holds too few patients of its kind."
    return Verdict("not assessable", (missed, *(() if found is None else found.reasons)))
