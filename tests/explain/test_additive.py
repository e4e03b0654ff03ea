"""The fast walks say what the slow ones say, and are worth having."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from threadpoolctl import threadpool_limits

from nxpredict.explain import explain_response
from nxpredict.models import ArmModel, make_model


class Opaque:
    """A model of which nothing is known but its answers."""

    def __init__(self, model: ArmModel) -> None:
        self.predict_response = model.predict_response
        self.predict_draws = model.predict_draws


def table(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"x{j:02d}": rng.normal(size=n) for j in range(17)})
    frame["copies"] = rng.binomial(2, 0.2, n).astype(float)
    frame["smoker"] = rng.integers(0, 2, n).astype(float)
    frame["centre"] = rng.choice(["north", "south", "west"], n)
    return frame.mask(rng.random(frame.shape) < 0.1)


@pytest.fixture(scope="module", params=["default", "shrunken_interactions", "average"])
def model(request) -> ArmModel:
    X = table(300, seed=1).assign(ancestry=np.resize(["u", "v", "w"], 300))
    rng = np.random.default_rng(2)
    arm = rng.choice(["naltrexone", "nalmefene", "placebo"], 300)
    y = rng.random(300) < expit(X["x00"].fillna(0) + 2 * (arm == "placebo") * X["smoker"].fillna(0))
    learner = make_model(request.param, random_state=1, nuisance=("ancestry",))
    return learner.fit(X, y.astype(int), arm=arm)


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    return table(5, seed=3).assign(stranger=1.0, centre=["north", "south", "west", "moon", None])


@pytest.fixture(scope="module")
def background() -> pd.DataFrame:
    return table(50, seed=4).assign(stranger=2.0)


def test_terms_add_up_to_the_draws(model, patients) -> None:
    terms = model.predictor_terms(patients)
    drawn = expit(terms.predictors()).transpose(2, 0, 1)
    np.testing.assert_allclose(drawn, model.predict_draws(patients), atol=1e-6)
    assert terms.touching(patients.columns.get_loc("stranger")).size == 0
    assert terms.touching(patients.columns.get_loc("smoker")).size > 0


def test_terms_of_the_default_hold_products_that_lack_a_value(patients) -> None:
    X = table(300, seed=1)
    arm = np.resize(["naltrexone", "nalmefene"], 300)
    y = (X["x00"].fillna(0) * X["x01"].fillna(0) > 0).astype(int)
    model = make_model("default", random_state=1, n_draws=8).fit(X, y, arm=arm)
    shown = table(4, seed=5)
    shown["x00"], shown["x01"] = [0.7, np.nan, 0.7, np.nan], [1.1, 1.1, np.nan, np.nan]
    terms = model.predictor_terms(shown)
    both = set(terms.touching(0)) & set(terms.touching(1))
    assert len(both) == 2
    np.testing.assert_allclose(
        expit(terms.predictors()).transpose(2, 0, 1), model.predict_draws(shown), atol=1e-6
    )


def test_fast_and_slow_walks_say_the_same(model, patients, background) -> None:
    fast = explain_response(model, patients, background, intervals=True)
    slow = explain_response(Opaque(model), patients, background, intervals=True)
    np.testing.assert_allclose(fast.values, slow.values, atol=1e-6)
    np.testing.assert_allclose(fast.draws, slow.draws, atol=1e-6)
    np.testing.assert_allclose(fast.base, slow.base, atol=1e-6)
    assert (fast.arms, fast.names) == (slow.arms, slow.names)
    assert fast.error == pytest.approx(slow.error)
    deployed = model.predict_response(patients).to_numpy()
    np.testing.assert_allclose(fast.base + fast.values.sum(axis=2), deployed, atol=1e-6)
    points = explain_response(model, patients, background)
    np.testing.assert_allclose(points.values, fast.values, atol=1e-6)
    assert (fast.values[:, :, fast.names.index("stranger")] == 0).all()


def test_close_to_enumeration_with_ten_predictors(patients, background) -> None:
    names = [f"x{j:02d}" for j in range(8)] + ["smoker", "centre"]
    X = table(300, seed=1)[names]
    rng = np.random.default_rng(2)
    arm = rng.choice(["naltrexone", "nalmefene"], 300)
    y = rng.random(300) < expit(X["x00"].fillna(0) + 2 * (arm == "nalmefene") * X["x01"].fillna(0))
    model = make_model("shrunken_interactions", random_state=1, n_draws=32, calibrate=False)
    model.fit(X, y.astype(int), arm=arm)
    some, few = patients.head(2), background[names].head(10)
    exact = explain_response(model, some, few, method="exact")
    found = explain_response(model, some, few)
    assert np.abs(exact.values - found.values).mean() < 0.002
    assert np.abs(exact.values - found.values).mean() < 3 * found.error


def test_five_times_as_fast_as_the_plain_explainer_of_shap(patients, background) -> None:
    import shap

    names = [f"x{j:02d}" for j in range(17)] + ["copies", "smoker"]
    X = table(300, seed=1)[names]
    arm = np.resize(["naltrexone", "nalmefene"], 300)
    y = (X["x00"].fillna(0) > 0).astype(int)
    model = make_model("shrunken_interactions", random_state=1, calibrate=False).fit(X, y, arm=arm)
    explainer = shap.PermutationExplainer(
        lambda rows: model.predict_response(pd.DataFrame(rows, columns=names)).to_numpy(),
        shap.maskers.Independent(background[names].to_numpy(), max_samples=len(background)),
    )
    with threadpool_limits(limits=1):
        start = time.process_time()
        explain_response(model, patients, background[names], intervals=True)
        ours = (time.process_time() - start) / len(patients)
        start = time.process_time()
        explainer(patients[names].head(1).to_numpy(), silent=True)
        plain = time.process_time() - start
    assert plain > 5 * ours


def test_terms_of_a_mean_are_exact_and_add_up(patients, background) -> None:
    X = table(300, seed=1)
    rng = np.random.default_rng(2)
    arm = rng.choice(["naltrexone", "nalmefene"], 300)
    y = 20 + 5 * rng.normal(X["x00"].fillna(0) * (arm == "naltrexone"))
    model = make_model(response="continuous", random_state=1, n_draws=32, max_pairs=20)
    model.fit(X, y, arm=arm)
    terms = model.predictor_terms(patients)
    drawn = terms.predictors().transpose(2, 0, 1)
    np.testing.assert_allclose(drawn, model.predict_draws(patients), atol=1e-4)
    fast = explain_response(model, patients, background, intervals=True)
    slow = explain_response(Opaque(model), patients, background, intervals=True)
    np.testing.assert_allclose(fast.values, slow.values, atol=1e-4)
    total = fast.base + fast.values.sum(axis=2)
    np.testing.assert_allclose(total, model.predict_response(patients), atol=1e-4)
    # Nothing bends, and orders come in reversed pairs: other orders find the same.
    again = explain_response(model, patients, background, random_state=7)
    np.testing.assert_allclose(fast.values, again.values, atol=1e-4)
