from __future__ import annotations

import numpy as np
import pytest

from nxpredict.evaluation import delta_calibration
from nxpredict.evaluation._logistic import expit, logit


@pytest.fixture
def cohort():
    rng = np.random.default_rng(5)
    n = 4000
    base, difference = rng.normal(-0.3, 0.8, n), rng.normal(0.3, 0.7, n)
    treated = rng.integers(0, 2, n).astype(float)
    y = (rng.random(n) < expit(base + treated * difference)).astype(float)
    return y, treated, expit(base), difference


def test_the_truth_is_calibrated(cohort):
    y, treated, p, difference = cohort
    found = delta_calibration(y, treated, p, expit(logit(p) + difference))
    assert found["slope"].lower < 1 < found["slope"].upper
    assert found["intercept"].lower < 0 < found["intercept"].upper


def test_differences_predicted_twice_too_large_have_half_the_slope(cohort):
    y, treated, p, difference = cohort
    once = delta_calibration(y, treated, p, expit(logit(p) + difference))
    twice = delta_calibration(y, treated, p, expit(logit(p) + 2 * difference))
    assert twice["slope"].estimate == pytest.approx(once["slope"].estimate / 2, rel=1e-6)
    assert twice["intercept"].estimate == pytest.approx(once["intercept"].estimate, abs=1e-6)


def test_statsmodels_finds_the_same(cohort):
    sm = pytest.importorskip("statsmodels.api")
    y, treated, p, difference = cohort
    design = treated[:, None] * np.column_stack([np.ones(len(y)), difference])
    fit = sm.GLM(y, design, family=sm.families.Binomial(), offset=logit(p)).fit(cov_type="HC0")
    found = delta_calibration(y, treated, p, expit(logit(p) + difference))
    assert found["intercept"].estimate == pytest.approx(fit.params[0], abs=1e-6)
    assert found["slope"].estimate == pytest.approx(fit.params[1], abs=1e-6)
    assert found["slope"].error(0.95) == pytest.approx(np.sqrt(2) * fit.bse[1], rel=1e-3)
    assert found["intercept"].error(0.95) == pytest.approx(np.sqrt(2) * fit.bse[0], rel=1e-3)


def test_one_difference_for_all_has_no_slope():
    p = np.full(40, 0.4)
    found = delta_calibration(np.tile([0.0, 1.0], 20), np.repeat([0.0, 1.0], 20), p, p + 0.1)
    assert np.isnan(found["slope"].estimate)


def test_what_differs_by_fold_only_has_no_slope(cohort):
    y, treated, p, _ = cohort
    by_fold = 0.01 * (np.arange(len(y)) % 5)
    found = delta_calibration(y, treated, p, expit(logit(p) + 0.3 + by_fold))
    assert np.isnan(found["slope"].lower)


def test_a_model_learned_elsewhere_pays_nothing_for_cross_fitting(cohort):
    y, treated, p, difference = cohort
    given = (y, treated, p, expit(logit(p) + difference))
    here, elsewhere = delta_calibration(*given), delta_calibration(*given, crossed=False)
    for name in ("slope", "intercept"):
        ratio = here[name].error(0.95) / elsewhere[name].error(0.95)
        assert ratio == pytest.approx(np.sqrt(2))
