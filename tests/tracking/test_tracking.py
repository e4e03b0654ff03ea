from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nxpredict.bundle import load_bundle
from nxpredict.cohort import read_batch
from nxpredict.errors import RESEARCH_USE, AccessError, BundleError
from nxpredict.scoring import score_batch
from nxpredict.tracking import fetch_bundle
from nxpredict.tracking._log import metrics
from nxpredict.tracking._store import import_mlflow, store_uri


def client_of(folder):
    return import_mlflow().MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")


def runs_of(folder):
    client = client_of(folder)
    return client.search_runs([client.get_experiment_by_name("small").experiment_id])


def test_a_run_holds_the_training(logged, study_folder):
    run_id = logged()
    client = client_of(study_folder)
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "small"
    assert run.data.metrics["naltrexone/auc"] == 0.7
    assert run.data.metrics["naltrexone/auc_lower"] == 0.6
    assert run.data.metrics["benefit/nalmefene_vs_naltrexone/ate_upper"] == 0.8
    assert "naltrexone/ici" not in run.data.metrics
    assert run.data.params["model.learner"] == "default"
    assert run.data.params["arms.naltrexone_cbt"] == "NTX"
    assert run.data.params["eligibility"] == "adults_only, not_pregnant"
    assert run.data.params["folds_sha256"] == "a" * 64
    assert run.data.tags["mlflow.note.content"].startswith("**Does this cohort support choosing?")
    assert RESEARCH_USE in run.data.tags["mlflow.note.content"]
    names = {f.path for f in client.list_artifacts(run_id)}
    assert names >= {"study.yaml", "evaluation.json", "report.html", "tables", "model"}
    (data,) = run.inputs.dataset_inputs
    assert json.loads(data.dataset.profile)["num_rows"] == 400
    assert json.loads(data.dataset.source) == {"sha256": "f" * 64}


def test_looks_at_the_same_patients_are_counted(logged, study_folder, make_bundle):
    def look(run_id):
        return int(client_of(study_folder).get_run(run_id).data.tags["nxpredict.look"])

    assert look(logged()) == 1
    # The same analysis again is no new look; another model is, in whatever experiment.
    assert look(logged()) == 1
    other = make_bundle(preference={"minimum_benefit": 0.1, "probability": 0.9})
    assert look(logged(bundle=other, experiment="elsewhere")) == 2
    third = make_bundle(preference={"minimum_benefit": 0.2, "probability": 0.9})
    run_id = logged(bundle=third)
    client_of(study_folder).delete_run(run_id)
    fourth = make_bundle(preference={"minimum_benefit": 0.3, "probability": 0.9})
    assert look(logged(bundle=fourth)) == 4
    assert look(logged(bundle=fourth, patients="b" * 64)) == 1


def test_names_and_numbers_as_a_large_study_has_them(logged, study_folder):
    many = {f"p+{k}": {"column": "c" * 900} for k in range(150)}
    run_id = logged(
        study={"additional_predictors": many},
        experiment="../up and/away's",
        register="a name's",
    )
    assert run_id
    run = client_of(study_folder).get_run(run_id)
    assert len(run.data.params) == 150 + len(["folds_sha256"])
    assert (study_folder / "mlartifacts" / "___up_and_away_s").is_dir()


def test_artifacts_lie_beside_the_database(logged, study_folder, tmp_path):
    logged()
    assert sorted(p.name for p in study_folder.iterdir()) == ["mlartifacts", "mlflow.db", "results"]
    assert any((study_folder / "mlartifacts").rglob("MLmodel"))


def test_nobody_and_no_place_is_named(logged, study_folder):
    """Tags, params and MLflow's own model files name no person and no path of this machine."""
    run_id = logged()
    run = client_of(study_folder).get_run(run_id)
    assert run.data.tags["mlflow.user"] == "nxpredict"
    assert run.info.user_id in {"", "unknown", "nxpredict"}
    told = json.dumps([run.data.tags, run.data.params, [str(i) for i in run.inputs.dataset_inputs]])
    texts = [
        told,
        *(p.read_text() for p in (study_folder / "mlartifacts").rglob("MLmodel")),
        *(p.read_text() for p in (study_folder / "mlartifacts").rglob("*.y*ml")),
        *(p.read_text() for p in (study_folder / "mlartifacts").rglob("*.json")),
    ]
    user = os.environ.get("USER") or "somebody"
    for text in texts:
        assert str(study_folder) not in text
        assert str(Path(__file__).parents[2]) not in text
        assert "/home/" not in text
        assert "somebody" not in text
        assert user == "root" or user not in text


@pytest.mark.parametrize(
    "address",
    ["runs:/{run}/model", "models:/nxpredict@latest", "models:/nxpredict/1", "models:/{model}"],
)
def test_every_address_leads_to_the_same_model(logged, study_folder, make_bundle, address):
    run_id = logged()
    (output,) = client_of(study_folder).get_run(run_id).outputs.model_outputs
    address = address.format(run=run_id, model=output.model_id)
    assert load_bundle(fetch_bundle(address)).sha256 == make_bundle().sha256


def test_latest_is_the_newest_version_and_aliases_work(logged, study_folder, make_bundle):
    logged()
    newer = make_bundle(eligibility=("adults_only",))
    logged(bundle=newer)
    assert load_bundle(fetch_bundle("models:/nxpredict@latest")).sha256 == newer.sha256
    client_of(study_folder).set_registered_model_alias("nxpredict", "trusted", 1)
    uri = f"sqlite:///{study_folder / 'mlflow.db'}"
    trusted = load_bundle(fetch_bundle("models:/nxpredict@trusted", uri))
    assert trusted.sha256 == make_bundle().sha256


def test_the_working_folder_does_not_matter(
    logged, study_folder, make_bundle, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run_id = logged()
    uri = store_uri("sqlite:///mlflow.db", study_folder)
    for address in ("models:/nxpredict@latest", "models:/nxpredict/1", f"runs:/{run_id}/model"):
        assert load_bundle(fetch_bundle(address, uri)).sha256 == make_bundle().sha256
    assert [p.name for p in tmp_path.iterdir()] == ["study"]


def test_a_folder_is_its_own_address(tmp_path):
    assert fetch_bundle(tmp_path / "model") == tmp_path / "model"
    assert fetch_bundle("results/model") == Path("results/model")


def test_what_is_not_there(logged, study_folder, tmp_path, monkeypatch):
    logged()
    for address, told in (
        ("models:/nobody@latest", "No model is registered as"),
        ("models:/nxpredict@nothing", "store holds no model"),
        ("runs:/" + "0" * 32 + "/m", "store holds no model"),
        ("models:/nxpredict", "is no address"),
        ("models:/nxpredict/9", "store holds no model"),
        ("models:/m-0123456789", "store holds no model"),
        ("runs:/only", "is no address"),
    ):
        with pytest.raises(AccessError, match=told):
            fetch_bundle(address)
    run = runs_of(study_folder)[0].info.run_id
    with pytest.raises(BundleError, match="no nxpredict model"):
        fetch_bundle(f"runs:/{run}/tables")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AccessError, match="no MLflow store"):
        fetch_bundle("models:/nxpredict@latest")
    assert [p.name for p in tmp_path.iterdir()] == ["study"]


def test_a_fresh_process_loads_and_serves_the_same_numbers(
    logged, study_folder, patients, make_bundle
):
    """By our loader, and by MLflow's pyfunc as `mlflow models serve` does."""
    logged()
    table = patients(6, 5)
    table.loc[2, "age"] = "old"
    table.to_csv("patients.csv", index=False)
    program = (
        "import pandas as pd\n"
        "from nxpredict.tracking._store import import_mlflow\n"
        "mlflow = import_mlflow()\n"
        "from mlflow.telemetry import get_telemetry_client\n"
        "assert get_telemetry_client() is None\n"
        "mlflow.set_tracking_uri('sqlite:///mlflow.db')\n"
        "model = mlflow.pyfunc.load_model('models:/nxpredict/1')\n"
        "table = pd.read_csv('patients.csv', dtype='str', keep_default_na=False)\n"
        "model.predict(table).to_parquet('served.parquet')\n"
        "typed = pd.read_csv('patients.csv').drop(columns=['centre_type'])\n"
        "typed['unknown_to_the_model'] = 1\n"
        "model.predict(typed).to_parquet('typed.parquet')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300, capture_output=True)
    bundle = load_bundle(fetch_bundle("models:/nxpredict@latest"))
    expected = score_batch(read_batch(table, bundle.schema), bundle)
    served = pd.read_parquet("served.parquet")
    pd.testing.assert_frame_equal(served, expected, check_dtype=False, atol=1.1e-8, rtol=0)
    lacking = table.assign(centre_type="")
    again = score_batch(read_batch(lacking, bundle.schema), bundle)
    typed = pd.read_parquet("typed.parquet")
    np.testing.assert_allclose(typed["p_nalmefene"], again["p_nalmefene"], atol=1.1e-8)


def test_nothing_is_printed(logged, capfd):
    logged()
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_a_failed_run_is_marked_and_outputs_stay(logged, study_folder, monkeypatch):
    from nxpredict.tracking import _log

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_log, "log_model", broken)
    with pytest.raises(AccessError):
        logged()
    (run,) = runs_of(study_folder)
    assert run.info.status == "FAILED"
    assert (study_folder / "results" / "model" / "manifest.json").is_file()


def test_a_bad_request_to_the_served_model_quotes_nobody(logged, study_folder):
    logged()
    mlflow = import_mlflow()
    model = mlflow.pyfunc.load_model(str(fetch_bundle("models:/nxpredict/1").parents[1]))
    for table in (
        pd.DataFrame({"patient_id": ["Sentinel-id"], "age": [{"a": "Sentinel-age"}]}),
        pd.DataFrame({"patient_id": ["Sentinel-id"], "age": [["Sentinel-age"]], "x": [1]}),
    ):
        scores = model.predict(table)
        assert scores["status"].tolist() == ["not_scorable"]
        assert "Sentinel-age" not in scores.to_csv()
    unreadable = [
        np.array([["Sentinel-id", "Sentinel-age"]]),
        "Sentinel-id",
        {"patient_id": ["Sentinel-id"]},
        pd.DataFrame({"wrong": ["Sentinel-id"]}),
    ]
    for table in unreadable:
        try:
            said = model.predict(table)["reasons"].to_csv()
        except Exception as fault:  # noqa: BLE001 - whatever is raised must not quote
            said = str(fault)
        assert "Sentinel" not in said
        if not isinstance(table, pd.DataFrame):
            assert "send the patients as dataframe_split or dataframe_records" in said


def test_metrics_are_finite_numbers_with_their_intervals():
    found = dict(
        metrics(
            {
                "per_arm": {"a": {"auc": {"estimate": float("nan"), "lower": None}, "n": 3}},
                "average": {"b_vs_a": {"estimate": 0.1, "lower": 0.0, "established": True}},
                "contrasts": {"b_vs_a": {"blp": {"slope": {"estimate": 1.0, "upper": 2.0}}}},
                "heterogeneity": {"b_vs_a": {"p": 0.04, "test": "score"}},
            }
        )
    )
    assert found == {
        "a/n": 3.0,
        "average/b_vs_a": 0.1,
        "average/b_vs_a_lower": 0.0,
        "average/b_vs_a/established": 1.0,
        "benefit/b_vs_a/blp/slope": 1.0,
        "benefit/b_vs_a/blp/slope_upper": 2.0,
        "heterogeneity/b_vs_a/p": 0.04,
    }
