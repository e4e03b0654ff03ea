"""Which ridge should a propensity be estimated with?

Usage: python experiments/confounding/ridge.py

Cohorts whose drug and response depend on three predictors of 5 or 20, without any difference
between the drugs. The outcome model of the doubly robust difference knows one of the three, so that
what it leaves is the propensity's to balance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from nxpredict.evaluation._propensity import LEAST_PROPENSITY, RIDGES, _by_ridge, _imbalance

COHORTS = 30


def errors(n: int, predictors: int, seed: int) -> dict[str, float]:
    """Return the estimated difference under every ridge and rule; the truth is 0."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, predictors))
    rest = np.zeros(predictors - 3)
    arm = (rng.random(n) < expit(X @ np.r_[0.8, -0.6, 0.4, rest])).astype(int)
    y = (rng.random(n) < expit(-0.3 + X @ np.r_[1.0, -0.8, 0.5, rest])).astype(float)
    fold = rng.integers(0, 5, n)
    nothing_more = np.empty((n, 0))
    tried = _by_ridge(pd.DataFrame(X).rename(columns=str), nothing_more, arm, fold)
    tried = [np.clip(p, LEAST_PROPENSITY, 1) for p in tried]
    expected = np.empty(n)
    for k in range(5):
        known, new = X[fold != k, :1], X[fold == k, :1]
        model = LogisticRegression().fit(known, y[fold != k])
        expected[fold == k] = model.predict_proba(new)[:, 1]
    left = (y - expected) * np.where(arm == 1, 1.0, -1.0)
    found = [float(np.mean(left / p[np.arange(n), arm])) for p in tried]
    loss = [-np.log(p[np.arange(n), arm]).mean() for p in tried]
    gaps = [_imbalance(X, arm, p) for p in tried]
    return {
        "naive": float(y[arm == 1].mean() - y[arm == 0].mean()),
        **{f"C = {c:g}": value for c, value in zip(RIDGES, found, strict=True)},
        "smallest log loss": found[int(np.argmin(loss))],
        "best balance": found[int(np.argmin(gaps))],
    }


def main() -> None:
    """Print bias and root mean squared error, in percentage points."""
    for n in (400, 1200):
        for predictors in (5, 20):
            table = 100 * pd.DataFrame([errors(n, predictors, k) for k in range(COHORTS)])
            print(f"{n} patients, {predictors} predictors")
            for name, values in table.items():
                root = np.sqrt(np.mean(values**2))
                print(f"  {name:<18}bias {values.mean():+6.2f}   error {root:5.2f}")


if __name__ == "__main__":
    main()
