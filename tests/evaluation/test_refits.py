"""Optimism and instability, read off the fold models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from nxpredict.evaluation import Comparison, auc, cross_validate, evaluate
from nxpredict.evaluation._refits import instability, standard_error_over_refits

ARMS = ("naltrexone", "nalmefene")


class Rote(BaseEstimator):
    """Knows the response of whom it has seen, and nothing of anybody else."""

    def fit(self, X, y, *, arm=None, propensity=None):
        self.known_ = dict(zip(X["id"], y, strict=True))
        self.arms_ = sorted(set(arm))
        return self

    def predict_response(self, X):
        p = X["id"].map(self.known_).fillna(0.5).clip(0.01, 0.99)
        return pd.DataFrame(dict.fromkeys(self.arms_, p), index=X.index)


class Lines(BaseEstimator):
    """A straight line of the response on x in each arm."""

    def fit(self, X, y, *, arm=None, propensity=None):
        x, arm = X["x"].to_numpy(), np.asarray(arm)
        self.lines_ = {a: np.polyfit(x[arm == a], y[arm == a], 1) for a in sorted(set(arm))}
        return self

    def predict_response(self, X):
        found = {a: np.polyval(line, X["x"]) for a, line in self.lines_.items()}
        return pd.DataFrame(found, index=X.index)


def test_a_model_that_learns_by_rote_is_all_optimism():
    rng = np.random.default_rng(0)
    n = 120
    X, arm = pd.DataFrame({"id": np.arange(n)}), np.tile(ARMS, n // 2)
    y = rng.integers(0, 2, n).astype(float)
    out = cross_validate(Rote(), X, y, arm)
    result = evaluate(out, Comparison(X, y, arm, ARMS, ARMS[0], "randomised"))
    for name in ARMS:
        found = result.per_arm[name]["optimism"]["auc"]
        assert found == {"apparent": 1.0, "optimism": 0.5}
    assert set(result.tables["optimism"]["about"]) == {*ARMS, "nalmefene_vs_naltrexone"}


def test_optimism_is_what_new_patients_take_away(trial, learner):
    """Against the AUC of the same model on 4,000 new patients, over 14 cohorts of 200."""
    gaps = []
    for seed in range(14):
        t = trial(200, seed=seed, predictors=12)
        out = cross_validate(learner(1.0), t.X, t.y, t.arm)
        found = evaluate(out, Comparison(t.X, t.y, t.arm, ARMS, ARMS[0], "randomised"))
        optimism = np.mean([found.per_arm[a]["optimism"]["auc"]["optimism"] for a in ARMS])
        whole, new = learner(1.0).fit(t.X, t.y, arm=t.arm), trial(4000, seed=1000 + seed)
        gaps.append(optimism - np.mean([_lost(whole, t, new, a) for a in ARMS]))
    # Fold models learn from four fifths of the cohort, so a little too much is expected.
    error = np.std(gaps, ddof=1) / np.sqrt(len(gaps))
    assert -3 * error < np.mean(gaps) < 3 * error + 0.03
    assert error < 0.03


def _lost(model, old, new, arm):
    X = new.X.reindex(columns=old.X.columns)
    found = [
        auc(t.y[t.arm == arm], model.predict_response(frame)[arm].to_numpy()[t.arm == arm]).estimate
        for t, frame in ((old, old.X), (new, X))
    ]
    return found[0] - found[1]


def test_the_jackknife_finds_the_error_of_two_slopes():
    """Mean variance over 100 cohorts against that of least squares, 0.25 / (n/2) an arm."""
    n, found = 200, []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x, arm = rng.normal(size=n), np.tile(["a", "b"], n // 2)
        y = rng.integers(0, 2, n).astype(float)
        X = pd.DataFrame({"x": (x - x.mean()) / x.std()})
        out = cross_validate(Lines(), X, y, arm, repeats=1)
        benefit = out.refits[..., 1] - out.refits[..., 0]
        found.append(np.mean(standard_error_over_refits(benefit) ** 2))
    truth = 2 * 0.25 / (n / 2)
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    # A jackknife of fits to four fifths is a little too wide: 1 / (n - n/5) for 1 / n at most.
    assert truth - 3 * error < np.mean(found) < 1.25 * truth + 3 * error
    assert error < 0.15 * truth


def test_instability_of_three_patients_by_hand():
    benefit = np.array([[[0.1, -0.2, 0.3], [0.3, 0.1, 0.3]]])
    facts, table = instability(np.repeat(benefit, 2, axis=0))
    # Two folds: standard error = half the difference of the two fits.
    assert facts["standard_error"] == pytest.approx((0.1 + 0.15 + 0.0) / 3)
    assert facts["mean_absolute_difference"] == pytest.approx((0.1 + 0.15 + 0.0) / 3)
    # Only the second patient's better arm differs from that of the average, in one of two fits.
    assert facts["preferred_arm_changes"] == pytest.approx(0.5 / 3)
    assert table["n"].sum() == 3


def test_without_refits_there_is_nothing_to_say(trial, learner):
    t = trial(200, seed=1)
    out = cross_validate(learner(), t.X, t.y, t.arm)
    bare = type(out)(out.arms, out.fold, out.prediction, None, None)
    result = evaluate(bare, Comparison(t.X, t.y, t.arm, ARMS, ARMS[0], "randomised"))
    assert "instability" not in result.contrasts["nalmefene_vs_naltrexone"]
    assert result.to_dict()["per_arm"]["nalmefene"]["optimism"]["auc"]["apparent"] is None
