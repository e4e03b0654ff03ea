"""Measures of the predicted benefit: golden values by hand, EconML as oracle, coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.evaluation import (
    average_effect,
    best_linear_predictor,
    decision_curve,
    doubly_robust_scores,
    group_effects,
    ranking_value,
    targeting_curve,
)
from nxpredict.evaluation._groups import group_characteristics
from nxpredict.evaluation._policy import best_single_arm, policy_gain, policy_values
from nxpredict.study import ResponseScale

ONE_FOLD = np.zeros(4, dtype=np.int64)
SCORE = np.array([-1.0, 0.0, 1.0, 2.0])
BENEFIT = np.array([0.0, 0.1, 0.2, 0.3])


def test_golden_values_of_four_patients():
    assert average_effect(SCORE).estimate == pytest.approx(0.5)
    blp = best_linear_predictor(SCORE, BENEFIT, ONE_FOLD)
    assert blp["slope"].estimate == pytest.approx(10.0)
    assert blp["in_the_large"].estimate == pytest.approx(0.35)
    # TOC(1/4) = 1.5, TOC(1/2) = 1, TOC(3/4) = 0.5, TOC(1) = 0.
    found = ranking_value(SCORE, BENEFIT, ONE_FOLD)
    assert found["autoc"].estimate == pytest.approx((1.5 + 1 + 0.5) / 4)
    assert found["qini"].estimate == pytest.approx((1.5 / 4 + 1 / 2 + 1.5 / 4) / 4)
    curve = targeting_curve(SCORE, BENEFIT, ONE_FOLD).set_index("share")["estimate"]
    assert curve[0.5] == pytest.approx(1.0)
    assert curve[1.0] == pytest.approx(0.0)
    groups = group_effects(SCORE, BENEFIT, ONE_FOLD, groups=2)
    assert groups["estimate"].tolist() == [-0.5, 1.5]
    assert groups["predicted"].tolist() == pytest.approx([0.05, 0.25])


def test_net_benefit_of_four_patients():
    curve = decision_curve(SCORE, BENEFIT).set_index("threshold")
    # T = 0.15: two patients are given the arm, (1 - 0.15 + 2 - 0.15) / 4.
    assert curve.loc[0.15, "model"] == pytest.approx(2.7 / 4)
    assert curve.loc[0.15, "all_arm"] == pytest.approx(0.35)
    assert curve.loc[0.15, "share_given_arm"] == 0.5
    assert curve.loc[-0.2, "model"] == pytest.approx(curve.loc[-0.2, "all_arm"])


def test_policy_gain_of_two_patients_and_the_single_arm_of_the_other_folds():
    scores = np.array([[0.2, 0.9], [0.5, 0.1]])
    found = policy_gain(scores, np.array([1, 0]), np.array([0, 0]))
    assert found.gain == pytest.approx(0.35)
    assert found.switched == 0.5
    # Fold 0 is decided by fold 1, where arm 0 did better, and the other way round.
    y = np.array([0.0, 1.0, 1.0, 0.0])
    arm, fold = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    assert best_single_arm(y, arm, np.full((4, 2), 0.5), fold, [0, 1]).tolist() == [0, 0, 1, 1]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_score_is_unbiased_whatever_the_nuisance_says(seed):
    """Averaged over both arms a patient could have had, the score is the patient's outcome."""
    rng = np.random.default_rng(seed)
    e, m, y = rng.uniform(0.2, 0.8), rng.random((1, 2)), rng.integers(0, 2, 2).astype(float)
    share = np.array([[1 - e, e]])
    mean = sum(
        share[0, a] * doubly_robust_scores(m, y[a : a + 1], np.array([a]), share) for a in (0, 1)
    )
    np.testing.assert_allclose(mean[0], y, atol=1e-12)


def test_who_benefits_is_described_by_what_the_model_uses(trial):
    t = trial(400, seed=11)
    fold = np.arange(400) % 5
    table = group_characteristics(t.X, t.X["x3"].fillna(0.0).to_numpy(), fold)
    assert table["predictor"][0] == "x3"
    # The quarters of a normal variable lie 2 * 1.27 standard deviations apart.
    assert table["estimate"][0] == pytest.approx(2.54, abs=0.25)
    others = table[table["predictor"] != "x3"]
    assert ((others["lower"] < 0) & (others["upper"] > 0)).all()


def test_who_benefits_is_as_uncertain_as_patients_are_few_not_their_periods(trial):
    t = trial(200, seed=11)
    fold, benefit = np.arange(200) % 5, t.X["x3"].fillna(0.0).to_numpy()
    once = group_characteristics(t.X, benefit, fold)
    twice = np.repeat(np.arange(200), 2)
    found = group_characteristics(t.X.iloc[twice], benefit[twice], fold[twice], clusters=twice)
    columns = ["estimate", "lower", "upper"]
    np.testing.assert_allclose(found[columns], once[columns], atol=0.02)
    assert found["predictor"].tolist() == once["predictor"].tolist()
    few = t.X[["x3"]].copy()
    few.loc[36:, "x3"] = np.nan
    four = group_characteristics(few.iloc[twice], benefit[twice], fold[twice], clusters=twice)
    assert four.empty


def test_swapping_the_arms_flips_the_contrast(trial):
    rng = np.random.default_rng(0)
    score, benefit = rng.normal(size=60), rng.normal(size=60)
    fold = np.arange(60) % 3
    for name in ("autoc", "qini"):
        forth = ranking_value(score, benefit, fold)[name].estimate
        back = ranking_value(-score, benefit, fold)[name].estimate
        assert forth == pytest.approx(-back)
    slope = best_linear_predictor(-score, -benefit, fold)["slope"]
    assert slope.estimate == pytest.approx(
        best_linear_predictor(score, benefit, fold)["slope"].estimate
    )


def test_the_error_of_the_slope_is_the_robust_one_times_root_two():
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(4)
    benefit = rng.normal(0.05, 0.1, 400)
    score = benefit + rng.normal(0, 0.3 + abs(benefit))
    fit = sm.OLS(score, sm.add_constant(benefit)).fit(cov_type="HC1")
    mine = best_linear_predictor(score, benefit, np.zeros(400, dtype=np.int64))["slope"]
    error = (mine.upper - mine.lower) / (2 * 1.959964)
    assert mine.estimate == pytest.approx(fit.params[1], rel=1e-8)
    assert error == pytest.approx(np.sqrt(2) * fit.bse[1], rel=0.005)


def test_econml_finds_the_same(trial):
    """DRTester of EconML 0.17 on the same scores and predictions."""
    module = pytest.importorskip("econml.validate.drtester")
    rng = np.random.default_rng(3)
    n = 500
    benefit = rng.normal(0.05, 0.1, n)
    score = benefit + rng.normal(0, 0.5, n)
    tester = module.DRTester.__new__(module.DRTester)
    tester.dr_val_ = score[:, None]
    tester.cate_preds_val_ = benefit[:, None]
    tester.cate_preds_train_ = benefit[:, None]
    tester.treatments = np.array([0, 1])
    tester.n_treat = 1
    tester.ate_val = np.array([score.mean()])
    blp = tester.evaluate_blp(None, None)
    mine = best_linear_predictor(score, benefit, np.zeros(n, dtype=np.int64))["slope"]
    assert mine.estimate == pytest.approx(float(np.ravel(blp.params)[0]), rel=1e-8)


def _picked_by_other_folds(seed: int, n: int = 200, folds: int = 5) -> tuple[np.ndarray, ...]:
    """Scores without any benefit, and what models of the other folds make of two columns."""
    rng = np.random.default_rng(seed)
    x, score, fold = rng.standard_normal((n, 2)), rng.standard_normal(n), np.arange(n) % folds
    benefit = np.empty(n)
    for k in range(folds):
        train = fold != k
        benefit[~train] = x[~train] @ np.linalg.lstsq(x[train], score[train], rcond=None)[0]
    return score, benefit, fold


def test_intervals_of_what_cross_fitted_predictions_pick_out_cover():
    """The true value is 0. Three standard errors of a share of 5 % are 3.3 points."""
    outside = {crossed: {"gain": 0, "curve": 0, "group": 0} for crossed in (True, False)}
    for seed in range(400):
        score, benefit, fold = _picked_by_other_folds(seed)
        given = (benefit > 0).astype(np.int64)
        scores = np.column_stack([np.zeros(len(score)), score])
        for crossed, count in outside.items():
            values = policy_values(scores, given, 0 * given, {0: "a", 1: "b"}, crossed=crossed)
            gain = values["gain_over_all_a"]
            curve = decision_curve(score, benefit, thresholds=np.zeros(1), crossed=crossed)
            top = group_effects(score, benefit, fold, crossed=crossed).iloc[-1]
            count["gain"] += not gain.lower <= 0 <= gain.upper
            count["curve"] += not curve["lower"][0] <= 0 <= curve["upper"][0]
            count["group"] += not top["lower"] <= 0 <= top["upper"]
    assert max(outside[True].values()) < 0.083 * 400
    assert min(outside[False].values()) > 0.083 * 400


def test_ties_are_not_ranked_by_the_order_of_rows():
    rng = np.random.default_rng(0)
    score, fold = rng.standard_normal(100), np.arange(100) % 5
    nothing = np.array([0.1, 0.2, 0.3, 0.2, 0.1])[fold]
    found = ranking_value(score, nothing, fold)
    for value in found.values():
        assert abs(value.estimate) < 0.02
        assert abs(value.upper) < 0.05
    some = np.round(rng.standard_normal(100))
    turned = slice(None, None, -1)
    again = (score[turned], some[turned], fold[turned])
    for name, value in ranking_value(score, some, fold).items():
        assert value.estimate == pytest.approx(ranking_value(*again)[name].estimate)
    for measure in (group_effects, targeting_curve):
        np.testing.assert_allclose(measure(score, some, fold), measure(*again), atol=1e-12)


def test_patients_with_one_benefit_are_described_alike_whatever_their_order():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"age": np.sort(rng.normal(50, 10, 400))})
    fold = np.arange(400) % 5
    benefit = 0.1 * fold
    table = group_characteristics(X, benefit, fold)
    assert table.loc[0, "estimate"] == pytest.approx(0.0, abs=1e-9)
    steps = np.where(X["age"] > 50, 0.2, 0.1)
    shuffled = rng.permutation(400)
    one, other = (
        group_characteristics(X.iloc[order], steps[order], fold[order])
        for order in (np.arange(400), shuffled)
    )
    assert one.loc[0, "estimate"] > 1
    assert one.loc[0, ["estimate", "lower", "upper"]].tolist() == pytest.approx(
        other.loc[0, ["estimate", "lower", "upper"]].tolist()
    )


def test_an_arm_may_be_named_as_a_gain_is():
    scores = np.array([[1.0, 5.0], [3.0, 7.0]])
    chosen = np.array([1, 1])
    less_is_better = ResponseScale("days", "lower")
    found = policy_values(scores, chosen, chosen, {0: "regaine", 1: "plain"}, scale=less_is_better)
    assert found["all_regaine"].estimate == -2
    assert found["all_plain"].estimate == -6
    assert found["gain_over_all_regaine"].estimate == 4
