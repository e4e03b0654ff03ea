"""Tolerability beside the response, on trials whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.evaluation import Comparison, OutOfFold, cross_validate
from nxpredict.evaluation._tolerability import WEIGHTS, tolerability, tolerability_sentences

ARMS = ("a", "b")
N = 1500


def draw(seed: int) -> tuple[pd.DataFrame, Any, Any, Any]:
    """In b 20 % stop, in a 5 %, those at high x more; who stays responds by x alone."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, N)
    arm = rng.integers(0, 2, N)
    stopped = rng.random(N) < np.where(arm == 1, 0.20 + 0.19 * x, 0.05)
    responds = rng.random(N) < 0.5 + 0.3 * x
    return pd.DataFrame({"x": x}), (responds & ~stopped) * 1.0, stopped * 1.0, np.array(ARMS)[arm]


def judge(seed: int, learner: Any) -> dict[str, Any]:
    X, y, stopped, arm = draw(seed)
    options: dict[str, Any] = {"propensity": {"a": 0.5, "b": 0.5}, "repeats": 1}
    response = cross_validate(learner(), X, y, arm, **options)
    stopping = cross_validate(learner(), X, stopped, arm, **options)
    comparison = Comparison(X, y, arm, ARMS, "a", "randomised")
    return tolerability(response, stopping, comparison, stopped)[0]


@pytest.fixture(scope="module")
def repeated(learner: Any) -> list[dict[str, Any]]:
    return [judge(seed, learner) for seed in range(30)]


def holds(found: list[Any], truth: float) -> None:
    """The mean lies at the truth, and the intervals hold it about as often as they say."""
    estimates = np.array([f.estimate for f in found])
    error = estimates.std(ddof=1) / np.sqrt(len(estimates))
    assert abs(estimates.mean() - truth) < 4 * error
    assert sum(f.lower <= truth <= f.upper for f in found) >= 25  # 30 at 95 %: P(< 25) = 0.003


def test_stopping_its_share_of_the_response_and_the_rest(repeated: list[dict[str, Any]]) -> None:
    holds([f["average"]["b_vs_a"] for f in repeated], 0.15)
    parts = [f["of_the_response"]["b_vs_a"] for f in repeated]
    # E[y | b] = E[(0.5 + 0.3 x)(0.8 - 0.19 x)] = 0.4 - 0.019, E[y | a] = 0.475
    holds([p["response"] for p in parts], 0.381 - 0.475)
    # Nobody who stopped responds; of the others of both arms (0.381 + 0.475) / 1.75 do.
    holds([p["with_stopping"] for p in parts], -0.15 * 0.856 / 1.75)
    for p in parts:
        total = p["with_stopping"].estimate + p["otherwise"].estimate
        assert total == pytest.approx(p["response"].estimate)


def test_the_probability_of_stopping_is_calibrated(repeated: list[dict[str, Any]]) -> None:
    arm = [f["per_arm"]["b"] for f in repeated]
    holds([a["rate"] for a in arm], 0.20)
    # The ridge learner of these tests draws the arms together by a point.
    assert abs(np.mean([a["observed_minus_expected"].estimate for a in arm])) < 0.02
    assert np.mean([a["auc"].estimate for a in arm]) > 0.65


def test_the_value_of_an_arm_falls_by_weight_times_stopping(repeated: list[dict[str, Any]]) -> None:
    for facts in repeated:
        rows = facts["net_benefit"]
        assert [row["weight"] for row in rows] == list(WEIGHTS)
        stopping = facts["average"]["b_vs_a"].estimate
        for row in rows:
            expected = rows[0]["value"]["b_vs_a"].estimate - row["weight"] * stopping
            assert row["value"]["b_vs_a"].estimate == pytest.approx(expected)
        assert rows[0]["choice_changes"] == 0.0
        assert rows[-1]["best"] == "a"
        assert rows[-1]["established"]


def flat(prediction: list[float], n: int) -> OutOfFold:
    p = np.tile(prediction, (1, n, 1))
    return OutOfFold(ARMS, (np.arange(n) % 4)[None, :], p, np.full((n, 2), 0.5), None)


def test_a_weight_turns_the_choice_exactly_where_benefit_equals_cost() -> None:
    n = 400
    rng = np.random.default_rng(0)
    arm = np.array(ARMS)[np.arange(n) % 2]
    X = pd.DataFrame({"x": rng.normal(size=n)})
    y = (rng.random(n) < 0.5).astype(float)
    stopped = (rng.random(n) < 0.1).astype(float)
    # Ten points more of response for eight more of stopping: b up to a weight of 1.25.
    facts, _ = tolerability(
        flat([0.40, 0.50], n),
        flat([0.05, 0.13], n),
        Comparison(X, y, arm, ARMS, "a", "randomised"),
        stopped,
    )
    changes = {row["weight"]: row["choice_changes"] for row in facts["net_benefit"]}
    assert [changes[w] for w in (0.5, 1.0, 2.0)] == [0.0, 0.0, 1.0]
    assert "go with it" in tolerability_sentences(facts)[0]


def test_those_who_stopped_may_respond_too_and_only_what_they_lose_goes_with_stopping() -> None:
    """Of a 10 % stop and of b 30 %; a fifth of them respond, of the others 60 % and 50 %."""
    stopped = np.r_[np.repeat([1.0, 0], [10, 90]), np.repeat([1.0, 0], [30, 70])]
    y = np.r_[np.repeat([1.0, 0, 1, 0], [2, 8, 54, 36]), np.repeat([1.0, 0, 1, 0], [6, 24, 35, 35])]
    arm = np.repeat(ARMS, 100)
    X = pd.DataFrame({"x": np.tile(np.arange(100.0), 2)})
    out, stopping = flat([0.56, 0.41], 200), flat([0.1, 0.3], 200)
    facts, _ = tolerability(out, stopping, Comparison(X, y, arm, ARMS, "a", "randomised"), stopped)
    parts = facts["of_the_response"]["b_vs_a"]
    # Of the others of both arms together 89 of 160 respond.
    expected = 0.2 * (0.2 - 89 / 160)
    assert parts["with_stopping"].estimate == pytest.approx(expected)
    assert parts["otherwise"].estimate == pytest.approx(-0.15 - expected)


def test_without_a_contrast_only_the_arms_are_judged() -> None:
    n = 200
    arm = np.array(ARMS)[np.arange(n) % 2]
    y = (np.arange(n) % 3 == 0).astype(float)
    comparison = Comparison(
        pd.DataFrame({"x": np.arange(n) / n}), y, arm, ARMS, "a", "pooled-indirect"
    )
    facts, curves = tolerability(flat([0.4, 0.5], n), flat([0.3, 0.3], n), comparison, y)
    assert set(facts) == {"n", "per_arm"}
    assert tolerability_sentences(facts) == []
    assert set(curves["arm"]) == set(ARMS)


def test_the_rate_of_an_arm_in_which_few_stopped_is_not_told() -> None:
    """Patients on the arm times the rate would be those few."""
    arm = np.tile(["a", "b"], 100)
    stopped = np.zeros(200)
    stopped[[*range(0, 18, 2), *range(1, 25, 2)]] = 1
    p = np.full((1, 200, 2), 0.5)
    out = OutOfFold(ARMS, np.tile([0, 0, 1, 1], 50)[None], p, propensity=None, clusters=None)
    told = Comparison(pd.DataFrame({"x": 1 - stopped}), 1 - stopped, arm, ARMS, "a", "randomised")
    rates = {
        k: v["rate"].estimate
        for k, v in tolerability(out, out, told, stopped)[0]["per_arm"].items()
    }
    assert np.isnan(rates["a"])  # nine of a hundred
    assert rates["b"] == pytest.approx(0.12)
