"""The facts and the figure of a plan: power by number of patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from nxpredict.report._format import number, percent, points, quantity, whole
from nxpredict.report._phrases import named
from nxpredict.report._svg import Scale, arm_class, element, line, marker, picture
from nxpredict.report._values import plain

Row = Mapping[str, Any]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 300, 58, 20, 14, 46
TITLES = {
    "average": "Is one arm better on average?",
    "interaction": "Does the marker change the difference?",
    "choosing": "Will the study support choosing?",
    "development": "How large for a prediction model?",
}
HEADS = {
    "n": "Patients",
    "power": "Power",
    "closed_form": "Power by closed form, in large samples",
    "cost": "Cost",
    "contrast": "Difference",
    "design": "Design",
    "missingness": "Missing values",
    "studies": "Studies drawn",
    "supported": "Verdict supported",
    "differs": "Difference between patients established",
    "gain": "True gain of choosing, points",
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
    parts = []
    for name, rows in answer["tables"].items():
        known = [key for key in rows[0] if any(row[key] is not None for row in rows)]
        keys = [key for key in known if not key.endswith("error")]
        parts.append(
            {
                "title": TITLES[name],
                "sentence": answer["sentences"][name],
                "heads": [_head(key, rows[0]) for key in keys],
                "rows": [[_cell(row, key) for key in keys] for row in rows],
                "curves": _curves(name, rows),
                "line": "verdict supported" if name == "choosing" and _told(rows) else "",
            }
        )
    return plain({**answer, "command": command, "parts": parts})  # type: ignore[no-any-return]


def _error(row: Row, key: str) -> float | None:
    """Return the standard error of the simulation that belongs to a number, if there is one."""
    found: float | None = row.get("error" if key == "power" else f"{key}_error")
    return found


def _head(key: str, row: Row) -> str:
    worth = key.removeprefix("worth_")
    title = HEADS.get(key, named(key).capitalize())
    if worth != key:
        title = f"Worth of {named(worth)} predictors, points"
    return title if _error(row, key) is None else f"{title} (standard error)"


def _cell(row: Row, key: str) -> str:
    value, error = row[key], _error(row, key)
    if value is None:
        return "\u2013"
    if isinstance(value, str):
        return _named(key, value)
    if key in SHARES:
        text = percent(value)
    elif key == "gain" or key.startswith("worth_"):
        text = points(value)
    else:
        text = quantity(value)
    return text if error is None else f"{text} ({number(100 * error, 1)})"


def _curves(name: str, rows: list[Row]) -> list[dict[str, Any]]:
    """Return one line a contrast and design, or one for each probability of whole studies."""
    if name == "development":
        return []
    told = _told(rows)
    keys = ["power"]
    if name == "choosing":
        keys = ["supported"] if told else ["supported", "differs", "better"]
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        which = ", ".join(_named(key, row[key]) for key in told)
        for key in keys:
            label = which or HEADS[key]
            lines.setdefault(label, []).append((row["n"], row[key]))
    return [{"label": label, "points": points} for label, points in lines.items()]


def _told(rows: list[Row]) -> list[str]:
    return [key for key in WHICH if key in rows[0]]


def _named(key: str, value: str) -> str:
    """Return what stands for a contrast, a design or a kind of missingness."""
    return MISSINGNESS[value] if key == "missingness" else named(value.replace("_vs_", " versus "))


def power_figure(part: Row, wanted: float) -> Markup:
    """Draw power by number of patients, one marked line a question, and the power wanted."""
    curves = part["curves"]
    sizes = sorted({n for curve in curves for n, _ in curve["points"]})
    x = Scale(0.0, float(max(sizes)) * 1.05, LEFT, WIDTH - RIGHT)
    y = Scale(0.0, 1.0, HEIGHT - BOTTOM, TOP)
    marks: list[Markup] = []
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        marks.append(line([(x.start, y(value)), (x.end, y(value))], "grid"))
        marks.append(
            element("text", percent(value), x=x.start - 8, y=y(value) + 4, class_="tick end")
        )
    marks += [
        element("text", whole(n), x=x(n), y=y.start + 17, class_="tick middle") for n in sizes
    ]
    marks.append(line([(x.start, y(wanted)), (x.end, y(wanted))], "ideal"))
    for place, curve in enumerate(curves):
        places = [(x(n), y(p)) for n, p in curve["points"]]
        marks.append(line(places, f"curve {arm_class(place)}"))
        shape = ("circle", "square", "diamond", "triangle")[place % 4]
        marks += [marker(shape, *at, f"point {arm_class(place)}", 4.0) for at in places]
    centre = (x.start + x.end) / 2
    marks.append(
        element("text", "Patients in all arms", x=centre, y=y.start + 37, class_="axis middle")
    )
    return picture(f"{part['title']} Probability by number of patients", WIDTH, HEIGHT, *marks)
