"""Published rules as fixed policies: nothing is fitted, one degree of freedom each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._benefit import linear_trend
from nxpredict.evaluation._comparison import FixedRule
from nxpredict.evaluation._numbers import (
    FloatArray,
    IntArray,
    Interval,
    mean_interval,
)
from nxpredict.evaluation._picked import one_of, picked_mean
from nxpredict.evaluation._policy import choose
from nxpredict.evaluation._scored import Scored
from nxpredict.evaluation._verdict import SIGNIFICANCE, holm
from nxpredict.study import share_shown

SMALLEST_SIDE = 20
"""Fewer patients on a side of the cut, and the test's error has no normal shape."""


def rule_results(scored: Scored, rules: Sequence[FixedRule]) -> list[dict[str, Any]]:
    """Return what each fixed rule is worth here, and what the learned rule adds to it.

    Parameters
    ----------
    scored : Scored
    rules : sequence of FixedRule

    Returns
    -------
    list of dict
        `rule`, `arm`, `versus`, `n` (patients of whom the rule says something), `share_given_arm`
        (among them, 0..1; `share_shown`, as a rule may be one predictor), `trend` (change of the
        benefit of `arm` over `versus` with one unit of the score), `p` (of no trend, Holm over the
        rules), `established`, `gain_over_better_single_arm`, `model_gain_over_rule` (learned rule
        minus this one).

    Notes
    -----
    The trend is the least-squares slope of the doubly robust contrast on the score with a robust
    error: one parameter, and as neither score nor cut were learned here it needs no correction for
    cross-fitting. Student's t with one degree of freedom fewer than patients on the smaller side;
    fewer than 20 there, and there is no test. A patient of whom the rule says nothing is given what
    looked better in the training folds.
    """
    found = [_one(scored, rule) for rule in rules]
    tested = [entry for entry in found if np.isfinite(entry["p"])]
    for entry, p in zip(tested, holm([entry["p"] for entry in tested]), strict=True):
        entry |= {"p": p, "established": p < SIGNIFICANCE}
    return found


def rule_table(results: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return `rule_results` as one row a rule and number: `estimate`, `lower`, `upper`."""
    about = ("rule", "arm", "versus", "n", "share_given_arm", "p")
    rows = []
    for entry in results:
        head = {key: entry[key] for key in about}
        rows += [
            {**head, "measure": measure, **value.to_dict()}
            for measure, value in entry.items()
            if isinstance(value, Interval)
        ]
    return pd.DataFrame(rows, columns=[*about, "measure", *Interval().to_dict()])


def _one(scored: Scored, rule: FixedRule) -> dict[str, Any]:
    arm, versus = scored.arms.index(rule.arm), scored.arms.index(rule.versus)
    known = np.isfinite(rule.score)
    given = known & (np.nan_to_num(rule.score) > rule.cut)
    contrast = scored.mean_scores[:, arm] - scored.mean_scores[:, versus]
    trend, p = Interval(), float("nan")
    smaller = int(min(given.sum(), known.sum() - given.sum()))
    if smaller >= SMALLEST_SIDE:
        slope, error = linear_trend(
            contrast[known], rule.score[known], scored.out.clusters_of(known)
        )
        trend, p = _student(slope, error, smaller - 1, scored.level)
    return {
        "rule": rule.name,
        "arm": rule.arm,
        "versus": rule.versus,
        "n": int(known.sum()),
        "share_given_arm": share_shown(int(given.sum()), int(known.sum())),
        "trend": trend,
        "p": p,
        "established": False,
        **_gains(scored, np.where(known, np.where(given, arm, versus), -1), sorted((arm, versus))),
    }


def _student(slope: float, error: float, degrees: int, level: float) -> tuple[Interval, float]:
    from scipy.stats import t

    reach = float(t.ppf(0.5 + level / 2, degrees)) * error
    p = 2 * float(t.sf(abs(slope) / error, degrees)) if error > 0 else 1.0
    return Interval(slope, slope - reach, slope + reach), p


def _gains(scored: Scored, says: IntArray, among: list[int]) -> dict[str, Interval]:
    """Return the gains; `says` is the arm that the rule gives, -1 where it says nothing."""
    over_single, of_model = [], []
    for repeat, prediction in enumerate(scored.out.prediction):
        scores, single = scored.scores(repeat), scored.single(repeat, among)
        arms = scores.shape[1]
        rule = one_of(np.where(says < 0, single, says), arms)
        model = one_of(choose(prediction, single, among), arms)
        over_single.append(_mean(scored, scores, rule - one_of(single, arms), crossed=False))
        of_model.append(_mean(scored, scores, model - rule, crossed=scored.out.crossed))
    return {
        "gain_over_better_single_arm": mean_interval(over_single),
        "model_gain_over_rule": mean_interval(of_model),
    }


def _mean(scored: Scored, scores: FloatArray, weight: FloatArray, *, crossed: bool) -> Interval:
    found = picked_mean(scores, weight, crossed=crossed, clusters=scored.out.clusters)
    return Interval.normal(*found, scored.level)
