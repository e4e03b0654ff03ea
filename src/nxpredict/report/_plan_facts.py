"""The facts of a plan: power by number of patients, as tables and curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nxpredict.report._format import percent_ci, points_ci, quantity
from nxpredict.report._measured import measured_in, steps
from nxpredict.report._phrases import named
from nxpredict.report._values import plain

Row = Mapping[str, Any]
TITLES = {
    "average": "Is one arm better on average?",
    "interaction": "Does the marker change the difference?",
    "choosing": "Will the study support choosing?",
    "development": "How large for a prediction model?",
}
HEADS = {
    "n": "Patients",
    "power": "Power",
    "closed_form": "Power by closed form",
    "cost": "Cost",
    "contrast": "Difference",
    "design": "Design",
    "missingness": "Missing values",
    "studies": "Studies drawn",
    "supported": "Verdict supported",
    "differs": "Difference between patients established",
    "gain": "True gain of choosing",
    "better": "Choosing beats the better single arm",
    "auc": "AUC",
    "shrinkage": "Needed for little shrinkage",
    "optimism": "Needed for little optimism",
    "prevalence_margin": "Needed to know the response rate",
    "required": "Needed for all three",
}
WHICH = ("contrast", "design", "missingness")
"""What tells one line of a figure from another."""
MISSINGNESS = {
    "none": "no value missing",
    "at_random": "values missing at random",
    "site_and_severity": "values missing by site and severity",
}
BESIDE = ("error", "_lower", "_upper")
"""How numbers end that stand in the cell of another."""
IN_CELL = {
    "none": "none",
    "at_random": "at random",
    "site_and_severity": "by site and severity",
}
"""Missing values under their heading."""
SHARES = {"power", "closed_form", "supported", "differs", "better", "prevalence"}


def plan_facts(answer: Mapping[str, Any], *, command: str) -> dict[str, Any]:
    """Gather what a plan's page shows.

    Parameters
    ----------
    answer : mapping
        plan.json.
    command : str
        What made it.
    """
    with measured_in(answer.get("response")):
        parts = [_part(answer, name, rows) for name, rows in answer["tables"].items()]
    return plain({**answer, "command": command, "parts": parts})  # type: ignore[no-any-return]


def _part(answer: Mapping[str, Any], name: str, rows: list[Row]) -> dict[str, Any]:
    """Return what one question's section shows."""
    known = [key for key in rows[0] if any(row[key] is not None for row in rows)]
    keys = [key for key in known if not key.endswith(BESIDE)]
    return {
        "title": TITLES[name],
        "sentence": answer["sentences"][name],
        "assumed": answer["assumed"][name],
        "heads": [_head(key) for key in keys],
        "rows": [[_cell(row, key) for key in keys] for row in rows],
        "curves": _curves(name, rows),
        "line": "verdict supported" if name == "choosing" and _told(rows) else "",
    }


def _estimate(row: Row, key: str) -> dict[str, float | None]:
    """Return a number with the ends of its interval, where it has one."""
    ends = {end: row.get(f"{key}_{end}") for end in ("lower", "upper")}
    return {"estimate": row[key], **ends}


def _head(key: str) -> str:
    worth = key.removeprefix("worth_")
    title = HEADS.get(key, named(key).capitalize())
    if worth != key:
        title = f"Worth of {named(worth)} predictors"
    if _gained(key):
        title = f"{title}, {steps()}"
    return title


def _gained(key: str) -> bool:
    """Tell whether a number is in what responses are measured in."""
    return key == "gain" or key.startswith("worth_")


def _cell(row: Row, key: str) -> str:
    value = row[key]
    if value is None:
        return "\u2013"
    if isinstance(value, str):
        return IN_CELL.get(value, _named(key, value))
    if key in SHARES:
        return percent_ci(_estimate(row, key))
    if _gained(key):
        return points_ci(_estimate(row, key))
    return quantity(value)


def _curves(name: str, rows: list[Row]) -> list[dict[str, Any]]:
    """Return one line a contrast and design, or one for each probability of whole studies."""
    if name == "development":
        return []
    told = _told(rows)
    keys = ["power"]
    if name == "choosing":
        keys = ["supported"] if told else ["supported", "differs", "better"]
    lines: dict[str, list[dict[str, float | None]]] = {}
    for row in rows:
        which = ", ".join(_named(key, row[key]) for key in told)
        for key in keys:
            label = which or HEADS[key]
            lines.setdefault(label, []).append({"n": row["n"], **_estimate(row, key)})
    return [{"label": label, "points": points} for label, points in lines.items()]


def _told(rows: list[Row]) -> list[str]:
    return [key for key in WHICH if key in rows[0]]


def _named(key: str, value: str) -> str:
    """Return what stands for a contrast, a design or a kind of missingness."""
    return MISSINGNESS[value] if key == "missingness" else named(value.replace("_vs_", " versus "))
