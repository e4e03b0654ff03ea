from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.models import ShrunkenLogistic
from nxpredict.models._screen import IDLE_SHARE, busy_pairs


def drawn(scales: list[float], seed: int = 0) -> np.ndarray:
    """Slopes of two arms and 64 draws, one input for each scale."""
    return np.random.default_rng(seed).standard_normal((2, 64, len(scales))) * scales


def test_products_that_move_nobody_are_let_go_and_the_others_stay() -> None:
    slopes = drawn([1.0, 0.5, 0.4, 0.001, 0.3, 0.002])
    assert busy_pairs(slopes, first=2).tolist() == [0, 2]


def test_what_is_let_go_is_less_than_the_share() -> None:
    slopes = drawn([0.5, *np.geomspace(0.001, 0.2, 40)])
    kept = 1 + busy_pairs(slopes, first=1)
    gone = np.setdiff1d(np.arange(1, 41), kept)
    assert gone.size > 5
    for part in (slopes.mean(axis=0), slopes[0] - slopes[1]):
        assert (part[:, gone] ** 2).sum() <= IDLE_SHARE * (part**2).sum()


def test_a_product_that_only_tells_arms_apart_stays() -> None:
    slopes = drawn([1.0, 0.0])
    slopes[1, :, 0] = slopes[0, :, 0]
    slopes[:, :, 1] = np.array([[0.05], [-0.05]])
    assert busy_pairs(slopes, first=1).tolist() == [0]


@pytest.mark.parametrize("scales", [[], [0.0], [0.0, 0.0]])
def test_nothing_at_all_is_kept_as_it_is(scales: list[float]) -> None:
    assert busy_pairs(drawn([1.0, *scales]), first=1).tolist() == []


def test_a_strong_product_is_found_and_kept_among_many() -> None:
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.standard_normal((1500, 8)), columns=list("abcdefgh"))
    arm = rng.choice(["one", "two"], 1500)
    odds = np.where(arm == "one", 1.2, -1.2) * X["b"] * X["f"]
    y = rng.random(1500) < 1 / (1 + np.exp(-odds))
    pairs = ShrunkenLogistic(random_state=1).fit(X, y, arm=arm).encoder_.pairs_
    assert (1, 5) in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
    assert pairs.size < 28
