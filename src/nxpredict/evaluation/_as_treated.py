"""What the average difference would be among those who took the drug: a sensitivity analysis."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._numbers import BoolArray, FloatArray, IntArray
from nxpredict.evaluation._scored import Scored
from nxpredict.evaluation._selected import selected_scores
from nxpredict.study import SMALLEST_CELL, ResponseScale, share_of

AS_TREATED = (
    "As treated, biased by whatever makes patients stop a drug: a sensitivity analysis, "
    "never the answer"
)


def as_treated(
    out_of_fold: OutOfFold, comparison: Comparison, treated: FloatArray, *, level: float = 0.95
) -> dict[str, dict[str, Any]]:
    """Return each average difference among patients who took enough of their drug.

    Parameters
    ----------
    out_of_fold : OutOfFold
        From `cross_validate`, on the same rows.
    comparison : Comparison
    treated : array of float64, shape (n,)
        1 took enough, 0 not, NaN not known (counts as not).
    level : float
        Of the intervals, 0..1.

    Returns
    -------
    dict
        ARM_vs_REF -> `share_treated` (by arm; None where 1 to 9 patients are, or are not), and
        an `Interval` each: `assigned` (everybody, by the arm assigned), `treated_only` (the
        average responses of those treated, as they are) and `adjusted` (if all had taken it, as far
        as arm and predictors tell who did: `selected_scores`). Empty when fewer than ten were
        treated in an arm, or when no contrast may be claimed.

    Examples
    --------
    >>> import pandas as pd
    >>> arm, y = np.tile(["a", "b"], 40), np.tile([0.0, 1, 1, 1], 20)
    >>> folds, p = np.tile([0, 0, 1, 1], 20)[None], np.full((1, 80, 2), 0.5)
    >>> out = OutOfFold(("a", "b"), folds, p, propensity=None, clusters=None)
    >>> told = Comparison(pd.DataFrame({"age": y}), y, arm, ("a", "b"), "a", "randomised")
    >>> found = as_treated(out, told, np.ones(80))["b_vs_a"]
    >>> found["share_treated"], round(found["treated_only"].estimate, 6)
    ({'a': 1.0, 'b': 1.0}, 0.5)
    """
    took = np.asarray(treated) == 1
    scored = Scored.of(out_of_fold, comparison, level)
    if scored is None:
        return {}
    per_arm = [out_of_fold.count(took & (scored.arm == a)) for a in range(len(scored.arms))]
    if min(per_arm) < SMALLEST_CELL:
        return {}
    X, y, arm, base = scored.X, scored.y, scored.arm, scored.reference
    adjusted = selected_scores(
        X, y, arm, took, scored.propensity, scored.out.fold[0], continuous=scored.scale.continuous
    )
    return {
        scored.contrast(a): {
            "share_treated": {
                scored.arms[b]: share_of(took[arm == b], scored.out.clusters_of(arm == b))
                for b in (base, a)
            },
            "assigned": scored.difference(scored.mean_scores, a),
            "treated_only": scored.difference(_as_they_are(y, arm, took, len(scored.arms)), a),
            "adjusted": scored.difference(adjusted, a),
        }
        for a in scored.others
    }


def _as_they_are(y: FloatArray, arm: IntArray, took: BoolArray, n_arms: int) -> FloatArray:
    """Return the average responses of those treated, spread over patients as their influence."""
    values = np.empty((len(y), n_arms))
    for a in range(n_arms):
        own = took & (arm == a)
        values[:, a] = y[own].mean() + own * (y - y[own].mean()) / own.mean()
    return values


def as_treated_sentences(found: Mapping[str, Mapping[str, Any]], scale: ResponseScale) -> list[str]:
    """Return one sentence a contrast, labelled as what it is.

    Parameters
    ----------
    found : mapping
        Of `as_treated`.
    scale : ResponseScale
    """
    unit = f" {scale.unit}, positive where better," if scale.continuous else " points"
    write = partial(scale.difference, sign="+")
    return [
        f"{AS_TREATED}: {contrast.replace('_vs_', ' versus ')}, the average difference is "
        f"{write(facts['assigned'].estimate)}{unit} by the arm assigned, "
        f"{write(facts['treated_only'].estimate)} between those who took the drug, and "
        f"{write(facts['adjusted'].estimate)} between them adjusted for arm and predictors."
        for contrast, facts in found.items()
    ]
