"""Simulation beside closed forms and beside studies drawn one patient at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, ttest_ind

from nxpredict.evaluation import holm
from nxpredict.planning import (
    Interaction,
    MeanInteraction,
    average_power,
    interaction_power,
    mean_interaction_power,
    mean_power,
    simulate_average,
    simulate_interaction,
    simulate_mean_interaction,
    simulate_means,
)

MANY = 20_000


@pytest.mark.parametrize("rates", [(0.48, 0.48), (0.48, 0.58), (0.2, 0.3), (0.7, 0.5)])
@pytest.mark.parametrize("n", [200, 600, 1500])
def test_the_average_agrees_with_two_proportion_power(n: int, rates: tuple[float, float]) -> None:
    ((power, error),) = simulate_average(n, rates, repetitions=MANY, seed=3)
    # The normal approximation itself is off by a few tenths of a point at these sizes.
    assert abs(power - average_power(n, rates)) < 4 * error + 0.006


def test_the_closed_form_is_that_of_the_textbook() -> None:
    # Fleiss: 45 against 55 % at 80 % power needs about 389 an arm without continuity correction.
    assert average_power(2 * 389, (0.45, 0.55)) == pytest.approx(0.80, abs=0.003)
    assert average_power(400, (0.5, 0.5)) == pytest.approx(0.05)


def test_counts_stand_for_patients_drawn_one_by_one() -> None:
    rng = np.random.default_rng(11)
    n, rates, rejected, studies = 240, (0.4, 0.55), 0, 3000
    for _ in range(studies):
        arm = np.repeat([0, 1], n // 2)
        y = rng.random(n) < np.take(rates, arm)
        means = [y[arm == a].mean() for a in (0, 1)]
        error = math.sqrt(sum(y[arm == a].var(ddof=1) / (n // 2) for a in (0, 1)))
        rejected += 2 * norm.sf(abs(means[1] - means[0]) / error) < 0.05
    ((power, error),) = simulate_average(n, rates, repetitions=MANY, seed=1)
    both = math.hypot(error, math.sqrt(power * (1 - power) / studies))
    assert abs(rejected / studies - power) < 4 * both


def test_several_arms_pay_for_their_number() -> None:
    rates = (0.4, 0.5, 0.5)
    alone = simulate_average(400, rates[:2], repetitions=MANY, seed=2)[0][0]
    together = simulate_average(600, rates, repetitions=MANY, seed=2)
    assert all(power < alone + 0.01 for power, _ in together)
    none = simulate_average(600, (0.4, 0.4, 0.4), repetitions=MANY, seed=2)
    assert all(power < 0.05 for power, _ in none)


@pytest.mark.parametrize("odds_ratio", [1.0, 2.0, 0.4])
@pytest.mark.parametrize("n", [400, 1200])
def test_an_interaction_agrees_with_its_large_sample_power(n: int, odds_ratio: float) -> None:
    question = Interaction((0.45, 0.5), 0.3, odds_ratio)
    power, error = simulate_interaction(n, question, repetitions=MANY, seed=5)
    # Woolf's variance takes the expected counts; at 30 carriers a cell that is worth a point.
    assert abs(power - interaction_power(n, question)) < 4 * error + 0.015


@given(
    n=st.integers(100, 3000), more=st.integers(1, 2000), p=st.floats(0.1, 0.9),
    q=st.floats(0.1, 0.9), odds_ratio=st.floats(0.2, 5), share=st.floats(0.05, 0.95),
)  # fmt: skip
def test_more_patients_never_mean_less_power(
    n: int, more: int, p: float, q: float, odds_ratio: float, share: float
) -> None:
    question = Interaction((p, q), share, odds_ratio)
    assert average_power(n + more, (p, q)) >= average_power(n, (p, q)) - 1e-12
    assert interaction_power(n + more, question) >= interaction_power(n, question) - 1e-12


@pytest.mark.parametrize("means", [(6.0, 6.0), (6.0, 4.0), (0.0, 1.0)])
@pytest.mark.parametrize("n", [41, 200, 900])
def test_means_agree_with_the_noncentral_t(n: int, means: tuple[float, float]) -> None:
    ((power, error),) = simulate_means(n, means, 7.0, repetitions=MANY, seed=3)
    assert abs(power - mean_power(n, means, 7.0)) < 4 * error


def test_the_power_of_a_t_test_is_that_of_statsmodels() -> None:
    solve = pytest.importorskip("statsmodels.stats.power").TTestIndPower().power
    for each, effect in ((20, 0.6), (64, 0.5), (300, 0.2)):
        found = mean_power(2 * each, (1.0, 1.0 + 3 * effect), 3.0)
        assert found == pytest.approx(solve(effect, each, 0.05), abs=1e-6)


def test_means_stand_for_patients_drawn_one_by_one() -> None:
    rng = np.random.default_rng(7)
    n, means, sd, studies = 60, np.array([6.0, 4.0, 5.0]), 3.0, 4000
    y = rng.normal(np.repeat(means, n // 3), sd, size=(studies, n)).reshape(studies, 3, -1)
    p = np.column_stack([ttest_ind(y[:, a], y[:, 0], axis=1).pvalue for a in (1, 2)])
    found = np.mean([np.array(holm(row)) < 0.05 for row in p.tolist()], axis=0)
    drawn = simulate_means(n, means, sd, repetitions=MANY, seed=1)
    for share, (power, error) in zip(found, drawn, strict=True):
        assert abs(share - power) < 4 * math.hypot(error, math.sqrt(power * (1 - power) / studies))


@pytest.mark.parametrize("difference", [0.0, 3.0, -4.0])
@pytest.mark.parametrize("n", [60, 400])
def test_a_change_in_means_agrees_with_its_closed_form(n: int, difference: float) -> None:
    question = MeanInteraction(7.0, 0.3, difference)
    power, error = simulate_mean_interaction(n, question, repetitions=MANY, seed=5)
    # The closed form takes the expected counts; carriers that are drawn cost a little.
    assert abs(power - mean_interaction_power(n, question)) < 4 * error + 0.01
