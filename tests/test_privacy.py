"""No patient in what a training leaves behind: the model, the folder, MLflow, logs, error texts.

The small trial holds recognisable identifiers, a label and a site of three patients, and numbers
far outside the rest; all of what `nxpredict train` wrote and printed is searched for them.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from nxpredict import load_cohort, load_study
from nxpredict.bundle import load_bundle
from nxpredict.cli import app

IDENTIFIER = "SENTINEL"
RARE_LABEL = "zanzibar"
RARE_SITE = "SITE-QXZ"
EXTREMES = (977.31, 981.73, 0.01337)
NUMBER = re.compile(rb"-?\d+\.?\d*(?:[eE][-+]?\d+)?")


def files_of(*places: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file of some folders by name, the members of archives too."""
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if not path.is_file():
                continue
            content = path.read_bytes()
            yield str(path), content
            if zipfile.is_zipfile(io.BytesIO(content)):
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    for name in archive.namelist():
                        yield f"{path}!{name}", archive.read(name)


def numbers_of(name: str, content: bytes) -> np.ndarray:
    """Return every number that stands in a file, as text or as an array."""
    if name.endswith(".npy"):
        array = np.load(io.BytesIO(content), allow_pickle=False)
        return array.ravel().astype(float) if array.dtype.kind in "fiu" else np.empty(0)
    if name.endswith((".json", ".csv", ".md", ".html", ".yaml", ".txt", "MLmodel")):
        found = (float(text) for text in NUMBER.findall(content) if len(text) < 40)
        return np.fromiter(found, dtype=float)
    return np.empty(0)


@pytest.fixture(scope="module")
def left_behind(trained: Any) -> list[tuple[str, bytes]]:
    """Everything that the training wrote, and what it printed."""
    places = [trained.out, trained.folder / "mlflow.db", trained.folder / "mlartifacts"]
    assert all(place.exists() for place in places)
    printed = [("stdout", trained.stdout.encode()), ("stderr", trained.stderr.encode())]
    return [*files_of(*places), *printed]


def test_the_sentinels_are_in_the_cohort(trained: Any) -> None:
    text = (trained.folder / "cohort.csv").read_text()
    assert text.count(IDENTIFIER) == 240
    assert text.count(RARE_LABEL) == text.count(RARE_SITE) == 3
    assert all(str(number) in text for number in EXTREMES)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", hidden=np.array([1.0, EXTREMES[0]]))
    (tmp_path / "b.json").write_text(json.dumps({"deep": [{"x": EXTREMES[1]}]}))
    found = np.concatenate([numbers_of(n, c) for n, c in files_of(tmp_path)])
    assert np.isin(EXTREMES[:2], found).all()


@pytest.mark.parametrize("sentinel", [IDENTIFIER, RARE_LABEL])
def test_no_identifier_and_no_rare_label_is_left_behind(
    sentinel: str, left_behind: list[tuple[str, bytes]]
) -> None:
    wanted = sentinel.lower().encode()
    wide = sentinel.lower().encode("utf-32-le")
    found = [n for n, c in left_behind if wanted in c.lower() or wide in c.lower()]
    assert found == []


def test_a_site_of_three_patients_has_no_numbers(trained: Any) -> None:
    sites = pd.read_csv(trained.out / "tables" / "sites.csv")
    own = sites[sites["group"] == RARE_SITE]
    assert own["suppressed"].all()
    assert own[["n", "estimate", "lower", "upper"]].isna().all(axis=None)


def test_no_extreme_number_is_left_behind(left_behind: list[tuple[str, bytes]]) -> None:
    logs = np.log([abs(x) for x in EXTREMES])
    wanted = np.concatenate([EXTREMES, logs, np.log1p(EXTREMES), np.sqrt(EXTREMES)])
    found = []
    for name, content in left_behind:
        numbers = numbers_of(name, content)
        close = np.isclose(numbers[:, None], wanted[None, :], rtol=1e-7, atol=0)
        found += [name] if close.any() else []
        digits = [repr(x).replace("0.0", "").encode() for x in EXTREMES[:2]]
        assert not any(d in content for d in digits), name
    assert found == []


def test_no_extreme_number_can_be_solved_from_the_model(trained: Any) -> None:
    """Nothing in the model lies at, or beyond, what most of the cohort holds."""
    bundle = load_bundle(trained.out / "model")
    marker = pd.to_numeric(pd.read_csv(trained.folder / "cohort.csv")["marker"])
    ordinary = marker[~marker.isin(EXTREMES)]
    low, high = bundle.ranges["marker"]
    assert ordinary.min() * 0.5 < low < high < ordinary.max() * 1.5
    assert bundle.background["marker"].max() < ordinary.max()
    assert bundle.background["marker"].min() > ordinary.min()


def test_no_row_of_the_background_is_a_patient(trained: Any) -> None:
    bundle = load_bundle(trained.out / "model")
    cohort = load_cohort(load_study(trained.study))
    inputs = bundle.inputs
    patients = {tuple(map(str, row)) for row in cohort.X[inputs].itertuples(index=False)}
    drawn = {tuple(map(str, row)) for row in bundle.background[inputs].itertuples(index=False)}
    assert len(drawn) > 10
    assert patients.isdisjoint(drawn)
    # Of the measured values alone, which are nearly unique to a patient, none is repeated.
    measured = ["age", "ggt", "marker"]
    real = {tuple(row) for row in cohort.X[measured].dropna().itertuples(index=False)}
    invented = {tuple(row) for row in bundle.background[measured].dropna().itertuples(index=False)}
    assert real.isdisjoint(invented)


def test_no_array_of_the_model_is_as_long_as_the_cohort(trained: Any) -> None:
    n = len(pd.read_csv(trained.folder / "cohort.csv"))
    with np.load(trained.out / "model" / "model.npz", allow_pickle=False) as arrays:
        shapes = {name: arrays[name].shape for name in arrays.files}
    folds = {n // 2, n - n // 2}
    assert [name for name, shape in shapes.items() if {n, *folds} & set(shape)] == []


def test_the_mlflow_database_names_no_person_and_no_table(trained: Any) -> None:
    import getpass

    with sqlite3.connect(trained.folder / "mlflow.db") as database:
        tables = [
            t for (t,) in database.execute("select name from sqlite_master where type='table'")
        ]
        text = "\n".join(
            repr(row)
            for t in tables
            for row in database.execute(f'select * from "{t}"')  # noqa: S608
        )
    database.close()
    assert "nxpredict" in text
    assert IDENTIFIER not in text
    assert "cohort.csv" not in re.sub(r"artifact_uri.*", "", text)
    user = getpass.getuser()
    assert f"'mlflow.user', '{user}'" not in text


@pytest.mark.parametrize("verb", ["score", "explain"])
def test_the_errors_of_scoring_name_no_patient(verb: str, trained: Any, tmp_path: Path) -> None:
    table = pd.read_csv(trained.folder / "cohort.csv", dtype="str").iloc[:5]
    table.loc[1, "marker"] = "SENTINEL-CELL"
    table.loc[2, "patient_id"] = table.loc[1, "patient_id"]
    table.loc[3, "gender"] = "SENTINEL-GENDER"
    table.loc[4, "OPRM1_rs1799971"] = "A/T"
    model = ("--model", str(trained.out / "model"))
    for k, spoilt in enumerate((table, table.drop(columns=["marker"]), table.iloc[:0])):
        patients = tmp_path / f"patients{k}.csv"
        spoilt.to_csv(patients, index=False)
        out = str(tmp_path / f"{verb}{k}.csv")
        done = CliRunner().invoke(app, [verb, str(patients), *model, "--out", out])
        assert done.exit_code in {0, 3, 4}
        assert IDENTIFIER not in done.output
        assert RARE_LABEL not in done.output
    # What is for the researcher alone does name its patients.
    if verb == "score":
        assert IDENTIFIER in (tmp_path / "score0.csv").read_text()
        assert IDENTIFIER not in (tmp_path / "score0.csv.meta.json").read_text()


def test_pages_of_patients_are_named_by_row(trained: Any, tmp_path: Path) -> None:
    table = pd.read_csv(trained.folder / "cohort.csv", dtype="str").iloc[:2]
    table.to_csv(tmp_path / "new.csv", index=False)
    args = ["explain", str(tmp_path / "new.csv"), "--model", str(trained.out / "model")]
    done = CliRunner().invoke(app, [*args, "--out", str(tmp_path / "pages")])
    assert done.exit_code == 0, done.output
    names = {path.name for path in (tmp_path / "pages").iterdir()}
    assert {"index.html", "patient-000001.html", "patient-000002.html"} <= names
    assert not any(IDENTIFIER in name for name in names)
    assert IDENTIFIER not in done.output


def test_check_and_train_errors_name_no_patient(
    cohort_table: Callable[..., pd.DataFrame], make_study: Callable[..., Any]
) -> None:
    """A wrong value in every column of the same few patients, sentinels all."""
    table = cohort_table()
    for column in set(table.columns) - {"patient_id", "site"}:
        table.loc[[0, 1], column] = f"SENTINEL {column}"
    folder = make_study(table)
    for verb in ("check", "train"):
        done = CliRunner().invoke(app, [verb, str(folder.study)])
        assert done.exit_code == 3
        assert IDENTIFIER not in done.output
        for value in table.loc[0]:
            assert len(value) < 5 or value not in done.output
