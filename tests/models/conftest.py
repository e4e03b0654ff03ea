from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit


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


@pytest.fixture(scope="session")
def trial() -> Trial:
    return make_trial()
