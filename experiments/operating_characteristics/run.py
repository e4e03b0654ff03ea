"""Measure how often each answer is given, over cohorts with a known truth.

    python run.py PLAN [--share 0/1] [--at-most COHORTS]

PLAN is a name of `PLANS`. One line a cohort is appended to raw/PLAN-SHARE.csv at once, and cohorts
that are in it are not drawn again: stop and start as you like, or let processes take a share each.
`python summarise.py` turns the raw files into results.csv.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import time
from pathlib import Path

import numpy as np
from cohorts import ARMS, SCENARIOS, KnownCohort, draw
from learner import QuickRidge

from nxpredict.evaluation import (
    Evaluation,
    Interval,
    OutOfFold,
    cross_validate,
    evaluate,
    heterogeneity_test,
)
from nxpredict.models import make_model

NORMAL_95 = 1.959963984540054
MINIMUM_BENEFIT = 0.05

NULLS = list(SCENARIOS)[:6]
MAIN = [
    "equal",
    "one odds ratio",
    "one arm better for nearly all",
    "many modifiers, SD 0.15",
    "many modifiers, SD 0.20",
]

# name: (learner, scenarios, sizes, cohorts a cell); "none" measures the heterogeneity test alone.
PLANS = {
    "test": ("none", NULLS, [200, 300, 600, 1000], 500),
    "test-large": ("none", NULLS, [2000, 4000], 200),
    "default": ("default", MAIN, [1000], 100),
    "default-300": ("default", MAIN, [300], 100),
    "quick": ("quick", MAIN, [200, 300, 600], 100),
    "quick-large": ("quick", MAIN, [1000, 2000, 4000], 100),
    "quick-all": ("quick", list(SCENARIOS), [300, 1000], 200),
}
ROUND = 2
"""Cohorts of round 1 were used to settle the rules, and are not drawn here."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", choices=PLANS)
    parser.add_argument("--share", default="0/1")
    parser.add_argument("--at-most", type=int)
    options = parser.parse_args()
    learner, scenarios, sizes, cohorts = PLANS[options.plan]
    mine, of = (int(part) for part in options.share.split("/"))
    raw = Path(__file__).parent / "raw" / f"{options.plan}-{mine}-{of}.csv"
    raw.parent.mkdir(exist_ok=True)
    done = _done(raw)
    # Cohort by cohort over all cells, so that a study stopped early is balanced.
    for rep, n, name in itertools.product(
        range(min(cohorts, options.at_most or cohorts)), sizes, scenarios
    ):
        key = (learner, name, n, rep)
        if rep % of == mine and key not in done:
            _append(raw, measure(*key))


def measure(learner: str, name: str, n: int, rep: int) -> dict[str, object]:
    """Draw one cohort, evaluate the learner on it as training does, and keep the answers."""
    cohort = draw(SCENARIOS[name], n, [ROUND, list(SCENARIOS).index(name), n, rep])
    row: dict[str, object] = {"learner": learner, "scenario": name, "n": n, "rep": rep}
    if learner == "none":
        return row | {"p": _test(cohort, rep)}
    model = QuickRidge() if learner == "quick" else make_model(learner, random_state=rep)
    started = time.perf_counter()
    out = cross_validate(
        model, cohort.X, cohort.y, cohort.arm, propensity=cohort.propensity, random_state=rep
    ).ordered(ARMS)
    found = evaluate(
        out,
        X=cohort.X,
        y=cohort.y,
        arm=cohort.arm,
        arms=ARMS,
        reference=ARMS[0],
        allocation="randomised",
        minimum_benefit=MINIMUM_BENEFIT,
        random_state=rep,
    )
    row |= _answers(found) | _truth(cohort, out)
    return row | {"seconds": round(time.perf_counter() - started, 2)}


def _test(cohort: KnownCohort, seed: int) -> float:
    second = (cohort.arm == ARMS[1]).astype(float)
    share = np.full(len(second), cohort.propensity[ARMS[1]])
    return heterogeneity_test(cohort.X, cohort.y, second, share, random_state=seed).p


def _answers(found: Evaluation) -> dict[str, object]:
    ((name, facts),) = found.contrasts.items()
    average = found.average[name]
    row: dict[str, object] = {
        "p": found.heterogeneity[name]["p"],
        "level": found.verdict["level"],
        "switched": found.verdict["switched"],
        "average_established": average["established"],
        "average_better": average["better"] or "",
    }
    for label, interval in {
        "ate": Interval(average["estimate"], average["lower"], average["upper"]),
        "gain": found.verdict["gain"],
        "slope": facts["blp"]["slope"],
        "autoc": facts["autoc"],
        "qini": facts["qini"],
    }.items():
        row[label] = interval.estimate
        row[f"{label}_error"] = (interval.upper - interval.lower) / (2 * NORMAL_95)
    return row


def _truth(cohort: KnownCohort, out: OutOfFold) -> dict[str, float]:
    """Return the true values of what was estimated, given this cohort's predictions."""
    benefit = cohort.probability[:, 1] - cohort.probability[:, 0]
    slopes, gains = [], []
    for fold, prediction in zip(out.fold, out.prediction, strict=True):
        predicted = prediction[:, 1] - prediction[:, 0]
        centred = predicted - np.array([predicted[fold == k].mean() for k in range(5)])[fold]
        slopes.append(float(centred @ benefit / (centred @ centred)))
        chosen = np.where(predicted > 0, cohort.probability[:, 1], cohort.probability[:, 0])
        single = np.empty(len(fold))
        for k in range(5):
            other = fold != k
            rates = [cohort.y[other & (cohort.arm == arm)].mean() for arm in ARMS]
            single[fold == k] = cohort.probability[fold == k, int(rates[1] > rates[0])]
        gains.append(float(np.mean(chosen - single)))
    best = np.maximum(cohort.probability[:, 0], cohort.probability[:, 1]).mean()
    return {
        "true_ate": float(benefit.mean()),
        "true_spread": float(benefit.std()),
        "true_slope": float(np.mean(slopes)),
        "true_gain": float(np.mean(gains)),
        "possible_gain": float(best - cohort.probability.mean(axis=0).max()),
    }


def _done(raw: Path) -> set[tuple[str, str, int, int]]:
    if not raw.exists():
        return set()
    with raw.open(newline="") as lines:
        return {
            (r["learner"], r["scenario"], int(r["n"]), int(r["rep"])) for r in csv.DictReader(lines)
        }


def _append(raw: Path, row: dict[str, object]) -> None:
    new = not raw.exists()
    with raw.open("a", newline="") as lines:
        writer = csv.DictWriter(lines, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
