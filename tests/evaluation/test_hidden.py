from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nxpredict.evaluation import Comparison, OutOfFold, evaluate
from nxpredict.evaluation._hidden import e_value, hidden_confounding

ARMS = ("a", "b")


def expit(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def draw(n: int, seed: int, hidden: float) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """A registry without any effect: x, which is seen, and u, which is not, bear on both."""
    rng = np.random.default_rng(seed)
    x, u = rng.normal(size=n), rng.integers(0, 2, n) * 2.0 - 1.0
    arm = (rng.random(n) < expit(1.2 * x + np.log(hidden) * u)).astype(int)
    y = (rng.random(n) < expit(1.2 * x + u)).astype(float)
    return pd.DataFrame({"x": x}), y, arm


def true_facts(X: pd.DataFrame, y: np.ndarray, arm: np.ndarray) -> dict[str, object]:
    """With the propensity given x alone, as an ideal estimate would find it."""
    e_b = expit(1.1 * X["x"].to_numpy())
    e = np.column_stack([1 - e_b, e_b])
    own = (arm[:, None] == np.arange(2)) / e
    scores = own * y[:, None]
    return hidden_confounding(scores, y, arm, e, a=1, reference=0)


def test_the_e_value_is_that_of_the_paper() -> None:
    # VanderWeele & Ding 2017: a risk ratio of 3.9 with an interval from 1.8 has E-values 7.26, 3.0.
    assert e_value(3.9) == pytest.approx(7.26, abs=0.01)
    assert e_value(1.8) == pytest.approx(3.0, abs=0.01)
    assert np.isnan(e_value(0.0))


@pytest.mark.parametrize(("well", "ill"), [(60, 30), (30, 60), (60, 55)])
def test_the_e_value_of_the_interval_is_that_of_its_end_nearest_to_1(well: int, ill: int) -> None:
    """Of 100 in either arm: the interval of a risk ratio is that of a textbook (Katz 1978)."""
    arm = np.repeat([0, 1], 100)
    y = np.r_[np.arange(100) < ill, np.arange(100) < well].astype(float)
    q, p = ill / 100, well / 100
    means, e = np.tile([q, p], (200, 1)), np.full((200, 2), 0.5)
    scores = means + (arm[:, None] == np.arange(2)) / e * (y[:, None] - means)
    facts = hidden_confounding(scores, y, arm, e, a=1, reference=0)
    reach = 1.96 * np.sqrt((1 - p) / well + (1 - q) / ill)
    nearest = np.exp(max(abs(np.log(p / q)) - reach, 0.0))
    assert facts["e_value"] == pytest.approx(e_value(p / q))
    assert facts["e_value_interval"] == pytest.approx(e_value(nearest), rel=0.01)


def test_the_bounds_hold_the_truth_under_hidden_confounding_of_that_strength() -> None:
    covered, naive = [], []
    for seed in range(30):
        facts = true_facts(*draw(2000, seed, hidden=2.0))
        bounds = {row["strength"]: row for row in facts["bounds"]}
        covered.append(bounds[2.0]["lower"] <= 0 <= bounds[2.0]["upper"])
        naive.append(bounds[1.0]["lower"])
    assert np.mean(naive) > 0.1
    assert np.mean(covered) >= 0.95


def test_without_hidden_strength_the_bounds_are_the_estimate_and_they_only_widen() -> None:
    facts = true_facts(*draw(500, 1, hidden=2.0))
    bounds = pd.DataFrame(facts["bounds"])
    assert bounds.loc[0, "lower"] == pytest.approx(bounds.loc[0, "upper"])
    assert (bounds["lower"].diff().dropna() < 0).all()
    assert (bounds["upper"].diff().dropna() > 0).all()
    strength = facts["explained_away_from"]
    assert isinstance(strength, float)
    assert 1 < strength < 5


def test_bounds_start_at_the_doubly_robust_difference_that_they_stand_beside() -> None:
    _, y, arm = draw(500, 3, hidden=1.0)
    coarse = np.full((500, 2), 0.5)
    means = np.tile(np.array([0.4, 0.6]), (500, 1))
    scores = means + (arm[:, None] == np.arange(2)) / coarse * (y[:, None] - means)
    facts = hidden_confounding(scores, y, arm, coarse, a=1, reference=0)
    estimate = (scores[:, 1] - scores[:, 0]).mean()
    assert facts["bounds"][0]["lower"] == pytest.approx(estimate)
    assert facts["bounds"][0]["upper"] == pytest.approx(estimate)
    assert facts["explained_away_from"] > 1


@pytest.mark.parametrize(("allocation", "stands"), [("observational", True), ("randomised", False)])
def test_it_stands_next_to_every_difference_that_was_not_randomised(
    allocation: str, stands: bool
) -> None:
    X, y, arm = draw(400, 2, hidden=1.0)
    fold = (np.arange(400) % 4)[None, :]
    out = OutOfFold(ARMS, fold, np.full((1, 400, 2), 0.5), None, None)
    found = evaluate(out, Comparison(X, y, np.array(ARMS)[arm], ARMS, "a", allocation))
    assert ("hidden_confounding" in found.contrasts["b_vs_a"]) == stands
    assert any("hidden reason" in warning for warning in found.warnings) == stands


def test_measured_confounding_leaves_a_tenth_of_the_naive_bias() -> None:
    naive, adjusted = [], []
    for seed in range(12):
        X, y, arm = draw(1500, seed, hidden=1.0)
        fold = (np.arange(1500) % 5)[None, :]
        out = OutOfFold(ARMS, fold, np.full((1, 1500, 2), y.mean()), None, None)
        found = evaluate(out, Comparison(X, y, np.array(ARMS)[arm], ARMS, "a", "observational"))
        naive.append(y[arm == 1].mean() - y[arm == 0].mean())
        adjusted.append(found.average["b_vs_a"]["estimate"])
    error = np.std(adjusted, ddof=1) / np.sqrt(len(adjusted))
    assert abs(np.mean(adjusted)) < abs(np.mean(naive)) / 10 + 2 * error
    assert abs(np.mean(naive)) > 0.15


def chosen_by(n: int, seed: int) -> tuple[OutOfFold, Comparison, float]:
    """A registry with u hidden: `b` seems better where x > 0, and is better for nobody."""
    rng = np.random.default_rng(seed)
    x, u = rng.normal(size=n), rng.integers(0, 2, n) * 2.0 - 1.0
    side = np.where(x > 0, 1.0, -1.0)
    arm = (rng.random(n) < expit(np.log(2.0) * u * side)).astype(int)
    y = (rng.random(n) < expit(u)).astype(float)
    said = 0.5 + 0.1 * np.column_stack([-side, side])
    fold = rng.permutation(n) % 5
    out = OutOfFold(ARMS, fold[None, :], said[None], np.full((n, 2), 0.5), None)
    X = pd.DataFrame({"x": x, "noise": rng.normal(size=n)})
    return out, Comparison(X, y, np.array(ARMS)[arm], ARMS, "a", "observational"), 0.0


def test_the_gain_of_choosing_has_its_assumption_and_bounds_that_hold_the_truth() -> None:
    out, comparison, true_gain = chosen_by(2000, 7)
    verdict = evaluate(out, comparison).verdict
    gain, facts = verdict["gain"].estimate, verdict["hidden_confounding"]
    bounds = {row["strength"]: row for row in facts["bounds"]}
    assert bounds[1.0]["lower"] == pytest.approx(gain)
    assert gain > 0.05 > true_gain
    assert bounds[2.0]["lower"] <= true_gain <= bounds[2.0]["upper"]
    assert 1 < facts["explained_away_from"] <= 2.2
    said = verdict["reasons"][-1]
    assert "no unmeasured reason" in said
    assert f"{facts['explained_away_from']:.2f} times" in said
    randomised = evaluate(out, replace(comparison, allocation="randomised")).verdict
    assert "hidden_confounding" not in randomised
    assert not any("Not randomised" in reason for reason in randomised["reasons"])


@pytest.mark.parametrize("seed", [0, 2])
def test_nothing_is_said_to_explain_a_gain_away_that_is_not_shown(seed: int) -> None:
    out, comparison, _ = chosen_by(300, seed)
    noise = replace(comparison, y=comparison.y[::-1].copy())
    verdict = evaluate(out, noise).verdict
    assert verdict["gain"].estimate > 0
    assert verdict["level"] == "not supported"
    assert verdict["hidden_confounding"]["bounds"]
    assert not any("gain away" in reason for reason in verdict["reasons"])
