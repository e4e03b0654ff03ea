from __future__ import annotations

import numpy as np
import pytest

from nxpredict.evaluation._baseline_risk import baseline_risk


def cohort(n, columns, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, columns))
    return x, (x**2 - 1) / np.sqrt(2), rng


def error(found, truth):
    return float(np.sqrt(np.mean((found - truth) ** 2)))


def test_a_u_among_straight_predictors_is_told():
    x, bows, rng = cohort(1000, 20)
    truth = 1 / (1 + np.exp(1 - 1.2 * bows[:, 0]))
    y = (rng.random(1000) < truth).astype(float)
    straight = error(baseline_risk(x, bows[:, :0], y), truth)
    assert error(baseline_risk(x, bows, y), truth) < 0.6 * straight


def test_a_straight_outlook_is_told_as_without_curves():
    x, bows, rng = cohort(600, 10)
    truth = 1 / (1 + np.exp(-x[:, 0]))
    y = (rng.random(600) < truth).astype(float)
    straight = error(baseline_risk(x, bows[:, :0], y), truth)
    assert error(baseline_risk(x, bows, y), truth) < 1.1 * straight


def test_more_curves_than_a_quarter_of_the_patients_are_left_out():
    x, bows, rng = cohort(100, 20)
    y = (rng.random(100) < 0.4).astype(float)
    assert np.array_equal(baseline_risk(x, bows, y), baseline_risk(x, bows[:, :0], y))


def test_more_columns_than_patients_end_in_a_risk():
    x, bows, rng = cohort(60, 200)
    y = (rng.random(60) < 0.4).astype(float)
    found = baseline_risk(x, bows, y)
    assert ((found > 0) & (found < 1)).all()


def test_nobody_is_predicted_by_their_own_rows():
    """All of a cluster respond or none: who was predicted by a row of their own would be known."""
    x, bows, rng = cohort(100, 40)
    who = np.repeat(np.arange(100), 4)
    y = np.repeat((rng.random(100) < 0.5).astype(float), 4)
    found = baseline_risk(x[who], bows[who], y, clusters=who)
    assert np.corrcoef(found, y)[0, 1] < 0.3


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_number_is_told_in_its_own_unit(scale):
    x, bows, rng = cohort(500, 5)
    truth = scale * (x[:, 0] + bows[:, 1])
    y = truth + scale * rng.normal(size=500)
    assert error(baseline_risk(x, bows, y, continuous=True), truth) < 0.25 * scale
