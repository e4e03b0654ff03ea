"""When a score may name an arm, and on what ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.bundle import Bundle

NO_PREFERENCE = "no preference"
Texts = npt.NDArray[np.object_]


def prefer(X: pd.DataFrame, bundle: Bundle, allowed: npt.NDArray[np.bool_]) -> tuple[Texts, Texts]:
    """Return the preferred arm of each patient, and its basis.

    ``individual``: the verdict is ``supported`` and, against every other arm, P(benefit > minimum)
    reaches the probability asked for. ``average``, when no arm is preferred individually: one arm
    is established as better on average by more than the minimum, and P(better) is at least one half
    for this patient against every other arm. An arm that is chosen but not allowed gives no
    preference; it never gives another arm.

    Parameters
    ----------
    X : DataFrame of shape (n, n_predictors)
        Typed inputs of the model.
    bundle : Bundle
        Model, answers and thresholds.
    allowed : ndarray of bool, shape (n, n_arms)
        Where an arm may be named.

    Returns
    -------
    preferred, basis : ndarray of str, shape (n,)
    """
    preferred = np.full(len(X), NO_PREFERENCE, dtype=object)
    basis = np.full(len(X), "", dtype=object)
    asked = np.flatnonzero(allowed.any(axis=1))
    if len(asked):
        chosen, why = _choose(X.iloc[asked], bundle)
        named = (chosen >= 0) & allowed[asked, chosen]
        preferred[asked[named]] = np.array(bundle.arms.names, dtype=object)[chosen[named]]
        basis[asked[named]] = why[named]
    return preferred, basis


def _choose(X: pd.DataFrame, bundle: Bundle) -> tuple[npt.NDArray[np.intp], Texts]:
    """Return the position of the arm that each patient's numbers choose, -1 for none, and why."""
    chosen = np.full(len(X), -1, dtype=np.intp)
    basis = np.full(len(X), "", dtype=object)
    if (best := best_on_average(bundle)) is not None:
        summary = bundle.model.predict_summary(X, reference=best, minimum=0.0)
        agrees = (summary.prob_better <= 0.5).all(axis=1)
        chosen[agrees], basis[agrees] = bundle.arms.names.index(best), "average"
    if bundle.answers["verdict"]["level"] == "supported":
        stands = _beats_every_other(X, bundle)
        individual = stands.any(axis=1)
        chosen[individual], basis[individual] = stands.argmax(axis=1)[individual], "individual"
    return chosen, basis


def _beats_every_other(X: pd.DataFrame, bundle: Bundle) -> npt.NDArray[np.bool_]:
    """Return where P(arm - other > minimum) is high enough against each other arm, (n, n_arms)."""
    arms = bundle.arms.names
    stands = np.ones((len(X), len(arms)), dtype=bool)
    for other in arms:
        summary = bundle.model.predict_summary(
            X, reference=other, minimum=bundle.preference["minimum_benefit"]
        )
        for k, arm in enumerate(summary.others):
            enough = summary.prob_better[:, k] >= bundle.preference["probability"]
            stands[:, arms.index(arm)] &= enough
    return stands


def best_on_average(bundle: Bundle) -> str | None:
    """Return the arm that is established as better on average than every other, if there is one.

    Established by more than the minimum: the whole interval of the average difference lies beyond
    it. Two arms that were each compared with the reference only are compared by the nearest ends of
    their intervals, which is stricter than their own interval would be.
    """
    average = bundle.answers["average"]
    minimum = bundle.preference["minimum_benefit"]
    arms = bundle.arms
    for arm in arms.names:
        margins = [
            _margin(average, arm, other, arms.reference) for other in arms.names if other != arm
        ]
        if all(margin > minimum for margin in margins):
            return arm
    return None


def _margin(average: Mapping[str, Any], arm: str, other: str, reference: str) -> float:
    """Return by how much `arm` is at least better than `other` on average; -inf when not known."""
    if found := average.get(f"{arm}_vs_{other}"):
        return _end(found, "lower", 1.0)
    if found := average.get(f"{other}_vs_{arm}"):
        return _end(found, "upper", -1.0)
    if reference in (arm, other):
        return -np.inf
    return _margin(average, arm, reference, reference) + _margin(
        average, reference, other, reference
    )


def _end(found: Mapping[str, Any], end: str, sign: float) -> float:
    if not found["established"] or found[end] is None:
        return -np.inf
    return sign * float(found[end])
