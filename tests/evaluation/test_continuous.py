"""Numbers about the predictions of a continuous response, against their plain formulas."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from nxpredict.evaluation import (
    Comparison,
    OutOfFold,
    calibration_in_the_large,
    calibration_slope,
    delta_calibration,
    evaluate,
    heterogeneity_test,
    smooth_calibration,
)
from nxpredict.evaluation._factual import root_mean_square_error, scaled_brier
from nxpredict.evaluation._hidden import _mean_bounds
from nxpredict.evaluation._links import IDENTITY
from nxpredict.study import ResponseScale

ARMS = ("a", "b")


def draw(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Return predictors, arms, responses and true means of a trial with a strong modifier."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["x", "y", "z"])
    arm = rng.integers(0, 2, n)
    mean = np.column_stack([X["x"], X["x"] + X["y"] + 0.5])
    return X, arm, mean[np.arange(n), arm] + rng.normal(size=n), mean


def test_calibration_of_a_mean_is_least_squares():
    _, arm, y, mean = draw(400, 1)
    p = 0.5 * mean[np.arange(400), arm] + 1.0
    slope, _ = np.polyfit(p, y, 1)
    found = calibration_slope(y, p, link=IDENTITY)
    assert found.estimate == pytest.approx(slope)
    assert found.lower < 2.0 < found.upper
    large = calibration_in_the_large(y, p, link=IDENTITY)
    assert large.estimate == pytest.approx(np.mean(y - p))
    assert large.error(0.95) == pytest.approx(np.std(y - p, ddof=1) / 20, rel=1e-6)
    r2 = 1 - np.mean((y - p) ** 2) / y.var()
    assert scaled_brier(y, p).estimate == pytest.approx(r2)
    assert root_mean_square_error(y, p).estimate == pytest.approx(np.sqrt(np.mean((y - p) ** 2)))


def test_the_curve_of_right_predictions_is_the_diagonal():
    _, arm, y, mean = draw(2000, 2)
    smooth = smooth_calibration(y, mean[np.arange(2000), arm], link=IDENTITY)
    inside = smooth.curve.eval("lower <= predicted and predicted <= upper")
    assert inside.mean() > 0.6
    assert smooth.ici.estimate < 0.15


def test_delta_calibration_finds_a_benefit_that_is_predicted_twice_too_large():
    _, arm, y, mean = draw(2000, 3)
    found = delta_calibration(
        y,
        arm.astype(float),
        mean[:, 0],
        mean[:, 0] + 2 * (mean[:, 1] - mean[:, 0]),
        link=IDENTITY,
    )
    assert found["slope"].lower < 0.5 < found["slope"].upper
    assert found["slope"].upper < 0.7


def test_the_heterogeneity_test_sees_a_modifier_and_knows_no_unit():
    X, arm, y, _ = draw(300, 4)
    half = np.full(300, 0.5)
    found = heterogeneity_test(X, y, arm.astype(float), half, continuous=True)
    other = heterogeneity_test(X, 1000 - 25 * y, arm.astype(float), half, continuous=True)
    assert found.p < 0.05
    assert other.p == pytest.approx(found.p, abs=0.005)


def test_bounds_to_hidden_confounding_are_those_of_all_corners():
    rng = np.random.default_rng(5)
    y, e = rng.normal(size=8), rng.uniform(0.2, 0.8, 8)
    for w in (np.ones(8), rng.uniform(0.2, 3, 8)):
        corners = [
            np.average(y, weights=w * (1 + (1 / e - 1) * np.array(corner)))
            for corner in itertools.product((0.5, 2.0), repeat=8)
        ]
        assert _mean_bounds(y, e, w, 2.0) == pytest.approx((min(corners), max(corners)))


def test_turning_the_scale_turns_means_and_no_benefit():
    X, arm, y, mean = draw(400, 6)
    fold = (np.arange(400) % 4)[None]
    options = {"arm": np.array(ARMS)[arm], "arms": ARMS, "reference": "a", "X": X, "y": y}
    found = []
    for favourable in ("higher", "lower"):
        scale = ResponseScale("days", favourable)
        out = OutOfFold(ARMS, fold, mean[None], None, None)
        comparison = Comparison(allocation="randomised", scale=scale, **options)
        found.append(evaluate(out, comparison, minimum_benefit=0.1).to_dict())
    higher, lower = found
    assert higher["average"] == lower["average"]
    assert higher["verdict"] == lower["verdict"]
    assert higher["verdict"]["level"] == "supported"
    for arm_name in ARMS:
        one, two = higher["per_arm"][arm_name], lower["per_arm"][arm_name]
        seen = one["mean_response"]
        assert two["mean_response"]["estimate"] == pytest.approx(-seen["estimate"])
        assert two["mean_response"]["lower"] == pytest.approx(-seen["upper"])
        assert one["calibration_slope"]["estimate"] == pytest.approx(
            two["calibration_slope"]["estimate"]
        )


@pytest.mark.slow
@pytest.mark.parametrize("skewed", [False, True])
def test_the_heterogeneity_test_holds_its_level(skewed):
    """200 cohorts of 150 without a modifier; three standard errors above 5 % is 9.6 %."""
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        X = pd.DataFrame(rng.normal(size=(150, 5)), columns=list("abcde"))
        treated = rng.integers(0, 2, 150).astype(float)
        noise = rng.exponential(size=150) ** 1.5 if skewed else rng.normal(size=150)
        y = (X["a"] + 0.5 * X["b"]).to_numpy() + 0.5 * treated + 2 * noise
        test = heterogeneity_test(
            X, y, treated, np.full(150, 0.5), continuous=True, random_state=seed
        )
        found.append(test.p < 0.05)
    assert np.mean(found) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
