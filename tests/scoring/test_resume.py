from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nxpredict.bundle import save_bundle
from nxpredict.catalog import load_catalog
from nxpredict.errors import AccessError, DataError, UsageError
from nxpredict.scoring import _source, _stream, local_engine, score_file, sidecar


@pytest.fixture
def small(monkeypatch):
    """Blocks of 16 rows, parts of two blocks."""
    monkeypatch.setattr(_source, "BLOCK", 16)
    monkeypatch.setattr(_stream, "PART", 2)


@pytest.fixture
def table(patients, tmp_path) -> Path:
    drawn = patients(300, 21)
    drawn.loc[[40, 250], "patient_id"] = "P000003"
    drawn.loc[77, "age"] = "old"
    path = tmp_path / "in.csv"
    drawn.to_csv(path, index=False)
    return path


def stop_after(rows: int, fault: BaseException):
    def stop(done: int, total: int) -> None:
        if done >= rows:
            raise fault

    return stop


def folder_of(out: Path) -> Path:
    return out.with_name(f".{out.name}.parts")


@pytest.mark.parametrize(
    ("rows", "ending"),
    [(32, ".csv"), (33, ".parquet"), (160, ".csv"), (299, ".parquet"), (300, ".csv")],
)
def test_a_resumed_run_ends_with_the_bytes_of_an_undisturbed_one(
    bundle, table, tmp_path, small, ending, rows
):
    whole, out = tmp_path / f"whole{ending}", tmp_path / f"out{ending}"
    score_file(table, bundle, whole)
    with pytest.raises(KeyboardInterrupt):
        score_file(table, bundle, out, progress=stop_after(rows, KeyboardInterrupt()))
    assert not out.exists()
    assert not sidecar(out).exists()
    kept = len(list(folder_of(out).glob("part-*")))
    # What is kept follows the row at which it was stopped: a part is written after its last block.
    assert kept == (rows - 1) // 32
    done: list[int] = []
    report = score_file(
        table,
        bundle,
        out,
        resume=True,
        engine=local_engine(2),
        progress=lambda rows, total: done.append(rows),
    )
    assert out.read_bytes() == whole.read_bytes()
    assert sidecar(out).read_bytes() == sidecar(whole).read_bytes()
    assert (report.rows, report.not_scorable) == (300, 3)
    assert min(done, default=300) == min(300, 32 * kept + 16)
    assert not folder_of(out).exists()


def test_without_resume_a_run_starts_afresh(bundle, table, tmp_path, small):
    out = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        score_file(table, bundle, out, progress=stop_after(200, KeyboardInterrupt()))
    done: list[int] = []
    score_file(table, bundle, out, progress=lambda rows, total: done.append(rows))
    assert done[0] == 16
    assert not folder_of(out).exists()


def test_resume_with_nothing_to_go_on_from_is_a_run(bundle, table, tmp_path, small):
    score_file(table, bundle, tmp_path / "a.csv")
    score_file(table, bundle, tmp_path / "b.csv", resume=True)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_run_goes_on_only_where_all_is_as_it_was(
    bundle, make_bundle, table, patients, tmp_path, small, monkeypatch
):
    out, calls = tmp_path / "out.csv", tmp_path / "calls.vcf"
    calls.write_text("as it was")
    stop = stop_after(200, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        score_file(table, bundle, out, genotype_files=[calls], progress=stop)

    def refused(what: str, model: Any = bundle, **changes: Any) -> None:
        with pytest.raises(UsageError, match=f"cannot go on: {what} changed since"):
            score_file(table, model, out, resume=True, **({"genotype_files": [calls]} | changes))

    refused("the model", make_bundle(preference={"minimum_benefit": 0.1, "probability": 0.9}))
    refused("the catalogue", catalog=replace(load_catalog(), version="another"))
    refused("the columns asked for", next_test=True)
    refused("the genotypes", genotype_files=[])
    refused("the reading of the table", decimal=",")
    age, *others = bundle.schema.predictors
    months = replace(bundle.schema, predictors=(replace(age, factor=1 / 12), *others))
    refused("the reading of the table", schema=months)
    with monkeypatch.context() as patch:
        patch.setattr(_stream, "package_versions", lambda: {"nxpredict": "another"})
        refused("the program")
    calls.write_text("as it is now")
    refused("the genotypes")
    patients(300, 22).to_csv(table, index=False)
    refused("the genotypes, the table")
    assert folder_of(out).exists()


def test_a_damaged_part_is_made_again(bundle, table, tmp_path, small):
    out = tmp_path / "out.csv"
    score_file(table, bundle, tmp_path / "whole.csv")
    with pytest.raises(KeyboardInterrupt):
        score_file(table, bundle, out, progress=stop_after(250, KeyboardInterrupt()))
    parts = sorted(folder_of(out).glob("part-*"))
    parts[3].write_bytes(parts[3].read_bytes()[:-200])
    score_file(table, bundle, out, resume=True)
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_foreign_folder_of_that_name_is_left_alone(bundle, table, tmp_path):
    out = tmp_path / "out.csv"
    folder_of(out).mkdir()
    (folder_of(out) / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="did not write it"):
        score_file(table, bundle, out)
    assert (folder_of(out) / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("cut", [20, 3000])
def test_a_table_that_is_cut_off_or_grows_while_it_is_read_is_refused(
    bundle, table, tmp_path, small, monkeypatch, cut
):
    monkeypatch.setattr(_source, "READ_SIZE", 1000)
    size = table.stat().st_size

    def meddle(rows: int, total: int) -> None:
        if rows == 16:
            os.truncate(table, size - cut)

    with pytest.raises(DataError, match="changed while it was read"):
        score_file(table, bundle, tmp_path / "out.csv", progress=meddle)
    assert not (tmp_path / "out.csv").exists()


def test_a_parquet_table_that_is_cut_off_while_it_is_read_is_refused(
    bundle, patients, tmp_path, small
):
    path = tmp_path / "in.parquet"
    patients(1000, 23).to_parquet(path, row_group_size=100)

    def meddle(rows: int, total: int) -> None:
        if rows == 64:
            os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(DataError):
        score_file(path, bundle, tmp_path / "out.csv", progress=meddle)
    assert [p.name for p in tmp_path.iterdir()] == ["in.parquet"]


def test_a_target_that_cannot_be_written_is_a_sentence(bundle, table, tmp_path):
    (tmp_path / "file").write_text("")
    for target in (tmp_path / "file" / "out.csv", Path("/proc/out.csv")):
        with pytest.raises(AccessError, match=r"'out\.csv' could not be written"):
            score_file(table, bundle, target)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount a file system")
@pytest.mark.parametrize("kilobytes", [4, 20, 100])
def test_a_full_disk_leaves_no_final_file_and_the_run_goes_on(
    bundle, patients, tmp_path, small, kilobytes
):
    disk, source = tmp_path / "disk", tmp_path / "in.parquet"
    disk.mkdir()
    patients(400, 24).to_parquet(source)
    score_file(source, bundle, tmp_path / "whole.csv")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", disk], check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        out = disk / "out.csv"
        with pytest.raises(AccessError, match="No space left"):
            score_file(source, bundle, out)
        assert not out.exists()
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        score_file(source, bundle, out, resume=True)
        assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    finally:
        subprocess.run(["umount", disk], check=True)


RUNS = """
import os, sys
from pathlib import Path
from nxpredict.bundle import load_bundle
from nxpredict.scoring import _source, _stream, local_engine, score_file
_source.BLOCK, _stream.PART = 64, 2
table, bundle = Path(sys.argv[1]), load_bundle(Path(sys.argv[2]))
for line in sys.stdin:
    run = os.fork()
    if not run:
        score_file(table, bundle, Path(line.strip()), resume=True, engine=local_engine(2),
                   progress=lambda rows, total: print(rows, flush=True))
        os._exit(0)
    print(run, flush=True)
    os.waitpid(run, 0)
    print("ended", flush=True)
"""
"""Scores to the files that it is told, each in a process of its own, and says how far it is."""


@pytest.fixture
def runs(bundle, patients, tmp_path):
    patients(3000, 25).to_csv(tmp_path / "in.csv", index=False)
    save_bundle(bundle, tmp_path / "model")
    command = [sys.executable, "-c", RUNS, str(tmp_path / "in.csv"), str(tmp_path / "model")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as forks:
        yield forks
        forks.stdin.close()


def run(runs, out: Path, stop: float = math.inf, delay: float = 0.0) -> list[int]:
    """Score to `out`, killed when it says `stop` rows; return what it said."""
    runs.stdin.write(f"{out}\n")
    runs.stdin.flush()
    process, told = int(runs.stdout.readline()), []
    while True:
        if (told or [0])[-1] >= stop:
            time.sleep(delay)
            os.kill(process, signal.SIGKILL)
            stop = math.inf
        if (line := runs.stdout.readline()) == "ended\n":
            return told
        told.append(int(line))


def test_ten_kills_at_random_moments_leave_nothing_half_written(runs, tmp_path):
    out, whole = tmp_path / "out.parquet", tmp_path / "whole.parquet"
    run(runs, whole)
    rng = np.random.default_rng(0)
    first = []
    for moment in np.sort(rng.uniform(0, 3000, 10)):
        first += run(runs, out, moment, rng.uniform(0, 0.01))[:1]
        if out.exists():
            # Killed after the last row it said: then the file is whole, and its sidecar with it.
            assert out.read_bytes() == whole.read_bytes()
            out.unlink()
        assert not sidecar(out).exists() or sidecar(out).read_bytes() == sidecar(whole).read_bytes()
    assert max(first) > 64
    run(runs, out)
    assert out.read_bytes() == whole.read_bytes()
    assert sidecar(out).read_bytes() == sidecar(whole).read_bytes()
    assert not folder_of(out).exists()
