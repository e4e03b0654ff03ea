"""How often does the heterogeneity test see a difference where one effect holds for all?

    python curved_outlook.py [--cohorts 300]

Its null is a smooth function of baseline risk, which has to be told by the predictors. Here the
outlook runs with one predictor of 8 or 20, straight, as a U or a step, or with the product of two,
and one risk ratio or one odds ratio holds for all, so that the test should reject in 5 %. Writes
curved_outlook.csv.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from nxpredict.evaluation import heterogeneity_test

HERE = Path(__file__).parent
SEED = 5
Array = np.ndarray
OUTLOOKS: dict[str, Callable[[Array, Array], Array]] = {
    "straight": lambda x, _: 1.2 * x - 0.5,
    "U": lambda x, _: 2 * (np.abs(x) - 1),
    "step": lambda x, _: 2.0 * (x > 0.7) - 0.7,
    "product": lambda x, other: 1.5 * x * other,
}
EFFECTS: dict[str, Callable[[Array], Array]] = {
    "risk ratio 1.8": lambda run: (0.08 + 0.4 * ndtr(run)) * 1.8,
    "risk ratio 1.5": lambda run: (0.08 + 0.4 * ndtr(run)) * 1.5,
    "odds ratio 4": lambda run: expit(_log_odds(run) + np.log(4)),
}
CELLS = [
    (outlook, effect, predictors, n)
    for predictors in (8, 20)
    for outlook, effect, n in (
        ("straight", "risk ratio 1.8", 1000),
        ("U", "risk ratio 1.8", 400),
        ("U", "risk ratio 1.8", 1000),
        ("U", "risk ratio 1.5", 1000),
        ("U", "odds ratio 4", 1000),
        ("step", "risk ratio 1.8", 1000),
        ("product", "risk ratio 1.8", 1000),
    )
]


def _log_odds(run: Array) -> Array:
    rate = 0.08 + 0.4 * ndtr(run)
    return np.log(rate / (1 - rate))


def p_value(outlook: str, effect: str, predictors: int, n: int, seed: int) -> float:
    """Draw one cohort and test it."""
    rng = np.random.default_rng([SEED, n, seed])
    X = pd.DataFrame(rng.normal(size=(n, predictors))).add_prefix("x")
    run = OUTLOOKS[outlook](X["x0"].to_numpy(), X["x1"].to_numpy())
    p = np.column_stack([expit(_log_odds(run)), EFFECTS[effect](run)])
    received = rng.integers(0, 2, n)
    y = (rng.random(n) < p[np.arange(n), received]).astype(float)
    treated, share = received.astype(float), np.full(n, 0.5)
    return float(heterogeneity_test(X, y, treated, share, random_state=seed).p)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=300)
    cohorts = parser.parse_args().cohorts
    rows = []
    for cell in CELLS:
        found = np.array([p_value(*cell, seed) for seed in range(cohorts)])
        share = float((found < 0.05).mean())
        error = float(np.sqrt(share * (1 - share) / cohorts))
        rows.append((*cell, cohorts, round(share, 4), round(error, 4)))
        print(*rows[-1], flush=True)
    names = ["outlook", "effect", "predictors", "n", "cohorts", "rejected", "rejected_se"]
    pd.DataFrame(rows, columns=names).to_csv(HERE / "curved_outlook.csv", index=False)


if __name__ == "__main__":
    main()
