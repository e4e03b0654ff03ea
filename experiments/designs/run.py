"""What patients who had both drugs teach, beside a parallel trial of as many patient-periods.

Usage: python experiments/designs/run.py [--trials N] [--periods N]

Trials of one scenario are drawn in several designs, each with the same number of patient-periods,
and learned from as `nxpredict train` does. Every model is used on the same new patients, whose true
benefit is known. One line a trial and analysis is appended to results.csv; lines that stand there
are skipped.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from nxpredict.catalog import load_catalog
from nxpredict.cohort import Cohort, Declared, load
from nxpredict.evaluation import within_patients
from nxpredict.models import make_model
from nxpredict.study import (
    ArmSet,
    ColumnResponse,
    CrossoverDesign,
    GenotypeSource,
    ParallelDesign,
    TableSource,
)
from nxpredict.synthetic import Scenario, simulate, write_files

sys.path.insert(0, str(Path(__file__).parents[1]))
from lines import append, six_digits, standing

HERE = Path(__file__).parent
RESULTS = HERE / "results.csv"
ARMS = ("naltrexone", "nalmefene")
NEW = 2000
CARRIED = 0.3
ANALYSES = {
    # name: (periods of a patient, share carried over, what the analysis knows)
    "parallel": (1, 0.0, "all"),
    "crossover": (2, 0.0, "all"),
    "pooled": (2, 0.0, "neither patient nor period"),
    "series": (8, 0.0, "all"),
    "carried over, estimated": (2, CARRIED, "all"),
    "carried over, taken as none": (2, CARRIED, "no carry-over"),
}


def design(periods: int) -> ParallelDesign | CrossoverDesign:
    """Return how the table of a trial is read; the wash-out is left open."""
    if periods == 1:
        return ParallelDesign("patient_id", "arm", "randomised", site="site")
    return CrossoverDesign("patient_id", "arm", "randomised", site="site", period="period")


def read(scenario: Scenario) -> tuple[Cohort, pd.DataFrame]:
    """Draw a trial and read it through the door; return it with the truth of its patients."""
    drawn = simulate(scenario, load_catalog())
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_files(drawn, Path(scratch) / "cohort")
        told = Declared(
            catalog=load_catalog(),
            arms=ArmSet.of(drawn.labels, reference=ARMS[0]),
            design=design(scenario.periods if scenario.design == "crossover" else 1),
            response=ColumnResponse("responder", "1"),
            genotypes=GenotypeSource((folder / "cohort.vcf.gz",)),
        )
        cohort = load(TableSource(folder / "cohort.csv"), told)
    return cohort, drawn.truth.set_index("patient_id")


@cache
def new_patients() -> tuple[pd.DataFrame, np.ndarray]:
    """Return patients of no trial, and their true benefit of the second drug."""
    cohort, truth = read(Scenario("published", n=NEW, new_patients=1, seed=77))
    return cohort.X, truth.loc[cohort.ids, "benefit_nalmefene_vs_naltrexone"].to_numpy()


@cache
def trial(rows: int, periods: int, carried: float, seed: int) -> Cohort:
    """Return a trial of so many patient-periods."""
    scenario = Scenario("published", n=rows // periods, new_patients=1, seed=seed)
    if periods > 1:
        scenario = replace(scenario, design="crossover", periods=periods, carry_over=carried)
    return read(scenario)[0]


def judge(cohort: Cohort, knows: str, seed: int) -> dict[str, float]:
    """Learn from a trial and return how far the benefits of new patients are from the truth."""
    X, truth = new_patients()
    names = [s.name for s in cohort.schema.predictors if s.role != "safety" and s.name in X]
    nuisance = tuple(s.name for s in cohort.schema.predictors if s.role == "nuisance")
    told = {} if knows.startswith("neither") else cohort.repeats
    more = {"carry_over": False} if knows == "no carry-over" else {}
    model = make_model("default", random_state=seed, arms=ARMS, nuisance=nuisance, **more)
    model.fit(cohort.X[names], cohort.y, arm=cohort.arm, propensity=cohort.propensity, **told)
    found = model.predict_benefit(X[names], ARMS[1], ARMS[0])
    held = ((found["lower"] <= truth) & (truth <= found["upper"])).to_numpy()
    large = np.abs(truth) >= np.quantile(np.abs(truth), 0.75)
    return {
        "error": float(np.sqrt(np.mean((found["benefit"] - truth) ** 2))),
        "held": float(held.mean()),
        "held_largest": float(held[large].mean()),
        "width": float((found["upper"] - found["lower"]).mean()),
        "right_side": float((np.sign(found["benefit"]) == np.sign(truth)).mean()),
        "average_error": float(found["benefit"].mean() - truth.mean()),
        **average(cohort, knows),
    }


def average(cohort: Cohort, knows: str) -> dict[str, float]:
    """Return the average difference: within patients, or between all rows."""
    arm = (cohort.arm == ARMS[1]).astype(np.int64)
    patient, period = cohort.groups, cohort.period
    if period is None or knows.startswith("neither"):
        patient, period = np.arange(len(arm)), np.ones(len(arm), dtype=np.int64)
    found = within_patients(
        cohort.y.astype(float), arm, patient, period,
        a=1, reference=0, n_arms=2, carried=0.0 if knows == "no carry-over" else cohort.carried,
    ).average.interval(0.95)  # fmt: skip
    return {
        "average": found.estimate,
        "average_lower": found.lower,
        "average_upper": found.upper,
    }


def main() -> None:
    """Run what is not in results.csv yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--periods", type=int, default=600, help="patient-periods of a trial")
    given = parser.parse_args()
    done = standing(RESULTS, "analysis", "periods", "seed")
    for seed in range(1, given.trials + 1):
        trial.cache_clear()
        for name, (periods, carried, knows) in ANALYSES.items():
            if (name, str(given.periods), str(seed)) in done:
                continue
            with threadpool_limits(limits=1):
                found = judge(trial(given.periods, periods, carried, 900 + seed), knows, seed)
            row = {"analysis": name, "periods": given.periods, "seed": seed, **found}
            append(RESULTS, six_digits(row))


if __name__ == "__main__":
    main()
