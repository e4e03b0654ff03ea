"""The command line starts nearly as fast as an empty one."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer

from nxpredict.cli import app

BARE = """
import typer

app = typer.Typer(name="bare", add_completion=False, rich_markup_mode=None)

{verbs}

@app.callback()
def options() -> None:
    pass

app()
"""


def _bare_verb(name: str, parameters: list[tuple[str, bool]]) -> str:
    """Return a verb with the same arguments and options, and an empty body."""
    arguments = [
        f'    {key}: str = typer.{"Option" if option else "Argument"}("", help="Text.")'
        for key, option in parameters
    ]
    return f"@app.command()\ndef {name}(\n" + ",\n".join(arguments) + "\n) -> None:\n    pass\n"


@pytest.fixture(scope="module")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Typer application that does nothing, with the verbs and options of ours."""
    group: Any = typer.main.get_command(app)
    verbs = [
        _bare_verb(name, [(p.name, p.param_type_name == "option") for p in verb.params])
        for name, verb in group.commands.items()
    ]
    path = tmp_path_factory.mktemp("bare") / "bare.py"
    path.write_text(BARE.format(verbs="\n\n".join(verbs)))
    return path


def _seconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *command, "--help"], capture_output=True, check=True)
    return time.perf_counter() - start


def test_help_starts_nearly_as_fast_as_a_bare_application(bare_app):
    """At most 1.3 times; run in turns, so that a busy machine slows both."""
    started = subprocess.run(
        [sys.executable, str(bare_app), "--help"], capture_output=True, text=True, check=True
    )
    assert {"init", "check", "train", "score"} <= set(started.stdout.split())
    ratios = []
    for _ in range(4):
        pairs = [(_seconds("-m", "nxpredict"), _seconds(str(bare_app))) for _ in range(7)]
        ours, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratios.append(ours / bare)
        if ratios[-1] <= 1.3:
            return
    pytest.fail(f"--help took {min(ratios):.2f} times a bare application")
