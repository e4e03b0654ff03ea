"""What an average difference owes to responses that nobody saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._numbers import BoolArray, FloatArray, IntArray, Interval, mean_and_error
from nxpredict.evaluation._scores import doubly_robust_scores
from nxpredict.features import TableEncoder

LOWEST_SEEN = 0.05
SMALLEST_CELL = 10


def missing_response(
    out_of_fold: OutOfFold,
    comparison: Comparison,
    unknown: Sequence[bool] | np.ndarray[Any, Any],
    *,
    level: float = 0.95,
) -> dict[str, dict[str, Any]]:
    """Return each average difference under four assumptions on the missing responses.

    Parameters
    ----------
    out_of_fold : OutOfFold
        From `cross_validate`, on the same rows.
    comparison : Comparison
        With a response of 0 where it is missing.
    unknown : array-like of bool, length n
        Where it is missing.
    level : float
        Of the intervals, 0..1.

    Returns
    -------
    dict
        ARM_vs_REF -> `share_missing` (by arm; None for 1 to 9 patients) and an `Interval` each:
        `failure` (counted as no response), `missing_at_random`, `worst_case` (no response in the
        arm, a response in the reference) and `best_case` (the reverse). Empty when none is
        missing, or when no contrast may be claimed.

    Notes
    -----
    At random given arm and predictors: m_a(x) + 1{A = a, seen} (y - m_a(x)) / (e_a(x) r_a(x)),
    with the response m of the patients seen and the probability r of being seen, both by ridge
    logistic regression out of fold (Robins, Rotnitzky & Zhao 1994).
    """
    gone = np.asarray(unknown, dtype=bool)
    if not gone.any():
        return {}
    arms, reference, X = comparison.arms, comparison.reference, comparison.X
    outcome, received = comparison.outcome, comparison.received
    out = out_of_fold.ordered(arms)
    e = comparison.propensity(out)
    if e is None:
        return {}
    prediction = out.prediction[0]
    seen_scores = _at_random(X, outcome, received, gone, e, out.fold[0])
    base = list(arms).index(reference)
    found: dict[str, dict[str, Any]] = {}
    for a, name in enumerate(arms):
        if a == base:
            continue
        settings = {
            "failure": doubly_robust_scores(prediction, outcome, received, e),
            "missing_at_random": seen_scores,
            "worst_case": _filled(prediction, outcome, received, e, gone & (received == base)),
            "best_case": _filled(prediction, outcome, received, e, gone & (received == a)),
        }
        found[f"{name}_vs_{reference}"] = {
            "share_missing": {arms[b]: _share(gone[received == b]) for b in (base, a)},
            **{
                setting: Interval.normal(
                    *mean_and_error(scores[:, a] - scores[:, base], out.clusters), level
                )
                for setting, scores in settings.items()
            },
        }
    return found


def _share(gone: BoolArray) -> float | None:
    return None if 0 < int(gone.sum()) < SMALLEST_CELL else float(gone.mean())


def _filled(
    prediction: FloatArray, y: FloatArray, arm: IntArray, e: FloatArray, responds: BoolArray
) -> FloatArray:
    return doubly_robust_scores(prediction, np.where(responds, 1.0, y), arm, e)


def _at_random(
    X: pd.DataFrame, y: FloatArray, arm: IntArray, gone: BoolArray, e: FloatArray, fold: IntArray
) -> FloatArray:
    from threadpoolctl import threadpool_limits

    n_arms = e.shape[1]
    scores = np.empty((len(y), n_arms))
    with threadpool_limits(limits=1):
        for k in np.unique(fold):
            train, test = fold != k, np.flatnonzero(fold == k)
            encoder = TableEncoder().fit(X[train])
            values = encoder.transform(X)
            seen = train & ~gone
            response = _fit(_with_arm(values, arm, n_arms)[seen], y[seen])
            stays = _fit(_with_arm(values, arm, n_arms)[train], (~gone[train]).astype(float))
            for a in range(n_arms):
                design = _with_arm(values[test], np.full(len(test), a), n_arms)
                m = response(design)
                own = (arm[test] == a) & ~gone[test]
                r = np.maximum(stays(design), LOWEST_SEEN)
                scores[test, a] = m + own * (y[test] - m) / (e[test, a] * r)
    return scores


def _with_arm(values: FloatArray, arm: IntArray, n_arms: int) -> FloatArray:
    return np.hstack([values, np.eye(n_arms)[arm]])


def _fit(design: FloatArray, y: FloatArray) -> Any:
    """Return P(y = 1) as a function of a design; the plain share when y is constant."""
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(y)) < 2:
        return lambda new: np.full(len(new), y.mean() if len(y) else 0.5)
    model = LogisticRegression(C=0.1, max_iter=500).fit(design, y)
    return lambda new: model.predict_proba(new)[:, 1]


def missing_response_sentences(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return one sentence a contrast, for whoever reads only the warnings."""
    names = {
        "failure": "counted as no response",
        "missing_at_random": "missing at random given arm and predictors",
        "worst_case": "in the worst case",
        "best_case": "in the best case",
    }
    return [
        f"Missing responses, {contrast.replace('_vs_', ' versus ')}: the average difference is "
        + ", ".join(f"{facts[key].estimate:+.3f} {text}" for key, text in names.items())
        + "."
        for contrast, facts in found.items()
    ]
