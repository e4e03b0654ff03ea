"""Figures as inline SVG, drawn from facts. Every one has its numbers in a table beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from nxpredict.report._format import number, percent, points, quantity, response
from nxpredict.report._measured import continuous, steps
from nxpredict.report._svg import (
    MARKERS,
    Scale,
    arm_class,
    band,
    decoration,
    element,
    line,
    marker,
    picture,
    reach,
)

Row = Mapping[str, Any]
WIDTH, HEIGHT = 380, 320
LEFT, RIGHT, TOP, BOTTOM = 58, 20, 14, 46


def interval_mark(estimate: Row | None, limit: float, centre: float = 0.0) -> Markup:
    """Draw an estimate and its interval on a line around `centre`; nothing when not estimated."""
    value = (estimate or {}).get("estimate")
    x = Scale(centre - limit, centre + limit, 4.0, 196.0)
    zero = element("path", d=f"M{x(centre):.1f},0 V20", class_="zero")
    if estimate is None or value is None:
        return decoration(200, 20, zero)
    marks = [zero]
    if estimate.get("lower") is not None and estimate.get("upper") is not None:
        ends = f"M{x(estimate['lower']):.1f},10 H{x(estimate['upper']):.1f}"
        marks.append(element("path", d=ends, class_="whisker"))
    marks.append(element("path", d=f"M{x(value):.1f},10 h0", class_="dot"))
    return decoration(200, 20, *marks)


def contribution_mark(row: Row, limit: float) -> Markup:
    """Draw a contribution as a bar from zero with its interval; hatched when it may be zero."""
    x = Scale(-limit, limit, 2.0, 198.0)
    value = row["value"]
    start, end = sorted((x(0.0), x(value)))
    sure = row.get("distinguishable") is not False
    bar = element(
        "rect",
        x=start,
        y=4,
        width=max(end - start, 0.5),
        height=12,
        class_=("bar up" if value > 0 else "bar down") + ("" if sure else " unsure"),
    )
    marks = [bar, element("path", d=f"M{x(0.0):.1f},0 V20", class_="zero")]
    if row.get("lower") is not None and row.get("upper") is not None:
        ends = f"M{x(row['lower']):.1f},10 H{x(row['upper']):.1f}"
        marks.append(element("path", d=ends, class_="whisker"))
    return decoration(200, 20, *marks)


def icon_array(probability: float, arm: str, place: int) -> Markup:
    """Draw one hundred people, those expected to respond filled."""
    filled = round(100 * probability)
    dots = [
        element(
            "circle",
            cx=6 + 12 * (i % 10),
            cy=6 + 12 * (i // 10),
            r=4.2,
            class_=f"person {arm_class(place)}" if i < filled else "person not",
        )
        for i in range(100)
    ]
    title = f"{filled} of 100 people like this one are expected to respond under {arm}"
    return picture(title, 120, 120, *dots, class_="people")


def calibration_figure(arm: Row) -> Markup:
    """Draw observed against predicted response for one arm, with its band and the ideal line."""
    curve = arm["curve"]
    low, high = _ends(curve)
    x = Scale(low, high, LEFT, WIDTH - RIGHT)
    y = Scale(low, high, HEIGHT - BOTTOM, TOP)
    middle = [(x(p["predicted"]), y(p["observed"])) for p in curve]
    ends = [
        [(x(p["predicted"]), y(p[side])) for p in curve if p.get(side) is not None]
        for side in ("lower", "upper")
    ]
    ticks = round_ticks(low, high) if continuous() else [0.0, 0.25, 0.5, 0.75, 1.0]
    what = f"response, {steps()}" if continuous() else "response"
    colour = arm_class(arm["place"])
    return picture(
        f"Calibration under {arm['label']}: observed against predicted response",
        WIDTH,
        HEIGHT,
        *_frame(x, y, ticks, ticks, response, f"Predicted {what}", f"Observed {what}"),
        line([(x(low), y(low)), (x(high), y(high))], "ideal"),
        band(ends[0], ends[1], f"band {colour}"),
        line(middle, f"curve {colour}"),
    )


def round_ticks(low: float, high: float) -> list[float]:
    """Return three to six round numbers from `low` to `high`.

    Examples
    --------
    >>> round_ticks(-9.48, -2.37), round_ticks(0.0, 1.0)
    ([-8.0, -6.0, -4.0], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    """
    size = 10.0 ** math.floor(math.log10((high - low) / 5))
    step = next(size * k for k in (1, 2, 5, 10) if (high - low) / (size * k) <= 5 + 1e-9)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, last + 1)]


def _ends(curve: Sequence[Row]) -> tuple[float, float]:
    """Return the ends of both axes: 0 and 1, or those of the numbers."""
    if not continuous():
        return 0.0, 1.0
    keys = ("predicted", "observed", "lower", "upper")
    values = [p[key] for p in curve for key in keys if p.get(key) is not None]
    low, high = min(values), max(values)
    return low, high if high > low else low + 1.0


def gates_figure(contrast: Row) -> Markup:
    """Draw observed benefit with intervals beside predicted benefit in groups of the latter."""
    groups = contrast["gates"]
    values = [g.get(k) for g in groups for k in ("predicted", "estimate", "lower", "upper")]
    limit = reach(values, least=0.05)
    x = Scale(0.5, len(groups) + 0.5, LEFT, WIDTH - RIGHT)
    y = Scale(-limit, limit, HEIGHT - BOTTOM, TOP + 18)
    marks: list[Markup] = []
    for g in groups:
        at = x(g["group"])
        marks.append(line([(at + 9, y(g["lower"])), (at + 9, y(g["upper"]))], "whisker"))
        marks.append(marker("circle", at + 9, y(g["estimate"]), "observed"))
        marks.append(marker("diamond", at - 9, y(g["predicted"]), "predicted"))
    average = contrast["average"].get("estimate")
    if average is not None:
        marks.insert(0, line([(x(0.5), y(average)), (x(len(groups) + 0.5), y(average))], "ideal"))
    key = [
        marker("diamond", LEFT + 10, TOP + 2, "predicted"),
        element("text", "predicted", x=LEFT + 20, y=TOP + 6, class_="note"),
        marker("circle", LEFT + 100, TOP + 2, "observed"),
        element("text", "observed, with interval", x=LEFT + 110, y=TOP + 6, class_="note"),
    ]
    frame = _frame(
        x,
        y,
        [g["group"] for g in groups],
        [-limit, -limit / 2, 0.0, limit / 2, limit],
        _tick,
        "Patients by predicted benefit, least to most",
        f"Benefit, {steps()}",
        name_x=lambda v: number(v, 0),
    )
    title = f"Observed and predicted benefit of {contrast['title']} by group of predicted benefit"
    return picture(title, WIDTH, HEIGHT, *frame, *marks, *key)


def targeting_figure(contrast: Row) -> Markup:
    """Draw what the share ranked highest gains over the average patient."""
    curve = contrast["targeting"]
    limit = reach([p.get(k) for p in curve for k in ("estimate", "lower", "upper")], least=0.05)
    lowest = min((p["lower"] for p in curve if p["lower"] is not None), default=0.0)
    ticks = [0.0, limit / 2, limit] if lowest >= 0 else [-limit, -limit / 2, 0.0, limit / 2, limit]
    x = Scale(0.0, 1.0, LEFT, WIDTH - RIGHT)
    y = Scale(ticks[0], limit, HEIGHT - BOTTOM, TOP)
    ends = [[(x(p["share"]), y(p[side])) for p in curve] for side in ("lower", "upper")]
    return picture(
        f"Gain over the average patient when the share ranked highest gets {contrast['arm_label']}",
        WIDTH,
        HEIGHT,
        *_frame(
            x,
            y,
            [0.0, 0.25, 0.5, 0.75, 1.0],
            ticks,
            _tick,
            "Share of patients ranked highest",
            f"Above the average, {steps()}",
            name_x=percent,
        ),
        band(ends[0], ends[1], "band"),
        line([(x(p["share"]), y(p["estimate"])) for p in curve], "curve"),
    )


def decision_figure(contrast: Row) -> Markup:
    """Draw the net gain of giving the arm above a threshold of predicted benefit."""
    curve = contrast["decision"]
    series = ("model", "all_arm", "lower", "upper")
    limit = reach([p.get(k) for p in curve for k in series], least=0.05)
    x = Scale(curve[0]["threshold"], curve[-1]["threshold"], LEFT, WIDTH - RIGHT)
    y = Scale(-limit, limit, HEIGHT - BOTTOM, TOP)

    def points_of(key: str) -> list[tuple[float, float]]:
        return [(x(p["threshold"]), y(p[key])) for p in curve]

    arm, reference = contrast["arm_label"], contrast["reference_label"]
    return picture(
        f"Net gain over giving everyone {reference}, by threshold for giving {arm}",
        WIDTH,
        HEIGHT,
        *_frame(
            x,
            y,
            round_ticks(x.low, x.high),
            [-limit, -limit / 2, 0.0, limit / 2, limit],
            _tick,
            f"Threshold of predicted benefit, {steps()}",
            f"Net gain, {steps()}",
        ),
        band(points_of("lower"), points_of("upper"), "band"),
        line(points_of("all_arm"), "other"),
        line(points_of("model"), "curve"),
    )


def dependence_figure(driver: Row) -> Markup:
    """Draw the mean contribution of a number by its value, in groups of patients, with a band."""
    groups = [g for g in driver["profile"] if g["middle"] is not None]
    ends = [g["estimate"].get(k) for g in groups for k in ("estimate", "lower", "upper")]
    limit = reach(ends, least=0.02)
    low, high = groups[0]["middle"], groups[-1]["middle"]
    x = Scale(low, high if high > low else low + 1.0, LEFT, WIDTH - RIGHT)
    y = Scale(-limit, limit, HEIGHT - BOTTOM, TOP)

    def points_of(key: str) -> list[tuple[float, float]]:
        return [(x(g["middle"]), y(g["estimate"][key])) for g in groups]

    marks = [line(points_of("estimate"), "curve")]
    marks += [marker("circle", *point, "observed", 3.0) for point in points_of("estimate")]
    if all(end is not None for end in ends):
        marks.insert(0, band(points_of("lower"), points_of("upper"), "band"))
    ticks = [low + share * (x.high - low) for share in (0.0, 1 / 3, 2 / 3, 1.0)]
    frame = _frame(
        x,
        y,
        ticks,
        [-limit, -limit / 2, 0.0, limit / 2, limit],
        _tick,
        f"{driver['label']}, {driver['unit']}".rstrip(", "),
        f"Mean contribution, {steps()}",
        name_x=quantity,
    )
    return picture(f"Mean contribution by {driver['label']}", WIDTH, HEIGHT, *frame, *marks)


def arm_mark(place: int) -> Markup:
    """Draw the small mark that stands for an arm wherever it is named."""
    shape = MARKERS[place % len(MARKERS)]
    drawn = marker(shape, 7.0, 7.0, arm_class(place), 4.5)
    return element("svg", drawn, viewBox="0 0 14 14", aria_hidden="true", class_="key")


def _tick(value: float) -> str:
    if continuous():
        return points(value)
    return points(value, 0 if round(100 * value, 6).is_integer() else 1)


def _frame(
    x: Scale,
    y: Scale,
    ticks_x: Sequence[float],
    ticks_y: Sequence[float],
    name: Any,
    label_x: str,
    label_y: str,
    *,
    name_x: Any = None,
) -> list[Markup]:
    """Draw grid, tick labels, the zero line and axis titles."""
    marks = []
    for v in ticks_y:
        kind = "zero" if v == 0.0 and y.low < 0 else "grid"
        marks.append(line([(x.start, y(v)), (x.end, y(v))], kind))
        marks.append(element("text", name(v), x=x.start - 8, y=y(v) + 4, class_="tick end"))
    for v in ticks_x:
        place = "tick middle"
        marks.append(element("text", (name_x or name)(v), x=x(v), y=y.start + 17, class_=place))
    centre = (x.start + x.end) / 2
    marks.append(element("text", label_x, x=centre, y=y.start + 37, class_="axis middle"))
    turn = f"translate(9 {(y.start + y.end) / 2:.0f}) rotate(-90)"
    marks.append(element("text", label_y, transform=turn, class_="axis middle"))
    return marks
