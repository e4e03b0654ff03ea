from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from nxpredict.errors import UsageError
from nxpredict.evaluation import Comparison, cross_validate, evaluate

ARMS = ("naltrexone", "nalmefene")
CONTRAST = "nalmefene_vs_naltrexone"
HALF = {"naltrexone": 0.5, "nalmefene": 0.5}


def judged(t, learner, **options):
    settings = {"arms": ARMS, "reference": "naltrexone", "allocation": "randomised"} | options
    minimum = settings.pop("minimum_benefit", 0.0)
    out = cross_validate(learner(), t.X, t.y, t.arm, propensity=settings.pop("propensity", HALF))
    return evaluate(out, Comparison(t.X, t.y, t.arm, **settings), minimum_benefit=minimum)


@pytest.fixture(scope="module")
def strong(trial, learner):
    t = trial(900, seed=1, spread=0.3)
    rng = np.random.default_rng(0)
    site = rng.choice(["A", "B", "C"], 900)
    group = np.where(np.arange(900) < 30, "rare", "common")
    return judged(t, learner, site=site, subgroups={"kind": group}, minimum_benefit=0.05)


def test_the_keys_are_those_of_the_contract(strong):
    facts = strong.to_dict()
    assert set(facts) == {
        "average",
        "heterogeneity",
        "verdict",
        "per_arm",
        "contrasts",
        "overlap",
        "subgroups",
        "warnings",
    }
    assert {"estimate", "lower", "upper", "established", "better"} == set(
        facts["average"][CONTRAST]
    )
    assert {"test", "p", "p_unadjusted", "established"} == set(facts["heterogeneity"][CONTRAST])
    assert {"ate", "blp", "gates", "autoc", "policy_value"} <= set(facts["contrasts"][CONTRAST])
    for arm in ARMS:
        assert {"estimate", "lower", "upper"} == set(facts["per_arm"][arm]["ici"])


def test_strong_heterogeneity_is_supported(strong):
    facts = strong.to_dict()
    assert facts["heterogeneity"][CONTRAST]["established"]
    assert facts["verdict"]["level"] == "supported"
    assert facts["contrasts"][CONTRAST]["autoc"]["lower"] > 0


def test_a_small_subgroup_is_suppressed(strong):
    by_group = {entry["group"]: entry for entry in strong.to_dict()["subgroups"]}
    assert not by_group["common"]["suppressed"]
    assert by_group["common"]["contrasts"][CONTRAST]["estimate"] is not None


def test_a_subgroup_with_fewer_than_ten_in_an_arm_says_nothing(trial, learner):
    t = trial(300, seed=2)
    few = np.where(np.arange(300) < 12, "few", "many")
    entry = judged(t, learner, subgroups={"kind": few}).to_dict()["subgroups"][0]
    assert entry["group"] == "few"
    assert entry["suppressed"]
    assert entry["n"] is None
    numbers = [v for arm in entry["arms"].values() for v in (arm["n"], arm["auc"]["estimate"])]
    assert numbers == [None] * 4
    assert entry["contrasts"][CONTRAST] == {"estimate": None, "lower": None, "upper": None}


def test_same_input_same_bytes_and_row_order_does_not_matter(trial, learner):
    t = trial(300, seed=3, spread=0.1)
    first, second = (json.dumps(judged(t, learner).to_dict()) for _ in range(2))
    assert first == second


def test_one_clearly_better_arm_is_established_and_choosing_is_not_supported(trial, learner):
    t = trial(800, seed=4, average=0.35)
    facts = judged(t, learner, minimum_benefit=0.05).to_dict()
    assert facts["average"][CONTRAST]["better"] == "nalmefene"
    assert facts["average"][CONTRAST]["established"]
    assert facts["verdict"]["level"] == "not supported"


def test_groups_of_predicted_benefit_hold_every_row_once(trial, learner):
    """Folds of patients with one row or two differ in size from repeat to repeat."""
    t = trial(301, seed=12)
    patient = np.where(np.arange(301) < 200, np.arange(301) // 2, np.arange(301))
    out = cross_validate(learner(), t.X, t.y, t.arm, propensity=HALF, groups=patient, folds=7)
    facts = evaluate(out, Comparison(t.X, t.y, t.arm, ARMS, ARMS[0], "randomised")).to_dict()
    assert sum(group["n"] for group in facts["contrasts"][CONTRAST]["gates"]) == 301


def test_pooled_indirect_claims_no_contrast(trial, learner):
    facts = judged(trial(300, seed=5), learner, allocation="pooled-indirect").to_dict()
    assert facts["contrasts"] == facts["average"] == facts["heterogeneity"] == {}
    assert facts["verdict"]["level"] == "not assessable"
    assert "between studies" in facts["verdict"]["reasons"][0]
    assert facts["per_arm"]["nalmefene"]["auc"]["estimate"] is not None


def test_observational_without_overlap_is_not_assessable(trial, learner):
    t = trial(600, seed=6)
    rng = np.random.default_rng(0)
    likely = 1 / (1 + np.exp(-6 * t.X["x0"].fillna(0).to_numpy()))
    arm = np.where(rng.random(600) < likely, ARMS[1], ARMS[0])
    out = cross_validate(learner(), t.X, t.y, arm)
    facts = evaluate(out, Comparison(t.X, t.y, arm, ARMS, ARMS[0], "observational")).to_dict()
    assert facts["verdict"]["level"] == "not assessable"
    assert any("not randomised" in warning for warning in facts["warnings"])


def test_tiny_arms_are_not_assessable(trial, learner):
    t = trial(70, seed=7)
    facts = judged(t, learner).to_dict()
    assert facts["verdict"]["level"] == "not assessable"


def test_three_arms_give_two_contrasts_and_at_most_one_best(trial, learner):
    arms = ("a", "b", "c")
    t = trial(900, seed=8, average=0.4, share=0.4, arms=arms)
    out = cross_validate(learner(), t.X, t.y, t.arm)
    result = evaluate(out, Comparison(t.X, t.y, t.arm, arms, "a", "randomised"))
    facts = result.to_dict()
    assert list(facts["average"]) == ["b_vs_a", "c_vs_a"]
    assert {v["better"] for v in facts["average"].values()} == {"b", None}
    assert len(result.tables["gates"]) == 8


def test_with_placebo_as_reference_the_verdict_says_between_which_arms(trial, learner):
    """Only `b` has a benefit that differs between patients; `a` and `c` are the same."""
    arms = ("a", "b", "c")
    t = trial(1500, seed=8, spread=0.35, share=1 / 3, arms=arms)
    out = cross_validate(learner(), t.X, t.y, t.arm)
    result = evaluate(out, Comparison(t.X, t.y, t.arm, arms, "a", "randomised"))
    # The curve of choosing among all is averaged over repeats, as every other is.
    choice = result.tables["choice"].set_index("threshold").loc[0.0]
    given = out.ordered(arms).prediction.argmax(axis=2)
    shares = [np.mean(given == a) for a in range(3)]
    assert [choice[f"share_{name}"] for name in arms] == pytest.approx(shares)
    facts = result.to_dict()
    assert facts["verdict"]["level"] == "supported"
    by_contrast = facts["verdict"]["by_contrast"]
    assert {name: found["level"] for name, found in by_contrast.items()} == {
        "b_vs_a": "supported",
        "c_vs_a": "not supported",
        "c_vs_b": "supported",
    }
    # Three looks instead of two: no contrast is surer of it than the answer to question 2.
    for name, found in facts["heterogeneity"].items():
        assert by_contrast[name]["p"] >= found["p"]
    assert len(by_contrast["c_vs_b"]["reasons"]) == 4
    # The average difference of two arms, neither of which is the reference, stands there only.
    for name, found in facts["average"].items():
        assert by_contrast[name]["average"]["estimate"] == found["estimate"]
    between = by_contrast["c_vs_a"]["average"]["estimate"] - facts["average"]["b_vs_a"]["estimate"]
    assert by_contrast["c_vs_b"]["average"]["estimate"] == pytest.approx(between)


def test_every_two_arms_are_compared_once_also_with_the_reference_between_them(trial, learner):
    arms = ("a", "b", "c")
    t = trial(300, seed=11, arms=arms)
    out = cross_validate(learner(), t.X, t.y, t.arm, repeats=1)
    verdict = evaluate(out, Comparison(t.X, t.y, t.arm, arms, "b", "randomised")).verdict
    assert set(verdict["by_contrast"]) == {"a_vs_b", "c_vs_b", "c_vs_a"}


def test_the_order_of_three_arms_does_not_change_the_verdict(trial, learner):
    """Adjusted p-values are often equal; here the slopes of the contrasts have two signs."""
    t = trial(600, seed=10)
    arm = np.where(np.arange(600) % 3 == 0, "placebo", t.arm)
    out = cross_validate(learner(), t.X, t.y, arm, repeats=1)
    found = []
    for arms in (("placebo", "naltrexone", "nalmefene"), ("placebo", "nalmefene", "naltrexone")):
        comparison = Comparison(t.X, t.y, arm, arms, "placebo", "randomised")
        found.append(evaluate(out.ordered(arms), comparison))
    adjusted = {test["p"] for test in found[0].heterogeneity.values()}
    assert len(adjusted) == 1
    assert found[0].verdict["reasons"] == found[1].verdict["reasons"]
    assert " over placebo" in found[0].verdict["reasons"][3]


def test_two_arms_have_one_verdict(trial, learner):
    assert "by_contrast" not in judged(trial(200, seed=9), learner).to_dict()["verdict"]


def test_a_model_without_predictors_is_judged_without_numbers_it_cannot_have(trial, learner):
    t = trial(400, seed=9)

    class Average(learner):
        def predict_response(self, X):
            return pd.DataFrame(dict.fromkeys(self.arms_, 0.4), index=X.index)

    out = cross_validate(Average(), t.X, t.y, t.arm)
    facts = evaluate(out, Comparison(t.X, t.y, t.arm, ARMS, ARMS[0], "randomised")).to_dict()
    assert facts["per_arm"]["nalmefene"]["calibration_slope"]["estimate"] is None
    assert facts["contrasts"][CONTRAST]["blp"]["slope"]["estimate"] is None
    assert facts["verdict"]["level"] == "not supported"


@pytest.mark.parametrize("wrong", [{"allocation": "tossed"}, {"reference": "placebo"}])
def test_wrong_settings_are_refused(trial, learner, wrong):
    with pytest.raises(UsageError):
        judged(trial(100, seed=10), learner, **wrong)
