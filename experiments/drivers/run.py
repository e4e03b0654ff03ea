"""Does the cohort report name the right drivers, and none where there is none?

Usage: python experiments/drivers/run.py [--cohorts 10] [--only KIND]

Cohorts of 1,000 with known truth go the whole way from a study file to the facts of the report;
what counts is what the page names. Appends a line a cohort to results.csv and skips those there.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from nxpredict.catalog import load_catalog
from nxpredict.config import load_study
from nxpredict.report import cohort_facts
from nxpredict.workflows import load_cohort
from nxpredict.workflows._drivers import explain_cohort
from nxpredict.workflows._fit import fit_and_judge
from nxpredict.workflows._progress import silent

HERE = Path(__file__).parent
for neighbour in (".", "known_truth", "interval_spread"):
    sys.path.insert(0, str(HERE.parent / neighbour))
import development  # noqa: E402
import run as interval_spread  # noqa: E402
from lines import append, standing  # noqa: E402

N = 1000
RESULTS = HERE / "results.csv"
ARMS = ("naltrexone", "nalmefene")
STUDY = """\
study: known-truth
table: cohort.csv
design:
  kind: parallel
  allocation: randomised
  id: patient_id
  arm: arm
  probabilities: {{naltrexone: 0.5, nalmefene: 0.5}}
arms: {{naltrexone: naltrexone, nalmefene: nalmefene}}
reference: naltrexone
response: {{column: responder, favourable: 1}}
additional_predictors:
{predictors}
model: {{learner: default, seed: 1}}
"""
Drawn = tuple[pd.DataFrame, np.ndarray]


def four_markers(rng: np.random.Generator, n: int) -> Drawn:
    """Two kinds of patient told apart by three numbers and a yes or no; benefit SD 0.17."""
    x = interval_spread.draw_predictors(n, rng)
    base = -0.2 + 0.5 * x["c"][:, 0] - 0.4 * x["c"][:, 1] + 0.4 * (x["b"][:, 0] - 0.4)
    half = interval_spread.EFFECTS["two kinds of patient"](x["g"], x["c"], x["b"]) / 2
    X = pd.DataFrame({f"{k}{j}": v[:, j] for k, v in x.items() for j in range(v.shape[1])})
    return X, 1 / (1 + np.exp(-np.column_stack([base - half, base + half])))


KINDS: dict[str, tuple[Callable[[np.random.Generator, int], Drawn], set[str]]] = {
    "two kinds of patient, nine weak markers": (
        development.latent_kinds,
        {"age", "craving", "drinks", "ggt", "cortisol", "anxiety", "impulsivity", "smoker"}
        | {"early_onset"},
    ),
    "two kinds of patient, four markers": (four_markers, {"c2", "c3", "c4", "b1"}),
    "arms equal": (development.equal, set()),
    "one odds ratio": (development.one_odds_ratio, set()),
}


def write_study(X: pd.DataFrame, p: np.ndarray, rng: np.random.Generator, folder: Path) -> Path:
    arm = rng.integers(0, 2, len(X))
    y = (rng.random(len(X)) < p[np.arange(len(X)), arm]).astype(int)
    table = X.rename(columns=lambda name: f"x_{name}")
    table.insert(0, "patient_id", [f"P{k:05d}" for k in range(len(X))])
    table.assign(arm=np.array(ARMS)[arm], responder=y).to_csv(folder / "cohort.csv", index=False)
    lines = [f"  x_{name}: {{column: x_{name}, kind: {_kind(X[name])}}}" for name in X]
    (folder / "study.yaml").write_text(STUDY.format(predictors="\n".join(lines)))
    return folder / "study.yaml"


def _kind(column: pd.Series) -> str:
    if not pd.api.types.is_numeric_dtype(column):
        return "categorical"
    return "binary" if column.nunique() == 2 else "continuous"


def one_cohort(kind: str, seed: int) -> dict[str, object]:
    draw, truth = KINDS[kind]
    rng = np.random.default_rng([20264, list(KINDS).index(kind), seed])
    X, p = draw(rng, N)
    catalog = load_catalog()
    with tempfile.TemporaryDirectory() as place:
        study = load_study(write_study(X, np.asarray(p), rng, Path(place)))
        cohort = load_cohort(study)
        judged = fit_and_judge(study, cohort, catalog, jobs=1, progress=silent)
        drivers = explain_cohort(judged.bundle, cohort, judged.looks, seed=1)
    facts = cohort_facts(
        cohort=cohort,
        evaluation=judged.evaluation,
        tables=judged.tables,
        bundle=judged.bundle,
        catalog=catalog,
        drivers=drivers,
    )["drivers"]
    rows = [row for part in facts["differences"] for row in part["rows"]]
    named = [row["name"].removeprefix("x_") for row in rows]
    return {
        "kind": kind,
        "seed": seed,
        "true_sd": float(np.std(p[:, 1] - p[:, 0])),
        "verdict": judged.evaluation["verdict"]["level"],
        "named": " ".join(named),
        "right": sum(name in truth for name in named),
        "wrong": sum(name not in truth for name in named),
        "first_is_right": bool(named) and named[0] in truth,
        "clear": all(part["clear"] for part in facts["differences"]) if rows else "",
        "says_why_none": bool(facts["no_differences"]) if not rows else "",
        "same_leader": facts["same_leader"],
    }


def summarise() -> None:
    found = pd.read_csv(RESULTS)
    found["any_named"] = (found["right"] + found["wrong"]) > 0
    found["only_right"] = found["any_named"] & (found["wrong"] == 0)
    grouped = found.groupby("kind", sort=False)
    table = grouped[["any_named", "first_is_right", "only_right", "same_leader"]].mean().round(2)
    table.insert(0, "cohorts", grouped.size())
    table["supported"] = grouped["verdict"].agg(lambda v: (v == "supported").mean()).round(2)
    table["right_a_cohort"] = grouped["right"].mean().round(2)
    table["wrong_a_cohort"] = grouped["wrong"].mean().round(2)
    table.to_csv(HERE / "summary.csv")
    print(table.to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=10)
    parser.add_argument("--only", choices=list(KINDS))
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    done = standing(RESULTS, "kind", "seed")
    for kind in [args.only] if args.only else KINDS:
        for seed in range(1, args.cohorts + 1):
            if (kind, str(seed)) in done:
                continue
            row = one_cohort(kind, seed)
            append(RESULTS, row)
            print(row, flush=True)
    summarise()


if __name__ == "__main__":
    main()
