"""A fall from baseline as a response that is there or not: worked by hand, at every boundary."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.errors import DataError
from nxpredict.study import Fall, Reduction, ResponseDefinition
from nxpredict.study._rules import Numbers

COLUMNS = ", baseline: b, follow_up: f"
Make = Callable[[str], ResponseDefinition]


@pytest.mark.parametrize(
    ("keys", "cases"),
    [
        ("definition: craving, change: absolute, at_least: 10",
         [(25, 15, 1), (25, 15.5, 0), (10, 0, 1), (9, 0, 0), (25, None, None), (None, 5, None)]),
        ("definition: craving, change: relative, at_least: 0.3",
         [(20, 14, 1), (20, 14.5, 0), (0, 0, 0), (20, 0, 1)]),
        ("definition: peth, change: relative, at_least: 0.5",
         [(200, 100, 1), (200, 101, 0), (0, 0, 0)]),
        # 0.1 + 0.2 of a fall of 0.3 must not be lost to rounding.
        ("definition: peth, change: absolute, at_least: 0.3",
         [(0.4, 0.1, 1), (0.4, 0.11, 0), (0.3, 0, 1), (0.2, 0, 0)]),
        ("definition: alcohol_per_day, unit: drinks_10g/day, change: absolute, at_least: 3",
         [(8, 5, 1), (8, 5.1, 0)]),
        ("definition: heavy_drinking_days, change: absolute, at_least: 5",
         [(20, 15, 1), (20, 16, 0), (4, 0, 0)]),
    ],
)  # fmt: skip
def test_a_fall_counts_from_its_bound_on(
    make: Make, keys: str, cases: list[tuple[float | None, float | None, int | None]]
) -> None:
    rule = make(keys + COLUMNS)
    frame = pd.DataFrame(cases, columns=["b", "f", "expected"], dtype="float64")
    np.testing.assert_array_equal(rule.evaluate(frame)[0], frame["expected"])
    assert rule.columns == ("b", "f")
    assert rule.outcome_columns == ("f",)
    assert not rule.scale.continuous
    assert "baseline in 'b': a fall by at least" in rule.describe()


@pytest.mark.parametrize(
    ("keys", "baselines", "told"),
    [
        ("craving, change: absolute, at_least: 10", (9.0, 10.0), "below 10 points"),
        ("alcohol_reduction, at_least: 0.7", (0.0, 0.5), "at 0"),
        ("who_risk_level_reduction, levels: 2", (60.0, 61.0), "below the risk level 'high'"),
    ],
)
def test_a_fall_that_a_baseline_does_not_leave_room_for_is_said(
    make: Make, keys: str, baselines: tuple[float, float], told: str
) -> None:
    rule = make(f"definition: {keys}{COLUMNS}")
    frame = pd.DataFrame({"b": baselines, "f": 0.0, "sex": 1.0})
    (fault,) = rule.evaluate(frame)[1]
    assert (fault.code, fault.severity) == ("cannot-respond", "warning")
    assert f"1 patient is {told} at baseline" in fault.message
    assert rule.evaluate(frame[1:])[1] == ()


def test_days_of_a_timeline_may_fall_too(make: Make) -> None:
    rule = make(
        "definition: heavy_drinking_days, change: absolute, at_least: 14, heavy_day: EU, timeline: "
        "{path: t.csv, id: id, day: day, amount: drinks, baseline_days: [-4, -1], "
        "follow_up_days: [1, 4]}, unit: drinks_12g/day"
    )
    # Five drinks of 12 g are 60 g: heavy for a man. Of four days 4 and 2 are 28 and 14 of 28.
    frame = rule.summarise(
        np.full((2, 4), 5.0), np.array([[5, 5, 0, 0], [5, 5, 5, 0.0]]), np.ones(2)
    )
    assert rule.evaluate(frame)[0].tolist() == [1.0, 0.0]
    assert "baseline on days -4 to -1: a fall by at least 14 days" in rule.describe()


@given(
    before=st.floats(0, 500), after=st.floats(0, 500), more=st.floats(0, 500),
    bound=st.floats(0.01, 1),
)  # fmt: skip
def test_more_at_follow_up_never_makes_a_responder(
    before: float, after: float, more: float, bound: float
) -> None:
    for rule in (Fall(100 * bound), Reduction(bound)):
        met = rule.met(
            Numbers(np.full(2, before), np.array([after, after + more]), np.full(2, np.nan))
        )
        assert met[0] or not met[1]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("definition: craving, change: relative, at_least: 30" + COLUMNS, "above 0, at most 1"),
        ("definition: craving, change: absolute, at_least: 0" + COLUMNS, "a number above 0"),
        ("definition: craving, change: absolute, at_least: 5, follow_up: f", "lacks baseline"),
        ("definition: craving, change: absolute, at_most: -5" + COLUMNS, "lacks at_least"),
        ("definition: percent_days_abstinent, change: absolute, at_least: 5" + COLUMNS, "meaning"),
        ("definition: no_heavy_drinking_days, change: absolute" + COLUMNS, "meaning"),
    ],
)
def test_a_fall_that_cannot_be_is_a_fault(make: Make, keys: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        make(keys)
