"""What a training and a scoring write: names, columns, order and the rules between the numbers."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from nxpredict import load_model
from nxpredict.bundle import load_bundle
from nxpredict.cli import app
from nxpredict.errors import RESEARCH_USE

ARMS = ("naltrexone", "nalmefene")
CONTRAST = "nalmefene_vs_naltrexone"
SCORE_COLUMNS = [
    "patient_id",
    "p_naltrexone",
    "p_naltrexone_lower",
    "p_naltrexone_upper",
    "p_nalmefene",
    "p_nalmefene_lower",
    "p_nalmefene_upper",
    "benefit_nalmefene_vs_naltrexone",
    "benefit_nalmefene_vs_naltrexone_lower",
    "benefit_nalmefene_vs_naltrexone_upper",
    "prob_nalmefene_better",
    "preferred",
    "basis",
    "status",
    "reasons",
    "cautions",
    "cautions_not_assessed",
    "missing",
    "outside_training_range",
]
INTERVAL = {"estimate", "lower", "upper"}


@pytest.fixture(scope="module")
def evaluation(trained: Any) -> dict[str, Any]:
    return dict(json.loads((trained.out / "evaluation.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def patients(trained: Any, cohort_table: Callable[..., pd.DataFrame]) -> Path:
    table = cohort_table(60, 5).drop(columns=["arm", "site", "responder"])
    table.loc[0, ["ggt", "audit_score", "OPRM1_rs1799971"]] = ""
    table.loc[1, "marker"] = "500"
    table.loc[2, "centre_type"] = "a place never seen before"
    table.loc[3, "current_opioid_use"] = "yes"
    table.loc[4, ["ggt", "audit_score", "OPRM1_rs1799971", "centre_type", "marker"]] = ""
    table.loc[4, ["age", "gender"]] = ""
    table.loc[6, "patient_id"] = table.loc[5, "patient_id"]
    path = trained.folder / "sixty.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def scores(trained: Any, patients: Path) -> pd.DataFrame:
    out = trained.folder / "sixty_scores.csv"
    args = ["score", str(patients), "--model", str(trained.out / "model"), "--out", str(out)]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 4, done.output
    return pd.read_csv(out, keep_default_na=False, dtype="str")


def numbers(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the numeric columns of the rows that were scored."""
    rows = scores[scores["status"] == "scored"]
    return rows[SCORE_COLUMNS[1:11]].astype(float)


# --- train --------------------------------------------------------------------------------------


def test_train_writes_the_files_of_the_design(trained: Any) -> None:
    wanted = {"model", "evaluation.json", "report.html", "tables.html"}
    wanted |= {"tripod_ai.csv", "tripod_ai.md"}
    assert wanted | {"model_card.md", "tables"} <= {p.name for p in trained.out.iterdir()}
    assert {"calibration.csv", "gates.csv", "subgroups.csv"} <= {
        p.name for p in (trained.out / "tables").iterdir()
    }
    assert (trained.folder / "mlflow.db").is_file()
    assert (trained.folder / "mlartifacts").is_dir()
    assert not [p for p in trained.folder.iterdir() if p.name.startswith(".")]


def test_every_text_for_people_says_research_use(trained: Any) -> None:
    for name in ("report.html", "tables.html", "model_card.md", "tripod_ai.md", "model/README.md"):
        assert RESEARCH_USE in (trained.out / name).read_text(encoding="utf-8"), name


def test_evaluation_has_the_keys_of_the_design(evaluation: dict[str, Any]) -> None:
    assert set(evaluation) == {
        "format",
        "study",
        "design",
        "response",
        "n",
        "arms",
        "average",
        "heterogeneity",
        "verdict",
        "per_arm",
        "contrasts",
        "subgroups",
        "model",
        "warnings",
    }
    assert evaluation["study"] == "small"
    assert evaluation["n"] == 240
    assert evaluation["arms"] == list(ARMS)
    assert evaluation["average"][CONTRAST].keys() >= INTERVAL | {"established"}
    assert evaluation["heterogeneity"][CONTRAST].keys() >= {"test", "p", "established"}
    assert evaluation["design"]["tests"]["primary"] == [CONTRAST]
    verdict = evaluation["verdict"]
    levels = {"supported", "suggestive", "not supported", "not assessable"}
    assert verdict["level"] in levels
    assert verdict["reasons"]
    assert all(isinstance(reason, str) for reason in verdict["reasons"])


def test_each_measure_is_a_number_with_an_interval(evaluation: dict[str, Any]) -> None:
    measures = {"response_rate", "auc", "calibration_in_the_large", "calibration_slope"}
    for arm in ARMS:
        found = evaluation["per_arm"][arm]
        assert found["n"] == 120
        for name in measures | {"ici", "brier"}:
            interval = found[name]
            assert interval.keys() >= INTERVAL, name
            assert interval["lower"] <= interval["estimate"] <= interval["upper"], name
    contrast = evaluation["contrasts"][CONTRAST]
    assert contrast.keys() >= {"ate", "blp", "gates", "autoc", "policy_value"}
    assert contrast["ate"].keys() >= INTERVAL
    rule = contrast["published_rules"]["Consensus score"]
    assert rule["model_gain_over_rule"].keys() >= INTERVAL
    assert {"instability", "optimism", "between_sites", "delta_calibration"} <= contrast.keys()
    assert contrast["autoc"].keys() >= INTERVAL


def test_response_rates_are_those_of_the_table(evaluation: dict[str, Any], trained: Any) -> None:
    table = pd.read_csv(trained.folder / "cohort.csv")
    rates = table.groupby("arm")["responder"].mean()
    for arm, label in zip(ARMS, ("NTX", "NMF"), strict=True):
        found = evaluation["per_arm"][arm]["response_rate"]["estimate"]
        assert found == pytest.approx(rates[label], abs=1e-9)
    plain = rates["NMF"] - rates["NTX"]
    average = evaluation["average"][CONTRAST]
    assert average["lower"] < plain < average["upper"]


def test_the_model_carries_how_well_each_arm_is_ranked(
    evaluation: dict[str, Any], trained: Any
) -> None:
    kept = load_bundle(trained.out / "model").training["per_arm"]
    for arm in ARMS:
        assert kept[arm]["auc"] == evaluation["per_arm"][arm]["auc"]


def test_the_first_look_is_said_to_be_the_first(trained: Any) -> None:
    assert json.loads(trained.stdout)["look"] == 1


def test_evaluation_holds_no_time_path_or_run(trained: Any) -> None:
    text = (trained.out / "evaluation.json").read_text(encoding="utf-8")
    assert json.loads(trained.stdout)["mlflow_run_id"] not in text
    assert str(trained.folder) not in text
    assert not re.search(r"20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)
    digits = re.findall(r"\d\.(\d+)", text)
    assert max(map(len, digits)) <= 10 + 5


def test_the_same_seed_gives_the_same_bytes_in_another_process(
    trained: Any, tmp_path: Path, run_cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Another folder, another number of processes, another hash seed: equal bytes."""
    for name in ("cohort.csv", "study.yaml"):
        (tmp_path / name).write_bytes((trained.folder / name).read_bytes())
    options = ("--out", "elsewhere", "--jobs", "2", "--json")
    done = run_cli(
        "train", "study.yaml", *options, cwd=tmp_path, PYTHONHASHSEED="7", TZ="Asia/Tokyo"
    )
    assert done.returncode == 0, done.stderr
    ours, theirs = trained.out, tmp_path / "elsewhere"
    assert json.loads(done.stdout)["model_id"] == json.loads(trained.stdout)["model_id"]
    for path in sorted(p for p in ours.rglob("*") if p.is_file()):
        name = path.relative_to(ours)
        assert (theirs / name).read_bytes() == path.read_bytes(), name


def test_the_manifest_lists_every_file_with_its_sum(trained: Any) -> None:
    model = trained.out / "model"
    manifest = json.loads((model / "manifest.json").read_text())
    assert set(manifest["files"]) == {p.name for p in model.iterdir()} - {"manifest.json"}
    for name, told in manifest["files"].items():
        content = (model / name).read_bytes()
        assert told == {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    assert {path.suffix for path in model.iterdir()} <= {".json", ".npz", ".md", ".skops"}


# --- score --------------------------------------------------------------------------------------


def test_scores_have_the_columns_of_the_design_in_their_order(
    scores: pd.DataFrame, patients: Path
) -> None:
    assert list(scores.columns) == SCORE_COLUMNS
    assert scores["patient_id"].tolist() == pd.read_csv(patients)["patient_id"].tolist()


def test_benefit_is_the_difference_of_the_probabilities(scores: pd.DataFrame) -> None:
    found = numbers(scores)
    difference = found["p_nalmefene"] - found["p_naltrexone"]
    np.testing.assert_allclose(found[f"benefit_{CONTRAST}"], difference, rtol=0, atol=1e-6)


def test_intervals_hold_their_estimate_and_stay_in_bounds(scores: pd.DataFrame) -> None:
    found = numbers(scores)
    for name in ("p_naltrexone", "p_nalmefene", f"benefit_{CONTRAST}"):
        assert (found[f"{name}_lower"] <= found[name]).all()
        assert (found[name] <= found[f"{name}_upper"]).all()
        low = -1 if name.startswith("benefit") else 0
        assert found[f"{name}_lower"].min() >= low
        assert found[f"{name}_upper"].max() <= 1
    assert found["prob_nalmefene_better"].between(0, 1).all()
    decimals = scores.loc[scores["status"] == "scored", "p_nalmefene"].str.partition(".")[2]
    assert decimals.str.len().max() <= 8


def test_what_is_missing_or_far_out_is_told(scores: pd.DataFrame) -> None:
    missing = set(scores["missing"][0].split(";"))
    assert missing == {"ggt", "audit", "OPRM1_rs1799971_G_dosage"}
    assert scores["outside_training_range"][1] == "marker"
    assert scores["preferred"][1] == "no preference"
    assert (scores["status"][:3] == "scored").all()


def test_missing_values_do_not_pass_for_certainty(scores: pd.DataFrame, trained: Any) -> None:
    model = load_model(trained.out / "model")
    table = pd.read_csv(trained.folder / "cohort.csv", dtype="str").iloc[:100]
    known = table[table[["ggt", "audit_score", "OPRM1_rs1799971"]].notna().all(axis=1)]
    blanked = known.assign(age="", ggt="", marker="")
    width = {
        name: (found["upper"] - found["lower"]).mean()
        for name, found in (
            ("known", model.predict_benefit(known)),
            ("blanked", model.predict_benefit(blanked)),
        )
    }
    # 240 patients tell next to nothing of these predictors, so knowing them helps as little;
    # where they matter, tests/models sees the interval widen by a third.
    assert width["blanked"] > 0.97 * width["known"]


def test_rows_that_cannot_be_scored_say_why_and_have_no_numbers(scores: pd.DataFrame) -> None:
    unscored = scores[scores["status"] == "not_scorable"]
    assert unscored.index.tolist() == [3, 4, 6]
    assert (unscored[SCORE_COLUMNS[1:11]] == "").all(axis=None)
    assert (unscored["preferred"] == "no preference").all()
    assert (unscored["basis"] == "").all()
    assert unscored["reasons"].str.len().min() > 0
    assert (scores.loc[scores["status"] == "scored", "reasons"] == "").all()


def test_a_preference_needs_a_basis_and_a_verdict(
    scores: pd.DataFrame, evaluation: dict[str, Any]
) -> None:
    assert set(scores["preferred"]) <= {*ARMS, "no preference"}
    assert ((scores["preferred"] == "no preference") == (scores["basis"] == "")).all()
    if evaluation["verdict"]["level"] != "supported":
        assert "individual" not in set(scores["basis"])
    average = evaluation["average"][CONTRAST]
    if not average["established"]:
        assert "average" not in set(scores["basis"])


def test_a_drug_with_a_caution_not_assessed_is_not_preferred(scores: pd.DataFrame) -> None:
    """The study screened for nothing, and this table says almost nothing of the cautions."""
    assert scores["cautions_not_assessed"].str.contains("nalmefene").all()
    assert set(scores["preferred"]) == {"no preference"}


def test_the_sidecar_says_what_was_done(scores: pd.DataFrame, trained: Any) -> None:
    out = trained.folder / "sixty_scores.csv"
    meta = json.loads(out.with_name(out.name + ".meta.json").read_text())
    manifest = json.loads((trained.out / "model" / "manifest.json").read_text())
    assert meta["model"]["sha256"] == manifest["sha256"]
    assert meta["model"]["id"] == manifest["sha256"][:16]
    assert meta["scores"]["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert meta["scores"]["rows"] == 60
    assert meta["counts"]["status"] == {"not_scorable": 3, "scored": 57}
    assert meta["versions"]["nxpredict"]
    assert meta["research_use"] == RESEARCH_USE


def test_the_page_beside_the_scores_compares_with_the_cohort_and_names_nobody(
    scores: pd.DataFrame, trained: Any
) -> None:
    page = (trained.folder / "sixty_scores.csv.html").read_text()
    assert RESEARCH_USE in page
    assert "60 patients scored" in page
    assert "PSI" in page
    assert not any(str(patient) in page for patient in scores["patient_id"].dropna())


def test_every_engine_gives_the_same_bytes_by_the_command_line(
    trained: Any, patients: Path, tmp_path: Path, scores: pd.DataFrame
) -> None:
    args = ["score", str(patients), "--model", str(trained.out / "model"), "--json"]
    ways = {"threads": ["--jobs", "3"], "resumed": ["--resume"], "cluster": ["--engine", "dask"]}
    for name, way in ways.items():
        if name == "cluster":
            pytest.importorskip("distributed")
        out = tmp_path / f"{name}.csv"
        done = CliRunner().invoke(app, [*args, "--out", str(out), *way])
        assert done.exit_code == 4, done.output
        assert out.read_bytes() == (trained.folder / "sixty_scores.csv").read_bytes()
    unknown = CliRunner().invoke(
        app, [*args, "--out", str(tmp_path / "x.csv"), "--engine", "spark"]
    )
    assert unknown.exit_code == 2


def test_a_tracked_run_holds_the_summary_and_no_patient(
    trained: Any, patients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.chdir(tmp_path)
    args = ["score", str(patients), "--model", str(trained.out / "model"), "--out", "scores.csv"]
    done = CliRunner().invoke(app, [*args, "--track", "sqlite:///mlflow.db"])
    assert done.exit_code == 4, done.output
    client = MlflowClient("sqlite:///mlflow.db")
    place = client.get_experiment_by_name("small")
    assert place is not None
    (run,) = client.search_runs([place.experiment_id])
    assert run.data.metrics["patients"] == 60
    assert "missing/ggt" in run.data.metrics
    assert {f.path for f in client.list_artifacts(run.info.run_id)} == {
        "scores.html",
        "scores.meta.json",
    }
    table = pd.read_csv(patients, dtype="str")
    held = b"".join(p.read_bytes() for p in (tmp_path / "mlartifacts").rglob("*") if p.is_file())
    assert not any(patient.encode() in held for patient in table["patient_id"].dropna())


def test_parquet_holds_the_same_scores(scores: pd.DataFrame, trained: Any, patients: Path) -> None:
    out = trained.folder / "sixty_scores.parquet"
    args = ["score", str(patients), "--model", str(trained.out / "model"), "--out", str(out)]
    assert CliRunner().invoke(app, [*args, "--jobs", "1"]).exit_code == 4
    typed = pd.read_parquet(out)
    assert list(typed.columns) == SCORE_COLUMNS
    fine = scores["status"] == "scored"
    np.testing.assert_allclose(
        typed.loc[fine, SCORE_COLUMNS[1:11]].to_numpy(float), numbers(scores), rtol=0, atol=1e-9
    )


def test_a_predictor_column_that_is_missing_is_a_fault_unless_allowed(
    trained: Any, patients: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(patients, dtype="str").rename(columns={"marker": "markr"})
    table.to_csv(tmp_path / "new.csv", index=False)
    args = ["score", str(tmp_path / "new.csv"), "--model", str(trained.out / "model")]
    args += ["--out", str(tmp_path / "scores.csv")]
    refused = CliRunner().invoke(app, args)
    assert refused.exit_code == 3
    assert "'markr'" in refused.stderr
    assert not (tmp_path / "scores.csv").exists()
    assert CliRunner().invoke(app, [*args, "--allow-absent"]).exit_code == 4
    scores = pd.read_csv(tmp_path / "scores.csv", dtype="str")
    assert scores["missing"].str.contains("marker").all()


# --- MLflow -------------------------------------------------------------------------------------


def test_every_address_loads_the_same_model_in_a_fresh_process(
    trained: Any, patients: Path
) -> None:
    run = json.loads(trained.stdout)["mlflow_run_id"]
    addresses = [f"runs:/{run}/model", "models:/small@latest", "models:/small/1", "out/model"]
    script = (
        "import sys, json, pandas as pd\n"
        "from nxpredict import load_model\n"
        "table = pd.read_csv(sys.argv[1], dtype='str')\n"
        "for address in sys.argv[2:]:\n"
        "    model = load_model(address)\n"
        "    benefit = model.predict_benefit(table)['benefit'].iloc[:3].tolist()\n"
        "    print(json.dumps([model.sha256, benefit]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(patients), *addresses],
        cwd=trained.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    here = load_model(trained.out / "model")
    table = pd.read_csv(patients, dtype="str")
    benefit = here.predict_benefit(table)["benefit"].iloc[:3].tolist()
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told == [[here.sha256, benefit]] * len(addresses)


def test_the_run_holds_what_the_folder_holds(trained: Any) -> None:
    run = json.loads(trained.stdout)["mlflow_run_id"]
    logged = trained.folder / "mlartifacts" / "small" / run / "artifacts"
    for path in sorted(p for p in trained.out.rglob("*") if p.is_file()):
        name = path.relative_to(trained.out)
        assert (logged / name).read_bytes() == path.read_bytes(), name
    assert (logged / "study.yaml").read_text() == trained.study.read_text()
