"""A small trained model, and tables as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from nxpredict.bundle import Bundle


@pytest.fixture(scope="session")
def bundle(make_bundle: Callable[..., Bundle]) -> Bundle:
    return make_bundle()


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    """Write a CSV file: `write(table, path, **how)` returns the path."""

    def to_csv(table: pd.DataFrame, path: Path, **how: str) -> Path:
        table.to_csv(path, index=False, lineterminator="\n", **how)
        return path

    return to_csv


@pytest.fixture(scope="session")
def read() -> Callable[[Path], pd.DataFrame]:
    """Read a file of scores, texts as they are."""

    def scores(path: Path) -> pd.DataFrame:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype={"patient_id": str}, keep_default_na=False, na_values=[])

    return scores
