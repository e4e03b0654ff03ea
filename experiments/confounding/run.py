"""How much of measured, and of hidden, confounding is left in the average difference.

Usage: python experiments/confounding/run.py [--cohorts N] [--n N] [--learner NAME]

Registries are drawn in which the drugs do not differ for anybody and sicker patients got nalmefene.
Each is judged twice: with every predictor, and without the three that the choice of drug depended
on. One line a registry and setting is appended to results.csv; lines that stand there are skipped.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from nxpredict.catalog import load_catalog
from nxpredict.cohort import Cohort
from nxpredict.config import load_study
from nxpredict.evaluation import Comparison, cross_validate, evaluate
from nxpredict.models import make_model
from nxpredict.synthetic import Scenario, simulate, write_files
from nxpredict.workflows import load_cohort

sys.path.insert(0, str(Path(__file__).parents[1]))
from lines import append, six_digits, standing

HERE = Path(__file__).parent
RESULTS = HERE / "results.csv"
CONFOUNDERS = ("audit", "depression", "psychosocial_treatment")
PROXIES = ("ads", "pacs", "ocds", "alcohol_intake", "heavy_drinking_days", "drinking_risk_level")


def registry(n: int, seed: int) -> tuple[Cohort, float]:
    """Draw a registry without any true difference, and read it through the door.

    Returned with it is the luck of its responses: the difference between the arms in response
    beyond each patient's true probability, which is 0 on average whatever decided the drug.
    """
    scenario = Scenario("no_difference", n=n, new_patients=1, seed=seed, allocation="observational")
    drawn = simulate(scenario, load_catalog())
    with tempfile.TemporaryDirectory() as place:
        folder = write_files(drawn, Path(place) / "cohort")
        cohort = load_cohort(load_study(folder / "study.yaml"))
    beyond = cohort.y - drawn.truth.set_index("patient_id")["p_nalmefene"][cohort.ids].to_numpy()
    return cohort, difference(beyond, cohort)


def difference(values: np.ndarray, cohort: Cohort) -> float:
    """Return the difference of means, nalmefene minus naltrexone."""
    means = [values[cohort.arm == arm].mean() for arm in ("nalmefene", "naltrexone")]
    return float(means[0] - means[1])


def judge(cohort: Cohort, learner: str, seed: int, hidden: bool) -> dict[str, float]:
    """Return the naive and the adjusted difference, and what stands next to it."""
    specs = [s for s in cohort.schema.predictors if s.role != "safety"]
    gone = (*CONFOUNDERS, *PROXIES) if hidden else ()
    X = cohort.X[[s.name for s in specs if s.name not in gone]]
    nuisance = tuple(s.name for s in specs if s.role == "nuisance")
    model = make_model(learner, random_state=seed, arms=cohort.arms.names, nuisance=nuisance)
    out = cross_validate(model, X, cohort.y, cohort.arm, folds=5, repeats=1, random_state=seed)
    comparison = Comparison(
        X, cohort.y, cohort.arm, cohort.arms.names, "naltrexone", "observational",
        nuisance=nuisance,
    )  # fmt: skip
    found = evaluate(out, comparison, random_state=seed)
    facts = found.contrasts["nalmefene_vs_naltrexone"]["hidden_confounding"]
    bounds = {row["strength"]: row["lower"] <= 0 <= row["upper"] for row in facts["bounds"]}
    average = found.average["nalmefene_vs_naltrexone"]
    return {
        "naive": difference(cohort.y, cohort),
        **{key: average[key] for key in ("estimate", "lower", "upper")},
        "explained_away_from": facts["explained_away_from"] or np.nan,
        "e_value": facts["e_value"],
        "bounds_1.5_hold_0": int(bounds[1.5]),
        "bounds_2_hold_0": int(bounds[2.0]),
        "overlap_auc": found.tables["overlap"]["membership_auc"].iloc[0],
    }


def main() -> None:
    """Draw the registries that are not in results.csv yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=40)
    parser.add_argument("--n", type=int, default=1200)
    parser.add_argument("--learner", default="risk_based")
    given = parser.parse_args()
    done = standing(RESULTS, "setting", "n", "seed")
    for seed in range(1, given.cohorts + 1):
        for setting in ("measured", "hidden"):
            if (setting, str(given.n), str(seed)) in done:
                continue
            cohort, luck = registry(given.n, 5000 + seed)
            row = {"setting": setting, "n": given.n, "seed": seed, "luck": luck}
            row |= judge(cohort, given.learner, seed, setting == "hidden")
            append(RESULTS, six_digits(row))


if __name__ == "__main__":
    main()
