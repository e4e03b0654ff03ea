"""The facts of a validation report: a model on a cohort that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nxpredict.evaluation import NOTABLE_DIFFERENCE
from nxpredict.report._messages import first, rules
from nxpredict.report._phrases import capital, named
from nxpredict.report._values import arm_facts, plain


def validation_facts(
    validation: Mapping[str, Any],
    *,
    labels: Mapping[str, str],
    command: str,
    units: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Gather what a validation report shows.

    Parameters
    ----------
    validation : mapping
        validation.json.
    labels : mapping of str to str
        Predictor -> how a page names it.
    command : str
        What made it.
    units : mapping of str to str, optional
        Predictor -> what a page measures it in.

    Returns
    -------
    dict
        Plain values for `render_validation_report`.
    """
    before, after = validation["before"], validation["after"]
    arms = arm_facts(validation["arms"], validation["reference"])
    steps = rules("validation")["steps"]
    step = validation["recalibration"]["step"]
    stages = (("As the model came", before), ("After recalibration, out of sample", after))
    ranked = [named(arm) for arm, found in before["per_arm"].items() if _ranks(found)]
    received = sum(found["n"] for found in before["per_arm"].values())
    facts = {
        **validation,
        # Who had one arm after another counts under each.
        "counted": "patients" if received == validation["n"] else "periods of patients",
        "step": steps[step],
        "changed": step != "none",
        "unsure": step == "none" != validation["recalibration"]["closed_test"],
        "ranks": bool(ranked),
        "only": ranked if len(ranked) < len(arms) else [],
        "command": command,
        "stages": [
            {"title": title, "arms": [_arm(arm, found) for arm in arms]}
            for title, found in stages
            if found is not None
        ],
        "benefits": [_benefit(name, before, after) for name in before["contrasts"]],
        "steps": [
            s | {"title": capital(steps[s["step"]])} for s in validation["recalibration"]["steps"]
        ],
        "differing": [
            row | {"label": labels.get(row["predictor"], row["predictor"])}
            for row in sorted(validation["case_mix"], key=_size, reverse=True)
            if _size(row) > NOTABLE_DIFFERENCE
        ],
        "target": _target(validation.get("target"), labels, units or {}),
    }
    facts["words"] = {name: first("validation", name, facts) for name in ("headline", "advice")}
    return plain(facts)  # type: ignore[no-any-return]


def _ranks(arm: Mapping[str, Any]) -> bool:
    """Tell whether predictions under an arm go with what happened, beyond chance."""
    if "auc" in arm:
        return (arm["auc"]["lower"] or 0) > 0.5
    return (arm["calibration_slope"]["lower"] or 0) > 0


def _target(
    target: Mapping[str, Any] | None, labels: Mapping[str, str], units: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return a target population with its characteristics, `name` or `name: label`, in words."""
    if target is None:
        return None
    rows = []
    for row in target["characteristics"]:
        name, mark, level = row["name"].partition(": ")
        label = f"{labels.get(name, name)}{mark}{level}"
        if not mark and units.get(name):
            label += f", {units[name]}"
        rows.append(row | {"label": label, "share": bool(mark)})
    return {**target, "characteristics": rows}


def _arm(arm: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {**arm, "curve": found["curves"][arm["name"]], **found["per_arm"][arm["name"]]}


def _benefit(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any] | None
) -> dict[str, Any]:
    arm, reference = name.split("_vs_")
    return {
        "title": f"{named(arm)} versus {named(reference)}",
        # Of the model that the verdict is about: once, wherever the page says it.
        "average": (after or before)["average"][name],
        "before": before["contrasts"][name]["blp"],
        "after": None if after is None else after["contrasts"][name]["blp"],
    }


def _size(row: Mapping[str, Any]) -> float:
    """Return how far a predictor's values lie apart; two constants, which have no number, most."""
    if row["difference"] is not None:
        return abs(float(row["difference"]))
    known = row["missing"] < 1 and (row["missing_in_training"] or 0) < 1
    return float("inf") if known else 0.0
