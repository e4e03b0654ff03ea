"""Compare nxpredict's genotype readers with named alternatives in one run.

    python experiments/genotype_speed/compare.py [--folder DIR] [--samples 3202] [--variants 50000]

Needs bcftools, bgzip and tabix on the PATH. Each reading is the first one of a fresh process (the
imports are over, nothing else is warm), measured inside it; bcftools is timed as a whole process.
The two are run in turns, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from make_files import write_array, write_vcf

PLACES = "6:154360797,10:5247784,10:5260682,11:639987-640181"
INSIDE = """
import json, resource, sys, time
from nxpredict.catalog import load_catalog
from nxpredict.genotypes import read_calls
catalog = load_catalog()
loci = [*catalog.variants.values(), *catalog.repeats.values()]
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started, cpu = time.perf_counter(), time.process_time()
calls = read_calls(sys.argv[1], loci)
wall, cpu = time.perf_counter() - started, time.process_time() - cpu
more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
states = sum(v["states"]["Present"] + v["states"]["Absent"] for v in calls.counts().values())
print(json.dumps({"wall": wall, "cpu": cpu, "mb": more, "typed": states}))
"""


def ours(path: Path) -> dict[str, float]:
    """Read a file in a fresh process; seconds and megabytes above the imports."""
    command = [sys.executable, "-c", INSIDE, str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


def of_process(command: list[str]) -> dict[str, float]:
    """Run a command; its wall and CPU seconds."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    wall, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system
    return {"wall": wall, "cpu": cpu - before.children_user - before.children_system}


def bcftools(path: Path) -> dict[str, float]:
    """Query the same four places, as a whole process."""
    form = "%CHROM\t%POS\t%REF\t%ALT[\t%GT]\n"
    return of_process(["bcftools", "query", "-r", PLACES, "-f", form, str(path)])


def plain_gzip(path: Path) -> dict[str, float]:
    """Read the whole file with Python's own gzip, in pieces of a megabyte."""
    started, cpu = time.perf_counter(), time.process_time()
    with gzip.open(path) as handle:
        while handle.read(1 << 20):
            pass
    return {"wall": time.perf_counter() - started, "cpu": time.process_time() - cpu}


def middle(rows: list[dict[str, float]], key: str) -> float:
    """Return the median of one measurement."""
    return statistics.median(row[key] for row in rows)


def versus(name: str, goal: float, mine: list, theirs: list, other: str) -> str:
    """Return a row of the table, with the ratio of medians and of the best runs."""
    ratio = middle(mine, "wall") / middle(theirs, "wall")
    best = min(r["wall"] for r in mine) / min(r["wall"] for r in theirs)
    ms = f"{1e3 * middle(mine, 'wall'):.1f} | {1e3 * middle(theirs, 'wall'):.1f}"
    return f"| {name} | {ms} ({other}) | {ratio:.2f} | {best:.2f} | {goal} |"


def main() -> None:
    """Write the files, measure, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--samples", type=int, default=3202)
    parser.add_argument("--variants", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=11)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    indexed, loose = folder / "big.vcf.gz", folder / "no_index.vcf.gz"
    array, wide = folder / "array.txt", folder / "wide{}.vcf.gz"
    if not indexed.exists():
        write_vcf(indexed, options.samples, options.variants)
    if not loose.exists():
        shutil.copy(indexed, loose)
    if not array.exists():
        write_array(array, 640_000)

    print("| what | nxpredict, ms | alternative, ms | ratio | best / best | goal |")
    print("|---|---|---|---|---|---|")
    pairs = [(ours(indexed), bcftools(indexed)) for _ in range(options.repeats)]
    mine, theirs = map(list, zip(*pairs, strict=True))
    print(versus("four loci, indexed VCF", 3, mine, theirs, "bcftools query"))
    memory = max(row["mb"] for row in mine)
    pairs = [(ours(loose), plain_gzip(loose)) for _ in range(max(options.repeats // 2, 2))]
    mine, theirs = map(list, zip(*pairs, strict=True))
    print(versus("four loci, no index", 1.2, mine, theirs, "Python's gzip"))
    memory = max(memory, *(row["mb"] for row in mine))
    rows = [ours(array) for _ in range(options.repeats)]
    wall, best = middle(rows, "wall"), min(row["wall"] for row in rows)
    ms = f"{1e3 * wall:.0f} (best {1e3 * best:.0f})"
    print(f"| 640,000 rows of 23andMe | {ms} | - | - | - | 300 ms |")
    print(f"\nMost memory above the imports, VCF: {memory:.0f} MB (goal 60 MB).\n")

    print("| samples in a line | ms for 20 lines, no index | microseconds a sample and line | MB |")
    print("|---|---|---|---|")
    for samples in (25_000, 50_000, 100_000, 200_000, 500_000):
        path = Path(str(wide).format(samples))
        if not path.exists():
            write_vcf(path, samples, 16)
            path.with_name(path.name + ".tbi").unlink()
        found = min((ours(path) for _ in range(5)), key=lambda row: row["wall"])
        ms, each = 1e3 * found["wall"], 1e6 * found["wall"] / samples / 20
        print(f"| {samples:,} | {ms:.0f} | {each:.3f} | {found['mb']:.0f} |")


if __name__ == "__main__":
    main()
