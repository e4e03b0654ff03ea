"""What lies on a bound is accepted, and what lies just beyond it is not."""

from __future__ import annotations

import pytest

from nxpredict.config import read_study

DAYS = "timeline: {path: t.csv, id: id, day: day, amount: g, %s}"
RELAPSE = "definition: no_relapse, heavy_day: EU, heavy_days: %d, within_days: %d, " + DAYS
ABSTINENT = "definition: percent_days_abstinent, at_least: %s, "
CHANGE = "definition: relative_change, baseline: b, follow_up: f, "
FALL = "definition: alcohol_reduction, baseline: b, follow_up: f, at_least: %s"
LABELLED = "additional_predictors: {x: {column: x, kind: binary, %s}}"
LABEL = "column: r, favourable: 1, "


@pytest.mark.parametrize(
    ("accepted", "refused", "said"),
    [
        (ABSTINENT % 0 + "follow_up: f", ABSTINENT % -1 + "follow_up: f", "0 to 100 %"),
        (ABSTINENT % 100 + "follow_up: f", ABSTINENT % 100.1 + "follow_up: f", "0 to 100 %"),
        (FALL % 1, FALL % 1.01, "a share above 0, at most 1"),
        (FALL % 0.01, FALL % 0, "a share above 0, at most 1"),
        (CHANGE + "at_most: -1", CHANGE + "at_most: -1.01", "-1 is all of it"),
        (CHANGE + "at_least: -0.99", CHANGE + "at_least: -1", "-1 is all of it"),
        (CHANGE + "at_least: 0.1", CHANGE + "at_least: 0.1, at_most: 0.2", "exactly one of"),
        (CHANGE + "at_most: 0.1", CHANGE.rstrip(", "), "exactly one of"),
        (
            RELAPSE % (7, 7, "follow_up_days: [1, 28]"),
            RELAPSE % (8, 7, "follow_up_days: [1, 28]"),
            "more heavy days than days",
        ),
        (
            RELAPSE % (2, 28, "follow_up_days: [1, 30], grace_days: 2"),
            RELAPSE % (2, 29, "follow_up_days: [1, 30], grace_days: 2"),
            "longer than the follow-up",
        ),
        (
            ABSTINENT % 90 + DAYS % "follow_up_days: [1, 4], grace_days: 3",
            ABSTINENT % 90 + DAYS % "follow_up_days: [1, 4], grace_days: 4",
            "leave no day",
        ),
        (
            ABSTINENT % 90 + DAYS % "follow_up_days: [1, 3660]",
            ABSTINENT % 90 + DAYS % "follow_up_days: [1, 3661]",
            "longer than ten years",
        ),
        (
            "definition: alcohol_reduction, at_least: 0.7, "
            + DAYS % "baseline_days: [0, 0], follow_up_days: [1, 1]",
            "definition: alcohol_reduction, at_least: 0.7, "
            + DAYS % "baseline_days: [0, 1], follow_up_days: [2, 2]",
            "the baseline ends on treatment",
        ),
        (
            ABSTINENT % 90 + DAYS % "follow_up_days: [1, 4]",
            ABSTINENT % 90 + DAYS % "baseline_days: [-4, -1], follow_up_days: [1, 4]",
            "does not compare with a baseline",
        ),
        (LABEL + "missing_codes: [9]", LABEL + "missing_codes: [9, 1]", "label that is looked for"),
        (
            LABEL + "missing_codes: [9], tolerability: {column: s, unfavourable: 2}",
            LABEL + "missing_codes: [9], tolerability: {column: s, unfavourable: 9}",
            "label that is looked for",
        ),
    ],
)
def test_bounds_of_a_response(write, good, faults_of, accepted, refused, said) -> None:
    def text(keys: str) -> str:
        return good.replace("column: responder, favourable: 1", keys)

    assert not read_study(write(text(accepted))).faults
    (fault,) = faults_of(text(refused))
    assert said in fault


@pytest.mark.parametrize(
    ("accepted", "refused", "said"),
    [
        (
            "preference: {minimum_benefit: 0.99}",
            "preference: {minimum_benefit: 1}",
            "probabilities is less than 1",
        ),
        (
            "additional_predictors: {x: {column: x, kind: ordinal, levels: [a, b]}}",
            "additional_predictors: {x: {column: x, kind: continuous, levels: [a, b]}}",
            "so it has no levels",
        ),
        (
            "additional_predictors: {x: {column: x, kind: binary, levels: [a, b]}}",
            "additional_predictors: {x: {column: x, kind: binary, levels: [a, b, c]}}",
            "so it has two levels",
        ),
        (
            LABELLED % "labels: {1: a, 2: b}, levels: [b, a]",
            LABELLED % "labels: {1: a, 2: b}, levels: [b, c]",
            "levels that no label leads to: c",
        ),
    ],
)
def test_bounds_of_a_study(write, good, faults_of, accepted, refused, said) -> None:
    assert not read_study(write(good + accepted)).faults
    (fault,) = faults_of(good + refused)
    assert said in fault
