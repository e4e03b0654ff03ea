"""The three answers in another population than the one that was sampled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from nxpredict.evaluation import (
    Comparison,
    OutOfFold,
    evaluate,
    heterogeneity_test,
    rounded,
    target_answers,
    weight_to_target,
)

CONTRAST = "b_vs_a"


def study(
    n: int, seed: int, *, slope: float = 0.3, at_0: float = 0.0, allocation: str = "randomised"
):
    """A cohort in which arm `b` helps the more the larger x is, and predictions that know it."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["x", "v", "w"])
    benefit = np.clip(at_0 + slope * X["x"].to_numpy(), -0.4, 0.4)
    p = 0.5 + np.column_stack([-benefit / 2, benefit / 2])
    arm = rng.integers(0, 2, n)
    y = (rng.random(n) < p[np.arange(n), arm]).astype(float)
    comparison = Comparison(X, y, np.array(["a", "b"])[arm], ("a", "b"), "a", allocation)
    fold = rng.permutation(n) % 5
    out = OutOfFold(("a", "b"), fold[None, :], p[None], None, None)
    return out, comparison


def target(comparison: Comparison, x: float):
    return weight_to_target(comparison.X[["x"]], pd.Series({"x": x}))


def test_the_cohort_itself_as_the_target_has_the_answers_of_the_cohort() -> None:
    out, comparison = study(400, 1)
    same = weight_to_target(comparison.X[["x"]], comparison.X[["x"]].mean())
    found = rounded(target_answers(out, comparison, same, random_state=3))
    told = evaluate(out, comparison, random_state=3).to_dict()
    assert found["heterogeneity"] == told["heterogeneity"]
    assert found["verdict"]["level"] == told["verdict"]["level"] == "supported"
    assert found["verdict"]["reasons"] == told["verdict"]["reasons"]
    for here, there in (
        (found["verdict"]["gain"], told["verdict"]["gain"]),
        (found["average"][CONTRAST], told["contrasts"][CONTRAST]["ate"]),
        (found["slope"][CONTRAST], told["contrasts"][CONTRAST]["blp"]["slope"]),
    ):
        assert here == pytest.approx(there, rel=1e-2)


def test_whether_benefits_differ_is_asked_of_the_target() -> None:
    out, comparison = study(400, 8, slope=0.15)
    weights = target(comparison, 1.0)
    found = target_answers(out, comparison, weights, random_state=3)["heterogeneity"][CONTRAST]
    arm, half = comparison.received.astype(float), np.full(400, 0.5)
    alone, weighted = (
        heterogeneity_test(comparison.X, comparison.outcome, arm, half, weights=w, random_state=3)
        for w in (None, weights.weights)
    )
    assert found["p"] == pytest.approx(weighted.p)
    assert found["p"] != pytest.approx(alone.p, rel=0.01)


def test_where_the_target_needs_one_arm_only_there_is_nothing_to_choose() -> None:
    out, comparison = study(1500, 2)
    found = target_answers(out, comparison, target(comparison, 1.5))
    assert evaluate(out, comparison).verdict["level"] == "supported"
    assert found is not None
    assert found["verdict"]["level"] == "not supported"
    assert found["verdict"]["switched"] < 0.1
    assert found["average"][CONTRAST]["estimate"] > 0.2


def test_choosing_is_held_against_the_single_arm_that_is_best_in_the_target() -> None:
    """`a` is best for all in the cohort, `b` in the target: few would be given another there."""
    out, comparison = study(1500, 7, at_0=-0.15)
    shares = [
        target_answers(out, comparison, target(comparison, x))["verdict"]["switched"]
        for x in (0.0, 1.5)
    ]
    assert max(shares) < 0.4


def test_a_target_out_of_reach_or_of_few_patients_is_not_assessable() -> None:
    out, comparison = study(400, 3)
    for x, said in (
        (9.0, "do not reach the target"),
        (2.0, "Fewer than 40 effective patients after weighting in: a, b."),
    ):
        found = target_answers(out, comparison, target(comparison, x))
        assert found is not None
        assert found["verdict"]["level"] == "not assessable"
        assert any(said in reason for reason in found["verdict"]["reasons"])


def test_nothing_is_carried_over_where_drug_and_study_are_the_same() -> None:
    out, comparison = study(100, 4)
    indirect = replace(comparison, allocation="pooled-indirect")
    assert target_answers(out, indirect, target(comparison, 0.2)) is None


def test_hidden_confounding_stands_beside_what_was_not_randomised() -> None:
    out, comparison = study(600, 5, allocation="observational")
    there = target_answers(out, comparison, target(comparison, 0.8))
    assert there is not None
    facts = there["average"][CONTRAST]
    bounds = facts["hidden_confounding"]["bounds"]
    assert bounds[0]["lower"] == pytest.approx(facts["estimate"])
    assert facts["hidden_confounding"]["e_value"] > 1
    same = weight_to_target(comparison.X[["x"]], comparison.X[["x"]].mean())
    here = rounded(target_answers(out, comparison, same))
    told = evaluate(out, comparison).to_dict()["contrasts"][CONTRAST]["hidden_confounding"]
    assert here["average"][CONTRAST]["hidden_confounding"]["e_value"] == pytest.approx(
        told["e_value"], rel=1e-3
    )


def test_rows_of_one_patient_are_no_more_information() -> None:
    out, comparison = study(300, 6)
    twice = np.tile(np.arange(300), 2)
    again = comparison.take(twice)
    doubled = OutOfFold(out.arms, out.fold[:, twice], out.prediction[:, twice], None, twice)
    weights = target(comparison, 0.4)
    both = replace(weights, weights=weights.weights[twice] / 2)
    once = rounded(target_answers(out, comparison, weights))
    found = rounded(target_answers(doubled, again, both))
    assert found["verdict"]["gain"] == pytest.approx(once["verdict"]["gain"], abs=1e-9)
    assert found["average"] == {CONTRAST: pytest.approx(once["average"][CONTRAST], abs=1e-9)}


def test_equal_benefits_are_called_different_in_one_of_twenty_weighted_cohorts() -> None:
    wrong, repetitions = 0, 200
    for seed in range(repetitions):
        _, comparison = study(150, 100 + seed, slope=0.0)
        weights = target(comparison, 0.7).weights
        found = heterogeneity_test(
            comparison.X,
            comparison.outcome,
            comparison.received.astype(float),
            np.full(150, 0.5),
            weights=weights,
            random_state=seed,
        )
        wrong += found.p < 0.05
    low, high = binom.ppf([0.001, 0.999], repetitions, 0.05)
    assert low <= wrong <= high


def test_few_patients_who_stand_for_a_target_are_not_told_of() -> None:
    """The weighted means of one patient's scores would be that patient's response."""
    arm, y = np.tile(["a", "b"], 40), np.tile([0.0, 1, 1, 1], 20)
    X = pd.DataFrame({"age": np.r_[np.linspace(30, 50, 79), 90.0]})
    folds, p = np.tile([0, 0, 1, 1], 20)[None], np.full((1, 80, 2), 0.5)
    out = OutOfFold(("a", "b"), folds, p, propensity=None, clusters=None)
    told = Comparison(X, y, arm, ("a", "b"), "a", "randomised")
    target = weight_to_target(X, pd.Series({"age": 200.0}))
    found = target_answers(out, told, target)
    assert found is not None
    assert set(found["average"]["b_vs_a"].values()) == {None}
    assert np.isnan(found["slope"]["b_vs_a"].estimate)
    assert np.isnan(found["verdict"]["gain"].estimate)
    assert found["verdict"]["switched"] is None
    assert not found["heterogeneity"]["b_vs_a"]["established"]
    assert found["verdict"]["level"] == "not assessable"
