"""Train on both trials: ``NXPREDICT_REALDATA=... python experiments/real_trials/run.py``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
STUDIES = ("ctn0027", "actg175")


def main() -> int:
    """Run ``nxpredict train`` on each study; return the worst exit code."""
    if "NXPREDICT_REALDATA" not in os.environ:
        print("Set NXPREDICT_REALDATA to the folder that holds trials/ (see README.md).")
        return 2
    codes = []
    for study in STUDIES:
        out = HERE / "out" / study
        command = [sys.executable, "-m", "nxpredict", "train", HERE / f"{study}.yaml", "--out", out]
        codes.append(subprocess.run(command, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
