from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from nxpredict.cli import app


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    """Run a verb in this process and return what it printed: `run("check", study, code=3)`."""

    def printed(*words: object, code: int = 0) -> str:
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exit_code == code, done.output
        return done.stdout if code == 0 else done.output

    return printed
