"""How many patients until nxpredict supports choosing, under three states of the world.

Usage: python experiments/sample_size/run.py [--cpu-minutes M]

Whole two-arm trials are drawn, read through the door and judged as `nxpredict plan` does (the
default learner, five folds). One line a trial is appended to results.csv, and trials that stand
there are skipped; they go round all cells, so that a study stopped early is balanced.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nxpredict.evaluation import heterogeneity_test
from nxpredict.planning import Choosing
from nxpredict.planning._choosing import (
    ChoosingTask,
    TestPatients,
    _draw,
    choosing_test_patients,
    simulate_choosing,
)
from nxpredict.synthetic import Scenario

sys.path.insert(0, str(Path(__file__).parents[1]))
from lines import append, standing

HERE = Path(__file__).parent
RESULTS = HERE / "results.csv"
SIZES = {
    "no_difference": (300, 600, 1200, 2400, 4800),
    "consensus": (300, 600, 1200, 2400, 4800, 9600),
    "published": (150, 300, 600, 1200, 2400, 4800),
}
REPETITIONS = 20
NO_VERDICT_ABOVE = 0.10
"""With a larger p the verdict is `not supported` whatever is predicted (docs/verdict.md)."""


class Cell(NamedTuple):
    """One trial."""

    scenario: str
    n: int
    rep: int


def cells() -> Iterator[Cell]:
    """Yield one trial of every cell, then the next of every cell."""
    for rep in range(REPETITIONS):
        for scenario, sizes in SIZES.items():
            yield from (Cell(scenario, n, rep) for n in sizes)


def measure(cell: Cell, question: Choosing, test: TestPatients) -> dict[str, object]:
    """Draw one trial; train and judge only if the first test leaves the verdict open."""
    started = time.process_time()
    seed = 70_000 + 1000 * list(SIZES).index(cell.scenario) + cell.rep
    cohort, _ = _draw(Scenario(question.scenario.scenario, n=cell.n, seed=seed, new_patients=1))
    specs = [spec for spec in cohort.schema.predictors if spec.role != "safety"]
    p = heterogeneity_test(
        cohort.X[[spec.name for spec in specs]],
        cohort.y.astype(np.float64),
        (cohort.arm == "nalmefene").astype(np.float64),
        cohort.propensity["nalmefene"].to_numpy(),
        nuisance=tuple(spec.name for spec in specs if spec.role == "nuisance"),
        random_state=seed,
    ).p
    row: dict[str, object] = {**cell._asdict(), "p": f"{p:.4g}", "fitted": 0, "supported": 0}
    row |= {"differs": int(p < 0.05), "gain": ""}
    if p < NO_VERDICT_ABOVE:
        found = simulate_choosing(ChoosingTask(question, cell.n, seed, test))
        row |= {"fitted": 1, "supported": int(found["supported"]), "gain": f"{found['gain']:.4f}"}
    return row | {"cpu_seconds": f"{time.process_time() - started:.1f}"}


def main() -> None:
    """Draw the trials that are not in results.csv yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu-minutes", type=float, default=float("inf"))
    given = parser.parse_args()
    done = standing(RESULTS, *Cell._fields)
    questions = {name: Choosing(Scenario(name)) for name in SIZES}
    tests = {name: choosing_test_patients(question) for name, question in questions.items()}
    for cell in cells():
        if time.process_time() > 60 * given.cpu_minutes:
            return
        if tuple(map(str, cell)) not in done:
            append(RESULTS, measure(cell, questions[cell.scenario], tests[cell.scenario]))


if __name__ == "__main__":
    main()
