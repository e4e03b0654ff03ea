"""Scoring as a person calls it: a table of another study's coding, and what is said afterwards."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient

from nxpredict.workflows import load_model, score, score_outcome


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


def test_a_run_says_where_new_patients_are_unlike_the_cohort(
    trained: Any,
    cohort_table: Callable[..., pd.DataFrame],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the sidecar, on the page, in what is printed and in an MLflow run: the same facts."""
    table = cohort_table(300, 13)
    table["age"] = (table["age"].astype(float) + 25).clip(upper=95).astype(str)
    table.loc[:199, "ggt"] = ""
    table.to_csv(tmp_path / "in.csv", index=False)
    shutil.copy(trained.folder / "mlflow.db", tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out.csv"
    done = score_outcome(
        score(tmp_path / "in.csv", trained.out / "model", out, track="sqlite:///mlflow.db")
    )
    facts = json.loads((tmp_path / "out.csv.meta.json").read_text())["population"]
    scores = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    scored = scores[scores["status"] == "scored"]
    assert set(facts["predictors"]) == set(load_model(trained.out / "model").inputs)
    age, ggt = facts["predictors"]["age"], facts["predictors"]["ggt"]
    assert age["psi"] > max(0.25, age["psi_by_chance"])
    assert age["above_range"] > 0.3 > age["below_range"]
    assert ggt["missing"] == round((scored["missing"].str.contains("ggt")).mean(), 4) > 0.6
    assert ggt["missing"] > ggt["missing_training"] + 0.2
    outside = (scored["outside_training_range"] != "").mean()
    assert facts["outside_training_range"] == round(outside, 4)
    assert facts["no_preference"] == (scored["preferred"] == "no preference").mean()
    assert {text.split("'")[1] for text in facts["warnings"]} == {"age", "ggt"}
    page = (tmp_path / "out.csv.html").read_text()
    assert "<h1" in page
    for text in facts["warnings"]:
        assert text in done.text
        said = text.split("' ", 1)[1]  # The page calls the predictor by its label.
        assert said in html.unescape(page)
    assert f"{age['psi']:.3f}" in page
    assert "SENTINEL" not in page + (tmp_path / "out.csv.meta.json").read_text() + done.text
    client = MlflowClient("sqlite:///mlflow.db")
    (run,) = [r for e in client.search_experiments() for r in client.search_runs([e.experiment_id])
              if r.info.run_name == "small scores"]  # fmt: skip
    assert run.data.metrics["psi/age"] == age["psi"]
    assert run.data.metrics["missing/ggt"] == ggt["missing"]
    assert run.data.metrics["outside_training_range"] == facts["outside_training_range"]
    assert {f.path for f in client.list_artifacts(run.info.run_id)} == {
        "scores.html",
        "scores.meta.json",
    }
