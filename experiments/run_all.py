"""Run every long study of this folder; `make bench` calls it. Finished parts are not run again.

Each study has a folder with its script, its results and a README that says what they mean.
Real trials run when NXPREDICT_REALDATA names the folder that holds them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
STUDIES: list[list[str]] = [
    ["scenarios/run.py", "no_difference", "600", "40"],
    ["scenarios/run.py", "published", "1200", "10"],
    ["scenarios/run.py", "consensus", "1200", "10"],
    ["interval_spread/run.py", "--cohorts", "4"],
    ["scoring_speed/run.py"],
    ["scoring_fuzz/fuzz.py", "50000"],
    ["operating_characteristics/run.py", "test"],
    ["operating_characteristics/run.py", "average"],
    ["operating_characteristics/run.py", "verdict", "--minutes", "120"],
    ["explanation_speed/run.py"],
    ["drivers/run.py", "--cohorts", "10"],
    ["next_test/run.py", "--cohorts", "3"],
    ["feature_blocks/run.py"],
    ["known_truth/run.py", "--suite", "all"],
]


def main() -> int:
    """Return the worst exit code of the studies."""
    studies = [*STUDIES]
    if "NXPREDICT_REALDATA" in os.environ:
        studies.append(["real_trials/run.py"])
    codes = []
    for script, *arguments in studies:
        print(f"== {script} {' '.join(arguments)}", flush=True)
        command = [sys.executable, str(HERE / script), *arguments]
        codes.append(subprocess.run(command, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
