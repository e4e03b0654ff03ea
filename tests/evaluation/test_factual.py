"""Measures of the predicted probability, against independent implementations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import brier_score_loss, roc_auc_score

from nxpredict.evaluation import (
    auc,
    brier,
    calibration_in_the_large,
    calibration_slope,
    response_rate,
    scaled_brier,
    smooth_calibration,
)


def draw(n, seed, *, slope=1.0, shift=0.0):
    rng = np.random.default_rng(seed)
    lp = rng.normal(-0.3, 0.9, n)
    y = (rng.random(n) < expit(shift + slope * lp)).astype(float)
    return y, expit(lp)


def test_auc_and_brier_agree_with_scikit_learn():
    y, p = draw(300, 1)
    p = np.round(p, 1)  # ties
    assert auc(y, p).estimate == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert brier(y, p).estimate == pytest.approx(brier_score_loss(y, p), abs=1e-12)


def test_delong_error_is_the_spread_over_cohorts():
    draws = [auc(*draw(200, seed)) for seed in range(400)]
    spread = np.std([d.estimate for d in draws])
    stated = np.mean([(d.upper - d.lower) / (2 * 1.96) for d in draws])
    # The standard deviation of 400 draws is known to within about 1/sqrt(800) = 3.5 %.
    assert stated == pytest.approx(spread, rel=0.12)


def test_the_error_of_the_auc_counts_patients_and_not_their_rows():
    """With a row a patient it is DeLong's, and what is written down twice is known no better."""
    y, p = draw(300, 6, slope=2.0)
    p = expit(2 * logit(p))
    alone = auc(y, p)
    assert alone.estimate > 0.75
    patient = np.arange(300)
    for found in (
        auc(y, p, clusters=patient),
        auc(np.repeat(y, 2), np.repeat(p, 2), clusters=np.repeat(patient, 2)),
    ):
        assert found.estimate == pytest.approx(alone.estimate)
        assert found.upper - found.lower == pytest.approx(alone.upper - alone.lower, rel=0.01)


def test_calibration_agrees_with_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    y, p = draw(400, 2, slope=0.7, shift=0.3)
    binomial = sm.families.Binomial()
    flat = sm.GLM(y, np.ones(400), family=binomial, offset=logit(p)).fit(cov_type="HC0")
    line = sm.GLM(y, sm.add_constant(logit(p)), family=binomial).fit(cov_type="HC0")
    for found, fit, j in (
        (calibration_in_the_large(y, p), flat, 0),
        (calibration_slope(y, p), line, 1),
    ):
        assert found.estimate == pytest.approx(fit.params[j], rel=1e-5)
        error = (found.upper - found.lower) / (2 * 1.959964)
        assert error == pytest.approx(fit.bse[j] * np.sqrt(400 / 399), rel=1e-4)


def test_calibration_of_clustered_rows_agrees_with_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    y, p = draw(200, 3)
    y, p, patient = np.repeat(y, 2), np.repeat(p, 2), np.repeat(np.arange(200), 2)
    fit = sm.GLM(y, sm.add_constant(logit(p)), family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": patient, "use_correction": False}
    )
    found = calibration_slope(y, p, clusters=patient)
    error = (found.upper - found.lower) / (2 * 1.959964)
    assert error == pytest.approx(fit.bse[1] * np.sqrt(200 / 199), rel=1e-4)


def test_smooth_calibration_finds_what_is_there():
    y, p = draw(4000, 4, shift=0.8)
    found = smooth_calibration(y, p)
    assert found.ici.estimate == pytest.approx(np.mean(expit(logit(p) + 0.8) - p), abs=0.02)
    assert found.e50.estimate <= found.e90.estimate
    assert (found.curve["observed"] > found.curve["predicted"]).mean() > 0.95
    assert (found.curve["lower"] <= found.curve["observed"]).all()
    y, p = draw(4000, 5)
    assert smooth_calibration(y, p).ici.estimate < 0.03


def test_smooth_calibration_of_a_constant_prediction_is_the_gap():
    y = np.repeat([0.0, 1.0], [60, 40])
    found = smooth_calibration(y, np.full(100, 0.3))
    assert found.ici.estimate == pytest.approx(0.1, abs=1e-6)


def test_separated_responses_stay_finite():
    p = np.linspace(0.1, 0.9, 40)
    y = (p > 0.5).astype(float)
    assert np.isfinite(smooth_calibration(y, p).ici.estimate)
    assert auc(y, p).estimate == 1.0


def test_one_kind_of_response_gives_no_auc():
    assert np.isnan(auc(np.ones(5), np.linspace(0, 1, 5)).estimate)


def test_scaled_brier_and_response_rate_by_hand():
    y, p = np.array([0.0, 0, 1, 1]), np.array([0.1, 0.3, 0.6, 0.9])
    # Brier = (0.01 + 0.09 + 0.16 + 0.01) / 4 = 0.0675; of the rate 0.25.
    assert scaled_brier(y, p).estimate == pytest.approx(1 - 0.0675 / 0.25)
    # Wilson's interval of 0 of 10 ends at z^2 / (n + z^2) = 0.2775.
    assert response_rate(np.zeros(10)).upper == pytest.approx(0.27753, abs=1e-4)
