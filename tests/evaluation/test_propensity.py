from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.cohort import observed_shares
from nxpredict.evaluation._overlap import check_overlap, standardised_differences
from nxpredict.evaluation._propensity import (
    RIDGES,
    _by_ridge,
    estimated_propensity,
)


def test_shares_are_counted_within_the_stratum_and_a_small_one_borrows_from_all():
    arm = np.array(["x"] * 10 + ["y"] * 30 + ["x"] * 20 + ["y"] * 20 + ["x", "y"])
    site = ["A"] * 40 + ["B"] * 40 + ["C"] * 2
    shares = observed_shares(arm, ["x", "y"], site)["x"]
    overall = 31 / 82
    assert shares[0] == pytest.approx((10 + 20 * overall) / 60)
    assert shares[50] == pytest.approx((20 + 20 * overall) / 60)
    assert shares[81] == pytest.approx((1 + 20 * overall) / 22)


def test_confounded_treatment_is_estimated_and_weighting_balances_it():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(1500, 4)), columns=list("abcd"))
    true = 1 / (1 + np.exp(-0.8 * X["a"].to_numpy()))
    arm = (rng.random(1500) < true).astype(np.int64)
    e = estimated_propensity(X, arm, np.arange(1500) % 5)
    assert np.corrcoef(e[:, 1], true)[0, 1] > 0.9
    assert check_overlap(X, arm, ("x", "y"), e).adequate
    table = standardised_differences(X, arm, ("x", "y"), e)
    worst = table.set_index(["arm", "predictor"]).loc[("y", "a")]
    assert worst["difference"] > 0.5
    assert abs(worst["difference_weighted"]) < 0.15


def test_no_overlap_is_seen():
    arm = np.repeat([0, 1], 50)
    X = pd.DataFrame({"a": np.arange(100.0)})
    e = np.column_stack([np.repeat([0.99, 0.01], 50), np.repeat([0.01, 0.99], 50)])
    found = check_overlap(X, arm, ("x", "y"), e)
    assert not found.adequate
    assert found.table["share_below_0.05"].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("columns", [3, 25])
def test_the_ridge_is_as_weak_as_balance_asks(columns: int):
    rng = np.random.default_rng(2)
    X = pd.DataFrame(rng.normal(size=(400, columns))).rename(columns=str)
    arm = (rng.random(400) < 1 / (1 + np.exp(-X["0"] + 0.7 * X["1"]))).astype(np.int64)
    fold = np.arange(400) % 5

    def imbalance(e: np.ndarray) -> float:
        return float(
            standardised_differences(X, arm, ("x", "y"), e)["difference_weighted"].abs().mean()
        )

    fixed = [imbalance(e) for e in _by_ridge(X, np.empty((len(X), 0)), arm, fold)]
    assert imbalance(estimated_propensity(X, arm, fold)) == pytest.approx(min(fixed))
    # Few predictors need hardly any ridge, many need one: no fixed one is right.
    best = RIDGES[int(np.argmin(fixed))]
    assert best >= 0.3 if columns == 3 else best <= 0.1


def test_a_predictor_that_everybody_shares_does_not_matter_to_the_propensity():
    rng = np.random.default_rng(2)
    X = pd.DataFrame({"a": rng.normal(size=200)})
    arm = (rng.random(200) < 0.5).astype(np.int64)
    fold = np.arange(200) % 5
    np.testing.assert_allclose(
        estimated_propensity(X, arm, fold), estimated_propensity(X.assign(same=1.0), arm, fold)
    )
