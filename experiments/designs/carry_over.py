"""How often the average difference of a crossover holds the truth when an arm acts on.

Usage: python experiments/designs/carry_over.py [--trials N] [--patients N]

Trials of two periods are drawn with the estimator alone in view: no predictors, no learner. Each of
two drugs raises the log-odds of response over that without a drug, and leaves a share of that to
the next period. One line a setting and estimator is written to carry_over.csv, and the table of
README.md is printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri
from threadpoolctl import threadpool_limits

from nxpredict.evaluation import within_patients

RESULTS = Path(__file__).parent / "carry_over.csv"
LEVEL = 0.90
OUTLOOK, EFFECTS, TIME = -1.0, np.array([0.45, 0.75]), 0.4
CORRELATION = 0.5
SETTINGS = {
    "nothing": (0.0, 0.0),
    "three tenths of either drug": (0.3, 0.3),
    "three tenths of the second": (0.0, 0.3),
    "all of either drug": (1.0, 1.0),
    "all of the second, none of the first": (0.0, 1.0),
    "all of the first, none of the second": (1.0, 0.0),
}


def draw(patients: int, left: tuple[float, float], seed: int) -> tuple[np.ndarray, ...]:
    """Return response, arm, patient and period of a trial; the truth is `difference`."""
    rng = np.random.default_rng(seed)
    patient, when = (part.ravel() for part in np.mgrid[:patients, :2])
    arm = (rng.permutation(np.resize([0, 1], patients))[patient] + when) % 2
    log_odds = OUTLOOK + EFFECTS[arm] + TIME * (when - 0.5)
    log_odds += np.where(when == 1, (np.array(left) * EFFECTS)[1 - arm], 0.0)
    shared, own = rng.standard_normal(patients)[patient], rng.standard_normal(2 * patients)
    latent = np.sqrt(CORRELATION) * shared + np.sqrt(1 - CORRELATION) * own
    return (latent < ndtri(expit(log_odds))).astype(float), arm, patient, when + 1


def difference() -> float:
    """Return the difference of the drugs, averaged over the periods, when nothing is left."""
    p = expit(OUTLOOK + EFFECTS[:, None] + TIME * np.array([-0.5, 0.5]))
    return float(np.diff(p.mean(axis=1))[0])


def judge(patients: int, left: tuple[float, float], carried: float, trials: int) -> pd.DataFrame:
    """Return estimate, whether the interval holds the truth, and its width, a row a trial."""
    found = []
    for seed in range(trials):
        rows = draw(patients, left, seed)
        told = within_patients(*rows, a=1, reference=0, n_arms=2, carried=carried)
        for name in ("within", "first_period", "average"):
            interval = getattr(told, name).interval(LEVEL)
            found.append(
                {
                    "estimator": name,
                    "error": interval.estimate - difference(),
                    "held": interval.lower <= difference() <= interval.upper,
                    "width": interval.upper - interval.lower,
                }
            )
    return pd.DataFrame(found)


def main() -> None:
    """Judge every setting, with the wash-out not declared and, of nothing left, declared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--patients", type=int, default=300)
    given = parser.parse_args()
    tables = []
    asked = [(name, left, 1.0) for name, left in SETTINGS.items()]
    for name, left, carried in [*asked, ("nothing, five half-lives", (0.0, 0.0), 0.5**5)]:
        with threadpool_limits(limits=1):
            judged = judge(given.patients, left, carried, given.trials)
        means = judged.groupby("estimator", sort=False).mean()
        means.insert(0, "left", name)
        means.insert(1, "trials", given.trials)
        tables.append(means.reset_index())
        cells = [f"{100 * m.held:.1f} | {100 * m.width:.1f}" for m in means.itertuples()]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    pd.concat(tables).round(5).to_csv(RESULTS, index=False)


if __name__ == "__main__":
    main()
