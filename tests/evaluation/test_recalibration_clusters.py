"""Patients who were seen several times are one observation to the test of a recalibration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm

from nxpredict.evaluation import advise_recalibration
from nxpredict.evaluation._closed_test import LARGEST, closed_test
from nxpredict.evaluation._logistic import expit
from nxpredict.evaluation._recalibration import STEPS, _fit
from nxpredict.evaluation._recalibration_kinds import Bernoulli, Gaussian

REPETITIONS = 400
SHARED = 0.7
"""Correlation of a patient's latent responses."""


def crossover(seed: int, patients: int, *, continuous: bool = False, shift: float = 0.0):
    """Return log-odds (or means) of a right model, and responses in four periods a patient.

    Each response has the probability of the model; a patient's luck is in all of them.
    """
    rng = np.random.default_rng(seed)
    whose = np.repeat(np.arange(patients), 4)
    middle, benefit = rng.normal(size=patients)[whose], rng.normal(size=patients)[whose]
    predictor = np.column_stack([middle - benefit / 2, middle + benefit / 2])
    arm = np.tile([0, 1, 1, 0], patients)
    own = predictor[np.arange(len(arm)), arm] + shift
    luck = np.sqrt(SHARED) * rng.normal(size=patients)[whose]
    luck += np.sqrt(1 - SHARED) * rng.normal(size=len(whose))
    y = own + 2 * luck if continuous else (norm.cdf(luck) < expit(own)).astype(float)
    order = rng.permutation(len(whose))
    return predictor[order], y[order], arm[order], whose[order]


def rejected(seed: int, *, continuous: bool, clustered: bool, shift: float = 0.0) -> bool:
    predictor, y, arm, whose = crossover(seed, 60, continuous=continuous, shift=shift)
    kind = Gaussian() if continuous else Bernoulli()
    fits = {step: _fit(kind, step, predictor, y, arm) for step in (*STEPS, LARGEST)}
    found = closed_test(kind, fits, predictor, y, arm, whose if clustered else None)
    return found.step != "none"


@pytest.mark.slow
@pytest.mark.parametrize("continuous", [False, True])
def test_a_right_model_is_rejected_in_one_of_twenty_crossovers(continuous: bool) -> None:
    low, high = binom.ppf([0.001, 0.999], REPETITIONS, 0.05)
    wrong = sum(rejected(s, continuous=continuous, clustered=True) for s in range(REPETITIONS))
    assert low <= wrong <= high
    rows = sum(rejected(s, continuous=continuous, clustered=False) for s in range(REPETITIONS))
    assert rows > 2 * high


def test_a_wrong_model_is_still_found() -> None:
    found = [rejected(seed, continuous=False, clustered=True, shift=1.5) for seed in range(20)]
    assert sum(found) >= 18


def test_patients_seen_once_are_tested_as_rows_are() -> None:
    once = crossover(2, 300)
    first = np.unique(once[3], return_index=True)[1]
    taken = [part[first] for part in once[:3]]
    fits = {step: _fit(Bernoulli(), step, *taken) for step in (*STEPS, LARGEST)}
    alone = closed_test(Bernoulli(), fits, *taken, np.arange(len(first)))
    rows = closed_test(Bernoulli(), fits, *taken, None)
    # Up to what a sandwich of 300 patients scatters.
    assert alone.p == pytest.approx(rows.p, abs=0.05)


def test_periods_of_a_patient_stay_in_one_fold_and_row_order_does_not_matter() -> None:
    predictor, y, arm, whose = crossover(3, 100, shift=1.0)
    advice = advise_recalibration(expit(predictor), y, arm, clusters=whose)
    order = np.lexsort([arm, whose])
    again = advise_recalibration(
        expit(predictor[order]), y[order], arm[order], clusters=whose[order]
    )
    assert advice.step == again.step != "none"
    np.testing.assert_allclose(advice.cross_fitted[order], again.cross_fitted, atol=1e-8)
    rows = advise_recalibration(expit(predictor), y, arm)
    gains = {result.step: result.error for result in rows.results}
    # What patients share does not average out over their periods.
    assert all(r.error > gains[r.step] for r in advice.results if r.step == "intercept")


def test_a_model_with_one_benefit_for_all_can_be_tested() -> None:
    predictor, y, arm, whose = crossover(4, 60)
    flat = predictor.mean(axis=1, keepdims=True) + np.array([-0.3, 0.3])
    fits = {step: _fit(Bernoulli(), step, flat, y, arm) for step in (*STEPS, LARGEST)}
    found = closed_test(Bernoulli(), fits, flat, y, arm, whose)
    assert all(0 <= p <= 1 for p in found.p.values())
