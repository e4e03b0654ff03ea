from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nxpredict.bundle import save_bundle
from nxpredict.tracking import log_training

NUMBER = {"estimate": 0.7, "lower": 0.6, "upper": 0.8}
EVALUATION = {
    "n": 400,
    "per_arm": {
        "naltrexone": {"n": 200, "auc": NUMBER, "ici": {"estimate": None, "lower": None}},
        "nalmefene": {"n": 200, "auc": NUMBER},
    },
    "average": {"nalmefene_vs_naltrexone": {**NUMBER, "established": False}},
    "heterogeneity": {"nalmefene_vs_naltrexone": {"test": "x", "p": 0.2, "established": False}},
    "contrasts": {"nalmefene_vs_naltrexone": {"ate": NUMBER, "autoc": NUMBER}},
    "verdict": {"level": "not supported", "reasons": []},
    "model": {"folds_sha256": "a" * 64},
    "warnings": [],
}
PARAMETERS = {
    "table": "/elsewhere/somebody/cohort.csv",
    "genotypes": ["/elsewhere/somebody/cohort.vcf.gz"],
    "arms": {"naltrexone+cbt": "NTX", "nalmefene": "NMF"},
    "model": {"learner": "default", "seed": 1},
    "eligibility": ["adults_only", "not_pregnant"],
}


@pytest.fixture(scope="session")
def first_use(tmp_path_factory, make_bundle):
    """A store that the first training set up; the migrations take seconds, so it is done once."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "out").mkdir()
    log_training(
        bundle=make_bundle(),
        patients="0" * 64,
        evaluation={},
        outputs=folder / "out",
        study={},
        study_text="study: small\n",
        uri="sqlite:///runs/mlflow.db",
        experiment="first",
        folder=folder,
    )
    return folder


@pytest.fixture
def study_folder(first_use, tmp_path, monkeypatch):
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(first_use / "runs" / "mlflow.db", folder / "mlflow.db")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder


@pytest.fixture
def logged(study_folder, make_bundle):
    """Log a training into the study folder: `logged(**changes)` returns the id of the run."""

    def log(**changes):
        bundle = changes.pop("bundle", None) or make_bundle()
        outputs = study_folder / "results"
        if not outputs.exists():
            (outputs / "tables").mkdir(parents=True)
            save_bundle(bundle, outputs / "model")
            (outputs / "evaluation.json").write_text(json.dumps(EVALUATION))
            (outputs / "report.html").write_text("<p>report</p>")
            (outputs / "tables" / "gates.csv").write_text("a,b\n")
        fields = {
            "bundle": bundle,
            "patients": "a" * 64,
            "evaluation": EVALUATION,
            "outputs": outputs,
            "study": PARAMETERS,
            "study_text": "study: small\n",
            "uri": "sqlite:///mlflow.db",
            "experiment": "small",
            "register": "nxpredict",
            "folder": Path(study_folder),
        }
        return log_training(**(fields | changes)).run_id

    return log
