from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest

from nxpredict.errors import UsageError
from nxpredict.explain import explain_response

SITES = ["north", "south", "west"]


class Model:
    """Two or three arms, with interactions, a category, missing values and an unused column."""

    arms_ = ("naltrexone", "nalmefene", "placebo")

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift
        self.calls = 0

    def predict_response(self, X: pd.DataFrame) -> pd.DataFrame:
        self.calls += 1
        return pd.DataFrame(self._probabilities(X, self.shift), X.index, list(self.arms_))

    @staticmethod
    def _probabilities(X: pd.DataFrame, shift: float) -> np.ndarray:
        age = X["age"].fillna(45.0).to_numpy() / 10
        site = X["site"].map({s: i for i, s in enumerate(SITES)}).astype(float).fillna(1.5)
        x = [X[f"x{j}"].fillna(0.0).to_numpy() for j in range(5)]
        outlook = 0.2 * age - 0.4 * site.to_numpy() + x[0] * x[1] * (x[2] > 0) + shift
        gap = 0.5 * x[3] + 0.3 * x[3] * X["age"].isna().to_numpy()
        logits = np.stack([outlook - gap, outlook + gap, 0.3 * outlook], axis=1)
        return 1 / (1 + np.exp(-logits))


class DrawingModel(Model):
    def predict_draws(self, X: pd.DataFrame) -> np.ndarray:
        return np.stack([self._probabilities(X, s) for s in (-0.4, -0.1, 0.0, 0.1, 0.4)])


def table(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"x{j}": rng.normal(size=n).round(1) for j in range(5)})
    frame.insert(2, "age", rng.integers(20, 70, n).astype(float))
    frame.insert(0, "site", rng.choice(SITES, n))
    frame["unused"] = rng.normal(size=n)
    return frame.mask(rng.random(frame.shape) < 0.15)


def enumerate_values(model: Model, X: pd.DataFrame, background: pd.DataFrame) -> np.ndarray:
    """Shapley's formula as it stands."""
    names = list(background.columns)
    out = np.zeros((len(X), len(model.arms_), len(names)))
    for i in range(len(X)):
        worth = {}
        for size in range(len(names) + 1):
            for inside in combinations(range(len(names)), size):
                rows = background.copy()
                for j in inside:
                    rows[names[j]] = X[names[j]].iloc[i]
                worth[inside] = model.predict_response(rows).to_numpy().mean(axis=0)
        for j in range(len(names)):
            for inside, value in worth.items():
                if j not in inside:
                    weight = 1 / (len(names) * comb(len(names) - 1, len(inside)))
                    joined = tuple(sorted((*inside, j)))
                    out[i, :, j] += weight * (worth[joined] - value)
    return out


@pytest.fixture(scope="module")
def background() -> pd.DataFrame:
    return table(12, seed=1)


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    return table(9, seed=2)


@pytest.mark.parametrize("method", ["exact", "permutation"])
def test_values_are_those_of_shapleys_formula(patients, background, method) -> None:
    truth = enumerate_values(Model(), patients.iloc[:2], background)
    found = explain_response(Model(), patients.iloc[:2], background, method=method)
    tolerance = 1e-9 if method == "exact" else 0.01
    assert np.abs(found.values - truth).max() < tolerance
    assert np.abs(found.values - truth).mean() < 0.002


@pytest.mark.parametrize("method", ["exact", "permutation"])
def test_contributions_add_up_to_the_prediction(patients, background, method) -> None:
    model = Model()
    found = explain_response(model, patients, background, method=method)
    prediction = model.predict_response(patients).to_numpy()
    np.testing.assert_allclose(found.base + found.values.sum(axis=2), prediction, atol=1e-9)
    np.testing.assert_allclose(
        found.base, model.predict_response(background).to_numpy().mean(axis=0), atol=1e-12
    )


def test_contrast_is_antisymmetric_and_adds_up(patients, background) -> None:
    model = Model()
    found = explain_response(model, patients, background)
    there = found.contrast("nalmefene", "naltrexone")
    back = found.contrast("naltrexone", "nalmefene")
    np.testing.assert_array_equal(there.values, -back.values)
    p = model.predict_response(patients)
    np.testing.assert_allclose(
        there.base + there.values.sum(axis=1), p["nalmefene"] - p["naltrexone"], atol=1e-9
    )


def test_a_predictor_that_the_model_does_not_use_gets_exactly_zero(patients, background) -> None:
    found = explain_response(Model(), patients, background)
    assert (found.values[:, :, found.names.index("unused")] == 0).all()
    assert (found.values[:, :, found.names.index("x4")] == 0).all()
    assert (found.values[:, :, found.names.index("x3")] != 0).any()


def test_a_patient_is_explained_the_same_alone_in_a_batch_and_in_any_order(
    patients, background
) -> None:
    whole = explain_response(Model(), patients, background, random_state=3)
    turned = explain_response(Model(), patients.iloc[::-1], background, random_state=3)
    alone = explain_response(Model(), patients.iloc[[4]], background, random_state=3)
    np.testing.assert_allclose(whole.values, turned.values[::-1], atol=1e-12)
    np.testing.assert_allclose(whole.values[[4]], alone.values, atol=1e-12)


def test_columns_are_matched_by_name(patients, background) -> None:
    found = explain_response(Model(), patients, background)
    turned = explain_response(Model(), patients.iloc[:, ::-1], background)
    np.testing.assert_allclose(found.values, turned.values, atol=1e-12)


def test_random_state_decides_and_the_stated_error_is_of_the_right_size(
    patients, background
) -> None:
    runs = [explain_response(Model(), patients, background, random_state=s) for s in range(8)]
    again = explain_response(Model(), patients, background, random_state=0)
    np.testing.assert_array_equal(runs[0].values, again.values)
    spread = np.std([r.values for r in runs], axis=0, ddof=1).mean()
    stated = np.mean([r.error for r in runs])
    assert 0.3 * spread < stated < 3 * spread
    assert spread > 0


def test_many_patients_share_one_call(patients, background) -> None:
    model = Model()
    explain_response(model, patients, background)
    assert model.calls <= 4


def test_missing_is_a_value_of_its_own(background) -> None:
    known = table(1, seed=5).assign(age=45.0, x3=1.0)
    missing = known.assign(age=np.nan)
    age = background.columns.get_loc("age")
    model = Model()
    of_known = explain_response(model, known, background).contrast("nalmefene", "naltrexone")
    of_missing = explain_response(model, missing, background).contrast("nalmefene", "naltrexone")
    assert of_missing.values[0, age] > of_known.values[0, age] + 0.02


def test_intervals_come_from_the_models_draws(patients, background) -> None:
    found = explain_response(DrawingModel(), patients, background, intervals=True)
    parts = found.contrast("nalmefene", "naltrexone")
    assert parts.lower is not None
    assert (parts.lower <= parts.values).all()
    assert (parts.values <= parts.upper).all()
    used, unused = found.names.index("x3"), found.names.index("unused")
    assert parts.distinguishable[:, used].any()
    assert not parts.distinguishable[:, unused].any()
    assert explain_response(Model(), patients, background, intervals=True).draws is None


def test_it_opens_in_shap(patients, background) -> None:
    found = explain_response(Model(), patients, background)
    of_difference = found.to_shap("nalmefene", "naltrexone")
    np.testing.assert_allclose(
        of_difference.values, found.contrast("nalmefene", "naltrexone").values
    )


def test_faults_say_which_predictor(patients, background) -> None:
    with pytest.raises(UsageError, match=r"age"):
        explain_response(Model(), patients.drop(columns="age"), background)
    with pytest.raises(UsageError, match="no background"):
        explain_response(Model(), patients, background.iloc[:0])
