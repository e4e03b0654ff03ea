"""The figure of a plan: probability by number of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from nxpredict.report._format import percent, whole
from nxpredict.report._svg import MARKERS, Scale, arm_class, element, line, marker, picture

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 300, 58, 20, 14, 46
APART = 3.0
"""Between the marks of two lines at one size, so that their intervals can be told apart."""


def power_figure(part: Mapping[str, Any], wanted: float) -> Markup:
    """Draw power by number of patients, one marked line a question, and the power wanted."""
    curves = part["curves"]
    sizes = sorted({point["n"] for curve in curves for point in curve["points"]})
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
        aside = APART * (place - (len(curves) - 1) / 2)
        marks += _curve(
            place, curve["points"], replace(x, start=x.start + aside, end=x.end + aside), y
        )
    centre = (x.start + x.end) / 2
    marks.append(
        element("text", "Patients in all arms", x=centre, y=y.start + 37, class_="axis middle")
    )
    return picture(f"{part['title']} Probability by number of patients", WIDTH, HEIGHT, *marks)


def _curve(place: int, points: Sequence[Mapping[str, Any]], x: Scale, y: Scale) -> list[Markup]:
    """Return one line, its marks and their intervals."""
    colour = arm_class(place)
    found = [line([(x(p["n"]), y(p["estimate"])) for p in points], f"curve {colour}")]
    for p in points:
        if p["lower"] is not None:
            ends = [(x(p["n"]), y(p[end])) for end in ("lower", "upper")]
            found.append(line(ends, f"reach {colour}"))
        at = x(p["n"]), y(p["estimate"])
        found.append(marker(MARKERS[place % len(MARKERS)], *at, f"point {colour}", 4.0))
    return found
