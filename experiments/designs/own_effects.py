"""Series in which patients differ in their benefit beyond what any predictor says (N-of-1).

Usage: python experiments/designs/own_effects.py [--trials N]

Patients have many periods, half of them with each arm. The log-odds of response hold a part of the
patient and, in some settings, a part of the patient's own in each arm. Models that do and do not
allow for the latter predict new patients, whose true benefit is averaged over both. One line a
trial and model is appended to own_effects.csv; lines that stand there are skipped.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from threadpoolctl import threadpool_limits

from nxpredict.models import _repeated, make_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from lines import append, standing

RESULTS = Path(__file__).parent / "own_effects.csv"
SETTINGS = ((40, 8, 0.0), (40, 8, 1.0), (30, 16, 1.5))
"""Patients, periods of each, and the standard deviation of what is their own in an arm."""

NEW, PATIENT_SD = 500, 1.0
FloatArray = NDArray[np.float64]


def log_odds(X: pd.DataFrame) -> FloatArray:
    """Return those of a patient with nothing of his or her own, shape (n, 2)."""
    shift = 0.5 + 0.5 * X["craving"].to_numpy()
    return 0.5 * X["ggt"].to_numpy()[:, None] - 0.2 + np.outer(shift, [-0.5, 0.5])


def true_benefit(X: pd.DataFrame, own_sd: float) -> FloatArray:
    """Return the difference of P(response), averaged over what patients have of their own."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    around = np.hypot(PATIENT_SD, own_sd) * nodes
    p = expit(log_odds(X)[:, :, None] + around) @ (weights / weights.sum())
    return p[:, 1] - p[:, 0]


def predictors(n: int, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(rng.normal(size=(n, 3)), columns=["craving", "ggt", "age"])


def judge(patients: int, periods: int, own_sd: float, allowed: bool, seed: int) -> dict[str, float]:
    """Learn from one trial; return how the benefits of new patients and their mean are told."""
    rng = np.random.default_rng(seed)
    X = predictors(patients, rng)
    who, when = (part.ravel() for part in np.mgrid[:patients, :periods])
    pairs = rng.integers(0, 2, (patients, periods // 2))
    arm = np.stack([pairs, 1 - pairs], axis=2).ravel()
    own = PATIENT_SD * rng.normal(size=(patients, 1)) + own_sd * rng.normal(size=(patients, 2))
    y = (rng.random(len(who)) < expit((log_odds(X) + own)[who, arm])).astype(int)
    model = make_model("shrunken_interactions", random_state=seed, carry_over=False)
    began = time.process_time()
    grid = _repeated.OWN if allowed else (0.0,)
    with mock.patch.object(_repeated, "OWN", grid), threadpool_limits(limits=1):
        model.fit(
            X.iloc[who], y, arm=np.array(["a", "b"])[arm], groups=who, period=when + 1
        )  # fmt: skip
    seconds = time.process_time() - began
    new = predictors(NEW, np.random.default_rng(77))
    truth = true_benefit(new, own_sd)
    found = model.predict_benefit(new, "b", "a")
    held = (found["lower"] <= truth) & (truth <= found["upper"])
    draws = model.predict_draws(new)
    average = (draws[:, :, 1] - draws[:, :, 0]).mean(axis=1)
    low, high = np.quantile(average, [0.05, 0.95])
    said = model.description()["repeats"]
    return {
        "patient_arm_sd": said["patient_arm_sd"],
        "error": float(np.sqrt(np.mean((found["benefit"] - truth) ** 2))),
        "held": float(held.mean()),
        "width": float((found["upper"] - found["lower"]).mean()),
        "average_error": float(average.mean() - truth.mean()),
        "average_held": float(low <= truth.mean() <= high),
        "average_width": float(high - low),
        "seconds": seconds,
    }


def main() -> None:
    """Run what is not in own_effects.csv yet, and print the means with their standard errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    given = parser.parse_args()
    keys = ["patients", "periods", "own_sd", "allowed", "seed"]
    done = standing(RESULTS, *keys)
    for seed in range(1, given.trials + 1):
        for setting in SETTINGS:
            for allowed in (True, False):
                key = (*setting, allowed, seed)
                if tuple(map(str, key)) in done:
                    continue
                row = dict(zip(keys, key, strict=True))
                append(RESULTS, row | {k: round(v, 6) for k, v in judge(*key).items()})
    groups = pd.read_csv(RESULTS).drop(columns="seed").groupby(keys[:-1])
    print(groups.mean().round(4).to_string(), groups.sem().round(4).to_string(), sep="\n")


if __name__ == "__main__":
    main()
