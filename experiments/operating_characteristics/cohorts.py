"""Randomised cohorts with a known benefit, in which the rules of the verdict are tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

ARMS = ("naltrexone", "nalmefene")
PREDICTORS = 20


@dataclass(frozen=True)
class Scenario:
    """What differs between cohorts; `spread` is the standard deviation of the true benefit."""

    kind: str
    spread: float = 0.0
    average: float = 0.0
    rate: float = 0.45
    share: float = 0.5


SCENARIOS = {
    "equal": Scenario("difference"),
    "equal (2:1, a fifth respond)": Scenario("difference", rate=0.2, share=2 / 3),
    "one risk difference": Scenario("difference", average=0.15),
    "one risk difference (2:1, a fifth respond)": Scenario(
        "difference", average=0.10, rate=0.2, share=2 / 3
    ),
    "one odds ratio": Scenario("odds", average=0.8),
    "one odds ratio (2:1, a fifth respond)": Scenario("odds", average=0.8, rate=0.2, share=2 / 3),
    "one arm better for nearly all": Scenario("many", spread=0.10, average=0.20),
    "many modifiers, SD 0.05": Scenario("many", spread=0.05),
    "many modifiers, SD 0.10": Scenario("many", spread=0.10),
    "many modifiers, SD 0.15": Scenario("many", spread=0.15),
    "many modifiers, SD 0.20": Scenario("many", spread=0.20),
    "many modifiers, SD 0.20, average 0.10": Scenario("many", spread=0.20, average=0.10),
    "one switch, SD 0.15": Scenario("switch", spread=0.15),
    "one switch, SD 0.20": Scenario("switch", spread=0.20),
    "one U shape, SD 0.20": Scenario("u-shape", spread=0.20),
}


@dataclass(frozen=True)
class KnownCohort:
    X: pd.DataFrame
    y: np.ndarray
    arm: np.ndarray
    probability: np.ndarray
    propensity: dict[str, float]


def draw(scenario: Scenario, n: int, seed: list[int]) -> KnownCohort:
    """Draw `n` patients: 20 correlated predictors (four binary, one dosage), a tenth missing.

    Eight predictors bear on the response in both arms, six others on the benefit. Probabilities
    are kept within 0.02..0.98 and the benefit's spread is what remains after that.
    """
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(0.3 * np.ones((PREDICTORS, PREDICTORS)) + 0.7 * np.eye(PREDICTORS))
    Z = rng.standard_normal((n, PREDICTORS)) @ root.T
    Z[:, 10:14] = Z[:, 10:14] > 0.5
    Z[:, 14] = rng.binomial(2, 0.15, n)
    risk = Z[:, :8] @ np.array([0.4, -0.3, 0.3, 0.2, -0.2, 0.2, 0.3, -0.3])
    risk = 0.9 * (risk - risk.mean()) / risk.std()
    start = brentq(lambda a: expit(a + risk).mean() - scenario.rate, -8, 8)
    if scenario.kind == "odds":
        p = np.column_stack([expit(start + risk), expit(start + risk + scenario.average)])
    else:
        base = expit(start + risk)
        half = (scenario.average + scenario.spread * _shape(scenario, Z)) / 2
        if scenario.kind == "difference":
            edge = 0.02 + abs(scenario.average) / 2
            base = np.clip(base, edge, 1 - edge)
        p = np.clip(np.column_stack([base - half, base + half]), 0.02, 0.98)
    second = rng.random(n) < scenario.share
    y = (rng.random(n) < np.where(second, p[:, 1], p[:, 0])).astype(float)
    X = pd.DataFrame(Z, columns=[f"predictor_{j:02d}" for j in range(PREDICTORS)])
    return KnownCohort(
        X.mask(rng.random(X.shape) < 0.1),
        y,
        np.where(second, ARMS[1], ARMS[0]),
        p,
        {ARMS[0]: 1 - scenario.share, ARMS[1]: scenario.share},
    )


def _shape(scenario: Scenario, Z: np.ndarray) -> np.ndarray:
    """Return what the benefit depends on, with mean 0 and standard deviation 1."""
    if scenario.kind == "difference":
        return np.zeros(len(Z))
    if scenario.kind == "switch":
        t = Z[:, 10]
    elif scenario.kind == "u-shape":
        t = Z[:, 9] ** 2
    else:
        part = Z[:, 8:14]
        t = ((part - part.mean(axis=0)) / part.std(axis=0)).sum(axis=1)
    return (t - t.mean()) / t.std()
