"""Learners of a response that is a number: what must hold whatever its unit."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from nxpredict.models import coefficients, make_model, model_from_state
from nxpredict.models._likelihood import Gaussian

ARMS = ("nalmefene", "naltrexone")
NOISE = 2.0


def truth(X: pd.DataFrame) -> np.ndarray:
    """Return the true mean under each arm."""
    base = X["craving"].fillna(0) + 0.5 * X["smoker"]
    shift = 0.5 + X["craving"].fillna(0) - 0.5 * X["smoker"]
    return np.column_stack([base - shift / 2, base + shift / 2])


def make_cohort(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "craving": rng.normal(size=n),
            "smoker": rng.integers(0, 2, n).astype(float),
            "site": rng.choice(["east", "west", "north"], n),
            "noise": rng.normal(size=n),
        }
    )
    code = rng.integers(0, 2, n)
    y = truth(X)[np.arange(n), code] + NOISE * rng.normal(size=n)
    return X, y, np.array(ARMS, dtype=object)[code]


@pytest.fixture(scope="module")
def cohort():
    return make_cohort(300, seed=0)


@pytest.fixture(scope="module", params=["default", "x_forest"])
def fitted(request, cohort):
    X, y, arm = cohort
    return make_model(request.param, response="continuous", random_state=1).fit(X, y, arm=arm)


def test_benefit_is_the_difference_of_the_means(fitted, cohort):
    X = cohort[0]
    mean = fitted.predict_response(X)
    b = fitted.predict_benefit(X, "naltrexone", "nalmefene", minimum=0.5)
    np.testing.assert_allclose(b["benefit"], mean["naltrexone"] - mean["nalmefene"], atol=1e-6)
    assert (b["lower"] <= b["benefit"]).all()
    assert (b["benefit"] <= b["upper"]).all()
    draws = fitted.predict_draws(X.head(5))
    np.testing.assert_allclose(draws.mean(axis=0), mean.head(5), atol=1e-5)


def test_swapping_the_arms_flips_every_benefit(fitted, cohort):
    X, y, arm = cohort
    swapped = np.where(arm == "nalmefene", "naltrexone", "nalmefene")
    again = type(fitted)(**fitted.get_params()).fit(X, y, arm=swapped)
    first = fitted.predict_benefit(X, "naltrexone", "nalmefene")
    second = again.predict_benefit(X, "naltrexone", "nalmefene")
    np.testing.assert_allclose(first["benefit"], -second["benefit"], atol=1e-6)
    np.testing.assert_allclose(first["lower"], -second["upper"], atol=1e-6)


def test_rows_and_columns_may_come_in_any_order(fitted, cohort):
    X, y, arm = cohort
    order = np.random.default_rng(5).permutation(len(y))
    shuffled = X.iloc[order][["site", "noise", "smoker", "craving"]]
    again = type(fitted)(**fitted.get_params()).fit(shuffled, y[order], arm=arm[order])
    np.testing.assert_allclose(fitted.predict_response(X), again.predict_response(X), atol=1e-6)


@pytest.mark.parametrize(("shift", "scale"), [(100.0, 1.0), (20_000.0, 2500.0), (-3.0, 0.01)])
def test_the_unit_of_the_response_is_the_unit_of_all(fitted, cohort, shift, scale):
    X, y, arm = cohort
    again = type(fitted)(**fitted.get_params()).fit(X, shift + scale * y, arm=arm)
    first = fitted.predict_summary(X, reference="nalmefene", minimum=0.3)
    second = again.predict_summary(X, reference="nalmefene", minimum=0.3 * scale)
    # Rounding may tip a split of a tree from one side to the other.
    tolerance = {"rtol": 1e-4, "atol": (0.2 if "forests" in fitted.description() else 1e-4) * scale}
    for name in ("p", "p_lower", "p_upper"):
        expected = shift + scale * getattr(first, name)
        np.testing.assert_allclose(getattr(second, name), expected, **tolerance)
    for name in ("benefit", "benefit_lower", "benefit_upper"):
        expected = scale * getattr(first, name)
        np.testing.assert_allclose(getattr(second, name), expected, **tolerance)
    mean = again.predict_response(X)
    difference = mean["naltrexone"] - mean["nalmefene"]
    np.testing.assert_allclose(second.benefit[:, 0], difference, atol=1e-6)
    np.testing.assert_allclose(
        second.prob_better, first.prob_better, atol=max(tolerance["atol"] / scale, 1e-3)
    )


def test_state_round_trip_is_exact(fitted, cohort):
    state, arrays = fitted.to_state()
    again = model_from_state(json.loads(json.dumps(state)), arrays)
    pd.testing.assert_frame_equal(
        fitted.predict_response(cohort[0]), again.predict_response(cohort[0]), check_exact=True
    )


def test_the_variance_of_the_noise_is_learned():
    rng = np.random.default_rng(3)
    design = rng.normal(size=(200, 30))
    y = design[:, 0] + NOISE * rng.normal(size=200)
    y = (y - y.mean()) / y.std()
    expected = NOISE**2 / (1 + NOISE**2)
    # Four standard errors of a variance of 200 normal numbers.
    assert abs(Gaussian.given(y, design).variance / expected - 1) < 4 * np.sqrt(2 / 200)
    exact = Gaussian.given(design[:, 0] / design[:, 0].std(), design)
    assert exact.variance < 0.01


def test_coefficients_are_in_the_unit_of_the_response(cohort):
    X, y, arm = cohort
    tables = []
    for scale in (1.0, 10.0):
        model = make_model("risk_based", response="continuous", random_state=1)
        found = coefficients(model.fit(X, scale * y, arm=arm))
        assert found is not None
        tables.append(found)
    np.testing.assert_allclose(10 * tables[0]["nalmefene"], tables[1]["nalmefene"], rtol=1e-4)


def test_wrong_responses_are_refused(cohort):
    X, y, arm = cohort
    with pytest.raises(ValueError, match="unknown response"):
        make_model(response="ordinal")
    with pytest.raises(ValueError, match="NaN"):
        make_model(response="continuous").fit(X, np.where(y > 0, y, np.nan), arm=arm)


@pytest.mark.slow
def test_intervals_cover_and_predictions_are_calibrated():
    """90 % intervals over 20 cohorts; truth is of the model's own kind, so they may cover more."""
    new = make_cohort(400, seed=999)[0]
    mu = truth(new)
    covered, covered_mean, slopes = [], [], []
    for seed in range(20):
        X, y, arm = make_cohort(300, seed)
        model = make_model(response="continuous", random_state=1).fit(X, y, arm=arm)
        found = model.predict_summary(new, reference="nalmefene")
        benefit = mu[:, 1] - mu[:, 0]
        inside = (found.benefit_lower[:, 0] <= benefit) & (benefit <= found.benefit_upper[:, 0])
        covered.append(inside.mean())
        covered_mean.append(((found.p_lower <= mu) & (mu <= found.p_upper)).mean())
        slopes.append(np.polyfit(found.p.ravel(), mu.ravel(), 1)[0])
    error = np.std(covered) / np.sqrt(20)
    assert np.mean(covered) > 0.85 - 2 * error
    assert np.mean(covered_mean) > 0.85
    assert abs(np.mean(slopes) - 1) < 0.05 + 2 * np.std(slopes) / np.sqrt(20)
