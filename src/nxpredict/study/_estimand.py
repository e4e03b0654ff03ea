"""What a study asks, in the words of ICH E9(R1)."""

from __future__ import annotations

from collections.abc import Sequence

from nxpredict.study._arms import ArmSet
from nxpredict.study._response import MissingRule, ResponseDefinition

_DROP_OUT: dict[MissingRule, str] = {
    "failure": "composite strategy: a patient without the response counts as not responding",
    "exclude": "only patients whose response was seen are compared; this answers for everybody "
    "only if dropping out does not depend on the response that would have been seen",
    "fault": "none: a patient without the response is not accepted",
}


def estimand(
    arms: ArmSet,
    response: ResponseDefinition,
    eligibility: Sequence[str],
    *,
    compared: bool = True,
) -> dict[str, str]:
    """Return the five attributes of the estimand (ICH E9(R1), A.3.3), as phrases.

    Parameters
    ----------
    arms : ArmSet
    response : ResponseDefinition
    eligibility : sequence of str
        What patients were screened for: codes such as ``no_current_opioid_use``.
    compared : bool
        False where every arm comes from another study, so that no difference is estimated.

    Returns
    -------
    dict of str to str
        ``treatments``, ``population``, ``variable``, ``intercurrent_events`` and ``summary``.

    Examples
    --------
    >>> from nxpredict.study import ColumnResponse
    >>> arms = ArmSet.of({"naltrexone": "N", "nalmefene": "M"})
    >>> found = estimand(arms, ColumnResponse("abstinent", "1"), ())
    >>> found["treatments"]
    'nalmefene against naltrexone'
    """
    given = {name: f"{name} ({text})" for name in arms.names if (text := arms.regimen(name))}
    regimens = {name: given.get(name, name) for name in arms.names}
    reference = regimens.pop(arms.reference)
    others = ", ".join(regimens.values())
    screened = ", ".join(code.replace("_", " ") for code in eligibility)
    continuous = response.scale.continuous
    measures = response.scale.mean if continuous else "probabilities of response"
    summary = f"difference of the {measures}" if compared else f"{measures} under each treatment"
    return {
        "treatments": f"{others} against {reference}"
        if compared
        else f"{reference}, {others}, each in the patients of its own study; they are not compared",
        "population": "patients like those of the table"
        + (f", screened for: {screened}" if screened else ""),
        "variable": response.describe(),
        "intercurrent_events": f"dropping out: {_DROP_OUT[response.missing]}. Stopping or "
        "changing treatment while the response is still recorded: treatment policy, the response "
        "counts as it is",
        "summary": f"{summary}, on average and for each patient",
    }
