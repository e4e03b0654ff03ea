"""The command line's contract: exit codes, one JSON object, nothing half-written, a light start."""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from nxpredict.cli import app
from nxpredict.cli._command import command
from nxpredict.errors import RESEARCH_USE

VERBS = ("init", "catalog", "simulate", "check", "train", "score", "explain")
SENTINEL = "SENTINEL"


def call(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def one_object(text: str) -> dict[str, Any]:
    """Return the only JSON object in a text; anything else around it fails."""
    found = json.loads(text)
    assert isinstance(found, dict)
    assert text == text.strip() + "\n"
    assert "\n" not in text.strip()
    return found


@pytest.fixture(scope="module")
def patients(trained: Any) -> Path:
    """New patients, of the kind that the model was trained on."""
    table = pd.read_csv(trained.folder / "cohort.csv", dtype="str").iloc[40:46]
    table = table.drop(columns=["arm", "site", "responder"])
    path = trained.folder / "new.csv"
    table.assign(current_opioid_use="no").to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def opioid_users(patients: Path) -> Path:
    table = pd.read_csv(patients, dtype="str")
    table.loc[1, "current_opioid_use"] = "yes"
    path = patients.with_name("opioid_users.csv")
    table.to_csv(path, index=False)
    return path


# --- what is there ------------------------------------------------------------------------------


def test_help_names_every_verb_and_what_the_program_is_not() -> None:
    done = call("--help")
    assert done.exit_code == 0
    for verb in VERBS:
        assert f" {verb} " in done.stdout
    assert RESEARCH_USE.split(".")[0] in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_its_options(verb: str) -> None:
    done = call(verb, "--help")
    assert done.exit_code == 0
    assert "--json" in done.stdout


def test_the_version_is_told() -> None:
    from nxpredict import __version__

    assert call("--version").stdout == f"nxpredict {__version__}\n"


# --- exit code 2: wrong use ---------------------------------------------------------------------


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
def test_wrong_use_is_exit_code_2_and_writes_nothing(
    args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
def test_a_bad_override_is_exit_code_2(
    change: str, verb: str, make_study: Callable[..., Any]
) -> None:
    folder = make_study()
    before = folder.names()
    done = call(verb, folder.study, "--set", change)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.stderr
    assert folder.names() == before


def test_an_override_reaches_the_training(trained: Any) -> None:
    done = call("check", trained.study, "--set", "study=renamed", "--json")
    assert one_object(done.stdout)["study"] == "renamed"


def test_scores_end_in_a_known_format_and_never_replace_the_patients(
    trained: Any, patients: Path, tmp_path: Path
) -> None:
    before = patients.read_bytes()
    model = trained.out / "model"
    assert call("score", patients, "--model", model, "--out", tmp_path / "x.txt").exit_code == 2
    assert call("score", patients, "--model", model, "--out", patients).exit_code == 2
    lonely = ("--set", "preference.minimum_benefit=0.1")
    out = tmp_path / "x.csv"
    assert call("score", patients, "--model", model, "--out", out, *lonely).exit_code == 2
    assert patients.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_patient_is_wrong_use_and_is_not_echoed(
    trained: Any, patients: Path, tmp_path: Path
) -> None:
    wanted = f"{SENTINEL}-nobody"
    options = ("--model", trained.out / "model", "--out", tmp_path / "x", "--patient", wanted)
    done = call("explain", patients, *options)
    assert done.exit_code == 2
    assert SENTINEL not in done.output
    assert list(tmp_path.iterdir()) == []


# --- exit codes 4, 5, 6 -------------------------------------------------------------------------


def test_unscorable_patients_are_exit_code_4_and_stand_in_the_output(
    trained: Any, opioid_users: Path, tmp_path: Path
) -> None:
    out = tmp_path / "scores.csv"
    done = call("score", opioid_users, "--model", trained.out / "model", "--out", out, "--json")
    assert done.exit_code == 4, done.output
    assert SENTINEL not in done.output
    facts = one_object(done.stdout)
    assert facts["counts"]["status"] == {"not_scorable": 1, "scored": 5}
    scores = pd.read_csv(out, keep_default_na=False)
    row = scores.iloc[1]
    assert row["status"] == "not_scorable"
    assert row["reasons"]
    assert row["p_naltrexone"] == ""
    assert row["preferred"] == "no preference"


def test_explaining_an_unscorable_patient_is_exit_code_4(
    trained: Any, opioid_users: Path, tmp_path: Path
) -> None:
    ids = pd.read_csv(opioid_users, dtype="str")["patient_id"]
    options = ("--model", trained.out / "model", "--out", tmp_path / "x", "--patient", ids[1])
    done = call("explain", opioid_users, *options, "--json")
    assert done.exit_code == 4, done.output
    assert one_object(done.stdout)["not_scorable"] == 1
    assert {p.name for p in (tmp_path / "x").glob("patient-*")} == {"patient-000002.html"}


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
def test_a_damaged_model_is_exit_code_5(
    damage: Callable[[Path], object], trained: Any, patients: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(trained.out / "model", model)
    damage(model)
    for verb, out in (("score", "scores.csv"), ("explain", "pages")):
        done = call(verb, patients, "--model", model, "--out", tmp_path / out, "--json")
        assert done.exit_code == 5, done.output
        assert one_object(done.stdout)["error"]["code"] == 5
        assert not (tmp_path / out).exists()


def test_a_target_that_cannot_be_written_is_exit_code_6(
    trained: Any, patients: Path, make_study: Callable[..., Any]
) -> None:
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
def test_a_read_only_folder_is_exit_code_6(trained: Any, patients: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    out = tmp_path / "scores.csv"
    done = call("score", patients, "--model", trained.out / "model", "--out", out)
    tmp_path.chmod(0o755)
    assert done.exit_code == 6
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_not_there_is_exit_code_6(
    patients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = call("score", patients, "--model", "models:/small@latest", "--out", "scores.csv")
    assert done.exit_code == 6
    assert list(tmp_path.iterdir()) == []


# --- --out --------------------------------------------------------------------------------------


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "thesis.docx").write_text("precious")
    return folder


def test_a_folder_of_somebody_else_is_refused_before_anything_is_computed(
    foreign: Path, trained: Any, patients: Path, make_study: Callable[..., Any]
) -> None:
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


def test_scores_do_not_replace_a_file_of_somebody_else(
    trained: Any, patients: Path, tmp_path: Path
) -> None:
    out = tmp_path / "scores.csv"
    for name in ("scores.csv.html", "scores.csv"):
        (tmp_path / name).write_text("precious\n")
        done = call("score", patients, "--model", trained.out / "model", "--out", out)
        assert done.exit_code == 2
        assert (tmp_path / name).read_text() == "precious\n"


def test_our_own_output_is_replaced_whole(trained: Any, patients: Path, tmp_path: Path) -> None:
    model = trained.out / "model"
    scores, pages = tmp_path / "scores.csv", tmp_path / "pages"
    one = ("--patient", pd.read_csv(patients, dtype="str")["patient_id"][0])
    for _ in range(2):
        assert call("score", patients, "--model", model, "--out", scores).exit_code == 0
        assert call("explain", patients, "--model", model, "--out", pages, *one).exit_code == 0
        (pages / "left_over.html").write_text("old")
    assert call("explain", patients, "--model", model, "--out", pages, *one).exit_code == 0
    assert not (pages / "left_over.html").exists()
    assert {p.name for p in tmp_path.iterdir()} == {
        "scores.csv",
        "scores.csv.meta.json",
        "scores.csv.html",
        "pages",
    }


# --- --json and --quiet -------------------------------------------------------------------------


def test_json_is_one_object_on_stdout_and_nothing_else(
    trained: Any, patients: Path, tmp_path: Path
) -> None:
    facts = one_object(trained.stdout)
    assert facts["research_use"] == RESEARCH_USE
    assert facts["verdict"]["level"] in {"supported", "suggestive", "not supported"}
    assert trained.stderr == ""
    assert one_object(call("catalog", "--json").stdout)["predictors"]
    assert one_object(call("check", trained.study, "--json").stdout)["issues"]
    model = trained.out / "model"
    out = tmp_path / "scores.parquet"
    done = call("score", patients, "--model", model, "--out", out, "--json")
    assert one_object(done.stdout)["scores"]["rows"] == 6
    assert done.stderr == ""


def test_wrong_use_is_one_object_too(make_study: Callable[..., Any]) -> None:
    for args in (
        ("train", "nowhere.yaml"),
        ("check", make_study().study, "--set", "nonsense"),
        ("catalog", "--nonsense"),
    ):
        done = call(*args, "--json")
        assert done.exit_code == 2
        assert one_object(done.stdout)["error"]["code"] == 2


def test_quiet_prints_nothing(trained: Any, patients: Path, tmp_path: Path) -> None:
    assert call("check", trained.study, "--quiet").output == ""
    out = tmp_path / "scores.csv"
    done = call("score", patients, "--model", trained.out / "model", "--out", out, "--quiet")
    assert done.output == ""


def test_a_fault_of_our_own_says_where_and_no_patient(
    make_study: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import nxpredict.workflows as workflows

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError(f"{SENTINEL}-PT-0007 has a value")

    monkeypatch.setattr(workflows, "check_study", broken)
    study = make_study().study
    said = call("check", study)
    assert said.exit_code == 1
    assert "RuntimeError at test_cli.py" in said.stderr
    assert SENTINEL not in said.output
    told = call("check", study, "--json")
    assert told.exit_code == 1
    assert one_object(told.stdout)["error"]["code"] == 1
    assert SENTINEL not in told.output


# --- Ctrl-C -------------------------------------------------------------------------------------


@pytest.fixture
def tiny_study(
    cohort_table: Callable[..., pd.DataFrame], study_text: str, make_study: Callable[..., Any]
) -> Any:
    """A study that trains in little more than the time of the imports."""
    table = cohort_table(120)[["patient_id", "arm", "site", "age", "gender", "responder"]]
    declared = study_text[study_text.index("  ggt:") : study_text.index("evaluation:")]
    text = study_text.replace(declared, "  sex: {column: gender, labels: {f: female, m: male}}\n")
    return make_study(table, text)


# A shell shows both as 130. Python dies by the signal, after all was handled, when it came while
# an import ran code made from text, as dataclasses do.
INTERRUPTED = {130, -signal.SIGINT}


def _interrupted(
    study: Any, moment: Callable[[], bool], *options: str
) -> subprocess.CompletedProcess[str]:
    """Start a training, press Ctrl-C when the moment has come, and wait for the end."""
    temporary = study.folder.parent / "temporary"
    temporary.mkdir()
    # A handler of our own is reset in the child; an ignored signal would stay ignored there.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "nxpredict", "train", "study.yaml", "--out", "out", *options],
            cwd=study.folder,
            env=os.environ | {"OMP_NUM_THREADS": "1", "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    while process.poll() is None and not moment():
        time.sleep(0.002)
    # As a terminal does: everything of the foreground job is told.
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert list(temporary.iterdir()) == []
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def _after(seconds: float) -> Callable[[], bool]:
    start = time.monotonic()
    return lambda: time.monotonic() - start > seconds


@pytest.mark.parametrize("seconds", [0.8, 2.0, 5.0])
def test_ctrl_c_while_computing_leaves_nothing(seconds: float, tiny_study: Any) -> None:
    before = tiny_study.names()
    many = ("--set", "evaluation.repeats=1000", "--jobs", "2", "--json")
    done = _interrupted(tiny_study, _after(seconds), *many)
    assert done.returncode in INTERRUPTED
    assert SENTINEL not in done.stdout + done.stderr
    if done.stdout:
        assert one_object(done.stdout)["error"]["code"] == 130
    assert tiny_study.names() == before


def test_ctrl_c_while_writing_leaves_a_whole_folder_or_none(tiny_study: Any) -> None:
    done = _interrupted(tiny_study, lambda: any(tiny_study.folder.glob(".out-*")))
    assert done.returncode in INTERRUPTED
    assert tiny_study.names() <= {"cohort.csv", "study.yaml", "out", "mlflow.db", "mlartifacts"}
    if tiny_study.out.exists():
        assert {p.name for p in tiny_study.out.iterdir()} >= {
            ".nxpredict.json", "evaluation.json", "model", "report.html", "tables"
        }  # fmt: skip


def test_a_file_that_complains_of_an_interruption_was_interrupted(capsys: Any) -> None:
    @command
    def body(json: bool = False) -> Any:
        try:
            raise KeyboardInterrupt
        finally:
            raise ValueError("can't close the file while there is an open handle")

    with pytest.raises(typer.Exit) as caught:
        body()
    assert caught.value.exit_code == 130
    assert "Interrupted" in capsys.readouterr().err


def test_an_older_result_survives_ctrl_c(trained: Any, tiny_study: Any) -> None:
    shutil.copytree(trained.out, tiny_study.out)
    before = {p: p.read_bytes() for p in tiny_study.out.rglob("*") if p.is_file()}
    many = ("--set", "evaluation.repeats=1000", "--jobs", "1")
    assert _interrupted(tiny_study, _after(3.0), *many).returncode in INTERRUPTED
    assert {p: p.read_bytes() for p in tiny_study.out.rglob("*") if p.is_file()} == before


# --- a light start ------------------------------------------------------------------------------

BARE = """
import typer

app = typer.Typer(name="bare", add_completion=False, rich_markup_mode=None)

{verbs}

@app.callback()
def options() -> None:
    pass

app()
"""


def _bare_verb(name: str, parameters: list[tuple[str, bool]]) -> str:
    """Return a verb with the same arguments and options, and an empty body."""
    arguments = [
        f'    {key}: str = typer.{"Option" if option else "Argument"}("", help="Text.")'
        for key, option in parameters
    ]
    return f"@app.command()\ndef {name}(\n" + ",\n".join(arguments) + "\n) -> None:\n    pass\n"


@pytest.fixture(scope="module")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Typer application that does nothing, with the verbs and options of ours."""
    group: Any = typer.main.get_command(app)
    verbs = [
        _bare_verb(name, [(p.name, p.param_type_name == "option") for p in verb.params])
        for name, verb in group.commands.items()
    ]
    path = tmp_path_factory.mktemp("bare") / "bare.py"
    path.write_text(BARE.format(verbs="\n\n".join(verbs)))
    return path


def _seconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *command, "--help"], capture_output=True, check=True)
    return time.perf_counter() - start


def test_help_starts_nearly_as_fast_as_a_bare_application(bare_app: Path) -> None:
    """At most 1.3 times; run in turns, so that a busy machine slows both."""
    started = subprocess.run(
        [sys.executable, str(bare_app), "--help"], capture_output=True, text=True, check=True
    )
    assert set(VERBS) <= set(started.stdout.split())
    ratios = []
    for _ in range(4):
        pairs = [(_seconds("-m", "nxpredict"), _seconds(str(bare_app))) for _ in range(7)]
        ours, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratios.append(ours / bare)
        if ratios[-1] <= 1.3:
            return
    pytest.fail(f"--help took {min(ratios):.2f} times a bare application")
