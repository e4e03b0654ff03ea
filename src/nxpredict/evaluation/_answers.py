"""The three answers of one cohort: what is put into the rules, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nxpredict.evaluation._contrasts import benefit_slope, overall_gain
from nxpredict.evaluation._heterogeneity import heterogeneity_test
from nxpredict.evaluation._hidden import gain_sentence, hidden_gain
from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval
from nxpredict.evaluation._overlap import Overlap
from nxpredict.evaluation._scored import Scored
from nxpredict.evaluation._verdict import (
    SIGNIFICANCE,
    Verdict,
    arm_better_on_average,
    holm,
    judge,
    not_assessable,
)

AS_OBSERVED = (
    "Every period counts as it was observed: the gain of choosing does not allow for what an arm "
    "may leave to the next one."
)
HETEROGENEITY_TEST = "score test beyond baseline risk"


def average_answer(scored: Scored, minimum: float) -> dict[str, Any]:
    """Return whether an arm is better on average, a contrast at a time (`Evaluation.average`)."""
    best = arm_better_on_average(scored.average_difference, len(scored.arms), minimum)
    found = [scored.average_difference(a, scored.reference) for a in scored.others]
    adjusted = holm([difference.p for difference in found])
    return {
        scored.contrast(a): {
            **difference.interval(scored.level).to_dict(),
            "established": p < SIGNIFICANCE,
            "better": scored.arms[best] if best in (a, scored.reference) else None,
        }
        for a, difference, p in zip(scored.others, found, adjusted, strict=True)
    }


def heterogeneity_answer(
    scored: Scored, nuisance: Sequence[str], weights: FloatArray | None = None
) -> dict[str, Any]:
    """Return whether the benefit differs between patients (`Evaluation.heterogeneity`)."""
    p_values = [contrast_p(scored, a, nuisance, weights) for a in scored.others]
    return {
        scored.contrast(a): {
            "test": HETEROGENEITY_TEST,
            "p": p,
            "p_unadjusted": alone,
            "established": p < SIGNIFICANCE,
        }
        for a, alone, p in zip(scored.others, p_values, holm(p_values), strict=True)
    }


def strongest_contrast(heterogeneity: Mapping[str, Any]) -> str:
    """Return the contrast with the smallest p-value of its own: adjusted ones are often equal."""
    return min(heterogeneity, key=lambda name: (heterogeneity[name]["p_unadjusted"], name))


def contrast_p(
    scored: Scored, a: int, nuisance: Sequence[str], weights: FloatArray | None = None
) -> float:
    """Return the p-value of one contrast, 1 where there is none."""
    rows = np.isin(scored.arm, (a, scored.reference))
    pair = scored.propensity[rows][:, [scored.reference, a]]
    test = heterogeneity_test(
        scored.X[rows],
        scored.y[rows],
        (scored.arm[rows] == a).astype(np.float64),
        pair[:, 1] / pair.sum(axis=1),
        nuisance=nuisance,
        clusters=scored.out.clusters_of(rows),
        continuous=scored.scale.continuous,
        weights=None if weights is None else weights[rows],
        random_state=scored.random_state,
    )
    return 1.0 if np.isnan(test.p) else test.p


def verdict_answer(
    scored: Scored,
    overlap: Overlap,
    nuisance: Sequence[str],
    heterogeneity: Mapping[str, Any],
    contrasts: Mapping[str, Any],
    *,
    observational: bool,
) -> dict[str, Any]:
    """Return whether choosing by the model beats one arm for all (`Evaluation.verdict`)."""
    strongest = strongest_contrast(heterogeneity)
    found = _choosing(
        scored,
        overlap,
        range(len(scored.arms)),
        p=heterogeneity[strongest]["p"],
        slope=contrasts[strongest]["blp"]["slope"].estimate,
        observational=observational,
        contrast=strongest if len(scored.arms) > 2 else "",
    )
    if len(scored.arms) > 2:
        found["by_contrast"] = _by_contrast(scored, overlap, nuisance, observational)
    return found


def _by_contrast(
    scored: Scored, overlap: Overlap, nuisance: Sequence[str], observational: bool
) -> dict[str, Any]:
    """Return the verdict on choosing between every two arms, Holm over all pairs."""
    last = range(len(scored.arms))
    pairs = [(a, scored.reference) for a in scored.others]
    pairs += [(a, b) for b in scored.others for a in last[b + 1 :] if a != scored.reference]
    views = [(replace(scored, reference=b), a) for a, b in pairs]
    p_values = holm([contrast_p(view, a, nuisance) for view, a in views])
    return {
        view.contrast(a): {
            "p": p,
            "average": view.average_difference(a, view.reference).interval(view.level),
        }
        | _choosing(
            view,
            overlap,
            (a, view.reference),
            p=p,
            slope=benefit_slope(view, a),
            observational=observational,
        )
        for (view, a), p in zip(views, p_values, strict=True)
    }


def _choosing(
    scored: Scored,
    overlap: Overlap,
    among: Sequence[int],
    *,
    p: float,
    slope: float,
    observational: bool,
    contrast: str = "",
) -> dict[str, Any]:
    """Return the verdict on choosing among some of the arms, from `p` and `slope` of `judge`."""
    gain = overall_gain(scored, among)
    count = scored.out.count
    patients = {scored.arms[a]: count(scored.arm == a) for a in among}
    fewest = {} if scored.scale.continuous else _fewest_of_a_response(scored, among)
    verdict = not_assessable(
        patients=patients,
        worth=overlap.effective,
        fewest_of_a_response=fewest,
        overlap=overlap.adequate,
    )
    if verdict is None:
        verdict = judge(
            p_heterogeneity=p,
            gain=gain.gain,
            error=gain.error,
            slope=slope,
            switched=gain.switched,
            scale=scored.scale,
            contrast=contrast,
        ).held_back(overlap.reason() if observational else None)
    facts = verdict_facts(verdict, scored.period) | {
        "gain": Interval.normal(gain.gain, gain.crossed_error, scored.level),
        "switched": gain.switched,
    }
    return with_hidden(facts, scored, *scored.given(0, among)) if observational else facts


def with_hidden(
    facts: Mapping[str, Any],
    scored: Scored,
    chosen: IntArray,
    single: IntArray,
    weights: FloatArray | None = None,
) -> dict[str, Any]:
    """Return a verdict with what hidden reasons could make of its gain; in words if it is shown."""
    gain = float(facts["gain"].estimate)
    found = hidden_gain(
        gain,
        scored.y,
        scored.arm,
        scored.propensity,
        chosen=chosen,
        single=single,
        weights=weights,
    )
    shown = gain > 0 and facts["level"] in ("suggestive", "supported")
    said = [gain_sentence(found)] if found is not None and shown else []
    return {**facts, "reasons": [*facts["reasons"], *said], "hidden_confounding": found}


def _fewest_of_a_response(scored: Scored, among: Sequence[int]) -> dict[str, int]:
    count = scored.out.count
    return {
        scored.arms[a]: min(count((scored.arm == a) & (scored.y == value)) for value in (0, 1))
        for a in among
    }


def verdict_facts(verdict: Verdict, period: IntArray | None = None) -> dict[str, Any]:
    """Return a verdict as plain values; of periods with what its gain does not allow for."""
    periods = [] if period is None else [AS_OBSERVED]
    return {"level": verdict.level, "reasons": [*verdict.reasons, *periods]}
