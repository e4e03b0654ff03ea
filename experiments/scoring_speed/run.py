"""How fast are patients scored, and in how much memory, beside two named alternatives?

    python experiments/scoring_speed/run.py [LARGEST]

Each measurement is a process of its own on files in a temporary folder; LARGEST is 10,000,000.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import patients  # noqa: E402

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
BESIDE = 1_000_000
ECONML_ROWS = 20_000


def nxpredict(source: Path, model: Path, out: Path, jobs: int) -> tuple[int, float, float]:
    """Score a file as the command does."""
    from nxpredict.bundle import load_bundle
    from nxpredict.scoring import local_engine, score_file

    bundle = load_bundle(model)
    start, cpu = time.perf_counter(), time.process_time()
    rows = score_file(source, bundle, out, engine=local_engine(jobs)).rows
    return rows, time.perf_counter() - start, time.process_time() - cpu


def bare_pipeline(source: Path, model: Path, out: Path, jobs: int) -> tuple[int, float, float]:
    """Read Parquet, predict_proba of imputer, scaler and logistic regression, write Parquet."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table, _, y = patients.cohort()
    columns = [*patients.NUMBERS, *patients.YES_NO, "dosage"]
    pipeline = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())
    pipeline.fit(table[columns], y)
    start, cpu = time.perf_counter(), time.process_time()
    new = pd.read_parquet(source, columns=["patient_id", *columns])
    p = pipeline.predict_proba(new[columns])[:, 1]
    pd.DataFrame({"patient_id": new["patient_id"], "p": p}).to_parquet(out, index=False)
    return len(new), time.perf_counter() - start, time.process_time() - cpu


def econml(source: Path, model: Path, out: Path, jobs: int) -> tuple[int, float, float]:
    """Effect and interval of EconML's causal forest, in memory; only the first rows."""
    from econml.dml import CausalForestDML

    table, arm, y = patients.cohort()
    forest = CausalForestDML(discrete_treatment=True, n_estimators=300, random_state=1, n_jobs=jobs)
    forest.fit(y, (arm == "nalmefene").astype(int), X=patients.as_numbers(table))
    new = patients.as_numbers(pd.read_parquet(source).head(ECONML_ROWS))
    start, cpu = time.perf_counter(), time.process_time()
    forest.effect(new)
    forest.effect_interval(new, alpha=0.1)
    return len(new), time.perf_counter() - start, time.process_time() - cpu


WAYS = {"nxpredict": nxpredict, "bare_pipeline": bare_pipeline, "econml": econml}


def measure(way: str, source: Path, model: Path, out: Path, jobs: int) -> dict[str, object]:
    """Run one measurement in a fresh process."""
    command = [sys.executable, __file__, "--one", way, source, model, out, jobs]
    done = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(found, flush=True)
    return found


def one(way: str, source: str, model: str, out: str, jobs: str) -> None:
    """Measure in this process and print one JSON object."""
    rows, seconds, cpu = WAYS[way](Path(source), Path(model), Path(out), int(jobs))
    found = {
        "way": way,
        "jobs": int(jobs),
        "rows": rows,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "rows_a_second": round(rows / seconds),
        "rows_a_cpu_second": round(rows / cpu),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(found))


def latency(model: Path) -> dict[str, object]:
    """Return milliseconds to load the model, and for one patient through it (median of 50)."""
    from nxpredict.bundle import load_bundle
    from nxpredict.cohort import read_batch
    from nxpredict.scoring import score_batch

    start = time.perf_counter()
    bundle = load_bundle(model)
    load = time.perf_counter() - start
    table = patients.draw(1, 0, np.random.default_rng(5))
    times = []
    for _ in range(51):
        start = time.perf_counter()
        score_batch(read_batch(table, bundle.table_schema), bundle)
        times.append(time.perf_counter() - start)
    found = {"load_ms": round(1e3 * load, 1), "patient_ms": round(1e3 * np.median(times[1:]), 2)}
    print(found, flush=True)
    return found


def main() -> None:
    """Measure everything and write results.csv and machine.json beside this file."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        patients.save_model(folder / "model")
        rows = []
        for size in (size for size in SIZES if size <= largest):
            source, out = folder / f"{size}.parquet", folder / "out.parquet"
            patients.write(source, size, seed=size)
            rows.append(measure("nxpredict", source, folder / "model", out, cores))
            if size == BESIDE:
                rows.append(measure("nxpredict", source, folder / "model", out, 1))
                rows.append(measure("bare_pipeline", source, folder / "model", folder / "b", 1))
                rows.append(measure("econml", source, folder / "model", folder / "e", cores))
            source.unlink()
        facts = {
            **latency(folder / "model"),
            "load_average": os.getloadavg()[0],
            "cores": cores,
            "machine": platform.machine(),
            "python": platform.python_version(),
        }
    with (HERE / "results.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (HERE / "machine.json").write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:])
    else:
        main()
