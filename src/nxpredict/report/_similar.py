"""How training patients with similar predictions did, as facts of a patient page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nxpredict.bundle import Bundle, group_of
from nxpredict.report._phrases import named


def similar_facts(score: Mapping[str, Any], bundle: Bundle) -> list[dict[str, Any]]:
    """Return the groups of training patients that a patient's predictions fall in.

    By the outlook always, by the predicted difference only where the verdict supports choosing.

    Returns
    -------
    list of dict
        `by`, `low` and `high` (ends of the group, None where open) and `arms`: `label`, `place`,
        `n`, `responders` and `share`; None for numbers from fewer than ten patients.
    """
    kept = bundle.training.get("similar")
    if kept is None or score["status"] != "scored":
        return []
    names, reference = bundle.arms.names, bundle.arms.reference
    outlook = sum(float(score[f"p_{arm}"]) for arm in names) / len(names)
    found = [_group("outlook", kept["outlook"], outlook, bundle)]
    if bundle.answers["verdict"]["level"] == "supported":
        for arm, groups in kept["benefit"].items():
            title = f"{named(arm)} versus {named(reference)}"
            benefit = float(score[f"benefit_{arm}_vs_{reference}"])
            found.append(_group(title, groups, benefit, bundle))
    return found


def _group(by: str, groups: Any, value: float, bundle: Bundle) -> dict[str, Any]:
    group = group_of(groups, value)
    return {
        "by": by,
        "low": group["low"],
        "high": group["high"],
        "arms": [
            {"label": named(arm), "place": place, **_shown(group["arms"].get(arm))}
            for place, arm in enumerate(bundle.arms.names)
        ],
    }


def _shown(count: Mapping[str, int] | None) -> dict[str, Any]:
    if count is None:
        return {"n": None, "responders": None, "share": None}
    return {**count, "share": count["responders"] / count["n"]}
