"""Learn ten replications of IHDP and compare with the true effect of each child.

Usage: NXPREDICT_REALDATA=... python experiments/ihdp/run.py
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nxpredict.models import LEARNERS, make_model

HERE = Path(__file__).parent
FOLDER = Path("trials/ihdp_npci")
TEST_SHARE = 0.10
DECIMALS = 4
PEERS = {
    "two ridge regressions": lambda: make_pipeline(
        StandardScaler(), RidgeCV(np.logspace(-2, 3, 11))
    ),
    "two boosted forests": lambda: GradientBoostingRegressor(random_state=1),
}
"""Beside our learners: one regression an arm, as scikit-learn has them."""


def main() -> int:
    """Write results.csv, a line a replication and learner, and print their means."""
    if "NXPREDICT_REALDATA" not in os.environ:
        print("Set NXPREDICT_REALDATA to the folder that holds trials/ (see README.md).")
        return 2
    folder = Path(os.environ["NXPREDICT_REALDATA"]) / FOLDER
    children = pd.read_csv(folder / "covariates.csv").set_index("unit").astype(float)
    replications = pd.read_csv(folder / "reps_1_to_10.csv")
    rows = []
    for number, table in replications.groupby("rep"):
        # Every replication has the same children; who is left out differs, and is the same for all.
        order = np.random.default_rng(int(number)).permutation(len(table))
        left_out = order[: round(TEST_SHARE * len(table))]
        for learner in (*LEARNERS, *PEERS):
            found = one(learner, children.loc[table["unit"]], table, left_out)
            rows.append({"replication": number, "learner": learner, **found})
    results = pd.DataFrame(rows).round(DECIMALS)
    results.to_csv(HERE / "results.csv", index=False)
    print(summary(results).to_string())
    return 0


def one(
    learner: str, X: pd.DataFrame, table: pd.DataFrame, left_out: np.ndarray[Any, Any]
) -> dict[str, float]:
    """Return the errors of one learner on one replication."""
    test = np.isin(np.arange(len(table)), left_out)
    X = X.reset_index(drop=True)
    treated, y = table["t"].to_numpy() == 1, table["y"].to_numpy()
    truth = table[["mu0", "mu1"]].to_numpy()
    effect = truth[:, 1] - truth[:, 0]
    inside = np.full(len(y), np.nan)
    if learner in PEERS:
        mean = np.column_stack(
            [
                PEERS[learner]().fit(X[own & ~test], y[own & ~test]).predict(X)
                for own in (~treated, treated)
            ]
        )
    else:
        arm = np.where(treated, "programme", "control")
        model = make_model(learner, response="continuous", random_state=1)
        model.fit(X[~test], y[~test], arm=arm[~test])
        mean = model.predict_response(X)[["control", "programme"]].to_numpy()
        said = model.predict_benefit(X, "programme", "control", level=0.90)
        inside = ((said["lower"] <= effect) & (effect <= said["upper"])).to_numpy(dtype=float)
    error = mean[:, 1] - mean[:, 0] - effect
    found = {"effect_sd": float(effect.std())}
    for where, rows in (("in", ~test), ("out", test)):
        found |= {
            f"pehe_{where}": float(np.sqrt(np.mean(error[rows] ** 2))),
            f"ate_error_{where}": float(abs(error[rows].mean())),
            f"covered_{where}": float(inside[rows].mean()),
        }
    spread = mean[test].ravel()
    slope = np.polyfit(spread, truth[test].ravel(), 1)[0] if spread.std() > 0 else np.nan
    return found | {"slope_out": float(slope)}


def summary(results: pd.DataFrame) -> pd.DataFrame:
    """Return means over replications, their standard errors, and the median out of sample."""
    by = results.drop(columns="replication").groupby("learner", sort=False)
    table = by.mean()
    table["pehe_out_error"] = by["pehe_out"].sem()
    table["pehe_out_median"] = by["pehe_out"].median()
    return table.round(3)


if __name__ == "__main__":
    sys.exit(main())
