"""Figures draw what the facts say, and stay inside their frame."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.report._figures import (
    arm_mark,
    contribution_mark,
    decision_figure,
    gates_figure,
    icon_array,
    interval_mark,
)
from nxpredict.report._format import in_hundred, number, percent, points
from nxpredict.report._measured import measured_in
from nxpredict.report._render import render_cohort_report
from nxpredict.report._svg import Scale, element, reach

share = st.floats(0, 1, allow_nan=False)
difference = st.floats(-1, 1, allow_nan=False)


@given(share)
def test_an_icon_array_fills_as_many_as_the_number_beside_it(p: float) -> None:
    drawn = icon_array(p, "nalmefene", 1)
    said = int(in_hundred(p).split()[0])
    assert len(re.findall('class="person arm-1"', drawn)) == said
    assert len(re.findall('class="person not"', drawn)) == 100 - said
    assert f"{said} of 100" in drawn


@given(difference, difference, difference, st.sampled_from([0.02, 0.1, 0.5, 1.0]))
def test_marks_stay_inside_their_cell(a: float, b: float, c: float, limit: float) -> None:
    lower, value, upper = sorted([a, b, c])
    estimate = {"estimate": value, "lower": lower, "upper": upper}
    row = {"value": value, "lower": lower, "upper": upper, "distinguishable": True}
    for drawn in (interval_mark(estimate, limit), contribution_mark(row, limit)):
        xs = [float(x) for x in re.findall(r"[MH](-?[\d.]+)", drawn)]
        assert all(0 <= x <= 200 for x in xs)


def test_what_is_not_estimated_is_not_drawn() -> None:
    for estimate in (None, {}, {"estimate": None, "lower": None, "upper": None}):
        assert "dot" not in interval_mark(estimate, 0.1)
    assert "whisker" not in interval_mark({"estimate": 0.1, "lower": None, "upper": None}, 0.1)


def test_a_contribution_shows_its_sign_and_its_doubt() -> None:
    up = contribution_mark({"value": 0.1, "distinguishable": True}, 0.2)
    down = contribution_mark({"value": -0.1, "distinguishable": False}, 0.2)
    assert 'class="bar up"' in up
    assert 'class="bar down unsure"' in down


def test_arms_differ_in_shape_and_colour() -> None:
    drawn = [arm_mark(place) for place in range(8)]
    assert len({str(d) for d in drawn}) == 8


@given(st.lists(st.one_of(st.none(), difference), max_size=5))
def test_the_reach_holds_every_value(values: list[float | None]) -> None:
    limit = reach(values, 0.05)
    assert all(abs(v) <= limit for v in values if v is not None)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6).filter(lambda v: abs(v) > 1e-9))))
def test_the_reach_of_a_number_is_that_of_its_values(values: list[float | None]) -> None:
    sizes = [abs(v) for v in values if v is not None]
    with measured_in({"kind": "continuous", "unit": "days", "favourable": "lower"}):
        limit = reach(values, 0.05)
    assert all(v <= limit for v in sizes)
    assert not sizes or limit <= 2.01 * max(sizes)


def test_groups_of_a_number_are_drawn_apart(world) -> None:
    contrast = world().cohort_page()["contrasts"][0]
    for g in contrast["gates"]:
        g |= {k: 50 * g[k] for k in ("predicted", "estimate", "lower", "upper")}
    with measured_in({"kind": "continuous", "unit": "days", "favourable": "lower"}):
        drawn = gates_figure(contrast)
    heights = re.findall(r'<circle[^>]*cy="([\d.]+)"[^>]*class="observed"', drawn)
    assert len(set(heights)) == len(contrast["gates"]) + 1


def test_no_name_of_a_strategy_stands_where_another_line_may_run(world) -> None:
    contrast = world().cohort_page()["contrasts"][0]
    drawn = decision_figure(contrast)
    assert "everyone" not in drawn.partition("</title>")[2]
    page = render_cohort_report(world().cohort_page())
    assert "Dashed: everyone nalmefene. The line at zero: everyone naltrexone." in page


@given(difference)
def test_a_scale_keeps_to_its_ends(value: float) -> None:
    assert 10 <= Scale(-0.2, 0.4, 10.0, 90.0)(value) <= 90


@given(st.text(max_size=30))
def test_text_in_a_figure_is_escaped(text: str) -> None:
    drawn = element("text", text, title=text)
    assert drawn.count("<") == (2 if text else 1)


@given(difference)
def test_signs_are_never_lost_or_made_up(value: float) -> None:
    written = points(value)
    shown = float(written.replace("\N{MINUS SIGN}", "-"))
    assert shown == pytest.approx(100 * value, abs=0.051)
    assert written.startswith("+") == (shown > 0)
    assert written not in ("+0.0", "\N{MINUS SIGN}0.0")


@pytest.mark.parametrize("write", [number, percent, points, in_hundred])
def test_what_is_unknown_is_said(write) -> None:
    assert write(None) == write(float("nan")) == "not estimated"
