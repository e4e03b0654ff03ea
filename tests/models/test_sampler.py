from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from nxpredict.models._design import Group
from nxpredict.models._likelihood import Bernoulli
from nxpredict.models._sampler import INTERCEPT_SD, ridge_mode, sample_posterior


def intercept_only() -> list[Group]:
    return [Group("intercept", np.array([0]))]


def test_a_single_rate_has_the_posterior_that_integration_gives() -> None:
    y = np.r_[np.ones(60), np.zeros(140)]
    design = np.ones((200, 1))
    drawn = sample_posterior(
        design, Bernoulli(y), intercept_only(), 256, np.random.default_rng(0)
    ).draws
    grid = np.linspace(-3, 1, 4001)
    log = 60 * grid - 200 * np.logaddexp(0, grid) - 0.5 * (grid / INTERCEPT_SD) ** 2
    weight = np.exp(log - log.max())
    mean = (grid * weight).sum() / weight.sum()
    sd = np.sqrt(((grid - mean) ** 2 * weight).sum() / weight.sum())
    assert drawn.shape == (256, 1)
    # 256 independent draws: standard errors sd / 16 and sd / 22; Laplace adds a little.
    assert drawn.mean() == pytest.approx(mean, abs=4 * sd / 16)
    assert drawn.std() == pytest.approx(sd, rel=0.25)


def signals(n: int, coefficients: np.ndarray, seed: int) -> tuple[np.ndarray, Bernoulli]:
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((n, len(coefficients)))
    y = (rng.random(n) < expit(inputs @ coefficients)).astype(float)
    return np.column_stack([np.ones(n), inputs]), Bernoulli(y)


def each_its_own(p: int) -> list[Group]:
    return intercept_only() + [Group("interaction_value", np.array([k])) for k in range(1, p)]


def test_one_strong_effect_stands_while_the_others_vanish() -> None:
    truth = np.r_[1.2, np.zeros(19)]
    found = np.mean(
        [
            sample_posterior(
                *signals(1000, truth, seed), each_its_own(21), 128, np.random.default_rng(seed)
            ).draws.mean(axis=0)
            for seed in range(8)
        ],
        axis=0,
    )
    # One coefficient has a standard error of about 0.09 in a cohort, 0.03 in the mean of eight.
    assert found[1] == pytest.approx(1.2, abs=0.15)
    assert np.abs(found[2:]).max() < 0.06


@pytest.mark.slow
def test_intervals_cover_where_half_of_the_coefficients_are_nothing() -> None:
    rng = np.random.default_rng(3)
    inside = []
    for seed in range(60):
        truth = np.where(rng.random(15) < 0.5, 0.0, 0.35 * rng.standard_normal(15))
        drawn = sample_posterior(
            *signals(600, truth, seed), each_its_own(16), 256, np.random.default_rng(seed)
        ).draws[:, 1:]
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        inside.append(((low <= truth) & (truth <= high)).mean())
    # 60 cohorts: a standard error of 0.01.
    assert 0.85 <= np.mean(inside) <= 0.97


def test_the_offset_leaves_nothing_to_explain_when_it_is_the_truth() -> None:
    truth = np.array([0.8, -0.5])
    design, responses = signals(400, truth, seed=1)
    told = ridge_mode(design, responses, each_its_own(3), offset=design[:, 1:] @ truth)
    # A standard error is 0.12, and the ridge halves what is found.
    assert np.abs(told[1:]).max() < 0.2
    assert np.abs(ridge_mode(design, responses, each_its_own(3))[1]) > 0.3


def test_more_coefficients_than_patients_end_in_finite_draws() -> None:
    design, responses = signals(60, np.zeros(150), seed=2)
    drawn = sample_posterior(
        design, responses, each_its_own(151), 32, np.random.default_rng(0)
    ).draws
    assert np.isfinite(drawn).all()
