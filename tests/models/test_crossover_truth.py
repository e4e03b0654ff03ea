"""Known truth: what patients who had both arms teach, beside trials of the same size."""

from __future__ import annotations

import numpy as np
import pytest

from nxpredict.models import make_model

REPEATS = 20
PATIENTS = 150


def judged(drawn, new, **when) -> tuple[float, float]:
    """Return the error of benefits learned from a trial, and the share that intervals hold."""
    model = make_model("default", random_state=1).fit(drawn.X, drawn.y, **when)
    found = model.predict_benefit(new.patients, "b", "a")
    held = (found["lower"] <= new.benefit) & (new.benefit <= found["upper"])
    return float(np.sqrt(np.mean((found["benefit"] - new.benefit) ** 2))), float(held.mean())


def errors_above(gaps: np.ndarray) -> float:
    """Return how many standard errors the mean of paired differences lies above 0."""
    return float(gaps.mean() / (gaps.std(ddof=1) / np.sqrt(len(gaps))))


@pytest.mark.slow
def test_patients_who_had_both_arms_teach_more_than_twice_as_many_who_had_one(draw_crossover):
    found, new = [], draw_crossover(1000, 999)
    for seed in range(REPEATS):
        both = draw_crossover(PATIENTS, seed, correlation=0.75)
        one = draw_crossover(2 * PATIENTS, 1000 + seed, periods=1)
        found.append([judged(both, new, **both.when), judged(one, new, arm=one.arm)])
    error, held = np.moveaxis(np.array(found), 2, 0)
    assert errors_above(error[:, 1] - error[:, 0]) > 2
    assert 0.85 < held[:, 0].mean() < 0.99


@pytest.mark.slow
def test_ignoring_who_and_when_is_worse_and_surer_than_it_may_be(draw_crossover):
    found, new = [], draw_crossover(1000, 999)
    for seed in range(REPEATS):
        drawn = draw_crossover(PATIENTS, seed, correlation=0.7, time=0.8)
        found.append([judged(drawn, new, **drawn.when), judged(drawn, new, arm=drawn.arm)])
    error, held = np.moveaxis(np.array(found), 2, 0)
    assert errors_above(error[:, 1] - error[:, 0]) > 2
    assert errors_above(held[:, 0] - held[:, 1]) > 2


@pytest.mark.slow
def test_intervals_hold_the_benefit_when_something_is_carried_over(draw_crossover):
    held, new = [], draw_crossover(1000, 999)
    for seed in range(REPEATS):
        drawn = draw_crossover(PATIENTS, seed, carry_over=0.4)
        held.append(judged(drawn, new, **drawn.when)[1])
    assert 0.85 < np.mean(held) < 0.99


@pytest.mark.slow
def test_a_patient_who_responded_to_one_arm_only_is_not_taken_at_that_word(draw_crossover):
    """Regression to the mean: nobody differs, and those who seem to are predicted like all."""
    gaps = []
    for seed in range(REPEATS):
        drawn = draw_crossover(PATIENTS, seed, differs=0.0)
        model = make_model("default", random_state=1).fit(drawn.X, drawn.y, **drawn.when)
        benefit = model.predict_benefit(drawn.patients, "b", "a")["benefit"].to_numpy()
        response = np.where(drawn.arm == "b", 1, -1) * drawn.y
        apparent = np.bincount(drawn.groups, weights=response)
        gaps.append(benefit[apparent == 1].mean() - benefit[apparent == -1].mean())
    assert abs(np.mean(gaps)) < 0.1
