"""What an average difference owes to responses that nobody saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._numbers import BoolArray, FloatArray, IntArray, Interval, mean_and_error
from nxpredict.evaluation._scores import doubly_robust_scores
from nxpredict.evaluation._selected import selected_scores
from nxpredict.study import ResponseScale, share_of


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
        ARM_vs_REF -> `share_missing` (by arm; `share_shown`) and an `Interval` each:
        `failure` (counted as no response), `missing_at_random`, `worst_case` (no response in the
        arm, a response in the reference) and `best_case` (the reverse). Empty when none is
        missing, or when no contrast may be claimed.

    Notes
    -----
    At random given arm and predictors: `selected_scores` of the patients seen.

    Examples
    --------
    >>> import pandas as pd
    >>> arm, y = np.tile(["a", "b"], 40), np.tile([0.0, 1, 1, 1], 20)
    >>> folds, p = np.tile([0, 0, 1, 1], 20)[None], np.full((1, 80, 2), 0.5)
    >>> out = OutOfFold(("a", "b"), folds, p, propensity=None, clusters=None)
    >>> told = Comparison(pd.DataFrame({"age": y}), y, arm, ("a", "b"), "a", "randomised")
    >>> found = missing_response(out, told, unknown=y == 0)["b_vs_a"]
    >>> [round(found[key].estimate, 6) for key in ("failure", "worst_case", "best_case")]
    [0.5, 0.0, 0.5]
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
    seen_scores = selected_scores(X, outcome, received, ~gone, e, out.fold[0])
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
            "share_missing": {arms[b]: share_of(gone[received == b]) for b in (base, a)},
            **{
                setting: Interval.normal(
                    *mean_and_error(scores[:, a] - scores[:, base], out.clusters), level
                )
                for setting, scores in settings.items()
            },
        }
    return found


def _filled(
    prediction: FloatArray, y: FloatArray, arm: IntArray, e: FloatArray, responds: BoolArray
) -> FloatArray:
    return doubly_robust_scores(prediction, np.where(responds, 1.0, y), arm, e)


def missing_response_sentences(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return one sentence a contrast, for whoever reads only the warnings.

    Parameters
    ----------
    found : mapping
        Of `missing_response`.
    """
    scale = ResponseScale()
    names = {
        "failure": "counted as no response",
        "missing_at_random": "missing at random given arm and predictors",
        "worst_case": "in the worst case",
        "best_case": "in the best case",
    }
    return [
        f"Missing responses, {contrast.replace('_vs_', ' versus ')}: the average difference in "
        "points is "
        + ", ".join(
            f"{scale.difference(facts[key].estimate, '+')} {text}" for key, text in names.items()
        )
        + "."
        for contrast, facts in found.items()
    ]
