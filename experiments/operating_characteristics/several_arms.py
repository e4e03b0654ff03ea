"""How often is choosing between two of three or four arms called supported where nothing is?

    python several_arms.py [--minutes 15] [--fit-minutes 10] [--cohorts 300]

The heterogeneity test of every two arms comes first and needs no learner; where its p-values, Holm
over all pairs, are 0.05 or more no pair can be `supported`, whatever a learner predicts. Elsewhere
the default learner is cross-validated as in training, as far as the CPU time goes. A line a cohort
in raw/several-arms-DIGEST.csv, shares in several_arms.csv; stop and start as you like.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from code_digest import VERDICT, digest
from cohorts import SCENARIOS, KnownCohort, draw

from nxpredict.evaluation import Comparison, cross_validate, evaluate, heterogeneity_test
from nxpredict.evaluation._verdict import SIGNIFICANCE, holm
from nxpredict.models import make_model

HERE = Path(__file__).parent
RAW = HERE / "raw" / f"several-arms-{digest(VERDICT)}.csv"
RESULTS = HERE / "several_arms.csv"
SEED = 3
NULLS = ("equal", "one risk difference", "one odds ratio")
ARMS = ("placebo", "naltrexone", "nalmefene", "combination")
PER_ARM = (100, 200)
CELLS = list(itertools.product(NULLS, (3, 4), PER_ARM))
KEY = ["scenario", "arms", "per_arm", "rep"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--fit-minutes", type=float, default=10.0)
    parser.add_argument("--cohorts", type=int, default=300)
    options = parser.parse_args()
    lines = pd.read_csv(RAW).to_dict("records") if RAW.exists() else []
    done = {tuple(line[k] for k in KEY) for line in lines}
    waiting = [(*c, r) for r in range(options.cohorts) for c in CELLS if (*c, r) not in done]
    ends = time.process_time() + 60 * options.minutes
    for cell in itertools.takewhile(lambda _: time.process_time() < ends, waiting):
        lines.append(dict(zip(KEY, cell, strict=True)) | _test(*cell))
    _write(lines)
    ends = time.process_time() + 60 * options.fit_minutes
    for line in sorted((x for x in lines if _open(x)), key=lambda x: x["rep"]):
        if time.process_time() > ends:
            break
        line |= _fit(*(line[k] for k in KEY))
        _write(lines)
    _summarise(pd.DataFrame(lines))


def _open(line: Mapping[str, object]) -> bool:
    smallest = min(float(str(line["p_pairs"])), float(str(line["p_reference"])))
    return smallest < SIGNIFICANCE and pd.isna(line["pair"])  # type: ignore[call-overload, no-any-return]


def _cohort(scenario: str, n_arms: int, per_arm: int, rep: int) -> tuple[KnownCohort, np.ndarray]:
    """Draw patients of several arms; the first is the scenario's worse one, the others alike."""
    seed = [SEED, NULLS.index(scenario), n_arms, per_arm, rep]
    two = draw(SCENARIOS[scenario], n_arms * per_arm, seed)
    rng = np.random.default_rng([*seed, 1])
    arm = rng.permutation(np.repeat(np.arange(n_arms), per_arm))
    p = np.where(arm == 0, two.probability[:, 0], two.probability[:, 1])
    y = (rng.random(len(arm)) < p).astype(float)
    share = dict.fromkeys(ARMS[:n_arms], 1 / n_arms)
    named = np.array(ARMS)[arm]
    return KnownCohort(two.X, y, named, two.probability, share), arm


def _test(scenario: str, n_arms: int, per_arm: int, rep: int) -> dict[str, object]:
    """Return the smallest p-value among all pairs, and among those with the reference."""
    cohort, arm = _cohort(scenario, n_arms, per_arm, rep)
    found = []
    for a, b in itertools.combinations(range(n_arms), 2):
        rows = np.isin(arm, (a, b))
        second, half = (arm[rows] == b).astype(float), np.full(rows.sum(), 0.5)
        X = cohort.X[rows]
        found.append(heterogeneity_test(X, cohort.y[rows], second, half, random_state=rep).p)
    # itertools.combinations puts the pairs with the first arm, the reference, first
    return {
        "p_pairs": min(holm(found)),
        "p_reference": min(holm(found[: n_arms - 1])),
        "pair": None,
        "all": None,
    }


def _fit(scenario: str, n_arms: int, per_arm: int, rep: int) -> dict[str, object]:
    """Return the strongest verdict among the pairs, and that among all arms."""
    cohort, _ = _cohort(scenario, n_arms, per_arm, rep)
    arms = ARMS[:n_arms]
    model = make_model("default", random_state=rep)
    out = cross_validate(
        model,
        cohort.X,
        cohort.y,
        cohort.arm,
        propensity=cohort.propensity,
        repeats=2,
        random_state=rep,
    ).ordered(arms)
    comparison = Comparison(cohort.X, cohort.y, cohort.arm, arms, arms[0], "randomised")
    verdict = evaluate(out, comparison, minimum_benefit=0.05, random_state=rep).verdict
    levels = {found["level"] for found in verdict["by_contrast"].values()}
    strength = ("supported", "suggestive", "not supported", "not assessable")
    return {"pair": min(levels, key=strength.index), "all": verdict["level"]}


def _write(lines: list[dict[str, object]]) -> None:
    pd.DataFrame(lines).to_csv(RAW, index=False, float_format="%.4g")


def _summarise(lines: pd.DataFrame) -> None:
    """Write the shares; where no learner was fitted, `supported` counts as open, not as no."""
    rows = []
    for cell, found in lines.groupby(KEY[:-1]):
        row: dict[str, object] = dict(zip(KEY, cell, strict=False)) | {"cohorts": len(found)}
        for name, p in (("pair", "p_pairs"), ("all", "p_reference")):
            rejected = found[p] < SIGNIFICANCE
            row |= {
                f"{name}_differs": int(rejected.sum()),
                f"{name}_supported": int((found[name] == "supported").sum()),
                f"{name}_not_fitted": int((rejected & found[name].isna()).sum()),
            }
        rows.append(row)
    table = pd.DataFrame(rows)
    table.to_csv(RESULTS, index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
