"""Measure how often each answer is given, over cohorts with a known truth.

    python run.py PLAN [--minutes 60] [--jobs 2] [--sizes 1000,2000] [--at-most COHORTS]

PLAN is a name of `PLANS`. One line a cohort is appended to raw/PLAN-DIGEST.csv at once, and cohorts
that are in it are not drawn again: stop and start as you like. DIGEST names the code that the
numbers depend on, the learner's included, so that a changed learner starts anew; `--adopt` takes
over a file of older code, with p-values of the test as it stands, when 24 of its cohorts, measured
again, come out the same; after a change of the learner alone, those of its lines in which the
learner had no part.
`python summarise.py` turns the raw files of the code as it stands into results.csv.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from code_digest import JUDGED, TEST, VERDICT, digest
from cohorts import ARMS, SCENARIOS, KnownCohort, draw
from joblib import Parallel, delayed
from learner import QuickRidge

from nxpredict.evaluation import (
    Comparison,
    Evaluation,
    Interval,
    OutOfFold,
    cross_validate,
    evaluate,
    heterogeneity_test,
    judge,
)
from nxpredict.evaluation._answers import average_answer
from nxpredict.evaluation._contrasts import overall_gain
from nxpredict.evaluation._scored import Scored
from nxpredict.models import make_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from lines import append, standing

RAW = Path(__file__).parent / "raw"
LEVEL = 0.95
MINIMUM_BENEFIT = 0.05
ROUND = 2
"""Cohorts of round 1 were used to settle the rules, and are not drawn here."""

NULLS = list(SCENARIOS)[:6]
THREE_NULLS = ["equal", "one risk difference", "one odds ratio"]
SPREADS = ["many modifiers, SD 0.10", "many modifiers, SD 0.15", "many modifiers, SD 0.20"]
SHAPES = ["many modifiers, SD 0.05", "one switch, SD 0.20", "one U shape, SD 0.20"]
MAIN = ["equal", "one odds ratio", "one arm better for nearly all", *SPREADS[1:]]


class Plan(NamedTuple):
    """What is measured, and on how many cohorts a cell; the null may need more."""

    learner: str
    scenarios: list[str]
    sizes: list[int]
    cohorts: int
    null_cohorts: int
    code: tuple[str, ...]


# "none" measures the heterogeneity test alone, "average" the first answer alone; "screened" fits
# the default learner only where the verdict can depend on it, and is content with the first answer
# elsewhere.
PLANS = {
    "test": Plan("none", NULLS, [200, 300, 600, 1000], 500, 500, TEST),
    "test-large": Plan("none", NULLS, [2000, 4000], 500, 500, TEST),
    "verdict": Plan(
        "screened", [*THREE_NULLS, *SPREADS], [200, 500, 1000, 2000, 4000], 60, 200, VERDICT
    ),
    "shapes": Plan("screened", SHAPES, [300, 1000], 60, 60, VERDICT),
    "average": Plan("average", ["equal"], [200, 500, 1000], 500, 500, JUDGED),
    "ranking": Plan("quick", MAIN, [200, 300, 600], 100, 100, JUDGED),
}
ADOPTION_PROBES = 24
NO_VERDICT_ABOVE = 0.10
"""With a larger p the verdict is `not supported` whatever is predicted (docs/verdict.md)."""


COLUMNS = [
    *("scenario", "n", "rep", "fitted", "p", "level", "switched"),
    *("average_established", "average_better"),
    *(
        f"{name}{part}"
        for name in ("ate", "gain", "slope", "autoc", "qini")
        for part in ("", "_error")
    ),
    *("true_ate", "true_spread", "true_slope", "true_gain", "possible_gain", "cpu_seconds"),
]


class Cell(NamedTuple):
    """One cohort to draw."""

    scenario: str
    n: int
    rep: int


def raw_file(name: str) -> Path:
    """Return the file of a plan's lines under the code as it stands."""
    return RAW / f"{name}-{digest(PLANS[name].code)}.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", choices=PLANS)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--sizes", default="")
    parser.add_argument("--at-most", type=int)
    parser.add_argument("--adopt", action="store_true")
    parser.add_argument("--nulls", action="store_true", help="only where all share one effect")
    options = parser.parse_args()
    plan, raw = PLANS[options.plan], raw_file(options.plan)
    if options.nulls:
        plan = plan._replace(scenarios=[name for name in plan.scenarios if name in NULLS])
    sizes = [int(n) for n in options.sizes.split(",") if n] or plan.sizes
    if options.adopt and not raw.exists():
        _adopt(options.plan, raw)
    done, ends = standing(raw, *Cell._fields), time.monotonic() + 60 * options.minutes
    waiting = [c for c in _cells(plan, sizes, options.at_most) if tuple(map(str, c)) not in done]
    print(f"{raw.name}: {len(done)} cohorts there, {len(waiting)} to go", flush=True)
    RAW.mkdir(exist_ok=True)
    rows = Parallel(n_jobs=options.jobs, return_as="generator_unordered")(
        delayed(measure)(plan.learner, cell) for cell in _until(ends, waiting)
    )
    for row in rows:
        append(raw, row)


def _adopt(name: str, raw: Path) -> None:
    """Take over the longest file of older code whose numbers the present code gives too.

    P-values are computed anew. Failing that, its lines in which the learner had no part: all of a
    line that was not fitted comes from the test, the folds and the quick learner.
    """
    for old in sorted(RAW.glob(f"{name}-??????????.csv"), key=lambda path: -path.stat().st_size):
        with old.open(newline="") as lines:
            rows: list[dict[str, str]] = list(csv.DictReader(lines))
        tested = rows if PLANS[name].learner == "none" else list(_tested_anew(name, rows))
        apart = [row for row in tested if row.get("fitted") == ""]
        for kept, how in ((tested, ""), (apart, ", without the learner")):
            if kept and _probed(name, kept):
                print(f"{old.name}: {len(kept)} of {len(rows)} lines taken over{how}")
                for row in kept:
                    append(raw, row)
                return


def _tested_anew(name: str, rows: Sequence[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """Yield lines with p-values of the present test, but where the learner's part changes by it."""
    learner = PLANS[name].learner
    for row in rows:
        cell = _cell(row)
        p = _test(_drawn(cell), cell.rep)
        if learner != "screened" or (p < NO_VERDICT_ABOVE) == bool(row["fitted"]):
            yield {**row, "p": str(p), "level": level_of(row | {"p": p})}


def level_of(row: Mapping[str, Any]) -> str:
    """Return the verdict by the rules as they stand now, from the numbers that were kept."""
    if row["level"] == "not assessable" or row["gain"] in ("", None) or row["gain"] != row["gain"]:
        return str(row["level"])
    return judge(
        p_heterogeneity=float(row["p"]),
        gain=float(row["gain"]),
        error=float(row["gain_error"]),
        slope=float(row["slope"]),
        switched=float(row["switched"]),
    ).level


def _probed(name: str, rows: Sequence[Mapping[str, str]]) -> bool:
    probes = rows[:: max(1, len(rows) // ADOPTION_PROBES)][:ADOPTION_PROBES]
    return all(_same(row, measure(PLANS[name].learner, _cell(row))) for row in probes)


def _same(old: Mapping[str, str], new: Mapping[str, object]) -> bool:
    """Tell whether two lines hold the same numbers; early p-values were rounded."""
    return all(
        str(new[key]) == value
        or (value and abs(float(value) - float(str(new[key]))) <= 6e-4 + 1e-6 * abs(float(value)))
        for key, value in old.items()
        if key != "cpu_seconds"
    )


def _cell(row: Mapping[str, str]) -> Cell:
    return Cell(row["scenario"], int(row["n"]), int(row["rep"]))


def _cells(plan: Plan, sizes: list[int], at_most: int | None) -> Iterator[Cell]:
    """Yield cohort by cohort over all cells, so that a study stopped early is balanced."""
    for rep, n, name in itertools.product(
        range(max(plan.cohorts, plan.null_cohorts)), sizes, plan.scenarios
    ):
        wanted = plan.null_cohorts if name in NULLS else plan.cohorts
        if rep < min(wanted, at_most or wanted):
            yield Cell(name, n, rep)


def _until(ends: float, cells: list[Cell]) -> Iterator[Cell]:
    return itertools.takewhile(lambda _: time.monotonic() < ends, cells)


def measure(learner: str, cell: Cell) -> dict[str, object]:
    """Draw one cohort, evaluate the learner on it as training does, and keep the answers."""
    started = time.process_time()
    cohort = _drawn(cell)
    row: dict[str, object] = cell._asdict()
    p = _test(cohort, cell.rep)
    if learner == "none":
        return row | {"p": p}
    row = dict.fromkeys(COLUMNS, "") | row
    if learner == "average" or (learner == "screened" and p >= NO_VERDICT_ABOVE):
        row |= {"p": p, "level": "not supported"} | _average(cohort, cell.rep)
    else:
        model = QuickRidge() if learner == "quick" else make_model("default", random_state=cell.rep)
        out = _out_of_fold(model, cohort, cell.rep, repeats=2)
        compared = Comparison(cohort.X, cohort.y, cohort.arm, ARMS, ARMS[0], "randomised")
        found = evaluate(
            out,
            compared,
            minimum_benefit=MINIMUM_BENEFIT,
            level=LEVEL,
            random_state=cell.rep,
        )
        row |= {"fitted": 1} | _answers(found) | _truth(cohort, out)
        if (scored := Scored.of(out, compared, LEVEL, cell.rep)) is not None:
            # Of the rule, not of its interval: summarise.py judges anew.
            row["gain_error"] = overall_gain(scored, range(len(ARMS))).error
    return row | {"cpu_seconds": round(time.process_time() - started, 2)}


def _drawn(cell: Cell) -> KnownCohort:
    seed = [ROUND, list(SCENARIOS).index(cell.scenario), cell.n, cell.rep]
    return draw(SCENARIOS[cell.scenario], cell.n, seed)


def _out_of_fold(model: Any, cohort: KnownCohort, seed: int, repeats: int) -> OutOfFold:
    return cross_validate(
        model,
        cohort.X,
        cohort.y,
        cohort.arm,
        propensity=cohort.propensity,
        repeats=repeats,
        random_state=seed,
    ).ordered(ARMS)


def _average(cohort: KnownCohort, seed: int) -> dict[str, object]:
    """Return the first answer; a quick learner's predictions only sharpen it."""
    out = _out_of_fold(QuickRidge(), cohort, seed, repeats=1)
    received = (cohort.arm == ARMS[1]).astype(np.int64)
    scored = Scored(out, cohort.X, cohort.y, received, out.propensity, 0, LEVEL, seed)
    (answer,) = average_answer(scored, MINIMUM_BENEFIT).values()
    return _first_answer(answer)


def _first_answer(answer: Mapping[str, Any]) -> dict[str, object]:
    interval = Interval(answer["estimate"], answer["lower"], answer["upper"])
    return {
        "average_established": answer["established"],
        "average_better": answer["better"] or "",
        "ate": interval.estimate,
        "ate_error": interval.error(LEVEL),
    }


def _test(cohort: KnownCohort, seed: int) -> float:
    second = (cohort.arm == ARMS[1]).astype(float)
    share = np.full(len(second), cohort.propensity[ARMS[1]])
    return heterogeneity_test(cohort.X, cohort.y, second, share, random_state=seed).p


def _answers(found: Evaluation) -> dict[str, object]:
    ((name, facts),) = found.contrasts.items()
    row: dict[str, object] = {
        "p": found.heterogeneity[name]["p"],
        "level": found.verdict["level"],
        "switched": found.verdict["switched"],
    } | _first_answer(found.average[name])
    for label, interval in {
        "gain": found.verdict["gain"],
        "slope": facts["blp"]["slope"],
        "autoc": facts["autoc"],
        "qini": facts["qini"],
    }.items():
        row[label] = interval.estimate
        row[f"{label}_error"] = interval.error(LEVEL)
    return row


def _truth(cohort: KnownCohort, out: OutOfFold) -> dict[str, float]:
    """Return the true values of what was estimated, given this cohort's predictions."""
    benefit = cohort.probability[:, 1] - cohort.probability[:, 0]
    slopes, gains = [], []
    for fold, prediction in zip(out.fold, out.prediction, strict=True):
        predicted = prediction[:, 1] - prediction[:, 0]
        centred = predicted - np.array([predicted[fold == k].mean() for k in range(5)])[fold]
        size = float(centred @ centred)
        slopes.append(float(centred @ benefit) / size if size > 0 else np.nan)
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


if __name__ == "__main__":
    main()
