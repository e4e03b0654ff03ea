from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nxpredict.evaluation import Comparison, OutOfFold, evaluate
from nxpredict.evaluation._missing_response import (
    missing_response,
    missing_response_sentences,
)

ARMS = ("a", "b")


def expit(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def draw(n: int, seed: int) -> tuple[OutOfFold, pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """A trial without effect in which patients at high x, who respond, leave arm b."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    arm = rng.integers(0, 2, n)
    y = (rng.random(n) < expit(1.5 * x)).astype(float)
    gone = (arm == 1) & (rng.random(n) < expit(2 * x - 1))
    flat = np.full((1, n, 2), 0.5)
    out = OutOfFold(
        arms=ARMS,
        prediction=flat,
        fold=(np.arange(n) % 4)[None, :],
        propensity=flat[0],
        clusters=None,
    )
    return out, pd.DataFrame({"x": x}), np.where(gone, 0, y), gone, np.array(ARMS)[arm]


@pytest.fixture(scope="module")
def repeated() -> pd.DataFrame:
    rows = []
    for seed in range(40):
        out, X, y, gone, arm = draw(600, seed)
        found = missing_response(out, Comparison(X, y, arm, ARMS, "a", "randomised"), gone)
        rows.append({k: v.estimate for k, v in found["b_vs_a"].items() if k != "share_missing"})
    return pd.DataFrame(rows)


def test_missing_at_random_recovers_no_effect_where_failure_invents_one(
    repeated: pd.DataFrame,
) -> None:
    error = repeated["missing_at_random"].std() / np.sqrt(len(repeated))
    assert abs(repeated["missing_at_random"].mean()) < 4 * error + 0.01
    assert repeated["failure"].mean() < -0.15


def test_every_assumption_lies_between_worst_and_best_case(repeated: pd.DataFrame) -> None:
    assert (repeated["worst_case"] <= repeated["failure"] + 1e-12).all()
    assert (repeated["failure"] <= repeated["best_case"] + 1e-12).all()
    assert (repeated["best_case"] > 0).all()


def test_counted_as_failures_the_difference_is_that_of_the_evaluation() -> None:
    """Over all repeats, as everywhere: not a second number of the same name."""
    out, X, y, gone, arm = draw(200, 1)
    other = np.random.default_rng(2).uniform(0.2, 0.8, out.prediction.shape)
    out = replace(
        out, prediction=np.concatenate([out.prediction, other]), fold=np.tile(out.fold, (2, 1))
    )
    trial = Comparison(X, y, arm, ARMS, "a", "randomised")
    told = missing_response(out, trial, gone)["b_vs_a"]["failure"]
    assert told == evaluate(out, trial).contrasts["b_vs_a"]["ate"]


def test_nothing_is_said_when_nothing_is_missing_and_small_counts_are_hidden() -> None:
    out, X, y, gone, arm = draw(200, 0)
    trial = Comparison(X, y, arm, ARMS, "a", "randomised")
    assert missing_response(out, trial, np.zeros(200, dtype=bool)) == {}
    pooled = Comparison(X, y, arm, ARMS, "a", "pooled-indirect")
    assert missing_response(out, pooled, gone) == {}
    few = gone & (np.cumsum(gone) <= 5)
    found = missing_response(out, trial, few)
    assert found["b_vs_a"]["share_missing"] == {"a": 0.0, "b": None}
    (sentence,) = missing_response_sentences(found)
    worst = 100 * found["b_vs_a"]["worst_case"].estimate
    assert f"{worst:+.1f} in the worst case" in sentence
    assert "in points" in sentence
