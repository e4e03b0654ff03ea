"""Is the value that is promised for a missing test the value that obtaining it brings?

Usage: python experiments/next_test/run.py [--cohorts 6]

Cohorts of 1,000 with known truth; genotypes and blood values are missing in three of ten, and in
six of ten new patients. Where the verdict supports choosing, every missing test of every new
patient is valued, then obtained: the arm chosen with the result is compared with the arm chosen
without it, by the true probabilities. Writes results.csv, a line a cohort.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from nxpredict.bundle import make_background
from nxpredict.cohort import PredictorSpec, Schema
from nxpredict.evaluation import Comparison, cross_validate, evaluate
from nxpredict.models import make_model
from nxpredict.scoring._next_test import value_of_tests
from nxpredict.study import ArmSet

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "known_truth"))
import development  # noqa: E402
from patients import BLOOD, GENES  # noqa: E402

N, NEW = 1000, 1500
ARMS = ArmSet(("naltrexone", "nalmefene"), ("NTX", "NMF"), "naltrexone")
TRUTHS = ("switch", "linear", "latent_kinds", "rare_response", "two_to_one")
TESTS = (*GENES, *BLOOD)


def specs(X: pd.DataFrame) -> tuple[PredictorSpec, ...]:
    families = dict.fromkeys(GENES, "genotype") | dict.fromkeys(BLOOD, "biomarker")
    return tuple(
        PredictorSpec(
            str(name),
            str(name),
            families.get(str(name), "clinical"),
            "continuous" if pd.api.types.is_numeric_dtype(X[name]) else "categorical",
        )
        for name in X
    )


def one_cohort(truth: str, seed: int) -> dict[str, object]:
    rng = np.random.default_rng([20263, TRUTHS.index(truth), seed])
    complete, p = getattr(development, truth)(rng, N + NEW)
    p = np.asarray(p)
    tests = [name for name in TESTS if name in complete]
    masked = complete.copy()
    for name in tests:
        often = np.r_[np.full(N, 0.3), np.full(NEW, 0.6)]
        masked[name] = masked[name].mask(rng.random(N + NEW) < often)
    X, code = masked.iloc[:N], rng.integers(0, 2, N)
    y = (rng.random(N) < p[np.arange(N), code]).astype(int)
    arm = np.array(ARMS.names)[code]
    model = make_model("default", random_state=1, arms=ARMS.names)
    known = dict.fromkeys(ARMS.names, 0.5)
    out_of_fold = cross_validate(
        model, X, y, arm, propensity=known, folds=5, repeats=2, random_state=1, n_jobs=1
    )
    comparison = Comparison(
        X=X, y=y, arm=arm, arms=ARMS.names, reference=ARMS.reference, allocation="randomised"
    )
    evaluation = evaluate(out_of_fold, comparison, minimum_benefit=0.05, random_state=1)
    verdict = evaluation.to_dict()["verdict"]
    row = {"truth": truth, "seed": seed, "verdict": verdict["level"]}
    if verdict["level"] != "supported":
        return row
    model.fit(X, y, arm=arm, propensity=known)
    schema = Schema("patient_id", specs(X))
    bundle = SimpleNamespace(
        model=model,
        schema=schema,
        arms=ARMS,
        inputs=list(X.columns),
        answers={"verdict": verdict},
        background=make_background(X, schema, 50, rng=rng),
    )
    new = masked.iloc[N:].reset_index(drop=True)
    return row | compare(bundle, new, complete.iloc[N:].reset_index(drop=True), p[N:])


def compare(
    bundle: SimpleNamespace, new: pd.DataFrame, complete: pd.DataFrame, p: np.ndarray
) -> dict[str, float]:
    """Return what was promised and what obtaining each test, or the best one, brought."""
    found = value_of_tests(new, np.ones((len(new), 2), dtype=bool), bundle)
    patients = np.arange(len(new))
    before = p[patients, chosen(bundle, new)]
    realised = np.full(found.gain.shape, np.nan)
    for k, name in enumerate(found.tests):
        missing = new[name].isna()
        after = chosen(bundle, new.assign(**{name: complete[name]}))
        realised[:, k] = np.where(missing, p[patients, after] - before, np.nan)
    asked = ~np.isnan(found.gain)
    promised, brought = found.gain[asked], realised[asked]
    worth = promised >= np.quantile(promised, 0.9)
    named, gain = found.best()
    best = np.array([found.tests.index(n) if n else -1 for n in named])
    picked = best >= 0
    return {
        "tests_valued": int(asked.sum()),
        "promised_mean": promised.mean(),
        "brought_mean": brought.mean(),
        "promised_top_tenth": promised[worth].mean(),
        "brought_top_tenth": brought[worth].mean(),
        "covariance": float(np.cov(promised, brought)[0, 1]),
        "variance": float(promised.var(ddof=1)),
        "patients_named": int(picked.sum()),
        "promised_named": float(np.nanmean(gain)) if picked.any() else np.nan,
        "brought_named": float(realised[picked, best[picked]].mean()) if picked.any() else np.nan,
        "brought_any_other": float(np.nanmean(_others(realised, best)[picked])),
        "certainty_before": float(np.nanmean(found.sure[:, None] + 0 * found.sure_then)),
        "certainty_promised": float(np.nanmean(found.sure_then)),
    }


def _others(realised: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Return the mean over the tests that were missing and not named."""
    others = realised.copy()
    rows = np.flatnonzero(best >= 0)
    others[rows, best[rows]] = np.nan
    return pd.DataFrame(others).mean(axis=1).to_numpy()


def chosen(bundle: SimpleNamespace, X: pd.DataFrame) -> np.ndarray:
    return bundle.model.predict_response(X).to_numpy().argmax(axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=6)
    rows = []
    cohorts = parser.parse_args().cohorts
    with threadpool_limits(limits=1):
        for truth in TRUTHS:
            for seed in range(cohorts):
                rows.append(one_cohort(truth, seed))
                print(rows[-1], flush=True)
    found = pd.DataFrame(rows)
    found.to_csv(HERE / "results.csv", index=False, float_format="%.5g")
    used = found[found["verdict"] == "supported"]
    print(used.groupby("truth", sort=False).mean(numeric_only=True).round(4).T.to_string())
    print("slope", used["covariance"].sum() / used["variance"].sum())


if __name__ == "__main__":
    main()
