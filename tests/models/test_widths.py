"""How far benefits and probabilities scatter around what is predicted."""

import numpy as np
import pandas as pd
import pytest

from nxpredict.models import make_model
from nxpredict.models._draws import ArmDraws, draw_inputs


def of_sizes(sizes: list[float]) -> tuple[ArmDraws, np.ndarray]:
    """Draws of two arms whose benefits are so many times one and the same pattern."""
    x = np.random.default_rng(3).normal(size=500)
    inputs = np.column_stack([np.ones(500), x]).astype(np.float32)
    slopes = np.array([0.5, -0.5])[:, None, None] * np.array(sizes)[None, :, None]
    return ArmDraws(np.zeros((2, len(sizes))), slopes, np.zeros((2, len(sizes), 0))), inputs


@pytest.mark.parametrize(
    ("sizes", "certainty"), [([1, 1, 1, 1], 1.0), ([0, 2, 0, 2], 0.5), ([1, 2, 3], 4 / (14 / 3))]
)
def test_the_size_is_as_sure_as_draws_agree_on_it(sizes: list[float], certainty: float) -> None:
    draws, inputs = of_sizes(sizes)
    assert draws.certainty_of_size(inputs) == pytest.approx(certainty)


def test_where_no_benefit_differs_nothing_is_unsure() -> None:
    draws, inputs = of_sizes([0, 0])
    assert draws.certainty_of_size(inputs) == 1.0


def test_only_differences_between_arms_are_widened() -> None:
    rng = np.random.default_rng(5)
    X = pd.DataFrame(rng.normal(size=(240, 3)), columns=["a", "b", "c"])
    arm = np.where(rng.random(240) < 0.5, "naltrexone", "nalmefene")
    y = rng.random(240) < 1 / (1 + np.exp(-np.where(arm == "naltrexone", X["a"], -X["a"])))
    plain, wide = (
        make_model(
            "shrunken_interactions", random_state=1, calibrate=False, structural_spread=spread
        ).fit(X, y, arm=arm)
        for spread in (1.0, 2.0)
    )
    inputs = draw_inputs(plain._encoded(X), plain.encoder_.pairs_)
    factor = 1 + plain.draws_.certainty_of_size(inputs)
    assert 1.3 < factor < 2
    for name in ("intercept", "slopes"):
        parts = [getattr(model.draws_, name) for model in (plain, wide)]
        middle = [part.mean(axis=0) for part in parts]
        np.testing.assert_allclose(middle[1], middle[0], atol=1e-9)
        own = [part - part.mean(axis=0) for part in parts]
        around = [part - part.mean(axis=1, keepdims=True) for part in own]
        np.testing.assert_allclose(around[1], factor * around[0], rtol=1e-5, atol=1e-9)


def test_a_spread_that_would_make_anybody_surer_is_refused() -> None:
    with pytest.raises(ValueError, match="structural_spread must be 1 or more"):
        make_model(structural_spread=0.9).fit(np.eye(4), [0, 1, 1, 0], arm=["a", "b", "a", "b"])


@pytest.mark.slow
def test_intervals_hold_over_truths_unlike_each_other() -> None:
    """Over 60 truths: coverage within 3 standard errors of 0.85 to 0.95, pooled slopes near 1."""
    covered, arms, slopes = [], [], []
    for seed in range(60):
        rng = np.random.default_rng([11, seed])
        strength = rng.uniform(0.0, 1.2) * rng.normal(size=8) * (rng.random(8) < 0.4)
        main = 0.3 * rng.normal(size=8)
        x = rng.normal(size=(1300, 8))
        half = (0.3 * rng.normal() + x @ strength) / 2
        p = 1 / (1 + np.exp(-np.stack([x @ main - half, x @ main + half], axis=1)))
        X = pd.DataFrame(x, columns=[f"x{j}" for j in range(8)])
        arm = rng.integers(0, 2, 300)
        y = rng.random(300) < p[np.arange(300), arm]
        model = make_model("shrunken_interactions", random_state=seed)
        model.fit(X.iloc[:300], y, arm=np.array(["a", "b"])[arm])
        found = model.predict_summary(X.iloc[300:], reference="a")
        true = p[300:]
        benefit = true[:, 1] - true[:, 0]
        inside = (found.benefit_lower[:, 0] <= benefit) & (benefit <= found.benefit_upper[:, 0])
        covered.append(inside.mean())
        arms.append(((found.p_lower <= true) & (true <= found.p_upper)).mean())
        own = found.benefit[:, 0] - found.benefit.mean()
        slopes.append([own @ benefit, own @ own])
    for shares in (covered, arms):
        error = np.std(shares) / np.sqrt(len(shares))
        assert 0.85 - 3 * error < np.mean(shares) < 0.95 + 3 * error
    top, bottom = np.sum(slopes, axis=0)
    assert 0.8 < top / bottom < 1.25
