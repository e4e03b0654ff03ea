"""What to do about genotypes and blood values that were never measured?

Usage: python experiments/missing_data/run.py --cohorts 8

Known truth; three genotypes and three blood values are missing in a growing share of patients,
the blood values more often in those who do badly; everything else is complete. Compared on the
same cohorts: the default learner as it is, the same on medians, and the same on patients
with nothing missing (new patients are then scored on medians). Writes results.csv.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from nxpredict.models import make_model

HERE = Path(__file__).parent
SHARES = (0.0, 0.3, 0.6, 0.9)
N, NEW = 800, 2000
GENES = ["gene_a", "gene_b", "gene_c"]
BLOOD = ["blood_a", "blood_b", "blood_c"]
FEWEST = 60
"""Complete patients below which nothing is fitted; everyone then gets the average."""


def draw(n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Return complete predictors and P(response) under both arms, shape (n, 2)."""
    X = pd.DataFrame(rng.standard_normal((n, 6))).add_prefix("clinical_")
    for name in GENES:
        X[name] = rng.binomial(2, 0.3, n).astype(float)
    for name in BLOOD:
        X[name] = 0.4 * X["clinical_0"] + rng.standard_normal(n)
    effect = 0.1 + 0.5 * (X["gene_a"] - 0.6) + 0.4 * X["blood_a"] - 0.4 * X["clinical_1"]
    base = -0.2 + 0.5 * X["clinical_0"] - 0.4 * X["blood_b"]
    return X, np.column_stack([expit(base - effect / 2), expit(base + effect / 2)])


def with_gaps(X: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Remove genotypes of a share of patients and blood values of about as many."""
    X = X.copy()
    X.loc[rng.random(len(X)) < share, GENES] = np.nan
    worse = np.where(X["clinical_0"] < 0, 1.3, 0.7)
    X.loc[rng.random(len(X)) < np.clip(share * worse, 0, 1), BLOOD] = np.nan
    return X


def one_cohort(share: float, seed: int) -> list[dict[str, float | str]]:
    """Compare the three ways on one cohort."""
    rng = np.random.default_rng([seed, int(100 * share)])
    X, p = draw(N, rng)
    new, p_new = draw(NEW, rng)
    seen, seen_new = with_gaps(X, share, rng), with_gaps(new, share, rng)
    arm = rng.integers(0, 2, N)
    y = (rng.random(N) < p[np.arange(N), arm]).astype(int)
    labels = np.array(["a", "b"])[arm]
    median = seen.median()
    complete = seen.notna().all(axis=1).to_numpy()
    truth = p_new[:, 1] - p_new[:, 0]
    gaps = seen_new.isna().any(axis=1).to_numpy()
    ways = {
        "as it is": (seen, labels, y, seen_new),
        "medians": (seen.fillna(median), labels, y, seen_new.fillna(median)),
    }
    if complete.sum() >= FEWEST:
        kept = (seen[complete], labels[complete], y[complete], seen_new.fillna(median))
        ways["complete patients only"] = kept
    rows = []
    for way, (table, arms, response, asked) in ways.items():
        model = make_model(random_state=1).fit(table, response, arm=arms)
        found = model.predict_benefit(asked, "b", "a")
        rows.append({"share": share, "way": way} | measures(found, truth, gaps, p_new))
    return rows


def measures(
    found: pd.DataFrame, truth: np.ndarray, gaps: np.ndarray, p: np.ndarray
) -> dict[str, float]:
    """Return error, coverage and width, with and without gaps, and regret and prize."""
    lower, upper = found["lower"].to_numpy(), found["upper"].to_numpy()
    error = (found["benefit"].to_numpy() - truth) ** 2
    inside, width = (lower <= truth) & (truth <= upper), upper - lower
    missed = np.maximum(lower - truth, 0) + np.maximum(truth - upper, 0)
    best = p.max(axis=1).mean()
    value = np.where(found["benefit"] > 0, p[:, 1], p[:, 0]).mean()
    out = {
        "squared_error": error.mean(),
        "coverage": inside.mean(),
        "interval_score": (width + 20 * missed).mean(),
        "regret": best - value,
        "prize": best - p.mean(axis=0).max(),
    }
    for name, rows in (("with_gaps", gaps), ("complete", ~gaps)):
        if rows.any():
            out[f"coverage_{name}"] = inside[rows].mean()
            out[f"width_{name}"] = width[rows].mean()
    return out


def main() -> None:
    """Run every share on the same number of cohorts and write the averages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=8)
    cohorts = parser.parse_args().cohorts
    warnings.simplefilter("error")
    lines = pd.DataFrame(
        [row for share in SHARES for seed in range(cohorts) for row in one_cohort(share, seed)]
    )
    by = lines.groupby(["share", "way"])
    table = by.mean(numeric_only=True)
    table["cohorts"] = by.size()
    table["root_mean_squared_error"] = np.sqrt(table.pop("squared_error"))
    table["gain"] = 1 - table.pop("regret") / table.pop("prize")
    table["coverage_se"] = by["coverage"].std() / np.sqrt(table["cohorts"])
    table.round(4).reset_index().to_csv(HERE / "results.csv", index=False)
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
