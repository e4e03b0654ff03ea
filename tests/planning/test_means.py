"""Responses that are numbers: t tests, beside the noncentral t and patients drawn one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_ind

from nxpredict.evaluation import holm
from nxpredict.planning import (
    MeanInteraction,
    Trial,
    mean_interaction_power,
    mean_power,
    simulate_mean_interaction,
    simulate_means,
)

MANY = 20_000
LARGE = 40_000
CROSSOVER = Trial("crossover", correlation=0.6)
TRIALS = [Trial(), Trial(weights=(2.0, 1.0)), CROSSOVER]


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("means", [(6.0, 6.0), (6.0, 4.0), (0.0, 1.0)])
@pytest.mark.parametrize("n", [41, 200, 900])
def test_means_agree_with_the_noncentral_t(
    n: int, means: tuple[float, float], trial: Trial
) -> None:
    ((power, _),) = simulate_means(n, means, 7.0, repetitions=MANY, seed=3, trial=trial)
    (expected,) = mean_power(n, means, 7.0, trial)
    assert abs(power - expected) <= 3 * math.sqrt(expected * (1 - expected) / MANY)


def test_the_power_of_a_t_test_is_that_of_statsmodels() -> None:
    solve = pytest.importorskip("statsmodels.stats.power").TTestIndPower().power
    for each, effect in ((20, 0.6), (64, 0.5), (300, 0.2)):
        (found,) = mean_power(2 * each, (1.0, 1.0 + 3 * effect), 3.0)
        assert found == pytest.approx(solve(effect, each, 0.05), abs=1e-6)
        (found,) = mean_power(3 * each, (1.0, 1.0 + 3 * effect), 3.0, Trial(weights=(2.0, 1.0)))
        assert found == pytest.approx(solve(effect, 2 * each, 0.05, ratio=0.5), abs=1e-6)


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("n", [60, 20_000, 200_000])
def test_a_difference_that_nobody_can_miss_has_power_one(n: int, trial: Trial) -> None:
    for less, more in ((0.0, 40.0), (40.0, 0.0)):
        assert mean_power(n, (less, more), 7.0, trial) == [pytest.approx(1.0)]


def test_means_stand_for_patients_drawn_one_by_one() -> None:
    rng = np.random.default_rng(7)
    n, means, sd, studies = 60, np.array([6.0, 4.0, 5.0]), 3.0, 4000
    y = rng.normal(np.repeat(means, n // 3), sd, size=(studies, n)).reshape(studies, 3, -1)
    p = np.column_stack([ttest_ind(y[:, a], y[:, 0], axis=1).pvalue for a in (1, 2)])
    found = np.mean([np.array(holm(row)) < 0.05 for row in p.tolist()], axis=0)
    drawn = simulate_means(n, means, sd, repetitions=MANY, seed=1)
    for share, (power, error) in zip(found, drawn, strict=True):
        assert abs(share - power) < 3 * math.hypot(error, math.sqrt(share * (1 - share) / studies))


def test_own_differences_stand_for_patients_drawn_one_by_one() -> None:
    rng = np.random.default_rng(8)
    n, means, sd, studies, alike = 30, np.array([6.0, 4.5, 5.0]), 3.0, 4000, 0.6
    own = rng.normal(0, sd * math.sqrt(alike), size=(studies, n, 1))
    left = rng.normal(0, sd * math.sqrt(1 - alike), size=(studies, n, 3))
    y = means + own + left
    ahead = (y[..., 1:] - y[..., :1]).reshape(studies, 3, n // 3, 2)
    estimate = ahead.mean(axis=(1, 2))
    pooled = ahead.var(axis=2, ddof=1).mean(axis=1)
    p = 2 * student.sf(np.abs(estimate) / np.sqrt(pooled / n), n - 3)
    found = np.mean([np.array(holm(row)) < 0.05 for row in p.tolist()], axis=0)
    drawn = simulate_means(n, means, sd, repetitions=MANY, seed=1, trial=CROSSOVER)
    for share, (power, error) in zip(found, drawn, strict=True):
        assert abs(share - power) < 3 * math.hypot(error, math.sqrt(share * (1 - share) / studies))


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("difference", [0.0, 0.3, -0.4])
def test_in_large_samples_a_change_in_means_agrees_with_its_closed_form(
    difference: float, trial: Trial
) -> None:
    question = MeanInteraction(7.0, 0.3, difference)
    power, _ = simulate_mean_interaction(LARGE, question, repetitions=MANY, seed=5, trial=trial)
    expected = mean_interaction_power(LARGE, question, trial)
    assert abs(power - expected) <= 3 * math.sqrt(expected * (1 - expected) / MANY)


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize(("n", "share"), [(40, 0.25), (60, 0.1), (100, 0.1), (200, 0.1)])
def test_in_small_samples_a_change_in_means_agrees_with_its_closed_form(
    n: int, share: float, trial: Trial
) -> None:
    question = MeanInteraction(1.0, share, 1.0)
    power, _ = simulate_mean_interaction(n, question, repetitions=MANY, seed=5, trial=trial)
    expected = mean_interaction_power(n, question, trial)
    assert abs(power - expected) <= 3 * math.sqrt(expected * (1 - expected) / MANY)


@pytest.mark.parametrize("trial", TRIALS)
def test_a_change_in_means_is_that_of_patients_drawn_one_by_one(trial: Trial) -> None:
    rng = np.random.default_rng(9)
    n, studies, question = 100, 4000, MeanInteraction(3.0, 0.3, 2.5)
    carrier = rng.random((studies, n)) < question.share
    column = np.broadcast_to(np.arange(n) >= trial.sizes(n, 2)[0], (studies, n))
    if trial.crossover:
        spread = 3.0 * math.sqrt(2 * (1 - trial.correlation))
        y = rng.normal(np.where(carrier, 2.5, 0.0), spread)
        signs = np.array([[-0.5, -0.5], [0.5, 0.5]])
    else:
        y = rng.normal(np.where(carrier & column, 2.5, 0.0), 3.0)
        signs = np.array([[1.0, -1.0], [-1.0, 1.0]])
    effect, squares, unit = np.zeros(studies), np.zeros(studies), np.zeros(studies)
    for m, c in np.ndindex(2, 2):
        cell = (carrier == m) & (column == c)
        count = cell.sum(axis=1)
        mean = np.where(cell, y, 0).sum(axis=1) / count
        effect += signs[m, c] * mean
        squares += (np.where(cell, y - mean[:, None], 0) ** 2).sum(axis=1)
        unit += signs[m, c] ** 2 / count
    p = 2 * student.sf(np.abs(effect) / np.sqrt(squares / (n - 4) * unit), n - 4)
    found = float(np.mean(p < 0.05))
    power, error = simulate_mean_interaction(n, question, repetitions=MANY, seed=1, trial=trial)
    assert abs(found - power) < 3 * math.hypot(error, math.sqrt(found * (1 - found) / studies))
