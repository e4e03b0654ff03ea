"""Patients compared with themselves, beside patients drawn one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import multivariate_normal, norm

from nxpredict.evaluation import holm
from nxpredict.planning import (
    Interaction,
    Trial,
    average_power,
    interaction_power,
    simulate_average,
    simulate_interaction,
)
from nxpredict.planning._trial import outcome_shares

MANY = 20_000
CROSSOVER = Trial("crossover", correlation=0.5)


def own_responses(
    rates: tuple[float, ...], shape: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw patients' responses under every arm, shape (studies, n, arms)."""
    own = math.sqrt(CROSSOVER.correlation) * rng.standard_normal((*shape, 1))
    own = own + math.sqrt(1 - CROSSOVER.correlation) * rng.standard_normal((*shape, len(rates)))
    return (own < norm.ppf(rates)).astype(np.float64)


@given(
    rates=st.tuples(st.floats(0.05, 0.95), st.floats(0.05, 0.95)),
    correlation=st.floats(0.0, 0.98),
)
def test_outcomes_of_a_patient_are_those_of_two_correlated_normals(
    rates: tuple[float, float], correlation: float
) -> None:
    found = outcome_shares(rates, correlation)
    both = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf(norm.ppf(rates))
    assert found[3] == pytest.approx(both, abs=1e-5)
    assert found[[2, 3]].sum() == pytest.approx(rates[0], abs=1e-6)
    assert found[[1, 3]].sum() == pytest.approx(rates[1], abs=1e-6)


@pytest.mark.parametrize("rates", [(0.45, 0.45), (0.45, 0.58), (0.3, 0.4, 0.45)])
def test_an_average_is_that_of_patients_drawn_one_by_one(rates: tuple[float, ...]) -> None:
    rng = np.random.default_rng(21)
    n, studies, arms = 90, 4000, len(rates)
    y = own_responses(rates, (studies, n), rng)
    ahead = y[..., 1:] - y[..., :1]
    orders = [ahead[:, k::arms] for k in range(arms)]
    estimate = np.mean([one.mean(axis=1) for one in orders], axis=0)
    variance = sum(one.var(axis=1, ddof=1) / one.shape[1] for one in orders) / arms**2
    p = 2 * norm.sf(np.abs(estimate) / np.sqrt(variance))
    found = np.mean([np.array(holm(row)) < 0.05 for row in p.tolist()], axis=0)
    drawn = simulate_average(n, rates, repetitions=MANY, seed=1, trial=CROSSOVER)
    for share, (power, error) in zip(found, drawn, strict=True):
        assert abs(share - power) < 3 * math.hypot(error, math.sqrt(share * (1 - share) / studies))


def test_an_interaction_is_that_of_patients_drawn_one_by_one() -> None:
    rng = np.random.default_rng(22)
    n, studies, question = 200, 4000, Interaction((0.45, 0.5), 0.3, 2.5)
    carrier = rng.random((studies, n)) < 0.3
    order = np.broadcast_to(np.arange(n) % 2 == 1, (studies, n))
    with_marker = (0.45, float(expit(logit(0.5) + math.log(2.5))))
    y = np.where(
        carrier[..., None],
        own_responses(with_marker, (studies, n), rng),
        own_responses((0.45, 0.5), (studies, n), rng),
    )
    effect, variance = np.zeros(studies), np.zeros(studies)
    for m, o, arm in np.ndindex(2, 2, 2):
        only = (carrier == m) & (order == o) & (y[..., arm] == 1) & (y[..., 1 - arm] == 0)
        count = only.sum(axis=1) + 0.5
        effect += (2 * m - 1) * (2 * arm - 1) * np.log(count) / 2
        variance += 1 / count / 4
    found = float(np.mean(np.abs(effect) / np.sqrt(variance) > norm.isf(0.025)))
    power, error = simulate_interaction(n, question, repetitions=MANY, seed=1, trial=CROSSOVER)
    assert abs(found - power) < 3 * math.hypot(error, math.sqrt(found * (1 - found) / studies))


@given(
    rates=st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9)),
    correlation=st.floats(0.0, 0.9),
)
def test_a_crossover_never_has_less_power_for_the_average_than_parallel_arms(
    rates: tuple[float, float], correlation: float
) -> None:
    crossover = Trial("crossover", correlation=correlation)
    assert average_power(300, rates, crossover)[0] >= average_power(300, rates)[0] - 1e-9


def test_the_more_alike_a_patients_responses_the_more_a_crossover_shows() -> None:
    found = [average_power(200, (0.45, 0.52), Trial("crossover", (), r))[0] for r in (0, 0.4, 0.8)]
    assert found[0] < found[1] - 0.02 < found[2] - 0.04


def test_a_crossover_without_correlation_is_two_parallel_trials_in_one() -> None:
    independent = Trial("crossover", correlation=0.0)
    assert average_power(200, (0.4, 0.5), independent)[0] == pytest.approx(
        average_power(400, (0.4, 0.5))[0], abs=1e-6
    )
    question = Interaction((0.5, 0.5), 0.3, 2.0)
    # Within patients only those who respond once count, so this test has less, not the same.
    assert interaction_power(200, question, independent) < interaction_power(400, question)
