"""Scoring as a person calls it: a table of another study's coding, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nxpredict.workflows import score


@pytest.fixture
def table(cohort_table: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    return cohort_table(60, 12).drop(columns=["arm", "responder", "site"])


def recoded(table: pd.DataFrame) -> pd.DataFrame:
    commas = {c: table[c].str.replace(".", ",") for c in ("age", "ggt", "marker")}
    labels = {"gender": table["gender"].map({"f": "2", "m": "1"})}
    return table.assign(**commas, **labels).rename(columns={"patient_id": "pid", "age": "Alter"})


@pytest.mark.parametrize("separator", [";", ":", "|"])
def test_a_study_file_says_how_another_table_is_read(
    trained: Any, study_text: str, table: pd.DataFrame, tmp_path: Path, separator: str
) -> None:
    table.to_csv(tmp_path / "plain.csv", index=False)
    recoded(table).to_csv(tmp_path / "odd.csv", index=False, sep=separator)
    declared = f'{{path: odd.csv, separator: "{separator}", decimal: ","}}'
    text = study_text.replace("table: cohort.csv", f"table: {declared}").replace(
        "sex: {column: gender, labels: {f: female, m: male}}",
        "sex: {column: gender, labels: {2: female, 1: male}}\n  age: {column: Alter}",
    )
    (tmp_path / "other.yaml").write_text(text.replace("id: patient_id", "id: pid"))
    model = trained.out / "model"
    score(tmp_path / "plain.csv", model, tmp_path / "a.csv")
    study = tmp_path / "other.yaml"
    score(tmp_path / "odd.csv", model, tmp_path / "b.csv", study=study)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
