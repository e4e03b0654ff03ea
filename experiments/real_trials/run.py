"""Train on each trial and score its own patients.

Usage: NXPREDICT_REALDATA=... python experiments/real_trials/run.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TABLES = {
    "ctn0027": "trials/ctn0027_start/data.csv",
    "actg175": "trials/actg175/data.csv",
    "colon": "trials/colon_levamisole/data.csv",
    "uis": "trials/uis_drug_treatment/data.csv",
}


def nxpredict(*words: str | Path) -> int:
    """Run a command and return its exit code."""
    command = [sys.executable, "-m", "nxpredict", *map(str, words)]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    """Return the worst exit code."""
    if "NXPREDICT_REALDATA" not in os.environ:
        print("Set NXPREDICT_REALDATA to the folder that holds trials/ (see README.md).")
        return 2
    codes = []
    for study, table in TABLES.items():
        out = HERE / "out" / study
        codes.append(nxpredict("train", HERE / f"{study}.yaml", "--out", out))
        scores = HERE / "out" / f"{study}_scores.csv"
        patients = Path(os.environ["NXPREDICT_REALDATA"]) / table
        codes.append(nxpredict("score", patients, "--model", out / "model", "--out", scores))
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
