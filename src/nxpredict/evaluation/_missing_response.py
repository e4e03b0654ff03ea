"""What an average difference owes to responses that nobody saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._numbers import BoolArray, FloatArray
from nxpredict.evaluation._scored import Scored
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
    scored = Scored.of(out_of_fold, comparison, level)
    if scored is None:
        return {}
    arm, base, e = scored.arm, scored.reference, scored.propensity
    seen_scores = selected_scores(scored.X, scored.y, arm, ~gone, e, scored.out.fold[0])
    return {
        scored.contrast(a): {
            "share_missing": {
                scored.arms[b]: share_of(gone[arm == b], scored.out.clusters_of(arm == b))
                for b in (base, a)
            },
            "failure": scored.difference(scored.mean_scores, a),
            "missing_at_random": scored.difference(seen_scores, a),
            "worst_case": scored.difference(_filled(scored, gone & (arm == base)), a),
            "best_case": scored.difference(_filled(scored, gone & (arm == a)), a),
        }
        for a in scored.others
    }


def _filled(scored: Scored, responds: BoolArray) -> FloatArray:
    """Return the scores if these patients responded."""
    return replace(scored, y=np.where(responds, 1.0, scored.y)).mean_scores


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
