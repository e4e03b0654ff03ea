"""Ctrl-C leaves a whole folder or none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import typer

from nxpredict.cli._command import command

# A shell shows both as 130. Python dies by the signal, after all was handled, when it came while
# an import ran code made from text, as dataclasses do.
INTERRUPTED = {130, -signal.SIGINT}


@pytest.fixture
def tiny_study(
    cohort_table: Callable[..., pd.DataFrame], study_text: str, make_study: Callable[..., Any]
) -> Any:
    """A study that trains in little more than the time of the imports."""
    table = cohort_table(120)[["patient_id", "arm", "site", "age", "gender", "responder"]]
    declared = study_text[study_text.index("  ggt:") : study_text.index("evaluation:")]
    text = study_text.replace(declared, "  sex: {column: gender, labels: {f: female, m: male}}\n")
    return make_study(table, text)


def _interrupted(
    study: Any, moment: Callable[[], bool], *options: str, sent: signal.Signals = signal.SIGINT
) -> subprocess.CompletedProcess[str]:
    """Start a training, press Ctrl-C when the moment has come, and wait for the end."""
    temporary = study.folder.parent / "temporary"
    temporary.mkdir()
    # A handler of our own is reset in the child; an ignored signal would stay ignored there.
    before = {s: signal.signal(s, signal.default_int_handler) for s in {signal.SIGINT, sent}}
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "nxpredict", "train", "study.yaml", "--out", "out", *options],
            cwd=study.folder,
            env=os.environ | {"OMP_NUM_THREADS": "1", "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    while process.poll() is None and not moment():
        time.sleep(0.002)
    # As a terminal and a batch system do: everything of the job is told.
    os.killpg(process.pid, sent)
    stdout, stderr = process.communicate(timeout=120)
    assert list(temporary.iterdir()) == []
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def _after(seconds: float) -> Callable[[], bool]:
    start = time.monotonic()
    return lambda: time.monotonic() - start > seconds


@pytest.mark.parametrize("seconds", [0.8, 2.0, 5.0])
def test_ctrl_c_while_computing_leaves_nothing(seconds, tiny_study, one_object):
    before = tiny_study.names()
    many = ("--set", "evaluation.repeats=1000", "--jobs", "2", "--json")
    done = _interrupted(tiny_study, _after(seconds), *many)
    assert done.returncode in INTERRUPTED
    assert "SENTINEL" not in done.stdout + done.stderr
    if done.stdout:
        assert one_object(done.stdout)["error"]["code"] == 130
    assert tiny_study.names() == before


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_a_batch_system_that_ends_a_run_leaves_nothing_either(sent, tiny_study):
    before = tiny_study.names()
    many = ("--set", "evaluation.repeats=1000", "--jobs", "2")
    done = _interrupted(tiny_study, _after(5.0), *many, sent=sent)
    assert done.returncode == 130
    assert "Interrupted" in done.stderr
    assert tiny_study.names() == before


def test_ctrl_c_while_writing_leaves_a_whole_folder_or_none(tiny_study):
    done = _interrupted(tiny_study, lambda: any(tiny_study.folder.glob(".out-*")))
    assert done.returncode in INTERRUPTED
    assert tiny_study.names() <= {"cohort.csv", "study.yaml", "out", "mlflow.db", "mlartifacts"}
    if tiny_study.out.exists():
        assert {p.name for p in tiny_study.out.iterdir()} >= {
            ".nxpredict.json", "evaluation.json", "model", "report.html", "tables"
        }  # fmt: skip


def test_a_file_that_complains_of_an_interruption_was_interrupted(capsys):
    @command
    def body(json=False):
        try:
            raise KeyboardInterrupt
        finally:
            raise ValueError("can't close the file while there is an open handle")

    with pytest.raises(typer.Exit) as caught:
        body()
    assert caught.value.exit_code == 130
    assert "Interrupted" in capsys.readouterr().err


def test_an_older_result_survives_ctrl_c(trained, tiny_study):
    shutil.copytree(trained.out, tiny_study.out)
    before = {p: p.read_bytes() for p in tiny_study.out.rglob("*") if p.is_file()}
    many = ("--set", "evaluation.repeats=1000", "--jobs", "1")
    assert _interrupted(tiny_study, _after(3.0), *many).returncode in INTERRUPTED
    assert {p: p.read_bytes() for p in tiny_study.out.rglob("*") if p.is_file()} == before
