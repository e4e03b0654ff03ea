"""Stopping for adverse events beside the response: modelled, judged, and weighed against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._arms import arm_results
from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._numbers import FloatArray, Interval
from nxpredict.evaluation._scored import Scored
from nxpredict.evaluation._scores import doubly_robust_scores
from nxpredict.features import TableEncoder
from nxpredict.study import ResponseScale, share_of

WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Percentage points of response that one point of stopping for adverse events is worth."""

SMALLEST_SHARE = 1e-3

_MEASURES = (
    "n", "auc", "calibration_in_the_large", "observed_minus_expected", "calibration_slope", "ici",
    "brier",
)  # fmt: skip


def tolerability(
    response: OutOfFold,
    stopping: OutOfFold,
    comparison: Comparison,
    stopped: FloatArray,
    *,
    level: float = 0.95,
    random_state: int = 0,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Judge the model of stopping, and say how often its weight would change the choice.

    Parameters
    ----------
    response, stopping : OutOfFold
        From `cross_validate` with the response, and with stopping for adverse events in its
        place, on the same rows.
    comparison : Comparison
        Of the response, on these rows.
    stopped : array of float64 in {0, 1}, shape (n,)
    level : float
        Of the intervals, 0..1.
    random_state : int

    Returns
    -------
    facts : dict
        `n`; `per_arm`: the rate of stopping (if `share_shown`) and how well it is predicted.
        Unless no contrast may be claimed also `average`: differences in stopping; of a response
        that is there or not further `of_the_response`: the difference in response, in the part
        that goes with stopping and the rest; `net_benefit`: one entry a weight.
    curves : DataFrame
        Calibration of stopping by arm.

    Notes
    -----
    At weight w the value of an arm is response minus w times stopping (both doubly robust); a
    patient's choice is the arm with the highest predicted value. A patient who stopped and
    counts as a failure is in the response already. How much of its difference this is, follows
    from the shares of responders s among patients who stopped and o among all others, of both
    arms together: the difference in stopping times (s - o) goes with stopping (a decomposition
    as of Kitagawa 1955, no claim on cause). The weight is what stopping costs beyond that.

    Examples
    --------
    >>> arm, y = np.tile(["a", "b"], 40), np.tile([0.0, 1, 1, 1], 20)
    >>> folds, p = np.tile([0, 0, 1, 1], 20)[None], np.full((1, 80, 2), 0.5)
    >>> out = OutOfFold(("a", "b"), folds, p, propensity=None, clusters=None)
    >>> told = Comparison(pd.DataFrame({"age": y}), y, arm, ("a", "b"), "a", "randomised")
    >>> facts, _ = tolerability(out, out, told, stopped=1 - y)
    >>> facts["n"], round(facts["average"]["b_vs_a"].estimate, 6)
    (80, -0.5)
    """
    told = replace(comparison, y=stopped, scale=ResponseScale())
    columns = len(TableEncoder().fit(comparison.X).outputs_)
    out = stopping.ordered(comparison.arms)
    per_arm, tables = arm_results(
        out, told, columns=columns, level=level, random_state=random_state
    )
    facts: dict[str, Any] = {
        "n": len(stopped),
        "per_arm": {
            arm: {
                "rate": Interval() if share is None else found["response_rate"],
                **{key: found[key] for key in _MEASURES},
            }
            for a, (arm, found) in enumerate(per_arm.items())
            for own in [told.received == a]
            for share in [share_of(stopped[own], out.clusters_of(own))]
        },
    }
    good = Scored.of(response, comparison, level)
    bad = Scored.of(stopping, told, level)
    if good is not None and bad is not None:
        facts["average"] = {bad.contrast(a): bad.difference(bad.mean_scores, a) for a in bad.others}
        # Of a number nobody says what a patient who stops is worth in it.
        if not good.scale.continuous:
            facts["of_the_response"] = _of_the_response(good, bad, stopped)
            facts["net_benefit"] = [_at(weight, good, bad) for weight in WEIGHTS]
    return facts, tables["calibration"]


def _of_the_response(good: Scored, bad: Scored, stopped: FloatArray) -> dict[str, Any]:
    """Split each difference in response: what goes with stopping, and all else."""
    joint = np.mean(
        [
            doubly_robust_scores(p * q, stopped * good.y, bad.arm, bad.propensity)
            for p, q in zip(good.out.prediction, bad.out.prediction, strict=True)
        ],
        axis=0,
    )
    found = {}
    for a in good.others:
        through = np.zeros_like(joint)
        through[:, a] = _through(good.mean_scores, bad.mean_scores, joint, a, good.reference)
        parts = {
            "response": good.mean_scores,
            "with_stopping": through,
            "otherwise": good.mean_scores - through,
        }
        found[good.contrast(a)] = {name: good.difference(part, a) for name, part in parts.items()}
    return found


def _through(
    response: FloatArray, stopping: FloatArray, joint: FloatArray, a: int, b: int
) -> FloatArray:
    """Return values a patient, whose mean is the part that goes with stopping, shape (n,).

    The difference in stopping times the response of patients who stopped minus that of others,
    both of two arms together; each value carries the patient's influence on all four shares.
    """
    gap = stopping[:, a] - stopping[:, b]
    total = stopping[:, a] + stopping[:, b]
    stayed = response[:, a] + response[:, b] - joint[:, a] - joint[:, b]
    both = joint[:, a] + joint[:, b]
    share = float(np.clip(total.mean(), SMALLEST_SHARE, 2 - SMALLEST_SHARE))
    of_stopped, of_others = both.mean() / share, stayed.mean() / (2 - share)
    influence = (both - of_stopped * total) / share
    influence -= (stayed - of_others * (2 - total)) / (2 - share)
    return np.asarray(gap * (of_stopped - of_others) + gap.mean() * influence)


def _at(weight: float, good: Scored, bad: Scored) -> dict[str, Any]:
    """Return which arm one weight prefers on average, and whose choice it changes."""
    value = good.mean_scores - weight * bad.mean_scores
    best = int(value.mean(axis=0).argmax())
    ahead = replace(good, reference=best)
    behind = [ahead.difference(value, a).upper for a in ahead.others]
    response, stopping = good.out.prediction, bad.out.prediction
    changed = (response - weight * stopping).argmax(axis=2) != response.argmax(axis=2)
    return {
        "weight": weight,
        "best": good.arms[best],
        "established": all(upper < 0 for upper in behind),
        "choice_changes": share_of(changed.mean(axis=0), good.out.clusters),
        "value": {good.contrast(a): good.difference(value, a) for a in good.others},
    }


def tolerability_sentences(facts: Mapping[str, Any]) -> list[str]:
    """Return one sentence a contrast: what is stopping, and what is response.

    Parameters
    ----------
    facts : mapping
        Of `tolerability`.

    Examples
    --------
    >>> tolerability_sentences({"average": {"b_vs_a": Interval(-0.1, -0.2, 0.0)}})[0]
    'Tolerability, b versus a: stopping for adverse events differs by -10.0 (-20.0 to +0.0) \
percentage points.'
    """
    said = []
    for contrast, difference in facts.get("average", {}).items():
        text = (
            f"Tolerability, {contrast.replace('_vs_', ' versus ')}: stopping for adverse events "
            f"differs by {_points(difference)} percentage points."
        )
        if parts := facts.get("of_the_response", {}).get(contrast):
            text += (
                f" Of the average difference in response of {_points(parts['response'])} points, "
                f"{100 * parts['with_stopping'].estimate:+z.1f} go with it and "
                f"{100 * parts['otherwise'].estimate:+z.1f} with all else."
            )
        said.append(text)
    return said


def _points(found: Interval) -> str:
    return f"{100 * found.estimate:+z.1f} ({100 * found.lower:+z.1f} to {100 * found.upper:+z.1f})"
