"""The facts and the figure of a plan: power by number of patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from nxpredict.report._format import named, percent, whole
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
    "error": "Standard error",
    "closed_form": "Closed form",
    "cost": "Cost",
    "contrast": "Contrast",
    "studies": "Studies drawn",
    "supported": "Verdict supported",
    "differs": "Difference between patients established",
    "gain": "True gain of choosing",
    "better": "Choosing beats the better single arm",
}


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
        heads = [key for key in rows[0] if any(row[key] is not None for row in rows)]
        parts.append(
            {
                "title": TITLES[name],
                "sentence": answer["sentences"][name],
                "heads": [HEADS.get(key, named(key).capitalize()) for key in heads],
                "rows": [[row[key] for key in heads] for row in rows],
                "curves": _curves(name, rows),
            }
        )
    return plain({**answer, "command": command, "parts": parts})  # type: ignore[no-any-return]


def _curves(name: str, rows: list[Row]) -> list[dict[str, Any]]:
    """Return one line a contrast, or a line for each probability of whole studies."""
    if name == "development":
        return []
    if name == "choosing":
        return [
            {"label": HEADS[key], "points": [(row["n"], row[key]) for row in rows]}
            for key in ("supported", "differs", "better")
        ]
    labels = dict.fromkeys(row.get("contrast", "") for row in rows)
    return [
        {
            "label": named(str(label).replace("_vs_", " versus ")) or "Power",
            "points": [(r["n"], r["power"]) for r in rows if r.get("contrast", "") == label],
        }
        for label in labels
    ]


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
        points = [(x(n), y(p)) for n, p in curve["points"]]
        marks.append(line(points, f"curve {arm_class(place)}"))
        shape = ("circle", "square", "diamond", "triangle")[place % 4]
        marks += [marker(shape, *point, arm_class(place), 4.0) for point in points]
    centre = (x.start + x.end) / 2
    marks.append(
        element("text", "Patients in all arms", x=centre, y=y.start + 37, class_="axis middle")
    )
    return picture(f"{part['title']} Probability by number of patients", WIDTH, HEIGHT, *marks)
