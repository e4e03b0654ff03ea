"""Changes from baseline as numbers: worked by hand, and what more drinking may never do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.study import ArmSet, ResponseDefinition, ResponseScale, TimelineResponse, estimand

DAYS = "timeline: {path: t.csv, id: id, day: day, amount: g, baseline_days: [-4, -1], %s}"
WINDOW = "follow_up_days: [1, 4]"
MAN, WOMAN = 1.0, 0.0
Make = Callable[[str], ResponseDefinition]


@pytest.fixture(scope="module")
def make(make: Make) -> Make:
    """Responses that are numbers."""
    return lambda keys: make(f"kind: continuous, {keys}")


def as_written(rule: ResponseDefinition, frame: pd.DataFrame) -> Any:
    """The response as people read it: negative is a fall."""
    return rule.scale.turned(rule.evaluate(frame)[0]).tolist()


COLUMNS = "change: %s, baseline: b, follow_up: f"


@pytest.mark.parametrize(
    ("keys", "before", "after", "change", "unit"),
    [
        ("definition: heavy_drinking_days, " + COLUMNS % "absolute", 20, 6, -14,
         "days per 28 days"),
        ("definition: heavy_drinking_days, " + COLUMNS % "absolute", 0, 3, 3, "days per 28 days"),
        ("definition: heavy_drinking_days, " + COLUMNS % "relative", 20, 6, -70, "%"),
        ("definition: alcohol_per_day, " + COLUMNS % "absolute", 96, 40.5, -55.5, "g/day"),
        ("definition: alcohol_per_day, " + COLUMNS % "relative", 96, 24, -75, "%"),
        ("definition: alcohol_per_day, unit: g/week, " + COLUMNS % "absolute", 700, 70, -90,
         "g/day"),
        ("definition: alcohol_per_day, unit: drinks_14g/day, " + COLUMNS % "absolute", 5, 2, -42,
         "g/day"),
        ("definition: percent_days_abstinent, " + COLUMNS % "absolute", 10, 60, 50, "%"),
        ("definition: craving, unit: PACS points, " + COLUMNS % "absolute", 20, 12, -8,
         "PACS points"),
        ("definition: peth, " + COLUMNS % "relative", 400, 100, -75, "%"),
        ("definition: relative_change, favourable: higher, baseline: b, follow_up: f", 200, 250, 25,
         "%"),
        ("definition: relative_change, favourable: lower, baseline: b, follow_up: f", 200, 250, 25,
         "%"),
    ],
)  # fmt: skip
def test_changes_between_two_columns(
    make: Make, keys: str, before: float, after: float, change: float, unit: str
) -> None:
    rule = make(keys)
    found = as_written(rule, pd.DataFrame({"b": [before], "f": [after], "sex": [MAN]}))
    assert found == pytest.approx([change])
    assert rule.scale.unit == unit
    assert (rule.columns, rule.outcome_columns) == (("b", "f"), ("f",))


@pytest.mark.parametrize(
    ("keys", "sex", "change"),
    [
        # 60 g is heavy for him, 40 g for her: of four days before 3 or 4, after 1 or 2.
        ("definition: heavy_drinking_days, change: absolute, heavy_day: EU", MAN, -14.0),
        ("definition: heavy_drinking_days, change: absolute, heavy_day: EU", WOMAN, -14.0),
        ("definition: heavy_drinking_days, change: relative, heavy_day: EU", MAN, -200 / 3),
        ("definition: heavy_drinking_days, change: relative, heavy_day: EU", WOMAN, -50.0),
        ("definition: percent_heavy_drinking_days, change: absolute, heavy_day: EU", MAN, -50.0),
        # 65 g a day before, 25 after.
        ("definition: alcohol_per_day, change: absolute", MAN, -40.0),
        ("definition: alcohol_per_day, change: relative", MAN, -4000 / 65),
        ("definition: percent_days_abstinent, change: absolute", MAN, 50.0),
        ("definition: drinks_per_drinking_day, change: absolute", MAN, -15.0),
    ],
)
def test_changes_between_two_windows(make: Make, keys: str, sex: float, change: float) -> None:
    rule = make(f"{keys}, " + DAYS % WINDOW)
    assert isinstance(rule, TimelineResponse)
    before, after = np.array([[60.0, 80, 80, 40]]), np.array([[60.0, 0, 0, 40]])
    assert as_written(rule, rule.summarise(before, after, np.array([sex]))) == [
        pytest.approx(change)
    ]


def test_a_change_is_unknown_where_either_side_is(make: Make) -> None:
    rule = make("definition: alcohol_per_day, change: absolute, " + DAYS % WINDOW)
    assert isinstance(rule, TimelineResponse)
    gap = np.array([[np.nan, np.nan, 40, 40]])
    whole = np.full((1, 4), 40.0)
    for before, after in ((gap, whole), (whole, gap)):
        assert np.isnan(as_written(rule, rule.summarise(before, after, np.array([MAN])))[0])


@pytest.mark.parametrize(
    "keys",
    [
        "definition: alcohol_per_day, change: relative, baseline: b, follow_up: f",
        "definition: relative_change, favourable: lower, baseline: b, follow_up: f",
    ],
)
def test_no_share_of_a_baseline_of_nothing(make: Make, keys: str) -> None:
    rule = make(keys)
    y, faults = rule.evaluate(pd.DataFrame({"b": [0.0, 50.0], "f": [0.0, 25.0]}))
    np.testing.assert_allclose(y, [np.nan, 50.0])
    assert [(f.code, f.severity, f.column) for f in faults] == [
        ("baseline-not-positive", "warning", "b")
    ]
    absolute = make("definition: alcohol_per_day, change: absolute, baseline: b, follow_up: f")
    assert not absolute.evaluate(pd.DataFrame({"b": [0.0], "f": [10.0]}))[1]


def test_the_estimand_says_what_changes(make: Make) -> None:
    rule = make("definition: alcohol_per_day, change: absolute, " + DAYS % WINDOW)
    found = estimand(ArmSet.of({"naltrexone": "NTX", "nalmefene": "NMF"}), rule, ())
    assert found["variable"] == (
        "mean daily alcohol on days 1 to 4 of the timeline, baseline on days -4 to -1: change from "
        "baseline in g/day, lower is better"
    )
    assert found["summary"].startswith("difference of the mean change from baseline in g/day")
    share = make("definition: alcohol_per_day, change: relative, baseline: b, follow_up: f")
    assert share.describe() == (
        "mean daily alcohol in 'f', baseline in 'b': change from baseline in % of it, "
        "lower is better"
    )


def test_a_change_is_another_response_than_the_number(make: Make) -> None:
    level = make("definition: alcohol_per_day, follow_up: f").scale
    change = make("definition: alcohol_per_day, change: absolute, baseline: b, follow_up: f").scale
    assert level != change
    assert ResponseScale.from_dict(change.to_dict()) == change
    assert "change" not in level.to_dict()
    with pytest.raises(ValueError, match="not the scale"):
        ResponseScale.from_dict(change.to_dict() | {"change": "sudden"})


RULES = [
    f"definition: {name}, change: {kind}, " + DAYS % WINDOW
    for name in (
        "heavy_drinking_days, heavy_day: US",
        "percent_heavy_drinking_days, heavy_day: EU",
        "alcohol_per_day",
        "percent_days_abstinent",
    )
    for kind in ("absolute", "relative")
]
amounts = st.lists(st.floats(0, 200), min_size=4, max_size=4)


@pytest.fixture(scope="module")
def rules(make: Make) -> list[TimelineResponse]:
    found = [make(keys) for keys in RULES]
    assert all(isinstance(rule, TimelineResponse) for rule in found)
    return [rule for rule in found if isinstance(rule, TimelineResponse)]


@given(before=amounts, after=amounts, more=amounts, sex=st.sampled_from([MAN, WOMAN]))
def test_more_drinking_under_treatment_is_never_better(
    rules: list[TimelineResponse],
    before: list[float],
    after: list[float],
    more: list[float],
    sex: float,
) -> None:
    raised = np.add(after, more)
    for rule in rules:
        least, most = (
            rule.evaluate(rule.summarise(np.array([before]), np.array([days]), np.array([sex])))[0]
            for days in (after, raised)
        )
        np.testing.assert_equal(np.isnan(least), np.isnan(most))
        assert not np.any(most > least + 1e-9)


@given(before=st.floats(0.1, 500), after=st.floats(0, 500))
def test_absolute_and_relative_change_tell_the_same(
    make: Make, before: float, after: float
) -> None:
    frame = pd.DataFrame({"b": [before], "f": [after]})
    scale = ResponseScale("g/day", "lower", "absolute")
    columns = "baseline: b, follow_up: f"
    absolute, relative = (
        make(f"definition: alcohol_per_day, change: {kind}, {columns}").evaluate(frame)[0]
        for kind in ("absolute", "relative")
    )
    np.testing.assert_allclose(relative, 100 * absolute / before)
    np.testing.assert_allclose(scale.turned(absolute), after - before)
