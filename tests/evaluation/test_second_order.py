"""Confounding by products and squares of what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom

from nxpredict.evaluation._overlap import standardised_differences
from nxpredict.evaluation._propensity import estimated_propensity
from nxpredict.evaluation._scores import doubly_robust_scores
from nxpredict.evaluation._second_order import second_order

TRUTHS = {"product": lambda X: 1.5 * X["a"] * X["b"], "bend": lambda X: 1.2 * (X["a"] ** 2 - 1)}


def registry(n: int, seed: int, truth) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Arms that differ for nobody; the same function of predictors bears on arm and response."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    p = 1 / (1 + np.exp(-np.asarray(truth(X), dtype=float)))
    return X, (rng.random(n) < p).astype(np.int64), (rng.random(n) < p).astype(float)


def biases(n: int, truth, seeds: range) -> tuple[float, float]:
    """Naive and adjusted bias, with an outcome model that knows nothing."""
    naive, adjusted = [], []
    for seed in seeds:
        X, arm, y = registry(n, seed, truth)
        e = estimated_propensity(X, arm, np.arange(n) % 5)
        scores = doubly_robust_scores(np.full((n, 2), y.mean()), y, arm, e)
        naive.append(y[arm == 1].mean() - y[arm == 0].mean())
        adjusted.append(float(np.mean(scores[:, 1] - scores[:, 0])))
    return float(np.mean(naive)), float(np.mean(adjusted))


def test_confounding_by_a_product_or_a_bend_is_taken_away() -> None:
    for truth in TRUTHS.values():
        naive, adjusted = biases(1000, truth, range(8))
        assert naive > 0.1
        # 8 cohorts of 1,000 leave a standard error of about 0.012.
        assert abs(adjusted) < 0.3 * naive


def test_the_balance_table_has_the_product() -> None:
    X, arm, _ = registry(1000, 3, TRUTHS["product"])
    e = estimated_propensity(X, arm, np.arange(1000) % 5)
    table = standardised_differences(X, arm, ("x", "y"), e).set_index(["arm", "predictor"])
    row = table.loc[("y", "a x b")]
    assert row["difference"] > 0.4
    # Patients whom the product makes nearly sure of an arm leave some of it.
    assert abs(row["difference_weighted"]) < 0.5 * row["difference"]


def test_where_arms_go_by_predictors_alone_products_come_in_one_of_twenty_cohorts() -> None:
    found, repetitions = 0, 200
    for seed in range(repetitions):
        X, arm, _ = registry(300, seed, lambda X: X["a"] - 0.7 * X["b"])
        found += len(second_order(X, arm).columns) > 0
    assert found <= binom.ppf(0.999, repetitions, 0.05)
