from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, ndtri

from nxpredict.evaluation import within_patients
from nxpredict.evaluation._carry_over import allow_for_carry_over

TOLD = np.array([0.10, 0.02]), np.array([[9.0, 4.0], [4.0, 36.0]]) * 1e-4
TRIALS = 400
PATIENTS = 200
EFFECTS = np.array([0.45, 0.75])
"""Of either drug over none, log-odds: 10 and 17 percentage points."""


def test_nothing_carried_over_weighs_both_estimates_by_what_they_know() -> None:
    estimates, covariance = TOLD
    found = allow_for_carry_over(estimates, covariance, 0.0)
    precision = np.linalg.inv(covariance)
    assert found.estimate == pytest.approx(precision.sum(axis=0) @ estimates / precision.sum())
    assert found.errors == pytest.approx(precision.sum() ** -0.5)


def test_anything_carried_over_leaves_the_estimate_free_of_it() -> None:
    estimates, covariance = TOLD
    found = allow_for_carry_over(estimates, covariance, 100.0).interval(0.9)
    assert found.estimate == pytest.approx(0.02, abs=0.001)
    assert found.upper - found.lower == pytest.approx(2 * 1.645 * 0.06, rel=0.01)


def test_a_design_without_a_free_estimate_has_wider_intervals_and_one_without_pairs_the_free() -> (
    None
):
    alone = allow_for_carry_over(np.array([0.1, np.nan]), TOLD[1], 0.02).interval(0.9)
    assert alone.lower < 0.1 - 1.645 * 0.03
    free = allow_for_carry_over(np.array([np.nan, 0.02]), TOLD[1], 0.02)
    assert free.estimate == 0.02
    assert free.errors == pytest.approx(0.06)


@given(st.floats(-0.3, 0.3), st.floats(0, 0.2), st.floats(0.5, 0.99))
def test_the_mean_is_between_the_estimates_and_quantiles_are_in_order(gap, scale, level) -> None:
    found = allow_for_carry_over(np.array([gap, 0.0]), np.diag([0.03, 0.06]) ** 2, scale)
    assert min(gap, 0) - 1e-12 <= found.estimate <= max(gap, 0) + 1e-12
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.quantile(0.5 - level / 2) < found.quantile(0.5) < found.quantile(0.5 + level / 2)
    assert 0 <= found.p <= 1


def draw(left: tuple[float, float], seed: int) -> tuple[np.ndarray, ...]:
    """Draw two periods of patients; a drug leaves a share of its effect to the next period."""
    rng = np.random.default_rng(seed)
    patient, when = (part.ravel() for part in np.mgrid[:PATIENTS, :2])
    arm = (rng.permutation(np.resize([0, 1], PATIENTS))[patient] + when) % 2
    after = np.where(when == 1, (np.array(left) * EFFECTS)[1 - arm], 0.0)
    log_odds = -1.0 + EFFECTS[arm] + 0.4 * (when - 0.5) + after
    latent = np.sqrt(0.5) * (rng.normal(size=PATIENTS)[patient] + rng.normal(size=2 * PATIENTS))
    return (latent < ndtri(expit(log_odds))).astype(float), arm, patient, when + 1


@pytest.mark.slow
@pytest.mark.parametrize("left", [(0.0, 0.0), (0.3, 0.3), (0.0, 0.3), (1.0, 1.0), (1.0, 0.0)])
def test_the_average_holds_the_truth_whatever_is_carried_over(left) -> None:
    """90 % intervals hold it in 85 to 95 %, give or take three standard errors of the trials."""
    p = expit(-1.0 + EFFECTS[:, None] + np.array([-0.2, 0.2])).mean(axis=1)
    held, width = [], []
    for seed in range(TRIALS):
        told = within_patients(*draw(left, seed), a=1, reference=0, n_arms=2)
        both = [d.interval(0.9) for d in (told.average, told.first_period)]
        held.append(both[0].lower <= p[1] - p[0] <= both[0].upper)
        width.append([i.upper - i.lower for i in both])
    tolerance = 3 * np.sqrt(0.1 * 0.9 / TRIALS)
    assert 0.85 - tolerance < np.mean(held) < 0.95 + tolerance
    average, first = np.mean(width, axis=0)
    assert average < 0.93 * first
