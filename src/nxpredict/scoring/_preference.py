"""When a score may name an arm, and on what ground."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog
from nxpredict.models import ResponseSummary

NO_PREFERENCE = "no preference"
Texts = npt.NDArray[np.object_]


def prefer(
    summary: ResponseSummary, bundle: Bundle, allowed: npt.NDArray[np.bool_]
) -> tuple[Texts, Texts]:
    """Return the preferred arm of each patient, and its basis.

    ``individual``: the verdict is ``supported`` and, against every other arm, P(benefit > minimum)
    reaches the probability asked for. ``average``, when no arm is preferred individually: one arm
    is established as better on average by more than the minimum, and P(better) is at least one half
    for this patient against every other arm. An arm that is chosen but not allowed gives no
    preference; it never gives another arm.

    Parameters
    ----------
    summary : ResponseSummary of n patients
        What the model says.
    bundle : Bundle
        Answers and thresholds.
    allowed : ndarray of bool, shape (n, n_arms)
        Where an arm may be named.

    Returns
    -------
    preferred, basis : ndarray of str, shape (n,)
    """
    chosen, why = _choose(summary, bundle)
    named = (chosen >= 0) & allowed[np.arange(len(chosen)), chosen]
    arms = np.array(bundle.arms.names, dtype=object)
    return np.where(named, arms[chosen], NO_PREFERENCE), np.where(named, why, "")


def _choose(summary: ResponseSummary, bundle: Bundle) -> tuple[npt.NDArray[np.intp], Texts]:
    """Return the position of the arm that each patient's numbers choose, -1 for none, and why."""
    n, arms = len(summary.p), bundle.arms.names
    chosen = np.full(n, -1, dtype=np.intp)
    basis = np.full(n, "", dtype=object)
    if (best := best_on_average(bundle)) is not None:
        agrees = _holds(summary, best, arms, minimum=0.0, probability=0.5)
        chosen[agrees], basis[agrees] = arms.index(best), "average"
    if bundle.answers["verdict"]["level"] == "supported":
        for k, arm in enumerate(arms):
            stands = _holds(
                summary,
                arm,
                arms,
                minimum=bundle.preference["minimum_benefit"],
                probability=bundle.preference["probability"],
            )
            chosen[stands], basis[stands] = k, "individual"
    return chosen, basis


def _holds(
    summary: ResponseSummary,
    arm: str,
    arms: Sequence[str],
    *,
    minimum: float,
    probability: float,
) -> npt.NDArray[np.bool_]:
    """Return where P(arm - other > minimum) is high enough against each other arm."""
    found = [
        summary.prob_exceeds(arm, other, minimum) >= probability for other in arms if other != arm
    ]
    return np.asarray(np.logical_and.reduce(found), dtype=np.bool_)


def best_on_average(bundle: Bundle) -> str | None:
    """Return the arm that the evaluation established as better on average by more than the minimum.

    The evaluation names at most one arm, better than every other.
    """
    named = (answer.get("better") for answer in bundle.answers["average"].values())
    return next((str(arm) for arm in named if arm), None)


def never_preferred(bundle: Bundle, read: Collection[str], catalog: Catalog) -> list[str]:
    """Say, a sentence an arm, where a blocking caution that nobody was asked about forbids it.

    Parameters
    ----------
    bundle : Bundle
        Nothing is said where its answers let no arm be preferred anyway.
    read : collection of str
        The predictors that columns of the table answer.
    catalog : Catalog
    """
    if bundle.answers["verdict"]["level"] != "supported" and best_on_average(bundle) is None:
        return []
    told = []
    for arm in bundle.arms.names:
        unasked = [
            caution.code
            for caution in catalog.cautions_for([arm])
            if caution.blocks
            and caution.predictor not in read
            and set(caution.covered_by).isdisjoint(bundle.eligibility)
        ]
        if unasked:
            told.append(
                f"{arm} is never preferred: nobody was asked about "
                f"{', '.join(dict.fromkeys(unasked))}. Add the columns, or name under "
                "`eligibility` of the training study what it excluded."
            )
    return told
