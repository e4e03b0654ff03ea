"""A study file that is right, and what is said of one that is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nxpredict.config import load_study
from nxpredict.errors import DataError


@pytest.fixture(scope="session")
def good() -> str:
    return """\
study: trial
table: cohort.csv
design: {kind: parallel, allocation: randomised, id: patient_id, arm: drug}
arms: {naltrexone: NTX, nalmefene: NMF}
reference: naltrexone
response: {column: responder, favourable: 1}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a study file: `write(text)` returns its path."""

    def to_file(text: str) -> Path:
        path = tmp_path / "study.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


@pytest.fixture
def faults_of(write: Callable[[str], Path]) -> Callable[[str], list[str]]:
    """Return the faults of a study file as they are printed: `faults_of(text)`."""

    def told(text: str) -> list[str]:
        with pytest.raises(DataError) as caught:
            load_study(write(text))
        return [str(fault) for fault in caught.value.faults]

    return told
