"""What each block of predictors adds: clinical only, + biomarkers, + genotypes.

Usage: python experiments/feature_blocks/run.py [STUDY] [--uri sqlite:///blocks.db] [--jobs J]

Without STUDY the shipped cohort (`configs/naltrexone_vs_nalmefene.yaml`). Every block is
cross-validated on the same folds; its gain over the block before it is a mean over the same
patients, with a 95 % interval. In MLflow one parent run holds a nested run a block, with the
same names of metrics and the hash of the folds, so that the comparison view says something.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from nxpredict.bundle import package_versions
from nxpredict.cohort import Cohort
from nxpredict.config import Study, load_study
from nxpredict.evaluation import OutOfFold, cross_validate
from nxpredict.models import make_model
from nxpredict.tracking._store import (
    database_file,
    mlflow_client,
    open_experiment,
    set_up,
    store_uri,
)
from nxpredict.workflows import load_cohort

HERE = Path(__file__).parent
SHIPPED = HERE.parent.parent / "configs" / "naltrexone_vs_nalmefene.yaml"
BLOCKS = {
    "clinical": ("clinical", "additional"),
    "+ biomarkers": ("clinical", "additional", "biomarker"),
    "+ genotypes": ("clinical", "additional", "biomarker", "genotype"),
}


def out_of_fold(study: Study, cohort: Cohort, families: tuple[str, ...], jobs: int) -> OutOfFold:
    """Cross-validate the study's learner on the predictors of some families, ancestry kept."""
    specs = [
        spec
        for spec in cohort.schema.predictors
        if spec.role == "nuisance" or (spec.role == "predictor" and spec.family in families)
    ]
    nuisance = tuple(spec.name for spec in specs if spec.role == "nuisance")
    seed = study.model.seed
    found = cross_validate(
        make_model(
            study.model.learner, random_state=seed, arms=cohort.arms.names, nuisance=nuisance
        ),
        cohort.X[[spec.name for spec in specs]],
        cohort.y,
        cohort.arm,
        propensity=cohort.propensity,
        groups=cohort.groups,
        site=cohort.site,
        folds=study.evaluation.folds,
        repeats=study.evaluation.repeats,
        random_state=seed,
        n_jobs=jobs,
    )
    return found.ordered(cohort.arms.names)


def per_patient(
    found: OutOfFold, outcome_model: np.ndarray, cohort: Cohort
) -> dict[str, np.ndarray]:
    """Return each patient's Brier score and doubly robust value of the rule, over the repeats."""
    names = list(cohort.arms.names)
    got = np.array([names.index(arm) for arm in cohort.arm])
    rows = np.arange(len(got))
    known = found.propensity
    share = known if known is not None else np.tile(np.bincount(got) / len(got), (len(got), 1))
    weight = (cohort.y - outcome_model[rows, got]) / share[rows, got]
    brier, value = [], []
    for prediction in found.prediction:
        chosen = prediction.argmax(axis=1)
        brier.append((cohort.y - prediction[rows, got]) ** 2)
        value.append(outcome_model[rows, chosen] + np.where(chosen == got, weight, 0.0))
    return {"brier": np.mean(brier, axis=0), "value_of_rule": np.mean(value, axis=0)}


def estimate(values: np.ndarray) -> tuple[float, float, float]:
    mean, half = values.mean(), 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return float(mean), float(mean - half), float(mean + half)


def metrics_of(
    now: Mapping[str, np.ndarray], before: Mapping[str, np.ndarray] | None
) -> dict[str, float]:
    """Return means, and gains over the block before, larger being better."""
    found = {}
    for name, values in now.items():
        parts = {name: values}
        if before is not None:
            sign = -1.0 if name == "brier" else 1.0
            parts[f"{name}_gain"] = sign * (values - before[name])
        for key, part in parts.items():
            ends = zip(("", "_lower", "_upper"), estimate(part), strict=True)
            found |= {f"{key}{end}": number for end, number in ends}
    return found


def log(rows: list[dict[str, object]], study: Study, folds: str, uri: str) -> None:
    if (database := database_file(uri, HERE)) is not None:
        set_up(database)
    with mlflow_client(store_uri(uri, HERE)) as client:
        place = open_experiment(client, f"{study.name}: feature blocks", uri, HERE)
        tags = {"mlflow.user": "nxpredict", "nxpredict.version": package_versions()["nxpredict"]}
        parent = client.create_run(place, tags=tags, run_name="feature blocks")
        client.log_param(parent.info.run_id, "folds_sha256", folds)
        for row in rows:
            child = client.create_run(
                place,
                tags=tags | {"mlflow.parentRunId": parent.info.run_id},
                run_name=str(row["block"]),
            )
            for key in ("block", "predictors"):
                client.log_param(child.info.run_id, key, row[key])
            client.log_param(child.info.run_id, "folds_sha256", folds)
            for key, value in row.items():
                if isinstance(value, float):
                    client.log_metric(child.info.run_id, key, value)
            client.set_terminated(child.info.run_id)
        client.set_terminated(parent.info.run_id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", type=Path, default=SHIPPED)
    parser.add_argument("--uri", default="sqlite:///feature_blocks.db")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    study = load_study(args.study)
    cohort = load_cohort(study)
    fitted = {
        block: out_of_fold(study, cohort, families, args.jobs) for block, families in BLOCKS.items()
    }
    folds = {f.folds_sha256 for f in fitted.values()}
    if len(folds) != 1:
        raise SystemExit("The blocks were not judged on the same folds.")
    # One outcome model for all rules, so that they differ by their choices only.
    outcome_model = list(fitted.values())[-1].prediction.mean(axis=0)
    rows: list[dict[str, object]] = []
    before = None
    for block, found in fitted.items():
        now = per_patient(found, outcome_model, cohort)
        kept = [s for s in cohort.schema.predictors if s.role == "predictor"]
        count = sum(spec.family in BLOCKS[block] for spec in kept)
        rows.append({"block": block, "predictors": count, **metrics_of(now, before)})
        before = now
    log(rows, study, folds.pop(), args.uri)
    table = pd.DataFrame(rows)
    table.to_csv(HERE / "results.csv", index=False, float_format="%.4f")
    print(table.set_index("block").T.to_string(float_format="%.4f"))


if __name__ == "__main__":
    main()
