from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from nxpredict.errors import UsageError
from nxpredict.evaluation import cross_validate
from nxpredict.models import make_model


class Memory(BaseEstimator):
    """Predicts 1 for rows that it has seen in fit, and 0 for others."""

    def fit(self, X, y, *, arm=None, propensity=None):
        self.seen_ = set(X["id"])
        self.arms_ = sorted(set(arm))
        self.propensity_ = propensity
        if isinstance(propensity, pd.DataFrame):
            assert list(propensity.index) == list(X.index)
        return self

    def predict_response(self, X):
        seen = X["id"].isin(self.seen_).astype(float)
        return pd.DataFrame(dict.fromkeys(self.arms_, seen), index=X.index)


@pytest.fixture
def cohort():
    n = 60
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"id": np.arange(n)})
    return X, rng.integers(0, 2, n), np.where(rng.random(n) < 0.5, "a", "b")


def test_no_patient_is_predicted_by_a_model_that_saw_them(cohort):
    out = cross_validate(Memory(), *cohort, repeats=3)
    assert out.prediction.shape == (3, 60, 2)
    assert (out.prediction == 0).all()
    assert out.clusters is None


def test_groups_are_never_on_both_sides(cohort):
    X, y, arm = cohort
    patient = np.arange(60) // 2
    out = cross_validate(Memory(), X.assign(id=patient), y, arm, groups=patient)
    assert (out.prediction == 0).all()
    assert len(np.unique(out.clusters)) == 30


def test_known_probabilities_follow_their_rows_and_the_order_of_arms(cohort):
    X, y, arm = cohort
    e = pd.DataFrame({"b": np.linspace(0.2, 0.6, 60)}).assign(a=lambda d: 1 - d["b"])
    out = cross_validate(Memory(), X, y, arm, propensity=e)
    np.testing.assert_allclose(out.propensity, e[["a", "b"]])
    np.testing.assert_allclose(out.ordered(("b", "a")).propensity, e[["b", "a"]])


def test_every_fit_is_told_the_known_probabilities_of_its_rows(cohort):
    X, y, arm = cohort
    table = pd.DataFrame({"b": np.linspace(0.2, 0.6, 60)}).assign(a=lambda d: 1 - d["b"])
    out = cross_validate(Memory(), X, y, arm, propensity=table, look=lambda m: m.propensity_)
    for k, given in enumerate(out.looks):
        trained = out.fold[k // 5] != k % 5
        pd.testing.assert_frame_equal(given, table[trained])
    shares = {"a": 0.4, "b": 0.6}
    same = cross_validate(Memory(), X, y, arm, propensity=shares, look=lambda m: m.propensity_)
    assert same.looks == (shares,) * 10


def test_processes_give_the_same_numbers_and_progress_is_told(trial):
    t = trial(120, seed=1)
    calls = []
    model = make_model("average", random_state=0)
    one = cross_validate(model, t.X, t.y, t.arm, progress=lambda *done: calls.append(done))
    two = cross_validate(model, t.X, t.y, t.arm, n_jobs=2)
    np.testing.assert_array_equal(one.prediction, two.prediction)
    assert calls == [(i, 10) for i in range(1, 11)]


@pytest.mark.parametrize(
    "change",
    [
        {"y": np.full(60, np.nan)},
        {"arm": np.full(59, "a")},
        {"folds": 1},
        {"groups": np.zeros(60)},
    ],
)
def test_wrong_input_is_refused(cohort, change):
    X, y, arm = cohort
    settings = {"y": y, "arm": arm} | change
    with pytest.raises(UsageError):
        cross_validate(Memory(), X, **settings)


def test_arms_that_the_model_does_not_know_are_refused(cohort):
    out = cross_validate(Memory(), *cohort)
    with pytest.raises(UsageError, match="trained on the arms a, b"):
        out.ordered(("a", "c"))
