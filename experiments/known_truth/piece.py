"""Run methods on cohorts in this interpreter; `run.py` starts this with one thread.

Appends one JSON line per (generator, n, repetition, method) to RAW/METHOD.jsonl and skips lines
that stand there already. What a method does not offer is not in its line.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from cohorts import SUITE_OF, Cohort, draw_cohort
from measures import Line, measure
from prediction import Method

MODULES = {
    "nxpredict": "ours",
    "sklearn": "peers_sklearn",
    "econml": "peers_econml",
    "causalml": "peers_causalml",
    "stochtree": "peers_stochtree",
}
Key = tuple[str, int, int]


def methods_of(wanted: list[str]) -> dict[str, Method]:
    """Return the methods wanted, by name or by group; those not installed are skipped, and said."""
    found: dict[str, Method] = {}
    for group in dict.fromkeys(name.split("_")[0] for name in wanted):
        try:
            known = import_module(MODULES[group]).METHODS
        except ModuleNotFoundError as error:
            print(f"skipped {group}: {error.name} is not installed here", flush=True)
            continue
        names = list(known) if group in wanted else [n for n in wanted if n.startswith(group)]
        found |= {name: known[name] for name in names}
    return found


def one(method: Method, cohort: Cohort) -> Line:
    """Fit, predict, measure; times are CPU seconds of this process."""
    start = time.process_time()
    predict = method(cohort.training)
    fitted = time.process_time()
    found = predict(cohort.X_new)
    predicted = time.process_time()
    line = measure(found, cohort.X_new, cohort.p_new)
    return line | {"fit_seconds": fitted - start, "predict_seconds": predicted - fitted}


def done(file: Path) -> set[Key]:
    """Return the cohorts that a method has been run on."""
    if not file.exists():
        return set()
    lines = (json.loads(text) for text in file.read_text().splitlines())
    return {(line["generator"], line["n"], line["repetition"]) for line in lines}


def keys(args: argparse.Namespace) -> Iterator[Key]:
    """Yield the cohorts asked for."""
    for n in args.n:
        for generator in args.generators:
            yield generator, n, args.repetition


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", nargs="+", required=True)
    parser.add_argument("--generators", nargs="+", choices=SUITE_OF, required=True)
    parser.add_argument("--n", nargs="+", type=int, required=True)
    parser.add_argument("--repetition", type=int, required=True)
    parser.add_argument("--raw", type=Path, required=True)
    args = parser.parse_args()
    args.raw.mkdir(parents=True, exist_ok=True)
    methods = methods_of(args.methods)
    finished = {name: done(args.raw / f"{name}.jsonl") for name in methods}
    for key in keys(args):
        missing = [name for name in methods if key not in finished[name]]
        cohort = draw_cohort(*key) if missing else None
        for name in missing:
            generator, n, repetition = key
            line = {"suite": SUITE_OF[generator], "generator": generator, "n": n}
            line |= {"repetition": repetition, "method": name} | one(methods[name], cohort)
            offered = {key: value for key, value in line.items() if value is not None}
            short = {
                k: float(f"{v:.5g}") if isinstance(v, float) else v for k, v in offered.items()
            }
            with (args.raw / f"{name}.jsonl").open("a") as file:
                file.write(json.dumps(short) + "\n")


if __name__ == "__main__":
    main()
