"""The size of benefits, and how far they scatter: what is believed of either, and what stays."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from nxpredict.models import make_model
from nxpredict.models._draws import ArmDraws
from nxpredict.models._size import ANY_SD, SHARE_USUAL, USUAL, USUAL_SD, BenefitSize

N, ARMS, DRAWS, INPUTS = 60, 3, 40, 4


def some_draws(seed: int) -> tuple[ArmDraws, np.ndarray]:
    rng = np.random.default_rng(seed)
    intercept, slopes = rng.normal(size=(ARMS, DRAWS)), rng.normal(size=(ARMS, DRAWS, INPUTS))
    inputs = np.column_stack([np.ones(N), 2 + rng.normal(size=(N, INPUTS))]).astype(np.float32)
    return ArmDraws(intercept, slopes, np.zeros((ARMS, DRAWS, 0))), inputs


@pytest.mark.parametrize(("spread", "error"), [(0.1, 0.02), (0.25, 0.06), (0.5, 0.1), (0.9, 0.2)])
def test_the_factor_is_the_posterior_mean_of_two_kinds_of_cohort(
    spread: float, error: float
) -> None:
    size = np.linspace(-3.0, 4.0, 200_001)
    prior = (
        SHARE_USUAL * norm.pdf(size, USUAL, USUAL_SD)
        + (1 - SHARE_USUAL) * 2 * norm.pdf(size, 0.0, ANY_SD)  # half normal, its own side
    )
    posterior = prior * norm.pdf(spread, size, error)
    believed = (size * posterior).sum() / posterior.sum()
    found = BenefitSize(spread, 1 / (1 + (error / spread) ** 2)).factor
    assert found * spread == pytest.approx(believed, rel=1e-6)


@given(st.floats(0.001, 3.0), st.floats(0.01, 1.0))
def test_a_size_stays_positive_and_what_is_known_stays(spread: float, certainty: float) -> None:
    assert 0 < BenefitSize(spread, certainty).factor < np.inf
    assert BenefitSize(spread, 1.0).factor == pytest.approx(1.0)
    assert BenefitSize(spread, 0.9999).factor == pytest.approx(1.0, abs=0.02)


def test_large_sizes_that_are_unsure_are_held_back_and_nothing_is_nothing() -> None:
    assert BenefitSize(0.6, 0.8).factor < BenefitSize(0.6, 0.95).factor < 1
    assert BenefitSize().factor == 1.0


@given(st.integers(0, 50), st.floats(0.2, 2.0))
def test_resizing_moves_differences_of_benefits_and_nothing_else(seed: int, factor: float) -> None:
    before, inputs = some_draws(seed)
    after = before.resized(inputs, factor)
    old, new = before.means(inputs), after.means(inputs)
    np.testing.assert_allclose(new.mean(axis=1), old.mean(axis=1), atol=1e-9)
    own = [part - part.mean(axis=1, keepdims=True) for part in (old, new)]
    np.testing.assert_allclose(own[1].mean(axis=0), own[0].mean(axis=0), atol=1e-6)
    around = [part - part.mean(axis=0) for part in own]
    np.testing.assert_allclose(around[1], factor * around[0], atol=1e-6)
    for part in ("intercept", "slopes"):
        scatter = [
            getattr(x, part) - getattr(x, part).mean(axis=1, keepdims=True) for x in (before, after)
        ]
        np.testing.assert_allclose(scatter[1], scatter[0], atol=1e-9)


def test_the_size_of_draws_that_agree_is_sure_and_measured_in_sds_of_the_response() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=500)
    inputs = np.column_stack([np.ones(500), x]).astype(np.float32)
    slopes = np.array([[[0.5]], [[-0.5]]]) * np.ones((2, 8, 1))
    draws = ArmDraws(np.zeros((2, 8)), slopes, np.zeros((2, 8, 0)))
    y = 2 * rng.normal(size=500)

    class Straight:
        def mean(self, predictor: np.ndarray) -> np.ndarray:
            return predictor

    sure = BenefitSize.of(draws, inputs, Straight(), y)  # type: ignore[arg-type]
    assert sure.certainty == pytest.approx(1.0)
    assert sure.spread == pytest.approx(x.std() / y.std(), rel=1e-5)
    doubtful = ArmDraws(draws.intercept, slopes * np.array([0.0, 2.0] * 4)[:, None], draws.missing)
    found = BenefitSize.of(doubtful, inputs, Straight(), y)  # type: ignore[arg-type]
    assert found.certainty == pytest.approx(0.5)
    assert found.spread == pytest.approx(sure.spread, rel=1e-5)


def test_only_differences_between_arms_are_widened() -> None:
    rng = np.random.default_rng(5)
    X = pd.DataFrame(rng.normal(size=(240, 3)), columns=["a", "b", "c"])
    arm = np.where(rng.random(240) < 0.5, "naltrexone", "nalmefene")
    y = rng.random(240) < 1 / (1 + np.exp(-np.where(arm == "naltrexone", X["a"], -X["a"])))
    plain, wide = (
        make_model("shrunken_interactions", random_state=1, structural_spread=spread).fit(
            X, y, arm=arm
        )
        for spread in (1.0, 2.0)
    )
    factor = 1 + plain.size_.certainty
    assert 1.3 < factor < 2
    for name in ("intercept", "slopes"):
        parts = [getattr(model.draws_, name) for model in (plain, wide)]
        middle = [part.mean(axis=0) for part in parts]
        np.testing.assert_allclose(middle[1], middle[0], atol=1e-9)
        own = [part - part.mean(axis=0) for part in parts]
        around = [part - part.mean(axis=1, keepdims=True) for part in own]
        np.testing.assert_allclose(around[1], factor * around[0], atol=1e-9)
