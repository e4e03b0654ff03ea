"""What a fit adjusts for and no new patient has: predictions are averaged over it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.models import make_model

ARMS = np.array(["a", "b"])
COHORTS = 8
N = 2000


def expit(x):
    return 1 / (1 + np.exp(-x))


def drawn(p, seed):
    rng = np.random.default_rng(seed)
    return rng.random(len(p)) < p


@pytest.mark.parametrize("learner", ["shrunken_interactions", "risk_based"])
def test_predictions_are_averages_over_a_nuisance_column_however_much_it_tells(learner):
    errors = []
    for seed in range(COHORTS):
        rng = np.random.default_rng(seed)
        x, ancestry = rng.normal(size=N), rng.integers(0, 2, N)
        received = rng.integers(0, 2, N)
        near, far = (-0.4 + 0.5 * x + 3.0 * (q - 0.5) for q in (0, 1))
        own = np.where(ancestry == 1, far, near) + 0.8 * received
        X = pd.DataFrame({"x": x, "ancestry": np.where(ancestry == 1, "E", "A")})
        model = make_model(learner, random_state=seed, nuisance=("ancestry",))
        model.fit(X, drawn(expit(own), seed), arm=ARMS[received])
        true = np.column_stack([(expit(near + d) + expit(far + d)) / 2 for d in (0.0, 0.8)])
        found = model.predict_response(X[["x"]]).to_numpy()
        errors.append(float(np.sqrt(((found - true) ** 2).mean())))
    # At mean ancestry 0.047 (standard error 0.004), averaged over it 0.020 (0.002).
    assert np.mean(errors) < 0.033, errors


def test_a_ratio_that_follows_a_predictor_changes_nothing():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=400), "severe": rng.integers(0, 2, 400) * 1.0})
    share = np.where(X["severe"] == 1, 2 / 3, 1 / 3)
    received = (rng.random(400) < share).astype(int)
    y = drawn(expit(-1.8 * (X["severe"] - 0.5) + 0.9 * X["x"] * (received - 0.5)), 1)
    for learner in ("shrunken_interactions", "x_forest"):
        with_it, without = (
            make_model(learner, random_state=1)
            .fit(X, y, arm=ARMS[received], propensity=known)
            .predict_response(X)
            for known in (np.column_stack([1 - share, share]), None)
        )
        assert np.abs(with_it - without).to_numpy().max() < 0.02


def test_probabilities_are_right_where_the_ratio_nearly_follows_a_predictor():
    rng = np.random.default_rng(2)
    X = pd.DataFrame({"x": rng.normal(size=2000), "z": rng.normal(size=2000)})
    share = expit(1.2 * X["x"].to_numpy()).clip(0.05, 0.95)
    received = (rng.random(2000) < share).astype(int)
    true = np.column_stack([expit(X["x"] + d * (0.2 + 0.9 * X["z"]) / 2) for d in (-1, 1)])
    y = drawn(true[np.arange(2000), received], 3)
    model = make_model("shrunken_interactions", random_state=1)
    model.fit(X, y, arm=ARMS[received], propensity=np.column_stack([1 - share, share]))
    assert np.sqrt(((model.predict_response(X).to_numpy() - true) ** 2).mean()) < 0.06


@pytest.mark.parametrize(("learner", "noise"), [("average", 0), ("shrunken_interactions", 150)])
def test_a_ratio_that_no_predictor_tells_is_adjusted_for(learner, noise):
    """A prognostic site (or, for `average`, a predictor that it does not read) sets the ratio."""
    benefits = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        site = rng.integers(0, 2, 300)
        share = np.where(site == 1, 0.75, 0.25)
        received = (rng.random(300) < share).astype(int)
        y = drawn(expit(2.5 * (site - 0.5)), seed)
        X = pd.DataFrame(rng.normal(size=(300, max(noise, 1)))).add_prefix("x")
        X = X if noise else pd.DataFrame({"site": site * 1.0})
        model = make_model(learner, random_state=seed)
        model.fit(X, y, arm=ARMS[received], propensity=np.column_stack([1 - share, share]))
        benefits.append(model.predict_benefit(X, "b", "a")["benefit"].mean())
    # Not adjusted for: about 0.23.
    assert abs(np.mean(benefits)) < 0.04 + 2 * np.std(benefits, ddof=1) / 2, benefits
