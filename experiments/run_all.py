"""Run every study of this folder, for a day or more; `make bench` calls it.

Each study has a folder with its script, its results and a README that says what they mean. Those
that append lines go on where they stopped; the others are run anew. The study of genotype speed
runs where bcftools is installed, real trials where NXPREDICT_REALDATA names their folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
STUDIES: list[list[str]] = [
    ["scenarios/run.py", "no_difference", "600", "20"],
    ["scenarios/run.py", "published", "1200", "6"],
    ["scenarios/run.py", "consensus", "1200", "6"],
    ["scenarios/summarise.py"],
    ["interval_spread/run.py", "--cohorts", "8"],
    ["missing_data/run.py", "--cohorts", "8"],
    ["scoring_speed/run.py"],
    ["scoring_fuzz/fuzz.py", "50000"],
    ["genotype_fuzz/fuzz.py", "--inputs", "100000"],
    ["operating_characteristics/run.py", "test"],
    ["operating_characteristics/run.py", "test-large", "--minutes", "120"],
    ["operating_characteristics/run.py", "average"],
    ["operating_characteristics/run.py", "ranking", "--minutes", "60"],
    ["operating_characteristics/run.py", "shapes", "--minutes", "60"],
    ["operating_characteristics/run.py", "verdict", "--minutes", "120"],
    ["operating_characteristics/several_arms.py", "--minutes", "30", "--fit-minutes", "120"],
    ["operating_characteristics/curved_outlook.py"],
    ["operating_characteristics/summarise.py"],
    ["explanation_speed/run.py"],
    ["confounding/run.py", "--cohorts", "100"],
    ["confounding/summarise.py"],
    ["confounding/ridge.py"],
    ["sample_size/run.py"],
    ["sample_size/summarise.py"],
    ["designs/run.py", "--trials", "40"],
    ["designs/summarise.py"],
    ["designs/carry_over.py"],
    ["designs/own_effects.py"],
    ["designs/sites.py"],
    ["drivers/run.py", "--cohorts", "10"],
    ["next_test/run.py", "--cohorts", "3"],
    ["feature_blocks/run.py"],
    ["known_truth/run.py", "--suite", "all"],
    ["known_truth/summarise.py"],
]
BESIDE_BCFTOOLS = ["genotype_speed/compare.py"]
ON_REAL_DATA = [["real_trials/run.py"], ["ihdp/run.py"]]


def main() -> int:
    """Return the worst exit code of the studies."""
    studies = [*STUDIES]
    if shutil.which("bcftools"):
        studies.append(BESIDE_BCFTOOLS)
    if "NXPREDICT_REALDATA" in os.environ:
        studies += ON_REAL_DATA
    codes = []
    for script, *arguments in studies:
        print(f"== {script} {' '.join(arguments)}", flush=True)
        command = [sys.executable, str(HERE / script), *arguments]
        codes.append(subprocess.run(command, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
