from __future__ import annotations

import yaml

from nxpredict.tracking._store import import_mlflow


def test_the_study_is_logged_as_it_ran_without_folders_and_passwords(logged, study_folder):
    study = {
        "study": "größe",
        "table": {"path": "/elsewhere/somebody/cohort.csv", "decimal": ","},
        "genotypes": {"files": ["/elsewhere/somebody/chip.bed"]},
        "response": {
            "definition": "no_relapse",
            "timeline": {"path": "/elsewhere/somebody/tlfb.csv"},
        },
        "tracking": {"uri": "postgresql://me:secret@x/db", "experiment": "e"},
    }
    run_id = logged(study=study, study_text=yaml.safe_dump(study))
    client = import_mlflow().MlflowClient(f"sqlite:///{study_folder / 'mlflow.db'}")
    params = client.get_run(run_id).data.params
    assert params["response.timeline.path"] == "tlfb.csv"
    assert not [name for name in params if name.startswith(("table", "genotypes", "tracking"))]
    (written,) = (study_folder / "mlartifacts").rglob("study.yaml")
    text = written.read_text(encoding="utf-8")
    assert yaml.safe_load(text) == {
        "study": "größe",
        "table": {"path": "cohort.csv", "decimal": ","},
        "genotypes": {"files": ["chip.bed"]},
        "response": {"definition": "no_relapse", "timeline": {"path": "tlfb.csv"}},
        "tracking": {"experiment": "e"},
    }
    assert "größe" in text


def test_a_study_file_without_places_is_logged_as_written(logged, study_folder):
    text = "study: small  # mine\ntable: data/cohort.csv\ntracking: {uri: sqlite:///mlflow.db}\n"
    logged(study={"study": "small", "model": {"seed": 2}}, study_text=text)
    (written,) = (study_folder / "mlartifacts").rglob("study.yaml")
    assert written.read_text(encoding="utf-8") == text


def test_a_study_that_the_command_line_changed_is_logged_as_it_ran(logged, study_folder):
    study = {"study": "small", "table": {"path": "other.csv"}, "model": {"seed": 2}}
    logged(study=study, study_text=None)
    (written,) = (study_folder / "mlartifacts").rglob("study.yaml")
    assert yaml.safe_load(written.read_text(encoding="utf-8")) == study


def test_a_text_that_looks_like_a_date_that_cannot_be_is_logged(logged, study_folder):
    text = "study: small\nresponse: {missing_codes: [9999-99-99]}\n"
    logged(study={"study": "small"}, study_text=text)
    (written,) = (study_folder / "mlartifacts").rglob("study.yaml")
    assert written.read_text(encoding="utf-8") == text
