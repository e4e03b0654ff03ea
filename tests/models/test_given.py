"""What a notebook may give to `fit` and `predict_response`, and what it is told otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.models import make_model

MARK = "NOBODY-S-VALUE"


@pytest.fixture(scope="module")
def plain(trial):
    return learner().fit(trial.X, trial.y, arm=trial.arm)


def learner(response="binary", **params):
    return make_model(
        "default", response=response, random_state=1, n_draws=8, max_pairs=0, **params
    )


def test_columns_of_several_levels_are_known_by_all_of_them(trial, plain):
    deep = trial.X.set_axis(pd.MultiIndex.from_product([["x"], trial.X.columns]), axis=1)
    model = learner().fit(deep, trial.y, arm=trial.arm)
    found = model.predict_response(deep[deep.columns[::-1]])
    pd.testing.assert_frame_equal(found, plain.predict_response(trial.X), check_exact=True)


@pytest.mark.parametrize("kept", [object, "boolean", "bool[pyarrow]"])
def test_a_response_of_boxed_values_is_that_response(trial, plain, kept):
    y = pd.Series(trial.y.astype(bool)).astype(kept)
    found = learner().fit(trial.X, y, arm=trial.arm).predict_response(trial.X)
    pd.testing.assert_frame_equal(found, plain.predict_response(trial.X), check_exact=True)


def _with(values, odd):
    values = np.array(values, dtype=object)
    values[3] = odd
    return values


@pytest.mark.parametrize(
    ("response", "labels", "odd"),
    [
        ("binary", ("yes", "no"), None),
        ("binary", (1, 0), MARK),
        ("continuous", (1.5, 2.5), MARK),
        ("continuous", (1.5, 2.5), 1e300),
        ("continuous", (1.5, 2.5), None),
        ("continuous", (1.5, 2.5), 1j),
    ],
)
def test_a_response_that_is_none_is_refused_without_its_values(trial, response, labels, odd):
    y = _with([labels[0] if k else labels[1] for k in trial.y], odd)
    with pytest.raises(ValueError) as told:
        learner(response).fit(trial.X, y, arm=trial.arm)
    assert MARK not in str(told.value)
    assert "array(" not in str(told.value)


def test_a_response_of_dates_is_no_number(trial):
    with pytest.raises(ValueError, match="numbers"):
        learner("continuous").fit(
            trial.X, pd.date_range("2020-01-01", periods=len(trial.X)), arm=trial.arm
        )


def test_the_unit_of_a_response_never_matters(trial):
    """In mol/L a hormone is of the order of 1e-12, and no less a number."""
    y = np.random.default_rng(0).normal(3, 1, len(trial.X)) + 2 * trial.X["craving"].fillna(0)
    large = learner("continuous").fit(trial.X, y, arm=trial.arm).predict_response(trial.X)
    small = learner("continuous").fit(trial.X, y * 1e-13, arm=trial.arm)
    np.testing.assert_allclose(small.predict_response(trial.X) * 1e13, large, rtol=1e-6)


def test_arms_of_any_type_are_known_by_their_text(trial, plain):
    codes = (trial.arm == plain.arms_[1]) + 0
    share = np.full((len(codes), 2), 0.5)
    for propensity in ({0: 0.5, 1: 0.5}, pd.DataFrame(share, columns=[1, 0])):
        model = learner(arms=[1, 0]).fit(trial.X, trial.y, arm=codes, propensity=propensity)
        assert model.arms_.tolist() == ["1", "0"]
        found = model.predict_response(trial.X)[["0", "1"]].to_numpy()
        np.testing.assert_allclose(found, plain.predict_response(trial.X).to_numpy(), atol=1e-6)


def test_an_arm_is_named_once(trial, plain):
    with pytest.raises(ValueError, match="once"):
        learner(arms=[*plain.arms_, plain.arms_[0]]).fit(trial.X, trial.y, arm=trial.arm)


@pytest.mark.parametrize("nuisance", ["site", ["sites"], [3]])
def test_what_is_to_be_adjusted_for_must_be_there(trial, nuisance):
    """A typing error would make ancestry an input of the score."""
    with pytest.raises(ValueError, match="nuisance"):
        learner(nuisance=nuisance).fit(trial.X, trial.y, arm=trial.arm)
