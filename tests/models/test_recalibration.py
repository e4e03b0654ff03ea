"""A fitted model of any learner, moved by a map of its log-odds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from nxpredict.evaluation import (
    advise_recalibration,
    calibration_slope,
    learn_recalibration,
)
from nxpredict.models import (
    LEARNERS,
    ArmModel,
    Recalibration,
    make_model,
    model_from_state,
    recalibrated,
)

SHIFT = Recalibration((-0.7, -0.2), slope=0.6, spread=0.6)
ARMS_APART = Recalibration((0.2, -0.2), slope=0.8, spread=0.8, by_arm=(-0.35, 0.35))


def patients(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    return X, rng.integers(0, 2, n)


@pytest.fixture(scope="module", params=LEARNERS)
def fitted(request: pytest.FixtureRequest) -> ArmModel:
    X, arm = patients(500, 0)
    log_odds = 1.5 * X["a"] + X["b"] * arm
    y = np.random.default_rng(1).random(500) < expit(log_odds)
    return make_model(request.param, random_state=1).fit(X, y, arm=arm.astype(str))


def response(model: ArmModel, X: pd.DataFrame) -> np.ndarray:
    return np.asarray(model.predict_response(X))


def test_no_change_changes_nothing_and_the_parent_is_left_alone(fitted: ArmModel) -> None:
    X, _ = patients(50, 2)
    before = response(fitted, X)
    same = recalibrated(fitted, Recalibration.identity(2))
    np.testing.assert_allclose(response(same, X), before, atol=1e-6)
    moved = recalibrated(fitted, Recalibration((1.0, 1.0)))
    assert (response(moved, X) > before).all()
    np.testing.assert_array_equal(response(fitted, X), before)


def test_two_changes_are_one_and_survive_the_model_file(fitted: ArmModel) -> None:
    X, _ = patients(50, 3)
    first, second = Recalibration((0.3, -0.2), 1.1, 1.4), Recalibration((-0.1, 0.5), 1.2, 1.2)
    twice = recalibrated(recalibrated(fitted, first), second)
    # Draws scatter by the larger of both factors each time, so the mean is the same up to that.
    at_once = recalibrated(fitted, second.after(first))
    np.testing.assert_allclose(response(twice, X), response(at_once, X), atol=0.03)
    apart = recalibrated(twice, ARMS_APART)
    read = model_from_state(*apart.to_state())
    np.testing.assert_array_equal(response(read, X), response(apart, X))


def test_a_forest_moved_before_arms_had_slopes_is_still_read() -> None:
    X, arm = patients(200, 11)
    model: Any = make_model("x_forest", random_state=1)
    model.fit(X, np.random.default_rng(12).random(200) < expit(X["a"]), arm=arm.astype(str))
    moved = recalibrated(model, SHIFT)
    state, arrays = moved.to_state()
    change = {name: value for name, value in SHIFT.to_dict().items() if name != "by_arm"}
    for older, expected in ((change, moved), (None, model)):
        read = model_from_state(state | {"change": older}, arrays)
        np.testing.assert_array_equal(response(read, X), response(expected, X))


def test_flatter_predictions_are_no_surer_ones(fitted: ArmModel) -> None:
    X, _ = patients(50, 4)
    before = logit(fitted.predict_draws(X).clip(1e-6, 1 - 1e-6))
    after = logit(recalibrated(fitted, SHIFT).predict_draws(X).clip(1e-6, 1 - 1e-6))
    scatter = [draws.std(axis=0).mean() for draws in (before, after)]
    assert scatter[1] > 0.95 * scatter[0]


@pytest.mark.parametrize(
    ("learner", "truth_of"),
    [
        ("default", SHIFT),
        ("risk_based", SHIFT),
        ("risk_based", ARMS_APART),
        pytest.param("default", ARMS_APART, marks=pytest.mark.slow),
        pytest.param("x_forest", SHIFT, marks=pytest.mark.slow),
    ],
)
def test_the_slopes_of_a_shifted_cohort_are_restored(learner: str, truth_of: Recalibration) -> None:
    X, arm = patients(800, 5)
    y = np.random.default_rng(6).random(800) < expit(2 * X["a"] + X["b"] * arm)
    model: Any = make_model(learner, random_state=1).fit(X, y, arm=arm.astype(str))
    new, own = patients(12_000, 7)
    p = response(model, new)
    truth = expit(truth_of.apply(logit(p)))[np.arange(len(new)), own]
    drawn = (np.random.default_rng(8).random(len(new)) < truth).astype(float)
    step = advise_recalibration(p.astype(float), drawn, own).step
    change = learn_recalibration(
        step, lambda c: response(recalibrated(model, c), new), drawn, own, n_arms=2
    )
    far, given = patients(4000, 9)
    right = expit(truth_of.apply(logit(response(model, far))))[np.arange(4000), given]
    before, after = response(model, far), response(recalibrated(model, change), far)
    for a in (0, 1):
        rows = given == a
        assert abs(calibration_slope(right[rows], before[rows, a]).estimate - 1) > 0.1
        assert 0.9 <= calibration_slope(right[rows], after[rows, a]).estimate <= 1.1


def test_what_cannot_be_moved_is_refused(fitted: ArmModel) -> None:
    with pytest.raises(ValueError, match="one intercept"):
        recalibrated(fitted, Recalibration.identity(3))


@pytest.mark.parametrize("learner", LEARNERS)
def test_the_means_of_a_number_move_by_the_map_in_their_own_unit(learner: str) -> None:
    X, arm = patients(150, 10)
    y = 100 + 8 * X["a"] + 6 * X["b"] * arm
    model: Any = make_model(learner, response="continuous", random_state=1)
    model.fit(X, y, arm=arm.astype(str))
    centre, unit = model.scale_
    change = Recalibration((0.4, -0.3), slope=0.6, spread=1.3)
    moved = recalibrated(model, change)
    expected = change.of_responses(centre, unit).apply(response(model, X))
    np.testing.assert_allclose(response(moved, X), expected, atol=1e-3)
    read = model_from_state(*moved.to_state())
    np.testing.assert_array_equal(response(read, X), response(moved, X))
    spread = [m.predict_draws(X).std(axis=0).mean() for m in (model, moved)]
    assert spread[1] == pytest.approx(1.3 * spread[0], rel=0.02)
