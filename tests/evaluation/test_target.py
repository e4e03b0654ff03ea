from __future__ import annotations

import numpy as np
import pandas as pd

from nxpredict.evaluation import case_mix, weight_to_target, weighted_effect


def test_weights_reach_the_means_and_cost_information() -> None:
    rng = np.random.default_rng(1)
    cohort = pd.DataFrame({"age": rng.normal(50, 10, 500), "male": rng.integers(0, 2, 500) * 1.0})
    found = weight_to_target(cohort, pd.Series({"age": 55.0, "male": 0.7}))
    assert found.reached
    assert np.isclose(found.weights.sum(), 1)
    assert np.allclose(found.table["weighted"], [55, 0.7], atol=0.05)
    assert 100 < found.effective_n < 500


def test_the_cohort_itself_needs_no_weights() -> None:
    cohort = pd.DataFrame({"age": np.arange(40.0)})
    found = weight_to_target(cohort, cohort.mean())
    assert np.allclose(found.weights, 1 / 40)
    assert np.isclose(found.effective_n, 40)


def test_a_target_outside_of_the_cohort_is_not_reached() -> None:
    cohort = pd.DataFrame({"age": np.linspace(40, 50, 60)})
    assert not weight_to_target(cohort, pd.Series({"age": 70.0})).reached


def test_a_missing_value_counts_as_the_mean() -> None:
    cohort = pd.DataFrame({"age": [40.0, 60.0, np.nan]})
    found = weight_to_target(cohort, pd.Series({"age": 50.0}))
    assert np.allclose(found.weights, 1 / 3)


def test_the_effect_in_the_target_is_recovered_where_it_depends_on_a_predictor() -> None:
    estimates, errors = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=800)
        score = 0.1 * x + rng.normal(size=800)
        found = weight_to_target(pd.DataFrame({"x": x}), pd.Series({"x": 1.0}))
        effect = weighted_effect(score, found.weights)
        estimates.append(effect.estimate)
        errors.append((effect.upper - effect.lower) / 3.92)
    assert abs(np.mean(estimates) - 0.1) < 4 * np.std(estimates) / np.sqrt(40)
    assert 0.6 < np.mean(errors) / np.std(estimates) < 1.6


def test_the_interval_of_a_weighted_effect_counts_patients() -> None:
    """By hand: four deviations of 0.5 weighing a quarter each, or two of 0."""
    score, weight = np.array([0.0, 1.0, 0.0, 1.0]), np.full(4, 0.25)
    alone = weighted_effect(score, weight)
    error = np.sqrt(4 * 0.125**2 * 4 / 3)
    assert np.isclose(alone.upper - alone.estimate, 1.959964 * error)
    pairs = weighted_effect(score, weight, clusters=np.array([0, 0, 1, 1]))
    assert (pairs.lower, pairs.estimate, pairs.upper) == (0.5, 0.5, 0.5)
    twice = weighted_effect(score, 2 * weight)
    assert np.isclose(twice.upper, alone.upper)


def test_a_characteristic_that_nobody_differs_in_is_reached_only_where_the_target_has_it() -> None:
    cohort = pd.DataFrame({"male": np.ones(60)})
    assert weight_to_target(cohort, pd.Series({"male": 1.0})).reached
    assert not weight_to_target(cohort, pd.Series({"male": 0.5})).reached


def test_case_mix_is_told_a_predictor_at_a_time() -> None:
    rng = np.random.default_rng(0)
    old = pd.DataFrame({"age": rng.normal(40, 10, 200), "town": ["a", "b"] * 100})
    new = pd.DataFrame({"age": rng.normal(50, 10, 300), "town": ["a"] * 300})
    table = case_mix(new, old, {"age": (20.0, 60.0)}, {"age": 0.1}).set_index("predictor")
    assert 0.8 < table.loc["age", "difference"] < 1.2
    assert table.loc["town", "difference"] == 0.5
    assert 0.1 < table.loc["age", "outside_range"] < 0.25
    assert table.loc["age", "missing_in_training"] == 0.1


def test_few_outside_the_range_are_not_counted() -> None:
    old, ranges = pd.DataFrame({"age": [30.0, 50.0] * 50}), {"age": (30.0, 50.0)}
    for few, told in ((0, 0.0), (1, np.nan), (9, np.nan), (10, 0.1), (95, np.nan)):
        new = pd.DataFrame({"age": [70.0] * few + [40.0] * (100 - few)})
        found = case_mix(new, old, ranges, {}).loc[0, "outside_range"]
        np.testing.assert_equal(found, told)


def test_two_constants_that_differ_are_as_far_apart_as_can_be() -> None:
    ones, zeros = pd.DataFrame({"smoker": [1.0] * 5}), pd.DataFrame({"smoker": [0.0] * 5})

    def apart(new: pd.DataFrame, old: pd.DataFrame) -> float:
        return float(case_mix(new, old, {}, {}).loc[0, "difference"])

    assert apart(ones, zeros) == np.inf
    assert apart(zeros, ones) == -np.inf
    assert apart(ones, ones) == 0
    assert np.isnan(apart(ones.iloc[:0], zeros))
    tenths = [pd.DataFrame({"smoker": [0.1] * n}) for n in (30, 77)]
    assert apart(*tenths) == 0
    varying = pd.DataFrame({"smoker": [0.0, 1.0] * 20})
    assert 0.9 < apart(ones.iloc[:1], varying) < 1.5


def test_a_target_that_one_patient_comes_nearest_to_does_not_tell_who_that_is() -> None:
    """All the weight is on the oldest: the weighted means would be that patient's record."""
    rng = np.random.default_rng(2)
    cohort = pd.DataFrame({"age": rng.normal(45, 8, 100), "bmi": rng.normal(26, 3, 100)})
    cohort.loc[7, "age"] = 91.25
    found = weight_to_target(cohort, pd.Series({"age": 140.0, "bmi": 26.0}))
    assert found.effective_n < 10
    assert found.few
    assert found.table[["weighted", "difference_after"]].isna().all(axis=None)
    assert not weight_to_target(cohort, pd.Series({"age": 46.0, "bmi": 26.0})).few
