"""Train on many synthetic cohorts and compare with the truth.

Usage: python experiments/scenarios/run.py SCENARIO N COHORTS [--jobs J]

Appends one line a cohort to results.csv and skips the cohorts that stand there already.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from nxpredict.catalog import load_catalog
from nxpredict.config import load_study
from nxpredict.scoring import score_file
from nxpredict.synthetic import Scenario, simulate, write_files
from nxpredict.workflows import load_cohort
from nxpredict.workflows._fit import fit_and_judge
from nxpredict.workflows._patients import Reading, genotypes_of
from nxpredict.workflows._progress import silent

sys.path.insert(0, str(Path(__file__).parents[1]))
from lines import append, six_digits, standing

HERE = Path(__file__).parent
RESULTS = HERE / "results.csv"
NEW_PATIENTS = 1000


def one_cohort(scenario: str, n: int, seed: int) -> dict[str, float | str]:
    """Simulate, train, score new patients, and compare with the truth."""
    catalog = load_catalog()
    recipe = Scenario.from_dict(
        {"scenario": scenario, "n": n, "new_patients": NEW_PATIENTS, "seed": seed}
    )
    with tempfile.TemporaryDirectory() as place:
        folder = write_files(simulate(recipe, catalog), Path(place) / "cohort")
        study = load_study(folder / "study.yaml")
        judged = fit_and_judge(study, load_cohort(study), catalog, jobs=1, progress=silent)
        patients = folder / "new_patients.csv"
        reading = Reading(judged.bundle, judged.bundle.schema)
        look_up = genotypes_of([folder / "new_patients.vcf.gz"], patients, reading)
        score_file(patients, judged.bundle, folder / "scores.csv", genotypes=look_up)
        scores = pd.read_csv(folder / "scores.csv").set_index("patient_id")
        truth = pd.read_csv(folder / "truth.csv").set_index("patient_id")
    return {"scenario": scenario, "n": n, "seed": seed} | compare(scores, truth, judged.evaluation)


def compare(scores: pd.DataFrame, truth: pd.DataFrame, evaluation: dict) -> dict[str, float | str]:
    """Return what the predictions are worth, for patients who can be scored."""
    scores = scores[scores["status"] == "scored"]
    truth = truth.loc[scores.index]
    name = "benefit_nalmefene_vs_naltrexone"
    predicted, true = scores[name].to_numpy(), truth[name].to_numpy()
    p = truth[["p_naltrexone", "p_nalmefene"]].to_numpy()
    inside = ((scores[f"{name}_lower"] <= true) & (true <= scores[f"{name}_upper"])).to_numpy()
    largest = np.argsort(-np.abs(true), kind="stable")[: len(true) // 4]
    chosen = np.where(predicted > 0, p[:, 1], p[:, 0]).mean()
    stated = scores["preferred"] != "no preference"
    right = np.where(scores["preferred"] == "nalmefene", true > 0, true < 0)
    return {
        "verdict": evaluation["verdict"]["level"],
        "scored": len(scores),
        "stated": int(stated.sum()),
        "stated_right": int(right[stated.to_numpy()].sum()),
        "covariance": float(np.cov(true, predicted)[0, 1]),
        "variance": float(predicted.var(ddof=1)),
        "true_sd": float(true.std()),
        "coverage": float(inside.mean()),
        "coverage_largest_quarter": float(inside[largest].mean()) if true.any() else np.nan,
        "width": float((scores[f"{name}_upper"] - scores[f"{name}_lower"]).mean()),
        "value_rule": float(chosen),
        "value_naltrexone": float(p[:, 0].mean()),
        "value_nalmefene": float(p[:, 1].mean()),
        "value_oracle": float(p.max(axis=1).mean()),
        "mean_benefit": float(predicted.mean()),
        "mean_true": float(true.mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario")
    parser.add_argument("n", type=int)
    parser.add_argument("cohorts", type=int)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    done = standing(RESULTS, "scenario", "n", "seed")
    cohort = (args.scenario, str(args.n))
    seeds = [s for s in range(1, args.cohorts + 1) if (*cohort, str(s)) not in done]
    tasks = (delayed(one_cohort)(args.scenario, args.n, seed) for seed in seeds)
    for row in Parallel(n_jobs=args.jobs, return_as="generator")(tasks):
        append(RESULTS, six_digits(row))
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
