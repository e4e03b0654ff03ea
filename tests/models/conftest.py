from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, ndtri


@dataclass(frozen=True)
class Trial:
    X: pd.DataFrame
    y: np.ndarray
    arm: np.ndarray
    p: pd.DataFrame


def make_trial(n: int = 400, seed: int = 0, arms: tuple[str, ...] = ("nalmefene", "naltrexone")):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "craving": rng.normal(size=n),
            "smoker": rng.integers(0, 2, n).astype(float),
            "site": rng.choice(["east", "west", "north"], n),
            "snp": np.where(rng.random(n) < 0.3, np.nan, rng.binomial(2, 0.3, n)),
        }
    )
    base = 0.4 * X["craving"].to_numpy() - 0.2
    shift = 0.9 * X["craving"].to_numpy() + 0.6 * (X["smoker"].to_numpy() - 0.5)
    p = pd.DataFrame(
        {a: expit(base + (k - 0.5) * shift) for k, a in enumerate(arms)}, columns=list(arms)
    )
    code = rng.integers(0, len(arms), n)
    y = (rng.random(n) < p.to_numpy()[np.arange(n), code]).astype(int)
    return Trial(X, y, np.array(arms, dtype=object)[code], p)


@dataclass(frozen=True)
class Crossover:
    """Patients in periods; `patients` has one row each, with their true benefit of b over a."""

    X: pd.DataFrame
    y: np.ndarray
    arm: np.ndarray
    groups: np.ndarray
    period: np.ndarray
    patients: pd.DataFrame
    benefit: np.ndarray

    @property
    def when(self) -> dict[str, np.ndarray]:
        return {"arm": self.arm, "groups": self.groups, "period": self.period}


def make_crossover(
    n: int = 200,
    seed: int = 0,
    *,
    periods: int = 2,
    correlation: float = 0.6,
    time: float = 0.4,
    carry_over: float = 0.0,
    differs: float = 0.7,
    own: float = 0.0,
) -> Crossover:
    """Draw patients whose truth is averaged over what their periods share: a Gaussian copula.

    All periods of a patient are correlated, and those with the same arm by `own` more.
    """
    rng = np.random.default_rng(seed)
    patients = pd.DataFrame(
        {"craving": rng.normal(size=n), "ggt": rng.normal(size=n), "age": rng.normal(size=n)}
    )
    outlook = 0.5 * patients["ggt"].to_numpy() - 0.2
    shift = 0.2 + differs * patients["craving"].to_numpy()
    log_odds = np.column_stack([outlook - shift / 2, outlook + shift / 2])
    who, when = (part.ravel() for part in np.mgrid[:n, :periods])
    code = (rng.permutation(np.resize([0, 1], n))[who] + when) % 2
    total = log_odds[who, code] + time * (when - (periods - 1) / 2)
    total = total + np.where(when > 0, carry_over * (0.5 - code), 0.0)
    each, shared = rng.normal(size=len(who)), rng.normal(size=n)[who]
    latent = np.sqrt(correlation) * shared + np.sqrt(1 - correlation - own) * each
    latent += np.sqrt(own) * rng.normal(size=(n, 2))[who, code]
    y = (latent < ndtri(expit(total))).astype(int)
    truth = expit(log_odds[:, 1]) - expit(log_odds[:, 0])
    X = patients.iloc[who].reset_index(drop=True)
    return Crossover(X, y, np.array(["a", "b"])[code], who, when + 1, patients, truth)


@pytest.fixture(scope="session")
def trial() -> Trial:
    return make_trial()


@pytest.fixture(scope="session")
def crossover() -> Crossover:
    return make_crossover()


@pytest.fixture(scope="session")
def draw_crossover() -> Callable[..., Crossover]:
    return make_crossover


@pytest.fixture(scope="session")
def draw_numbers() -> Callable[..., Crossover]:
    """Grams less a day: patients differ by 20, in an arm by `own`, and periods of one by 15."""

    def draw(
        n: int = 200, seed: int = 0, *, periods: int = 2, time: float = 8.0,
        carry_over: float = 0.0, differs: float = 8.0, own: float = 0.0,
    ) -> Crossover:  # fmt: skip
        rng = np.random.default_rng(seed)
        patients = pd.DataFrame(rng.normal(size=(n, 3)), columns=["craving", "ggt", "age"])
        benefit = 4.0 + differs * patients["craving"].to_numpy()
        who, when = (part.ravel() for part in np.mgrid[:n, :periods])
        code = (rng.permutation(np.resize([0, 1], n))[who] + when) % 2
        y = 30 + 6 * patients["ggt"].to_numpy()[who] + (code - 0.5) * benefit[who]
        y = y + time * when + np.where(when > 0, carry_over * (0.5 - code), 0.0)
        y += rng.normal(0, 20, n)[who] + rng.normal(0, 15, len(who))
        y += own * rng.normal(size=(n, 2))[who, code]
        X = patients.iloc[who].reset_index(drop=True)
        return Crossover(X, y, np.array(["a", "b"])[code], who, when + 1, patients, benefit)

    return draw
