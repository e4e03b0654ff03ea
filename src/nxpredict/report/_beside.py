"""What stands beside the response: tolerability, those who took the drug, responses not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nxpredict.report._phrases import named

_MISSING = {
    "failure": "Missing responses counted as no response",
    "missing_at_random": "Missing at random, given treatment and predictors",
    "worst_case": "Worst case",
    "best_case": "Best case",
}
_TREATED = {
    "assigned": "By the treatment assigned",
    "treated_only": "Between those who took it",
    "adjusted": "Between those who took it, adjusted for predictors",
}
_PARTS = {
    "response": "Response",
    "with_stopping": "of it, what goes with stopping",
    "otherwise": "of it, all else",
}


def beside_facts(
    evaluation: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    arms: Sequence[Mapping[str, Any]],
) -> dict[str, Any] | None:
    """Return what a cohort report says beside the response; None when there is nothing.

    Parameters
    ----------
    evaluation : mapping
        evaluation.json.
    tables : mapping of str to DataFrame
    arms : sequence of mapping
        `name`, `label` and `place` of each arm.

    Returns
    -------
    dict or None
        `tolerability` (or None), and lists with one entry a contrast: `as_treated`, `missing`.
    """
    found = {
        "tolerability": _tolerability(evaluation, tables, arms),
        "as_treated": _rows(evaluation.get("as_treated", {}), _TREATED),
        "missing": _rows(evaluation.get("missing_response", {}), _MISSING),
    }
    return found if any(found.values()) else None


def _rows(found: Mapping[str, Any], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "title": _title(contrast),
            "rows": [{"title": text, "estimate": facts[key]} for key, text in titles.items()],
        }
        for contrast, facts in found.items()
    ]


def _title(contrast: str) -> str:
    return " versus ".join(named(arm) for arm in contrast.split("_vs_"))


def _tolerability(
    evaluation: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    arms: Sequence[Mapping[str, Any]],
) -> dict[str, Any] | None:
    found = evaluation.get("tolerability")
    if found is None:
        return None
    curve, parts = tables["tolerability_calibration"], found.get("of_the_response", {})
    return {
        "n": found["n"],
        "arms": [
            {
                **{key: arm[key] for key in ("name", "label", "place")},
                **found["per_arm"][arm["name"]],
                "curve": curve[curve["arm"] == arm["name"]].drop(columns="arm").to_dict("records"),
            }
            for arm in arms
        ],
        "contrasts": [
            {
                "title": _title(contrast),
                "rows": [
                    {"title": "Stopping for adverse events", "estimate": difference},
                    *(
                        {"title": text, "estimate": parts[contrast][key]}
                        for key, text in _PARTS.items()
                        if contrast in parts
                    ),
                ],
            }
            for contrast, difference in found.get("average", {}).items()
        ],
        "weights": [
            {**row, "best": named(row["best"]), "values": list(row["value"].values())}
            for row in found.get("net_benefit", ())
        ],
    }
