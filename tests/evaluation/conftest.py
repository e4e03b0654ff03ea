from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from nxpredict.models import Recalibration

ARMS = ("naltrexone", "nalmefene")


class RidgeInteractions(BaseEstimator):
    """Ridge logistic regression with arm-by-predictor interactions, for any number of arms."""

    def __init__(self, penalty: float = 0.1) -> None:
        self.penalty = penalty

    def _design(self, X: pd.DataFrame, arm: np.ndarray) -> np.ndarray:
        z = ((X - self.centre_) / self.scale_).fillna(0.0).to_numpy()
        blocks = [z]
        for name in self.arms_:
            own = (arm == name).astype(float)[:, None] - 1 / len(self.arms_)
            blocks += [own, 0.5 * own * z]
        return np.concatenate(blocks, axis=1)

    def fit(self, X: pd.DataFrame, y: Any, *, arm: Any = None, propensity: Any = None) -> Any:
        self.centre_, self.scale_ = X.mean(), X.std() + 1e-9
        arm = np.asarray(arm, dtype=str)
        self.arms_ = sorted(set(arm.tolist()))
        self.model_ = LogisticRegression(C=self.penalty, max_iter=300).fit(self._design(X, arm), y)
        return self

    def predict_response(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(
            {
                name: self.model_.predict_proba(self._design(X, np.full(len(X), name)))[:, 1]
                for name in self.arms_
            },
            index=X.index,
        )


@dataclass(frozen=True)
class Trial:
    X: pd.DataFrame
    y: np.ndarray
    arm: np.ndarray
    benefit: np.ndarray


def draw_trial(
    n: int,
    *,
    seed: int,
    spread: float = 0.0,
    average: float = 0.0,
    share: float = 0.5,
    predictors: int = 8,
    arms: tuple[str, ...] = ARMS,
) -> Trial:
    """A randomised trial: risk from x0..x2, benefit of the second arm from x3 and x4."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, predictors))
    risk = np.clip(0.45 + 0.12 * (Z[:, 0] + Z[:, 1] - Z[:, 2]) / 3**0.5, 0.1, 0.9)
    benefit = average + spread * (Z[:, 3] + Z[:, 4]) / 2**0.5
    others = (1 - share) / (len(arms) - 1)
    weights = [share if a == arms[1] else others for a in arms]
    arm = rng.choice(arms, size=n, p=weights)
    p = np.clip(risk + np.where(arm == arms[1], benefit / 2, -benefit / 2), 0.01, 0.99)
    y = (rng.random(n) < p).astype(float)
    X = pd.DataFrame(Z, columns=[f"x{j}" for j in range(predictors)])
    X = X.mask(rng.random(X.shape) < 0.05)
    return Trial(X, y, arm, benefit)


@pytest.fixture(scope="session")
def trial() -> Callable[..., Trial]:
    return draw_trial


@pytest.fixture(scope="session")
def learner() -> type[RidgeInteractions]:
    return RidgeInteractions


@pytest.fixture(scope="session")
def needed() -> dict[str, Recalibration]:
    """By the step of a recalibration, a change that needs it."""
    return {
        "none": Recalibration.identity(2),
        "intercept": Recalibration((-0.7, -0.7)),
        "slope": Recalibration((-0.3, -0.3), 0.5, 0.5),
        "per_arm": Recalibration((-0.8, 0.4), 0.6, 0.6),
        "effect_scale": Recalibration((-0.5, 0.3), 1.1, 0.2),
        "slope_per_arm": Recalibration((0.1, -0.1), 0.8, 0.8, (-0.5, 0.5)),
    }
