"""Nearly equal predictors: the chains go from one to the other, and short ones are enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.models import _sampler, make_model
from nxpredict.models._alike import ALIKE, MOST_STEPS, PARTNERS, pair_steps
from nxpredict.models._design import Group

COHORTS = 6


def hessian_of(r: float, p: int) -> np.ndarray:
    return 50.0 * (r * np.ones((p, p)) + (1 - r) * np.eye(p))


def groups_of(p: int) -> list[Group]:
    return [Group("interaction_value", np.array([k])) for k in range(p)]


def test_only_predictors_of_one_family_that_are_alike_are_drawn_together():
    grid = _sampler.GRID
    assert pair_steps(groups_of(4), hessian_of(ALIKE - 0.05, 4), grid) == []
    assert len(pair_steps(groups_of(3), hessian_of(0.95, 3), grid)) == 3
    many = pair_steps(groups_of(200), hessian_of(0.95, 200), grid)
    assert len(many) == MOST_STEPS
    places = np.ravel([step.places for step in many])
    assert np.bincount(places).max() <= PARTNERS
    curved = [Group("interaction_curve", np.array([k])) for k in range(4)]
    assert pair_steps(curved, hessian_of(0.95, 4), grid) == []


def test_a_common_step_has_the_marginal_likelihood_of_both():
    hessian = np.array([[40.0, 38.0], [38.0, 42.0]])
    (step,) = pair_steps(groups_of(2), hessian, np.array([0.1, 0.5]))
    score = np.array([3.0, -2.0])
    found = step.constant + 0.5 * np.einsum("d,kde,e->k", score, step.covariances, score)
    for k, (first, second) in enumerate([(0.1, 0.1), (0.1, 0.5), (0.5, 0.1), (0.5, 0.5)]):
        prior = np.diag([first**2, second**2])
        # Of score ~ N(0, H + H V H), less what does not hang on V.
        spread = hessian + hessian @ prior @ hessian
        log_density = -0.5 * (np.linalg.slogdet(spread)[1] + score @ np.linalg.solve(spread, score))
        base = -0.5 * (np.linalg.slogdet(hessian)[1] + score @ np.linalg.solve(hessian, score))
        assert found[k] == pytest.approx(log_density - base)


def collinear(seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """A benefit that hangs on the difference of two predictors with a correlation of 0.97."""
    rng = np.random.default_rng(seed)
    common = np.repeat(rng.normal(size=(2000, 2)), 4, axis=1)
    Z = np.sqrt(0.97) * common + np.sqrt(0.03) * rng.normal(size=(2000, 8))
    apart = (Z[:, 0] - Z[:, 1]) / np.sqrt(0.06)
    log_odds = -0.3 + 0.8 * common[:, 4, None] + 0.45 * apart[:, None] * np.array([-1, 1])
    p = 1 / (1 + np.exp(-log_odds))
    arm = rng.integers(0, 2, 1000)
    y = rng.random(1000) < p[np.arange(1000), arm]
    return pd.DataFrame(Z).add_prefix("c"), p[:, 1] - p[:, 0], np.array(["a", "b"])[arm], y


def test_longer_chains_find_no_more(monkeypatch):
    errors: dict[int, list[float]] = {1: [], 6: []}
    for seed in range(COHORTS):
        X, benefit, arm, y = collinear(seed)
        for times, found in errors.items():
            monkeypatch.setattr(_sampler, "WARM_UP", 24 * times)
            monkeypatch.setattr(_sampler, "AGAIN", 12 * times)
            model = make_model("shrunken_interactions", random_state=1).fit(X[:1000], y, arm=arm)
            predicted = model.predict_benefit(X[1000:], "b", "a")["benefit"]
            miss = predicted.to_numpy() - benefit[1000:]
            found.append(float(np.sqrt(np.mean(miss**2)) / benefit.std()))
    short, long = np.array(errors[1]), np.array(errors[6])
    worse = short - long
    assert worse.mean() < 0.02 + 2 * worse.std(ddof=1) / np.sqrt(COHORTS)
    # One coefficient at a time: 0.71.
    assert short.mean() < 0.55
