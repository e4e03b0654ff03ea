"""Every definition at its boundaries, worked by hand, and what more drinking may never do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.config._schema import ResponseSection
from nxpredict.study import DEFINITIONS, DrinkingResponse, TimelineResponse
from nxpredict.study._days import SLACK

WINDOWS = "baseline_days: [-4, -1], follow_up_days: [1, 4]"
ONLY_AFTER = "follow_up_days: [1, 4]"
TIMELINE = "timeline: {path: t.csv, id: id, day: day, amount: g, %s}"
MAN, WOMAN = 1.0, 0.0
Make = Callable[[str], DrinkingResponse]


def from_columns(rule: DrinkingResponse, after: float, before: float = 0, sex: float = MAN) -> Any:
    frame = pd.DataFrame({rule.follow_up: [after], rule.baseline: [before], "sex": [sex]})
    return rule.evaluate(frame)[0][0]


def from_days(
    rule: DrinkingResponse, after: list[float], before: list[float] | None = None, sex: float = MAN
) -> Any:
    assert isinstance(rule, TimelineResponse)
    baseline = None if before is None else np.array([before])
    frame = rule.summarise(baseline, np.array([after]), np.array([sex]))
    return rule.evaluate(frame)[0][0]


def test_the_schema_names_exactly_the_definitions() -> None:
    annotation = str(ResponseSection.model_fields["definition"].annotation)
    assert all(f"'{name}'" in annotation for name in DEFINITIONS)
    assert annotation.count("'") == 2 * (len(DEFINITIONS) + 1)


# Levels: men 0 | 40 | 60 | 100, women 0 | 20 | 40 | 60; the bound belongs to the level below.
@pytest.mark.parametrize(
    ("levels", "sex", "before", "after", "responds"),
    [
        (1, MAN, 100.0, 60.0, 1),  # high to medium, both on their bound
        (1, MAN, 100.0, 60.1, 0),  # still high
        (1, MAN, 100.1, 100.0, 1),  # very high to high
        (1, MAN, 60.0, 40.0, 1),
        (1, MAN, 60.0, 40.5, 0),  # 40.5 is medium: no gap between 40 and 41
        (1, MAN, 40.0, 0.0, 1),  # low to abstinent
        (1, MAN, 40.0, 0.1, 0),
        (1, WOMAN, 60.1, 60.0, 1),
        (1, WOMAN, 40.0, 20.0, 1),
        (1, WOMAN, 40.0, 20.1, 0),
        (2, MAN, 60.1, 40.0, 1),  # high to low
        (2, MAN, 60.1, 40.1, 0),
        (2, MAN, 100.1, 60.0, 1),  # very high to medium
        (2, MAN, 100.1, 60.1, 0),
        (2, MAN, 60.0, 0.0, 0),  # two levels, but from medium
        (2, WOMAN, 40.1, 20.0, 1),
        (2, WOMAN, 40.0, 0.0, 0),
        (2, WOMAN, 60.1, 40.0, 1),
        (2, WOMAN, 60.1, 40.1, 0),
    ],
)
def test_risk_levels(
    make: Make, levels: int, sex: float, before: float, after: float, responds: int
) -> None:
    rule = make(
        f"definition: who_risk_level_reduction, levels: {levels}, baseline: b, follow_up: f"
    )
    assert from_columns(rule, after, before, sex) == responds
    # The same amounts as five standard drinks a unit of each size.
    for grams in (8, 10, 12, 14):
        unit = f"definition: who_risk_level_reduction, levels: {levels}, baseline: b, follow_up: f"
        drinks = make(f"{unit}, unit: drinks_{grams}g/day")
        assert from_columns(drinks, after / grams, before / grams, sex) == responds


def test_who_cannot_respond_is_said(make: Make) -> None:
    rule = make("definition: who_risk_level_reduction, levels: 2, baseline: b, follow_up: f")
    frame = pd.DataFrame({"b": [50.0, 120.0], "f": [0.0, 0.0], "sex": [MAN, MAN]})
    y, faults = rule.evaluate(frame)
    assert y.tolist() == [0.0, 1.0]
    assert [(f.code, f.severity) for f in faults] == [("cannot-respond", "warning")]


PER_DAY = "definition: drinks_per_drinking_day, at_most: 3, follow_up: f, unit: drinks_14g/day"


@pytest.mark.parametrize(
    ("keys", "after", "responds"),
    [
        ("definition: alcohol_reduction, at_least: 0.7, baseline: b, follow_up: f", 30.0, 1),
        ("definition: alcohol_reduction, at_least: 0.7, baseline: b, follow_up: f", 30.1, 0),
        ("definition: no_heavy_drinking_days, follow_up: f", 0, 1),
        ("definition: no_heavy_drinking_days, follow_up: f", 1, 0),
        ("definition: percent_heavy_drinking_days, at_most: 10, follow_up: f", 10.0, 1),
        ("definition: percent_heavy_drinking_days, at_most: 10, follow_up: f", 10.1, 0),
        ("definition: percent_days_abstinent, at_least: 90, follow_up: f", 90.0, 1),
        ("definition: percent_days_abstinent, at_least: 90, follow_up: f", 89.9, 0),
        (PER_DAY, 3, 1),
        (PER_DAY, 3.1, 0),
        ("definition: craving, at_most: 12, follow_up: f", 12, 1),
        ("definition: craving, at_most: 12, follow_up: f", 13, 0),
        ("definition: peth, at_most: 20, follow_up: f", 20.0, 1),
        ("definition: peth, at_most: 20, follow_up: f", 20.1, 0),
        ("definition: peth, at_most: 0.03, follow_up: f, unit: umol/L", 0.03, 1),
        ("definition: peth, at_most: 0.03, follow_up: f, unit: umol/L", 0.031, 0),
    ],
)  # fmt: skip
def test_columns_at_their_bounds(make: Make, keys: str, after: float, responds: int) -> None:
    assert from_columns(make(keys), after, before=100.0) == responds


HEAVY = "heavy_day: EU, " + TIMELINE % ONLY_AFTER
US = "heavy_day: US, unit: drinks_14g/day, " + TIMELINE % ONLY_AFTER


@pytest.mark.parametrize(
    ("keys", "days", "sex", "responds"),
    [
        (f"definition: no_heavy_drinking_days, {HEAVY}", [59.9, 0, 0, 0], MAN, 1),
        (f"definition: no_heavy_drinking_days, {HEAVY}", [60.0, 0, 0, 0], MAN, 0),
        (f"definition: no_heavy_drinking_days, {HEAVY}", [39.9, 0, 0, 0], WOMAN, 1),
        (f"definition: no_heavy_drinking_days, {HEAVY}", [40.0, 0, 0, 0], WOMAN, 0),
        (f"definition: no_heavy_drinking_days, {US}", [4.9, 0, 0, 0], MAN, 1),
        (f"definition: no_heavy_drinking_days, {US}", [5, 0, 0, 0], MAN, 0),
        (f"definition: no_heavy_drinking_days, {US}", [4, 0, 0, 0], WOMAN, 0),
        (f"definition: percent_heavy_drinking_days, at_most: 25, {HEAVY}", [70, 0, 0, 0], MAN, 1),
        (f"definition: percent_heavy_drinking_days, at_most: 25, {HEAVY}", [70, 70, 0, 0], MAN, 0),
        (f"definition: no_relapse, heavy_days: 2, within_days: 2, {HEAVY}", [70, 0, 70, 0], MAN, 1),
        (f"definition: no_relapse, heavy_days: 2, within_days: 3, {HEAVY}", [70, 0, 70, 0], MAN, 0),
        (
            "definition: percent_days_abstinent, at_least: 75, " + TIMELINE % ONLY_AFTER,
            [1, 0, 0, 0], MAN, 1,
        ),
        (
            "definition: drinks_per_drinking_day, at_most: 2, unit: drinks_10g/day, "
            + TIMELINE % ONLY_AFTER,
            [2, 2, 0, 0], WOMAN, 1,
        ),
    ],
)  # fmt: skip
def test_timelines_at_their_bounds(
    make: Make, keys: str, days: list[float], sex: float, responds: int
) -> None:
    assert from_days(make(keys), days, sex=sex) == responds


def test_a_timeline_compares_its_two_windows(make: Make) -> None:
    rule = make("definition: alcohol_reduction, at_least: 0.5, " + TIMELINE % WINDOWS)
    assert from_days(rule, [40, 0, 0, 40], [80, 0, 0, 80]) == 1
    assert from_days(rule, [40, 1, 0, 40], [80, 0, 0, 80]) == 0


def test_grace_days_and_missing_days(make: Make) -> None:
    keys = TIMELINE % f"{ONLY_AFTER}, grace_days: 1, minimum_recorded: 0.6"
    rule = make(f"definition: no_heavy_drinking_days, heavy_day: EU, {keys}")
    assert isinstance(rule, TimelineResponse)
    assert (rule.timeline.counted.first, rule.timeline.counted.last) == (2, 4)
    assert from_days(rule, [0, 0, np.nan]) == 1
    assert np.isnan(from_days(rule, [0, np.nan, np.nan]))
    assert from_days(rule, [60, np.nan, np.nan]) == 0
    relapse = make(f"definition: no_relapse, heavy_days: 2, within_days: 2, heavy_day: EU, {keys}")
    assert np.isnan(from_days(relapse, [60, np.nan, np.nan]))


amounts = st.lists(st.floats(0, 200), min_size=4, max_size=4)
MONOTONE = [
    "definition: who_risk_level_reduction, levels: 1, " + TIMELINE % WINDOWS,
    "definition: who_risk_level_reduction, levels: 2, " + TIMELINE % WINDOWS,
    "definition: alcohol_reduction, at_least: 0.3, " + TIMELINE % WINDOWS,
    f"definition: no_heavy_drinking_days, {HEAVY}",
    f"definition: no_relapse, heavy_days: 2, within_days: 3, {HEAVY}",
    f"definition: percent_heavy_drinking_days, at_most: 25, {HEAVY}",
    "definition: percent_days_abstinent, at_least: 50, " + TIMELINE % ONLY_AFTER,
    "definition: drinks_per_drinking_day, at_most: 50, " + TIMELINE % ONLY_AFTER,
]


@pytest.fixture(scope="module")
def rules(make: Make) -> list[DrinkingResponse]:
    return [make(keys) for keys in MONOTONE]


@given(before=amounts, after=amounts, more=amounts, sex=st.sampled_from([MAN, WOMAN]))
def test_more_drinking_under_treatment_never_makes_a_responder(
    rules: list[DrinkingResponse],
    before: list[float],
    after: list[float],
    more: list[float],
    sex: float,
) -> None:
    for rule in rules:
        # On a day that was abstinent more drinking lowers this one measure: docs/study-file.md.
        only = rule.definition == "drinks_per_drinking_day"
        raised = [a + (0 if only and a <= SLACK else m) for a, m in zip(after, more, strict=True)]
        baseline = before if rule.rule.compares else None
        assert from_days(rule, raised, baseline, sex) <= from_days(rule, after, baseline, sex)


@given(after=amounts, more=amounts, gaps=st.lists(st.booleans(), min_size=4, max_size=4))
def test_nor_does_it_where_days_are_missing_and_an_unknown_response_is_a_failure(
    rules: list[DrinkingResponse], after: list[float], more: list[float], gaps: list[bool]
) -> None:
    seen = [np.nan if gap else a for a, gap in zip(after, gaps, strict=True)]
    raised = [a + (0 if a == 0 else m) for a, m in zip(seen, more, strict=True)]
    for rule in rules:
        baseline = [100.0] * 4 if rule.rule.compares else None
        responds, still = (from_days(rule, days, baseline, MAN) for days in (seen, raised))
        assert np.nan_to_num(still) <= np.nan_to_num(responds)


def test_the_sources_are_no_predictors(make: Make) -> None:
    rule = make("definition: alcohol_reduction, at_least: 0.7, baseline: b, follow_up: f")
    assert (rule.columns, rule.outcome_columns) == (("b", "f"), ("f",))
    assert make(MONOTONE[0]).columns == ()


def test_the_rule_is_told_in_a_phrase(make: Make) -> None:
    phrase = "mean daily alcohol on days 1 to 4 of the timeline, baseline on days -4 to -1: a "
    assert make(MONOTONE[1]).describe().startswith(phrase)
