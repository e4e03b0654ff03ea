"""Several arms against one reference, with Holm's adjustment."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from nxpredict.evaluation import holm
from nxpredict.planning import (
    Trial,
    average_power,
    holm_power,
    mean_power,
    simulate_average,
    simulate_means,
)
from nxpredict.planning._several import factor_loadings

MANY = 20_000
LARGE = 60_000


def rejected(z: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[float]:
    p = 2 * norm.sf(np.abs(z))
    return list(np.mean([np.array(holm(row)) < 0.05 for row in p.tolist()], axis=0))


@pytest.mark.parametrize(
    ("distances", "loadings"),
    [
        ([2.0], [0.3]),
        ([0.0, 0.0], [0.7, 0.7]),
        ([2.5, 1.0], [0.7, 0.5]),
        ([3.0, 2.5, 0.0], [0.7, 0.7, 0.7]),
        ([2.6, 2.6, 2.6, -2.0, 1.0], [0.5, 0.6, 0.7, 0.8, 0.2]),
    ],
)
def test_the_integral_is_that_of_statistics_drawn(
    distances: list[float], loadings: list[float]
) -> None:
    rng, studies = np.random.default_rng(5), 40_000
    shared = np.array(loadings)
    z = np.array(distances) + rng.standard_normal((studies, 1)) * shared
    z = z + rng.standard_normal((studies, len(shared))) * np.sqrt(1 - shared**2)
    found = holm_power(distances, loadings)
    for share, power in zip(rejected(z), found, strict=True):
        assert abs(share - power) < 3 * math.sqrt(power * (1 - power) / studies)


@given(
    distances=st.tuples(st.floats(-4, 4), st.floats(-4, 4)),
    loadings=st.tuples(st.floats(-0.9, 0.9), st.floats(-0.9, 0.9)),
)
def test_two_tests_are_rectangles_of_the_bivariate_normal(
    distances: tuple[float, float], loadings: tuple[float, float]
) -> None:
    together = loadings[0] * loadings[1]
    normal = multivariate_normal(distances, [[1, together], [together, 1]])
    less, more = norm.isf(0.025), norm.isf(0.0125)
    beyond = norm.sf(more - distances[0]) + norm.cdf(-more - distances[0])
    # Rejected below 0.025, or below 0.05 where the other is below 0.025.
    expected = beyond + _between(normal, less, more)
    assert holm_power(distances, loadings)[0] == pytest.approx(expected, abs=2e-5)


def _between(normal: Any, less: float, more: float) -> float:
    """Return P(first statistic between the thresholds, second beyond the stricter)."""
    total = 0.0
    for low, high in ((less, more), (-more, -less)):
        for left, right in ((more, 40.0), (-40.0, -more)):
            total += float(normal.cdf([high, right], lower_limit=[low, left]))
    return total


@given(
    distances=st.lists(st.floats(-4, 4), min_size=2, max_size=5),
    loading=st.floats(0.0, 0.9),
)
def test_holm_lies_between_bonferroni_and_no_adjustment(
    distances: list[float], loading: float
) -> None:
    found = np.array(holm_power(distances, [loading] * len(distances)))
    for cut, sign in ((norm.isf(0.025 / len(distances)), 1), (norm.isf(0.025), -1)):
        alone = norm.sf(cut - np.array(distances)) + norm.cdf(-cut - np.array(distances))
        assert (sign * (found - alone) >= -1e-6).all()


@pytest.mark.parametrize("weights", [(), (2.0, 1.0, 1.0, 1.5)])
@pytest.mark.parametrize("steps", [(0.0, 0.0, 0.0), (5.0, 4.0, 0.0), (-6.0, 5.0, 5.0)])
def test_in_large_samples_several_arms_agree_with_the_closed_form(
    steps: tuple[float, ...], weights: tuple[float, ...]
) -> None:
    rates = [0.45, *(0.45 + step / math.sqrt(LARGE) for step in steps)]
    trial = Trial(weights=weights)
    drawn = simulate_average(LARGE, rates, repetitions=MANY, seed=2, trial=trial)
    for (power, _), form in zip(drawn, average_power(LARGE, rates, trial), strict=True):
        assert abs(power - form) < 3 * math.sqrt(form * (1 - form) / MANY)
    means = [5.0, *(5.0 + 2 * step / math.sqrt(LARGE) for step in steps)]
    told = simulate_means(LARGE, means, 2.0, repetitions=MANY, seed=2, trial=trial)
    for (power, _), form in zip(told, mean_power(LARGE, means, 2.0, trial), strict=True):
        assert abs(power - form) < 3 * math.sqrt(form * (1 - form) / MANY)


@pytest.mark.parametrize("steps", [(3.0, 2.0), (3.0, 2.0, -2.0), (3.0, 2.0, 2.5, -1.0, 0.0)])
def test_several_arms_of_a_crossover_agree_with_the_closed_form(steps: tuple[float, ...]) -> None:
    crossover = Trial("crossover", correlation=0.5)
    rates = [0.45, *(0.45 + step / math.sqrt(LARGE) for step in steps)]
    drawn = simulate_average(LARGE, rates, repetitions=MANY, seed=4, trial=crossover)
    for (power, _), form in zip(drawn, average_power(LARGE, rates, crossover), strict=True):
        assert abs(power - form) < 3 * math.sqrt(form * (1 - form) / MANY)


@pytest.mark.parametrize("trial", [Trial(), Trial("crossover", correlation=0.5)])
@pytest.mark.parametrize("means", [(0.0, 0.4, 0.7), (0.0, 0.3, 0.5, 0.7)])
def test_several_means_agree_with_the_closed_form_in_small_samples(
    means: tuple[float, ...], trial: Trial
) -> None:
    drawn = simulate_means(40, means, 1.0, repetitions=MANY, seed=2, trial=trial)
    for (power, _), form in zip(drawn, mean_power(40, means, 1.0, trial), strict=True):
        # Errors of several comparisons are as good as one, not one: that is the 0.004.
        assert abs(power - form) < 3 * math.sqrt(form * (1 - form) / MANY) + 0.004


@given(
    loadings=st.lists(st.floats(0.1, 0.95), min_size=3, max_size=6),
    sd=st.floats(0.1, 10),
)
def test_what_one_factor_made_is_told_of_its_correlations(loadings: list[float], sd: float) -> None:
    made = np.outer(loadings, loadings)
    np.fill_diagonal(made, 1.0)
    found = factor_loadings(sd**2 * made)
    off = ~np.eye(len(loadings), dtype=bool)
    assert np.abs(np.outer(found, found) - made)[off].max() < 0.01
