"""Fixed rules: hand-worked numbers, and how often a rule that says nothing is believed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.errors import UsageError
from nxpredict.evaluation import Comparison, FixedRule, OutOfFold, cross_validate, evaluate
from nxpredict.evaluation._rules import rule_results, rule_table
from nxpredict.evaluation._scored import Scored

ARMS = ("a", "b")


def scored(y, arm, prediction, fold):
    n = len(y)
    out = OutOfFold(ARMS, fold[None], prediction[None], np.full((n, 2), 0.5), None)
    return Scored(out, pd.DataFrame({"x": y}), y, arm, np.full((n, 2), 0.5), 0, 0.95, 0)


@pytest.fixture
def eighty():
    """Forty patients twice, once a fold; the contrast b - a of each is +1 or -1."""
    score = np.tile(np.repeat([1.0, 0.0], 20), 2)
    plus = np.tile(np.r_[np.repeat([1, 0], [15, 5]), np.repeat([1, 0], [8, 12])], 2)
    arm = np.tile([0, 1], 40)
    y = np.where(arm == plus, 1.0, 0.0)
    return scored(y, arm, np.full((80, 2), 0.5), np.repeat([0, 1], 40)), score


def test_trend_and_gain_of_eighty_patients(eighty):
    cohort, score = eighty
    (found,) = rule_results(cohort, [FixedRule("r", "b", "a", score, 0.5)])
    # Contrast: mean 0.5 where the score is 1, -0.2 where it is 0.
    assert found["trend"].estimate == pytest.approx(0.7)
    assert found["share_given_arm"] == 0.5
    assert found["n"] == 80
    # b looks better in training; the rule gives a to the half with -0.2.
    assert found["gain_over_better_single_arm"].estimate == pytest.approx(0.1)
    # The predictions are all alike, so the learned rule gives everyone b.
    assert found["model_gain_over_rule"].estimate == pytest.approx(-0.1)
    variance = (15 * 0.5**2 + 5 * 1.5**2 + 8 * 1.2**2 + 12 * 0.8**2) * 2
    # Student's t at 97.5 % with 39 degrees of freedom.
    reach = 2.022691 * np.sqrt(variance * 80 / 79) / 40
    assert found["trend"].upper - 0.7 == pytest.approx(reach, rel=1e-6)
    assert found["established"] == (found["p"] < 0.05)


def test_a_rule_does_not_count_few_patients(eighty):
    """A rule on one label: its share is that of the label, which Table 1 hides."""
    cohort, _ = eighty
    for few, shown in ((0, 0.0), (1, None), (9, None), (10, 0.125), (71, None), (80, 1.0)):
        score = np.repeat([1.0, 0.0], [few, 80 - few])
        (found,) = rule_results(cohort, [FixedRule("r", "b", "a", score, 0.5)])
        assert found["share_given_arm"] == shown


def test_the_same_rule_told_the_other_way_round(eighty):
    cohort, score = eighty
    forth, back = rule_results(
        cohort, [FixedRule("r", "b", "a", score, 0.5), FixedRule("s", "a", "b", -score, -0.5)]
    )
    assert forth["trend"].estimate == pytest.approx(back["trend"].estimate)
    gain = "gain_over_better_single_arm"
    assert forth[gain].estimate == pytest.approx(back[gain].estimate)


def test_a_rule_without_its_predictor_says_nothing(eighty):
    cohort, _ = eighty
    (found,) = rule_results(cohort, [FixedRule("r", "b", "a", np.full(80, np.nan), 0.5)])
    assert found["n"] == 0
    assert np.isnan(found["p"])
    assert not found["established"]
    assert found["gain_over_better_single_arm"].estimate == 0


def test_a_rule_of_other_arms_is_refused(eighty):
    _, score = eighty
    with pytest.raises(UsageError, match="Rule 'r'"):
        Comparison(
            pd.DataFrame({"x": score}),
            score,
            np.repeat("a", 80),
            ARMS,
            "a",
            "randomised",
            rules=[FixedRule("r", "b", "placebo", score, 0.5)],
        )


@pytest.mark.parametrize("share", [0.5, 0.15])
def test_a_rule_that_says_nothing_is_believed_in_one_cohort_of_twenty(share):
    """1,500 null cohorts of 250 in which what the rule reads bears on the outlook."""
    rejected, cohorts = 0, 1500
    for seed in range(cohorts):
        rng = np.random.default_rng(seed)
        score = (rng.random(250) < share).astype(float)
        p = 0.3 + 0.3 * score
        y = (rng.random(250) < p).astype(float)
        arm = rng.integers(0, 2, 250)
        prediction = np.tile(np.clip(p + rng.normal(0, 0.1, 250), 0, 1)[:, None], (1, 2))
        cohort = scored(y, arm, prediction, np.arange(250) % 5)
        (found,) = rule_results(cohort, [FixedRule("r", "b", "a", score, 0.5)])
        rejected += found["p"] < 0.05
    # Binomial error of 0.05 in 1,500: 0.0056.
    assert 0.033 < rejected / cohorts < 0.067


def test_rules_stand_in_the_contrast_they_are_about(trial, learner):
    t = trial(300, seed=3, spread=0.3)
    arms = ("naltrexone", "nalmefene")
    rule = FixedRule("x3", "nalmefene", "naltrexone", t.X["x3"].to_numpy(), 0.0)
    result = evaluate(
        cross_validate(learner(), t.X, t.y, t.arm),
        Comparison(t.X, t.y, t.arm, arms, arms[0], "randomised", rules=[rule]),
    )
    found = result.to_dict()["contrasts"]["nalmefene_vs_naltrexone"]["published_rules"]["x3"]
    assert found["n"] == int(t.X["x3"].notna().sum())
    assert found["trend"]["estimate"] > 0
    assert list(result.tables["rules"]["measure"]) == [
        "trend",
        "gain_over_better_single_arm",
        "model_gain_over_rule",
    ]


def test_without_a_rule_the_table_still_has_its_columns() -> None:
    assert list(rule_table([]))[:2] == ["rule", "arm"]
    assert list(rule_table([]))[-3:] == ["estimate", "lower", "upper"]
