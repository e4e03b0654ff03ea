"""How wide must intervals be when no true effect is exactly of the model's form?

Usage: python experiments/interval_spread/run.py --cohorts 4

Nine kinds of known truth, complete data, 20 predictors, two arms 1:1; `structural_spread` of the
default learner varied on the same cohorts. Writes results.csv: one line a size and spread.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from nxpredict.models import make_model

HERE = Path(__file__).parent
SPREADS = (1.0, 1.2, 1.35, 1.5)
SIZES = (300, 1000)
NEW = 1500
Parts = dict[str, np.ndarray]


def draw_predictors(n: int, rng: np.random.Generator) -> Parts:
    """Return genotypes (0 to 2), correlated continuous and binary predictors."""
    covariance = 0.3 * np.ones((8, 8)) + 0.7 * np.eye(8)
    return {
        "g": rng.binomial(2, rng.uniform(0.1, 0.5, 6), size=(n, 6)).astype(float),
        "c": rng.multivariate_normal(np.zeros(8), covariance, n, method="cholesky"),
        "b": (rng.random((n, 6)) < rng.uniform(0.2, 0.6, 6)).astype(float),
    }


def _latent(g: np.ndarray, c: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 2 * (expit(1.25 * (c[:, 2] + c[:, 3] + c[:, 4] + 1.5 * (b[:, 1] - 0.4))) - 0.5)


EFFECTS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "linear": lambda g, c, b: (
        0.1 + 0.5 * c[:, 2] + 0.5 * (b[:, 1] - 0.4) + 0.4 * (g[:, 0] - 0.6) - 0.4 * c[:, 3]
    ),
    "threshold": lambda g, c, b: (
        1.2 * ((c[:, 2] > 0) & (b[:, 1] > 0.5)) - 0.8 * (c[:, 4] > 0.7) + 0.5 * (g[:, 0] > 0) - 0.3
    ),
    "one switch": lambda g, c, b: 1.6 * ((g[:, 2] > 0) - 0.5),
    "u-shape": lambda g, c, b: 0.7 * (c[:, 2] ** 2 - 1) + 0.5 * c[:, 3] * c[:, 4],
    "two kinds of patient": _latent,
    "small": lambda g, c, b: 0.2 * (b[:, 0] - 0.4) + 0.15 * (b[:, 1] - 0.4) + 0.1 * c[:, 2],
    "saturating": lambda g, c, b: 1.2 * np.tanh(1.5 * c[:, 2] + 0.8 * c[:, 5]),
    "crossing": lambda g, c, b: 1.1 * c[:, 2] * (2 * b[:, 1] - 1),
    "ramp": lambda g, c, b: 1.4 * np.clip(c[:, 3] - 0.3, 0, 2) - 0.5 + 0.5 * (g[:, 3] - 0.6),
}


def one_cohort(kind: str, n: int, seed: int) -> list[dict[str, float | str]]:
    """Fit every spread on one cohort and compare its intervals with the truth."""
    rng = np.random.default_rng([seed, list(EFFECTS).index(kind), n])
    x = draw_predictors(n + NEW, rng)
    base = -0.2 + 0.5 * x["c"][:, 0] - 0.4 * x["c"][:, 1] + 0.4 * (x["b"][:, 0] - 0.4)
    half = EFFECTS[kind](x["g"], x["c"], x["b"]) / 2
    p = np.column_stack([expit(base - half), expit(base + half)])
    X = pd.DataFrame({f"{k}{j}": v[:, j] for k, v in x.items() for j in range(v.shape[1])})
    arm = rng.integers(0, 2, n)
    y = rng.random(n) < p[np.arange(n), arm]
    true = (p[:, 1] - p[:, 0])[n:]
    largest = np.argsort(-np.abs(true), kind="stable")[: NEW // 4]
    rows = []
    for spread in SPREADS:
        model = make_model(random_state=1, structural_spread=spread)
        model.fit(X.iloc[:n], y, arm=np.array(["a", "b"])[arm])
        found = model.predict_benefit(X.iloc[n:], "b", "a")
        lower, upper = found["lower"].to_numpy(), found["upper"].to_numpy()
        inside = (lower <= true) & (true <= upper)
        missed = np.maximum(lower - true, 0) + np.maximum(true - upper, 0)
        rows.append(
            {
                "kind": kind,
                "n": n,
                "spread": spread,
                "coverage": inside.mean(),
                "coverage_largest_quarter": inside[largest].mean(),
                "width": (upper - lower).mean(),
                "interval_score": (upper - lower + 20 * missed).mean(),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=4)
    cohorts = parser.parse_args().cohorts
    rows = [
        row
        for n in SIZES
        for kind in EFFECTS
        for seed in range(cohorts)
        for row in one_cohort(kind, n, seed)
    ]
    found = pd.DataFrame(rows)
    by_kind = found.groupby(["n", "spread", "kind"]).mean()
    grouped = by_kind.groupby(["n", "spread"])
    table = grouped.mean().round(4)
    table["coverage_se_over_kinds"] = grouped["coverage"].sem().round(4)
    table["cohorts"] = cohorts * len(EFFECTS)
    table.to_csv(HERE / "results.csv")
    print(table.to_string())


if __name__ == "__main__":
    main()
