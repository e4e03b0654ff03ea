"""Exit codes, and nothing written that should not be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from nxpredict.errors import RESEARCH_USE

VERBS = ("init", "catalog", "simulate", "check", "train", "score", "explain")


def test_help_names_every_verb_and_what_the_program_is_not(call):
    done = call("--help")
    assert done.exit_code == 0
    for verb in VERBS:
        assert f" {verb} " in done.stdout
    assert RESEARCH_USE.split(".")[0] in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_its_options(verb, call):
    done = call(verb, "--help")
    assert done.exit_code == 0
    assert "--json" in done.stdout


def test_the_version_is_told(call):
    from nxpredict import __version__

    assert call("--version").stdout == f"nxpredict {__version__}\n"


@pytest.mark.parametrize(
    "args",
    [
        ("--nonsense",),
        ("nonsense",),
        ("train",),
        ("train", "nowhere.yaml"),
        ("check", "nowhere.yaml"),
        ("check", "."),
        ("train", "nowhere.yaml", "--nonsense"),
        ("train", "nowhere.yaml", "--jobs", "0"),
        ("train", "nowhere.yaml", "--jobs", "many"),
        ("score", "nowhere.csv", "--model", "nowhere"),
        ("explain", "nowhere.csv", "--out", "x"),
        ("simulate", "nowhere.yaml", "--out", "x"),
    ],
)
def test_wrong_use_is_exit_code_2_and_writes_nothing(args, tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    done = call(*args)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        "model.seed",
        "=1",
        "model..seed=1",
        "model.seeed=1",
        "modell.seed=1",
        "model.learner=magic",
        "model.learner.name=x",
        "model.seed=seven",
        "model.seed=-1",
        "evaluation.folds=1",
        "evaluation.folds=[",
        "preference.probability=2",
    ],
)
@pytest.mark.parametrize("verb", ["check", "train"])
def test_a_bad_override_is_exit_code_2(change, verb, make_study, call):
    folder = make_study()
    before = folder.names()
    done = call(verb, folder.study, "--set", change)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.stderr
    assert folder.names() == before


def test_an_override_reaches_the_training(trained, call, one_object):
    done = call("check", trained.study, "--set", "study=renamed", "--json")
    assert one_object(done.stdout)["study"] == "renamed"


def test_scores_end_in_a_known_format_and_never_replace_the_patients(
    trained, patients, tmp_path, call
):
    before = patients.read_bytes()
    model = trained.out / "model"
    assert call("score", patients, "--model", model, "--out", tmp_path / "x.txt").exit_code == 2
    assert call("score", patients, "--model", model, "--out", patients).exit_code == 2
    lonely = ("--set", "preference.minimum_benefit=0.1")
    out = tmp_path / "x.csv"
    assert call("score", patients, "--model", model, "--out", out, *lonely).exit_code == 2
    assert patients.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_patient_is_wrong_use_and_is_not_echoed(trained, patients, tmp_path, call):
    wanted = "SENTINEL-nobody"
    options = ("--model", trained.out / "model", "--out", tmp_path / "x", "--patient", wanted)
    done = call("explain", patients, *options)
    assert done.exit_code == 2
    assert "SENTINEL" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_unscorable_patients_are_exit_code_4_and_stand_in_the_output(
    trained, opioid_users, tmp_path, call, one_object
):
    out = tmp_path / "scores.csv"
    done = call("score", opioid_users, "--model", trained.out / "model", "--out", out, "--json")
    assert done.exit_code == 4, done.output
    assert "SENTINEL" not in done.output
    facts = one_object(done.stdout)
    assert facts["counts"]["status"] == {"not_scorable": 1, "scored": 5}
    scores = pd.read_csv(out, keep_default_na=False)
    row = scores.iloc[1]
    assert row["status"] == "not_scorable"
    assert row["reasons"]
    assert row["p_naltrexone"] == ""
    assert row["preferred"] == "no preference"


def test_explaining_an_unscorable_patient_is_exit_code_4(
    trained, opioid_users, tmp_path, call, one_object
):
    ids = pd.read_csv(opioid_users, dtype="str")["patient_id"]
    options = ("--model", trained.out / "model", "--out", tmp_path / "x", "--patient", ids[1])
    done = call("explain", opioid_users, *options, "--json")
    assert done.exit_code == 4, done.output
    assert one_object(done.stdout)["not_scorable"] == 1
    assert {p.name for p in (tmp_path / "x").glob("patient-*")} == {"patient-000002.html"}


def test_rows_without_an_identifier_or_with_one_seen_before_are_pages_without_a_score(
    trained, patients, tmp_path, call, one_object
):
    table = pd.read_csv(patients, dtype="str", keep_default_na=False)
    table.loc[1, "patient_id"] = ""
    table.loc[2, "patient_id"] = table.loc[0, "patient_id"]
    table.to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / "x"
    options = ("--model", trained.out / "model", "--out", out)
    done = call("explain", tmp_path / "new.csv", *options, "--json")
    assert one_object(done.stdout)["not_scorable"] == 2
    nameless = (out / "patient-000002.html").read_text(encoding="utf-8")
    assert "the row has no patient identifier" in nameless
    assert "Patient without identifier" in nameless
    assert "no identifier" in (out / "index.html").read_text(encoding="utf-8")
    assert not [p.name for p in out.glob("*.html") if ">nan<" in p.read_text(encoding="utf-8")]
    assert "Patient nan" not in nameless
    repeated = (out / "patient-000003.html").read_text(encoding="utf-8")
    assert "an earlier row has the same patient identifier" in repeated


def _change(model: Path) -> None:
    path = model / "model.json"
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))


def _add(model: Path) -> None:
    (model / "extra.pkl").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")


def _remove(model: Path) -> None:
    (model / "schema.json").unlink()


def _replace(model: Path) -> None:
    shutil.rmtree(model)
    model.mkdir()
    (model / "MLmodel").write_text("flavors: {}\n")


@pytest.mark.parametrize("damage", [_change, _add, _remove, _replace, shutil.rmtree])
def test_a_damaged_model_is_exit_code_5(damage, trained, patients, tmp_path, call, one_object):
    model = tmp_path / "model"
    shutil.copytree(trained.out / "model", model)
    damage(model)
    for verb, out in (("score", "scores.csv"), ("explain", "pages")):
        done = call(verb, patients, "--model", model, "--out", tmp_path / out, "--json")
        assert done.exit_code == 5, done.output
        assert one_object(done.stdout)["error"]["code"] == 5
        assert not (tmp_path / out).exists()


def test_a_target_that_cannot_be_written_is_exit_code_6(
    trained, patients, make_study, call, one_object
):
    folder = make_study()
    blocked = folder.folder / "cohort.csv" / "inside"
    before = folder.names()
    done = call("train", folder.study, "--out", blocked, "--json")
    assert done.exit_code == 6, done.output
    assert one_object(done.stdout)["error"]["code"] == 6
    assert folder.names() == before
    for verb in ("score", "explain"):
        out = blocked / "scores.csv"
        done = call(verb, patients, "--model", trained.out / "model", "--out", out)
        assert done.exit_code == 6, done.output
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_exit_code_6(trained, patients, tmp_path, call):
    tmp_path.chmod(0o555)
    out = tmp_path / "scores.csv"
    done = call("score", patients, "--model", trained.out / "model", "--out", out)
    tmp_path.chmod(0o755)
    assert done.exit_code == 6
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_not_there_is_exit_code_6(patients, tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = call("score", patients, "--model", "models:/small@latest", "--out", "scores.csv")
    assert done.exit_code == 6
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "thesis.docx").write_text("precious")
    return folder


def test_a_folder_of_somebody_else_is_refused_before_anything_is_computed(
    foreign, trained, patients, make_study, call
):
    study = make_study()
    before = study.names()
    done = call("train", study.study, "--out", foreign)
    assert done.exit_code == 2, done.output
    assert study.names() == before
    config = study.folder / "scenario.yaml"
    config.write_text("scenario: no_difference\nn: 60\nnew_patients: 5\nseed: 1\n")
    assert call("simulate", config, "--out", foreign).exit_code == 2
    model = trained.out / "model"
    assert call("explain", patients, "--model", model, "--out", foreign).exit_code == 2
    assert {p.name: p.read_text() for p in foreign.iterdir()} == {"thesis.docx": "precious"}


def test_scores_do_not_replace_a_file_of_somebody_else(trained, patients, tmp_path, call):
    out = tmp_path / "scores.csv"
    for name in ("scores.csv.html", "scores.csv"):
        (tmp_path / name).write_text("precious\n")
        done = call("score", patients, "--model", trained.out / "model", "--out", out)
        assert done.exit_code == 2
        assert (tmp_path / name).read_text() == "precious\n"


def test_our_own_output_is_replaced_whole(trained, patients, tmp_path, call):
    model = trained.out / "model"
    scores, pages = tmp_path / "scores.csv", tmp_path / "pages"
    one = ("--patient", pd.read_csv(patients, dtype="str")["patient_id"][0])
    for _ in range(2):
        assert call("score", patients, "--model", model, "--out", scores).exit_code == 0
        assert call("explain", patients, "--model", model, "--out", pages, *one).exit_code == 0
        (pages / "left_over.html").write_text("old")
    assert call("explain", patients, "--model", model, "--out", pages, *one).exit_code == 0
    assert not (pages / "left_over.html").exists()
    inside = pages / "patients.csv"
    inside.write_bytes(patients.read_bytes())
    refused = call("explain", inside, "--model", model, "--out", pages, *one)
    assert refused.exit_code == 2
    assert inside.exists()
    inside.unlink()
    assert {p.name for p in tmp_path.iterdir()} == {
        "scores.csv",
        "scores.csv.meta.json",
        "scores.csv.html",
        "pages",
    }
