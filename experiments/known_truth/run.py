"""Run the study in pieces that can be stopped and resumed; one process at a time, one thread.

    python experiments/known_truth/run.py --methods nxpredict_default --n 300 1000 --repetitions 4

Without options: every method on the development generators at n = 300 and 1,000. A method whose
package is missing is skipped, and this is said; `--python causalml=/path/bin/python` names another
interpreter for a group of methods (requirements in `requirements/`). The order is repetition
first, so that all methods have seen the same cohorts whenever it is stopped.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
GROUPS = ("nxpredict", "sklearn", "econml", "causalml", "stochtree")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def commands(args: argparse.Namespace, generators: list[str]) -> list[list[str]]:
    """Return the calls of `piece.py`, in order."""
    pythons = dict(pair.split("=", 1) for pair in args.python)
    by_python: dict[str, list[str]] = {}
    for name in args.methods:
        python = pythons.get(name.split("_")[0], sys.executable)
        by_python.setdefault(python, []).append(name)
    fixed = ["--generators", *generators, "--n", *map(str, args.n), "--raw", str(args.raw)]
    return [
        [
            python,
            str(HERE / "piece.py"),
            "--repetition",
            str(repetition),
            *fixed,
            "--methods",
            *names,
        ]
        for repetition in range(args.first, args.first + args.repetitions)
        for python, names in by_python.items()
    ]


def main() -> int:
    sys.path.insert(0, str(HERE))
    from cohorts import SUITE_OF, SUITES

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--methods", nargs="+", default=list(GROUPS), help="names or groups")
    parser.add_argument("--suite", choices=[*SUITES, "all"], default="development")
    parser.add_argument("--generators", nargs="+", choices=SUITE_OF, help="instead of a suite")
    parser.add_argument("--n", nargs="+", type=int, default=[300, 1000])
    parser.add_argument("--repetitions", type=int, default=8)
    parser.add_argument("--first", type=int, default=1, help="first repetition")
    parser.add_argument("--raw", type=Path, default=HERE / "raw", help="folder of the lines")
    parser.add_argument("--python", nargs="+", default=[], metavar="GROUP=PATH")
    args = parser.parse_args()
    for name in args.methods:
        if name.split("_")[0] not in GROUPS:
            parser.error(f"unknown method {name}; groups are {', '.join(GROUPS)}")
    suites = SUITES if args.suite == "all" else [args.suite]
    generators = args.generators or [name for suite in suites for name in SUITES[suite]]
    environment = os.environ | dict.fromkeys(THREADS, "1")
    worst = 0
    for command in commands(args, generators):
        code = subprocess.run(command, env=environment, check=False).returncode
        worst = max(worst, abs(code))
        print(f"repetition {command[3]}, {command[0]}: exit {code}", flush=True)
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
