"""The few marks that figures are made of. Colours, fonts and strokes are in the style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from nxpredict.report._measured import continuous

MARKERS = ("circle", "square", "diamond", "triangle")
COLOURS = 6
"""Colours of arms in the style sheet; with more arms, marks tell apart what colours repeat."""


def arm_class(place: int) -> str:
    """Return the class that colours an arm.

    Examples
    --------
    >>> arm_class(7)
    'arm-1'
    """
    return f"arm-{place % COLOURS}"


def element(name: str, *children: object, **attributes: object) -> Markup:
    """Build one element; `class_` stands for ``class`` and underscores for hyphens.

    Examples
    --------
    >>> print(element("text", "<b>", x=1.2345, class_="tick"))
    <text x="1.23" class="tick">&lt;b&gt;</text>
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        written = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
        parts.append(f' {key.rstrip("_").replace("_", "-")}="{escape(written)}"')
    inside = Markup("").join(escape(child) for child in children)
    if not inside:
        return Markup("".join(parts) + "/>")  # noqa: S704 - every part was escaped above
    return Markup("".join(parts) + ">") + inside + Markup(f"</{name}>")  # noqa: S704


def picture(title: str, width: int, height: int, *children: object, class_: str = "") -> Markup:
    """Build a picture with meaning: role, title, and a size that scales with the page."""
    return element(
        "svg",
        element("title", title),
        *children,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=title,
        class_=f"picture {class_}".strip(),
    )


def decoration(width: int, height: int, *children: object, class_: str = "") -> Markup:
    """Build a picture that repeats a number beside it, stretched to its cell."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {width} {height}",
        preserveAspectRatio="none",
        aria_hidden="true",
        focusable="false",
        class_=f"mark {class_}".strip(),
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """Linear map from data to the drawing.

    Examples
    --------
    >>> Scale(0.0, 1.0, 40.0, 240.0)(0.5)
    140.0
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        held = min(max(value, self.low), self.high)
        return self.start + (held - self.low) / (self.high - self.low) * (self.end - self.start)


def reach(values: Iterable[float | None], least: float) -> float:
    """Return a round symmetric limit that holds every value.

    Probabilities differ by 1 at most, and what they differ by less than `least` is drawn small;
    a response that is a number has neither bound.

    Examples
    --------
    >>> reach([0.031, -0.12, None], least=0.05)
    0.15
    >>> from nxpredict.report._measured import measured_in
    >>> with measured_in({"kind": "continuous", "unit": "days", "favourable": "lower"}):
    ...     reach([5.94, -0.04], least=0.05), reach([], least=0.05)
    (10.0, 1.0)
    """
    sizes = [abs(v) for v in values if v is not None]
    if continuous():
        return _round_above(max(sizes, default=0.0))
    largest = max([least, *sizes])
    for limit in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.8):
        if largest <= limit:
            return limit
    return 1.0


def _round_above(largest: float) -> float:
    """Return the next of 1, 2, 3, 5 and 10 times a power of ten; 1 where there is nothing."""
    if largest <= 0.0:
        return 1.0
    power = math.floor(math.log10(largest))
    return next(limit for k in (1, 2, 3, 5, 10, 20) if (limit := float(f"{k}e{power}")) >= largest)


def line(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """Build a polyline."""
    return element(
        "polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=class_
    )


def band(
    lower: Sequence[tuple[float, float]], upper: Sequence[tuple[float, float]], class_: str
) -> Markup:
    """Build the area between two curves."""
    outline = [*lower, *reversed(upper)]
    return element(
        "polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in outline), class_=class_
    )


def marker(shape: str, x: float, y: float, class_: str, size: float = 4.5) -> Markup:
    """Build a point mark whose shape carries its meaning as well as its colour."""
    if shape == "circle":
        return element("circle", cx=x, cy=y, r=size, class_=class_)
    if shape == "square":
        return element(
            "rect", x=x - size, y=y - size, width=2 * size, height=2 * size, class_=class_
        )
    far = f"{size * 1.3:.1f}"
    if shape == "diamond":
        path = f"M{x:.1f},{y:.1f} m0,-{far} l{far},{far} -{far},{far} -{far},-{far}z"
    else:
        path = f"M{x:.1f},{y:.1f} m0,-{far} l{far},{size * 2.2:.1f} -{size * 2.6:.1f},0z"
    return element("path", d=path, class_=class_)
