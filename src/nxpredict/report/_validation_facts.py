"""The facts of a validation report: a model on a cohort that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nxpredict.report._format import named
from nxpredict.report._values import arm_facts, plain

NOTABLE = 0.1
STEPS = {
    "none": "Nothing has to change",
    "intercept": "The level of all treatments together",
    "slope": "Level and slope of all treatments together",
    "per_arm": "The level of each treatment, and the slope",
    "effect_scale": "The level of each treatment, the slope, and the size of the benefit",
}


def validation_facts(validation: Mapping[str, Any], *, command: str) -> dict[str, Any]:
    """Gather what a validation report shows.

    Parameters
    ----------
    validation : mapping
        validation.json.
    command : str
        What made it.

    Returns
    -------
    dict
        Plain values for `render_validation_report`.
    """
    before, after = validation["before"], validation["after"]
    arms = arm_facts(validation["arms"], validation["reference"])
    step = validation["recalibration"]["step"]
    return plain(  # type: ignore[no-any-return]
        {
            **validation,
            "step": STEPS[step],
            "changed": step != "none",
            "command": command,
            "stages": [
                {"title": title, "arms": [_arm(arm, found) for arm in arms]}
                for title, found in (
                    ("As the model came", before),
                    ("After recalibration, out of sample", after),
                )
                if found is not None
            ],
            "benefits": [_benefit(name, before, after) for name in before["contrasts"]],
            "steps": [
                s | {"title": STEPS[s["step"]]} for s in validation["recalibration"]["steps"]
            ],
            "differing": [
                row
                for row in sorted(validation["case_mix"], key=_size, reverse=True)
                if _size(row) > NOTABLE
            ],
        }
    )


def _arm(arm: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {**arm, "curve": found["curves"][arm["name"]], **found["per_arm"][arm["name"]]}


def _benefit(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any] | None
) -> dict[str, Any]:
    arm, reference = name.split("_vs_")
    return {
        "title": f"{named(arm)} versus {named(reference)}",
        "average": before["contrasts"][name]["ate"],
        "before": before["contrasts"][name]["blp"],
        "after": None if after is None else after["contrasts"][name]["blp"],
    }


def _size(row: Mapping[str, Any]) -> float:
    return abs(float(row["difference"] or 0.0))
