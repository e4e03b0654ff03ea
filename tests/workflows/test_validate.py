"""A trained model on cohorts that it was not trained on, from the study file to the new model."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from nxpredict import load_cohort, load_model, load_study, validate
from nxpredict.bundle import Bundle, load_bundle, save_bundle
from nxpredict.errors import DataError
from nxpredict.evaluation import calibration_slope
from nxpredict.models import Recalibration, make_model
from nxpredict.workflows import validate_files
from nxpredict.workflows._validation import _answers

SHIFT = Recalibration((-0.7, -0.2), slope=0.6, spread=0.6)


class StudyFolder(Protocol):
    folder: Path

    @property
    def study(self) -> Path: ...

    @property
    def out(self) -> Path: ...


Trained = StudyFolder
Table = Callable[..., pd.DataFrame]
LABELS = {"NTX": "naltrexone", "NMF": "nalmefene"}


@pytest.fixture(scope="module")
def parent(
    trained: Trained, tmp_path_factory: pytest.TempPathFactory, cohort_table: Table, study_text: str
) -> Bundle:
    """The small trial's model, its learner fitted anew where age says much more."""
    folder = tmp_path_factory.mktemp("parent")
    table = cohort_table(600, 3)
    log_odds = 0.12 * (table["age"].astype(float) - 46)
    drawn = np.random.default_rng(4).random(600) < 1 / (1 + np.exp(-log_odds))
    table.assign(responder=drawn.astype(int)).to_csv(folder / "cohort.csv", index=False)
    (folder / "study.yaml").write_text(study_text, encoding="utf-8")
    bundle = load_bundle(trained.folder / "out" / "model")
    cohort = load_cohort(load_study(folder / "study.yaml"))
    model = make_model("default", random_state=1, arms=cohort.arms.names)
    return replace(bundle, model=model.fit(cohort.X[bundle.inputs], cohort.y, arm=cohort.arm))


@pytest.fixture(scope="module")
def parent_folder(parent: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "model"
    save_bundle(parent, folder)
    return folder


def true_response(table: pd.DataFrame, model: Bundle) -> np.ndarray:
    """P(response) under the arm received, where the model needs exactly `SHIFT`."""
    p = model.predict_response(table)
    log_odds = np.log(p / (1 - p)).to_numpy()
    moved = pd.DataFrame(1 / (1 + np.exp(-SHIFT.apply(log_odds))), columns=p.columns)
    return np.array([moved.loc[i, LABELS[arm]] for i, arm in enumerate(table["arm"])])


def shifted(table: pd.DataFrame, model: Bundle, seed: int) -> pd.DataFrame:
    """Draw those responses."""
    drawn = np.random.default_rng(seed).random(len(table)) < true_response(table, model)
    return table.assign(responder=drawn.astype(int).astype(str))


@pytest.fixture(scope="module")
def validated(
    tmp_path_factory: pytest.TempPathFactory, parent: Bundle, cohort_table: Table, study_text: str,
    parent_folder: Path, run_cli: Callable[..., subprocess.CompletedProcess[str]],
) -> Path:  # fmt: skip
    folder = tmp_path_factory.mktemp("validated")
    shifted(cohort_table(8000, 5), parent, 1).to_csv(folder / "cohort.csv", index=False)
    asked = "preference: {minimum_benefit: 0.04, probability: 0.85}\n"
    (folder / "study.yaml").write_text(study_text + asked, encoding="utf-8")
    (folder / "target.yaml").write_text("age: 50\nsex: {male: 0.6}\n", encoding="utf-8")
    done = run_cli(
        "validate", "study.yaml", "--model", parent_folder, "--target", "target.yaml",
        "--out", "out", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Recalibration recommended" in done.stdout
    assert "Does this cohort support choosing by the model?" in done.stdout
    return folder


def test_recalibration_restores_the_slopes_of_new_patients(
    validated: Path, parent: Bundle, cohort_table: Table
) -> None:
    child = load_bundle(validated / "out" / "model")
    table = cohort_table(4000, 77)
    # True probabilities in place of draws: the slope has no noise but that of the 8,000 learned on.
    y = true_response(table, parent)
    before, after = parent.predict_response(table), child.predict_response(table)
    for label, arm in LABELS.items():
        own = (table["arm"] == label).to_numpy()
        assert calibration_slope(y[own], before[arm].to_numpy()[own]).estimate < 0.8
        assert 0.9 <= calibration_slope(y[own], after[arm].to_numpy()[own]).estimate <= 1.1


def test_the_new_model_names_its_parent_and_says_what_this_cohort_can(
    validated: Path, parent: Bundle
) -> None:
    child = load_bundle(validated / "out" / "model")
    found = json.loads((validated / "out" / "validation.json").read_text())
    told = child.training["recalibration"]
    assert told["parent"] == parent.model_id == found["model"]["id"]
    assert told["parent_sha256"] == parent.sha256
    assert told["step"] == found["recalibration"]["step"] != "none"
    assert child.model_id == found["recalibrated_model"] != parent.model_id
    assert child.answers["verdict"] == found["after"]["verdict"]
    assert parent.preference == {"minimum_benefit": 0.05, "probability": 0.9}
    assert child.preference == {"minimum_benefit": 0.04, "probability": 0.85}
    assert (
        found["after"]["per_arm"]["naltrexone"]["brier"]["estimate"]
        < (found["before"]["per_arm"]["naltrexone"]["brier"]["estimate"])
    )


def test_the_report_compares_before_and_after_and_holds_the_target(validated: Path) -> None:
    page = (validated / "out" / "report.html").read_text().replace("\xa0", " ")
    for said in ("As the model came", "After recalibration", "target.yaml", "Research use only"):
        assert said in page
    found = json.loads((validated / "out" / "validation.json").read_text())
    (limitation,) = found["limitations"]
    assert "not been tested on a trial of an alcohol drug" in limitation
    assert limitation in page
    target = found["target"]
    assert target["reached"]
    means = {row["name"]: row["weighted"] for row in target["characteristics"]}
    assert means == pytest.approx({"age": 50, "sex: male": 0.6}, abs=0.2)
    for reason in target["answers"]["verdict"]["reasons"]:
        assert reason.split(":")[0] in page


def test_the_run_holds_the_validation_and_the_new_model_loads_from_it(
    validated: Path, parent: Bundle
) -> None:
    store = f"sqlite:///{validated / 'mlflow.db'}"
    client = MlflowClient(store)
    place = client.get_experiment_by_name("small").experiment_id
    (run,) = client.search_runs([place])
    judged = json.loads((validated / "out" / "validation.json").read_text())["after"]
    assert run.data.tags["nxpredict.verdict"] == judged["verdict"]["level"]
    logged = validated / "mlartifacts" / "small" / run.info.run_id / "artifacts"
    for path in sorted(p for p in (validated / "out").rglob("*") if p.is_file()):
        assert (logged / path.relative_to(validated / "out")).read_bytes() == path.read_bytes()
    found = json.loads((validated / "out" / "validation.json").read_text())
    for stage in ("before", "after"):
        slope = found[stage]["per_arm"]["nalmefene"]["calibration_slope"]["estimate"]
        assert run.data.metrics[f"{stage}/nalmefene/calibration_slope"] == pytest.approx(slope)
    assert run.data.tags["nxpredict.model_id"] == parent.model_id
    assert run.data.tags["nxpredict.recalibration"] == found["recalibration"]["step"]
    child = load_bundle(validated / "out" / "model")
    for address in (f"runs:/{run.info.run_id}/model", "models:/small@latest"):
        assert load_model(address, tracking_uri=store).sha256 == child.sha256


def test_no_patient_is_in_what_validation_leaves_behind(validated: Path) -> None:
    for path in (validated / "out").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for telling in (b"SENTINEL", b"zanzibar", b"SITE-QXZ"):
            assert telling not in content, path.name


def test_a_model_on_its_own_kind_of_patients_is_left_alone(
    make_study: Callable[..., StudyFolder], parent: Bundle, cohort_table: Table
) -> None:
    table = cohort_table(600, 21)
    p = parent.predict_response(table)
    own = [p.loc[i, LABELS[arm]] for i, arm in enumerate(table["arm"])]
    drawn = np.random.default_rng(3).random(len(table)) < own
    study = make_study(table.assign(responder=drawn.astype(int).astype(str)))
    run = validate(load_study(study.study), parent)
    assert run.model is None
    assert run.validation["recalibration"]["step"] == "none"
    assert run.validation["after"] is None


def test_a_table_of_patients_can_be_the_target(
    make_study: Callable[..., StudyFolder], parent: Bundle, cohort_table: Table, tmp_path: Path
) -> None:
    study = make_study(cohort_table(300, 8))
    cohort_table(200, 9).to_csv(tmp_path / "routine.csv", index=False)
    run = validate(
        load_study(study.study),
        parent,
        target=tmp_path / "routine.csv",
    )
    assert run.validation["target"]["effective_n"] > 50
    answers = run.validation["target"]["answers"]
    assert "nalmefene_vs_naltrexone" in answers["average"]
    assert answers["verdict"]["reasons"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("naltrexone: NTX", "acamprosate: NTX"), "the model knows no arm 'acamprosate'"),
        (("kind: continuous, unit: ng/mL", "kind: ordinal, levels: [a]"), "row"),
        (("unit: ng/mL", "unit: mg/L"), "'marker' is not what the model was trained on"),
    ],
)
def test_a_cohort_that_does_not_fit_the_model_is_told_why(
    make_study: Callable[..., StudyFolder], study_text: str, parent: Bundle, cohort_table: Table,
    change: tuple[str, str], said: str,
) -> None:  # fmt: skip
    text = study_text.replace("reference: naltrexone\n", "").replace(*change)
    study = make_study(cohort_table(240, 31), text)
    with pytest.raises(DataError, match=said):
        validate(load_study(study.study), parent)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("agee: 50\n", "do not share a predictor 'agee'"),
        ("sex: 0.5\n", "expected shares by label"),
        ("sex: {male: 60}\n", "the share, from 0 to 1"),
        ("age: many\n", "expected a number"),
    ],
)
def test_a_wrong_target_is_a_fault(
    make_study: Callable[..., StudyFolder],
    parent: Bundle,
    cohort_table: Table,
    tmp_path: Path,
    target: str,
    said: str,
) -> None:
    study = make_study(cohort_table(240, 31))
    (tmp_path / "target.yaml").write_text(target)
    with pytest.raises(DataError, match=said):
        validate(load_study(study.study), parent, target=tmp_path / "target.yaml")


def test_a_model_is_not_validated_on_the_patients_it_learned_from(trained: Trained) -> None:
    model = load_bundle(trained.folder / "out" / "model")
    with pytest.raises(DataError, match="learned from these very patients"):
        validate(load_study(trained.study), model)


def test_a_recalibrated_model_is_not_validated_on_the_patients_that_moved_it(
    validated: Path,
) -> None:
    child = load_bundle(validated / "out" / "model")
    with pytest.raises(DataError, match="learned from these very patients"):
        validate(load_study(validated / "study.yaml"), child)


def test_a_predictor_that_the_new_table_lacks_is_said(
    make_study: Callable[..., StudyFolder],
    study_text: str,
    parent_folder: Path,
    cohort_table: Table,
) -> None:
    lines = [line for line in study_text.splitlines() if "marker" not in line]
    study = make_study(cohort_table(240, 31).drop(columns="marker"), "\n".join(lines))
    outcome = validate_files(study.study, str(parent_folder), study.out)
    assert any("count as missing for everybody: marker" in w for w in outcome.facts["warnings"])


def test_a_cohort_without_one_of_the_arms_cannot_say_which_is_best() -> None:
    after = {
        "average": {"c_vs_b": {"estimate": 0.3, "established": True, "better": "c"}},
        "heterogeneity": {"c_vs_b": {"p": 0.01}},
        "verdict": {"level": "supported", "reasons": ["It gains."], "switched": 0.4},
    }
    assert _answers(["b", "c"], ["c", "b"], after) == after
    found = _answers(["a", "b", "c"], ["b", "c"], after)
    assert found["average"]["c_vs_b"] == {"estimate": 0.3, "established": True, "better": None}
    assert found["verdict"]["level"] == "not assessable"
    assert found["verdict"]["reasons"] == ["The cohort of the recalibration lacks a."]
