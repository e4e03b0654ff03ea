from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from nxpredict.evaluation import heterogeneity_test


def p_value(t, **options):
    treated = (t.arm == "nalmefene").astype(float)
    options = {"random_state": 0} | options
    return heterogeneity_test(t.X, t.y, treated, np.full(len(t.y), 0.5), **options).p


def test_a_true_null_is_rejected_about_as_often_as_stated(trial):
    """150 cohorts: the count at 10 % is binomial with SD 3.7; beyond 4 SD is not chance."""
    found = np.array([p_value(trial(200, seed=s, average=0.15)) for s in range(150)])
    assert abs(np.sum(found < 0.1) - 15) < 4 * 3.7
    assert 0.35 < found.mean() < 0.65


def test_one_risk_ratio_is_no_difference_where_the_outlook_is_a_u():
    """60 cohorts, 3 expected below 0.05: more than 9 are not chance (1 in 1,000)."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng([1, seed])
        X = pd.DataFrame(rng.normal(size=(1000, 8))).add_prefix("x")
        risk = 0.08 + 0.4 * ndtr(2 * (X["x0"].abs().to_numpy() - 1))
        treated = rng.integers(0, 2, 1000).astype(float)
        y = (rng.random(1000) < risk * np.where(treated == 1, 1.8, 1.0)).astype(float)
        found.append(heterogeneity_test(X, y, treated, np.full(1000, 0.5)).p)
    assert np.sum(np.array(found) < 0.05) <= 9


def test_real_heterogeneity_is_found(trial):
    found = [p_value(trial(600, seed=s, spread=0.2)) for s in range(8)]
    assert np.mean(np.array(found) < 0.05) >= 0.75


def test_a_bend_is_found(trial):
    """The benefit depends on the distance of x3 from its mean, which no straight line sees."""
    t = trial(1500, seed=1)
    rng = np.random.default_rng(1)
    bend = 0.5 * (t.X["x3"].fillna(0.0).abs() - 0.8).to_numpy()
    second = t.arm == "nalmefene"
    y = (rng.random(1500) < np.clip(0.5 + np.where(second, bend, -bend) / 2, 0, 1)).astype(float)
    treated = second.astype(float)
    found = heterogeneity_test(t.X, y, treated, np.full(1500, 0.5))
    assert found.p < 0.01
    assert found.p_many > found.p_single


def test_a_nuisance_column_is_not_evidence(trial):
    t = trial(800, seed=2, spread=0.3)
    hidden = t.X[["x3", "x4"]]
    assert p_value(t) < 0.01
    assert p_value(t, nuisance=hidden.columns) > 0.01


def test_columns_may_be_text_missing_or_constant(trial):
    t = trial(200, seed=3)
    rng = np.random.default_rng(0)
    X = t.X.assign(
        site=rng.choice(["a", "b", None], 200), flat=1.0, empty=np.nan, yes=rng.random(200) < 0.5
    )
    treated = (t.arm == "nalmefene").astype(float)
    assert 0 < heterogeneity_test(X, t.y, treated, np.full(200, 0.5)).p <= 1
    flat = pd.DataFrame({"flat": np.ones(200)})
    assert np.isnan(heterogeneity_test(flat, t.y, treated, np.full(200, 0.5)).p)


def test_rows_of_one_patient_are_no_new_evidence(trial):
    t = trial(250, seed=4, spread=0.08)
    treated = (t.arm == "nalmefene").astype(float)
    twice = {
        "X": pd.concat([t.X, t.X], ignore_index=True),
        "y": np.tile(t.y, 2),
        "treated": np.tile(treated, 2),
        "propensity": np.full(500, 0.5),
    }
    naive = heterogeneity_test(**twice).p
    honest = heterogeneity_test(**twice, clusters=np.tile(np.arange(250), 2)).p
    assert honest > naive


@pytest.mark.parametrize("seed", [0, 1])
def test_same_seed_same_p(trial, seed):
    t = trial(200, seed=5)
    assert p_value(t, random_state=seed) == p_value(t, random_state=seed)
