"""The whole main job on the shipped cohorts, with the commands that a user would type.

Usage: python experiments/demo/run.py --out demo
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COHORTS = {
    "published": "configs/naltrexone_vs_nalmefene.yaml",
    "consensus": "configs/naltrexone_vs_nalmefene_consensus.yaml",
}


def nxpredict(*words: str | Path) -> None:
    """Show a command, run it, and stop the demo when it fails."""
    command = ["nxpredict", *map(str, words)]
    print(f"\n$ {shlex.join(command)}", flush=True)
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False)
    # 4 means: done, but some patients cannot be scored; the demo has such patients on purpose.
    if done.returncode not in (0, 4):
        sys.exit(done.returncode)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo"))
    out = parser.parse_args().out
    store = f"sqlite:///{(ROOT / out / 'mlflow.db').resolve()}"
    for name, study in COHORTS.items():
        nxpredict("check", study, "--quiet")
        nxpredict("train", study, "--out", out / name, "--set", f"tracking.uri={store}")
    patients = Path("data/synthetic/published")
    new = [patients / "new_patients.csv", "--model", out / "published" / "model"]
    genotypes = ["--genotypes", patients / "new_patients.vcf.gz"]
    nxpredict("score", *new, *genotypes, "--out", out / "scores.csv")
    nxpredict("explain", *new, *genotypes, "--out", out / "explanations")
    print(f"""
Two cohorts were trained on, because one would mislead: `published` takes the effects of single
studies at face value, `consensus` takes what replicated. Compare their verdicts.

Report, optimistic   {out / "published" / "report.html"}
Report, sceptical    {out / "consensus" / "report.html"}
Scores               {out / "scores.csv"}
Patient pages        {out / "explanations" / "index.html"}
MLflow store         {out / "mlflow.db"}
  open it with       mlflow ui --backend-store-uri sqlite:///{out / "mlflow.db"}
""")


if __name__ == "__main__":
    main()
