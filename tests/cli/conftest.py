"""The application called in this process, and patients for the model of the small trial."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from nxpredict.cli import app


@pytest.fixture(scope="session")
def call() -> Callable[..., Result]:
    """Run a verb: `call("check", path)`."""
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture(scope="session")
def one_object() -> Callable[[str], dict[str, Any]]:
    """Return the only JSON object in a text; anything else around it fails."""

    def read(text: str) -> dict[str, Any]:
        found = json.loads(text)
        assert isinstance(found, dict)
        assert text == text.strip() + "\n"
        assert "\n" not in text.strip()
        return found

    return read


@pytest.fixture(scope="session")
def patients(trained: Any) -> Path:
    """New patients, of the kind that the model was trained on."""
    table = pd.read_csv(trained.folder / "cohort.csv", dtype="str").iloc[40:46]
    table = table.drop(columns=["arm", "site", "responder"])
    path = trained.folder / "new.csv"
    table.assign(current_opioid_use="no").to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def opioid_users(patients: Path) -> Path:
    table = pd.read_csv(patients, dtype="str")
    table.loc[1, "current_opioid_use"] = "yes"
    path = patients.with_name("opioid_users.csv")
    table.to_csv(path, index=False)
    return path
