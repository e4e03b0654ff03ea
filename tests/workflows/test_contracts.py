"""What a training writes: files, keys and the rules between the numbers."""

from __future__ import annotations

import hashlib
import json
import re

import pandas as pd
import pytest

from nxpredict.bundle import load_bundle
from nxpredict.errors import RESEARCH_USE

ARMS = ("naltrexone", "nalmefene")
CONTRAST = "nalmefene_vs_naltrexone"
INTERVAL = {"estimate", "lower", "upper"}


@pytest.fixture(scope="module")
def evaluation(trained):
    return dict(json.loads((trained.out / "evaluation.json").read_text(encoding="utf-8")))


def test_train_writes_the_files_of_the_design(trained):
    wanted = {"model", "evaluation.json", "report.html", "tables.html"}
    wanted |= {"tripod_ai.csv", "tripod_ai.md"}
    assert wanted | {"model_card.md", "tables"} <= {p.name for p in trained.out.iterdir()}
    assert {"calibration.csv", "gates.csv", "subgroups.csv"} <= {
        p.name for p in (trained.out / "tables").iterdir()
    }
    assert (trained.folder / "mlflow.db").is_file()
    assert (trained.folder / "mlartifacts").is_dir()
    assert not [p for p in trained.folder.iterdir() if p.name.startswith(".")]


def test_every_text_for_people_says_research_use(trained):
    for name in ("report.html", "tables.html", "model_card.md", "tripod_ai.md", "model/README.md"):
        assert RESEARCH_USE in (trained.out / name).read_text(encoding="utf-8"), name


def test_evaluation_has_the_keys_of_the_design(evaluation):
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
        "overlap",
        "subgroups",
        "model",
        "warnings",
        "research_use",
    }
    assert evaluation["research_use"] == RESEARCH_USE
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


def test_each_measure_is_a_number_with_an_interval(evaluation):
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


def test_response_rates_are_those_of_the_table(evaluation, trained):
    table = pd.read_csv(trained.folder / "cohort.csv")
    rates = table.groupby("arm")["responder"].mean()
    for arm, label in zip(ARMS, ("NTX", "NMF"), strict=True):
        found = evaluation["per_arm"][arm]["response_rate"]["estimate"]
        assert found == pytest.approx(rates[label], abs=1e-9)
    plain = rates["NMF"] - rates["NTX"]
    average = evaluation["average"][CONTRAST]
    assert average["lower"] < plain < average["upper"]


def test_the_model_carries_how_well_each_arm_is_ranked(evaluation, trained):
    kept = load_bundle(trained.out / "model").training["per_arm"]
    for arm in ARMS:
        assert kept[arm]["auc"] == evaluation["per_arm"][arm]["auc"]


def test_the_first_look_is_said_to_be_the_first(trained):
    assert json.loads(trained.stdout)["look"] == 1


def test_evaluation_holds_no_time_path_or_run(trained):
    text = (trained.out / "evaluation.json").read_text(encoding="utf-8")
    assert json.loads(trained.stdout)["mlflow_run_id"] not in text
    assert str(trained.folder) not in text
    assert not re.search(r"20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)
    digits = re.findall(r"\d\.(\d+)", text)
    assert max(map(len, digits)) <= 10 + 5


def test_the_same_seed_gives_the_same_bytes_in_another_process(trained, tmp_path, run_cli):
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


def test_the_manifest_lists_every_file_with_its_sum(trained):
    model = trained.out / "model"
    manifest = json.loads((model / "manifest.json").read_text())
    assert set(manifest["files"]) == {p.name for p in model.iterdir()} - {"manifest.json"}
    for name, told in manifest["files"].items():
        content = (model / name).read_bytes()
        assert told == {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    assert {path.suffix for path in model.iterdir()} <= {".json", ".npz", ".md", ".skops"}


def test_the_run_holds_what_the_folder_holds(trained):
    run = json.loads(trained.stdout)["mlflow_run_id"]
    logged = trained.folder / "mlartifacts" / "small" / run / "artifacts"
    for path in sorted(p for p in trained.out.rglob("*") if p.is_file()):
        name = path.relative_to(trained.out)
        assert (logged / name).read_bytes() == path.read_bytes(), name
    assert (logged / "study.yaml").read_text() == trained.study.read_text()
