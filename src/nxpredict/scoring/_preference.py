"""When a score may name an arm, and on what ground."""

from __future__ import annotations

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
    """Return the arm that the evaluation established as better on average by more than the minimum.

    The evaluation names at most one arm, better than every other.
    """
    named = (answer.get("better") for answer in bundle.answers["average"].values())
    return next((str(arm) for arm in named if arm), None)
