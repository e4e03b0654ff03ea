"""What holds the verdict of an observational cohort back: imbalance that is left, few patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from nxpredict.evaluation import Comparison, OutOfFold, evaluate
from nxpredict.evaluation._overlap import check_overlap

ARMS = ("a", "b")


def registry(n: int, seed: int, *, strength: float):
    """A cohort in which choosing pays, and arm `b` goes to patients with a high z."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["x", "z", "w"])
    given = 1 / (1 + np.exp(-strength * X["z"].to_numpy()))
    arm = (rng.random(n) < given).astype(np.int64)
    benefit = np.clip(0.35 * X["x"].to_numpy(), -0.45, 0.45)
    p = 0.5 + np.column_stack([-benefit / 2, benefit / 2])
    y = (rng.random(n) < p[np.arange(n), arm]).astype(float)
    comparison = Comparison(X, y, np.array(ARMS)[arm], ARMS, "a", "observational")
    fold = rng.permutation(n) % 5
    right = np.column_stack([1 - given, given])
    return OutOfFold(ARMS, fold[None, :], p[None], right, None), comparison


def test_arms_that_weighting_leaves_apart_are_suggestive_at_most_and_said() -> None:
    out, comparison = registry(800, 1, strength=0.5)
    balanced = evaluate(out, comparison)
    assert balanced.verdict["level"] == "supported"
    assert balanced.overlap["b"]["largest_difference"] > 0.3
    assert balanced.overlap["b"]["largest_difference_weighted"] < 0.25
    left = evaluate(replace(out, propensity=np.full((800, 2), 0.5)), comparison)
    assert left.verdict["level"] == "suggestive"
    assert any("0.25 standard deviations" in said for said in left.verdict["reasons"])
    assert left.overlap["b"]["largest_difference_weighted"] == pytest.approx(
        left.overlap["b"]["largest_difference"]
    )
    assert any("by more than 0.1 standard deviations" in said for said in left.warnings)


def test_a_registry_of_the_finding_is_warned_of_and_its_numbers_are_written() -> None:
    out, comparison = registry(500, 2, strength=0.3)
    found = evaluate(replace(out, propensity=np.full((500, 2), 0.5)), comparison)
    facts = found.to_dict()["overlap"]["b"]
    assert facts["largest_difference_weighted"] > 0.1
    assert set(facts) >= {"n", "effective_sample_size", "membership_auc", "share_below_0.05"}
    assert any("standard deviations between its patients" in said for said in found.warnings)


def test_a_few_patients_who_weigh_nearly_everything_are_counted_as_few() -> None:
    out, comparison = registry(300, 3, strength=0.3)
    propensity = np.full((300, 2), 0.5)
    heavy = np.flatnonzero(comparison.received == 1)[:12]
    propensity[heavy] = [0.94, 0.06]
    propensity[comparison.received == 0] = [0.5, 0.5]
    propensity[np.setdiff1d(np.flatnonzero(comparison.received == 1), heavy)] = [0.05, 0.95]
    found = evaluate(replace(out, propensity=propensity), comparison)
    assert found.overlap["b"]["effective_sample_size"] < 40
    assert found.verdict["level"] == "not assessable"
    assert "Fewer than 40 effective patients after weighting in: b." in found.verdict["reasons"]
    assert any("a few of them decide" in said for said in found.warnings)


def test_a_randomised_study_has_none_of_this() -> None:
    out, comparison = registry(300, 4, strength=0.0)
    found = evaluate(out, replace(comparison, allocation="randomised"))
    assert found.overlap == {}
    assert not any("standard deviations" in said for said in found.warnings)


def test_what_lots_left_apart_holds_no_trial_back() -> None:
    out, comparison = registry(800, 1, strength=0.5)
    out = replace(out, propensity=np.full((800, 2), 0.5))
    assert evaluate(out, comparison).verdict["level"] == "suggestive"
    trial = evaluate(out, replace(comparison, allocation="randomised"))
    assert trial.verdict["level"] == "supported"


@pytest.mark.parametrize("n", [100, 400])
def test_arms_that_a_coin_gave_are_apart_in_one_of_twenty_at_most(n: int) -> None:
    apart, repetitions = 0, 300
    for seed in range(repetitions):
        rng = np.random.default_rng(seed)
        X = pd.DataFrame(rng.normal(size=(n, 15))).rename(columns=str)
        arm = rng.integers(0, 2, n)
        apart += bool(check_overlap(X, arm, ARMS, np.full((n, 2), 0.5)).apart)
    assert apart <= binom.ppf(0.999, repetitions, 0.05)
