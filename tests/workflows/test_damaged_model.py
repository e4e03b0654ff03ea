"""Whatever is done to a model folder: exit code 5, one sentence, nothing scored."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from nxpredict.bundle._content import npz_bytes
from nxpredict.bundle._files import MANIFEST, manifest_bytes
from nxpredict.cli import app

PARTS = ("README.md", "background.json", "model.json", "model.npz", "schema.json", "study.json")
REGIONS = 8


@pytest.fixture
def model(saved_copy: Path) -> Path:
    return saved_copy


def refused(model: Path, tmp_path: Path, patients: Callable[..., object]) -> str:
    table, out = tmp_path / "in.csv", tmp_path / "out.csv"
    if not table.exists():
        patients(5, 81).to_csv(table, index=False)
    args = ["score", str(table), "--model", str(model), "--out", str(out)]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 5, done.output
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not out.exists()
    assert not list(tmp_path.glob(".out*"))
    return done.stderr


@pytest.mark.parametrize("name", [*PARTS, MANIFEST])
def test_a_changed_byte_in_any_region_of_any_file(model, tmp_path, patients, name):
    path = model / name
    whole = path.read_bytes()
    for place in np.linspace(0, len(whole) - 1, REGIONS).astype(int).tolist():
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
        refused(model, tmp_path, patients)


@pytest.mark.parametrize("name", [*PARTS, MANIFEST])
def test_a_file_that_is_cut_off_empty_longer_or_gone(model, tmp_path, patients, name):
    path = model / name
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", whole + b"\n"):
        path.write_bytes(content)
        refused(model, tmp_path, patients)
    path.unlink()
    refused(model, tmp_path, patients)


def test_foreign_folders_and_newer_formats(model, tmp_path, patients):
    for foreign in (tmp_path / "nowhere", tmp_path / "empty"):
        refused(foreign, tmp_path, patients)
        foreign.mkdir(exist_ok=True)
    (tmp_path / "empty" / "model.pkl").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    refused(tmp_path / "empty", tmp_path, patients)
    manifest = json.loads((model / MANIFEST).read_text())
    (model / MANIFEST).write_text(json.dumps(manifest | {"format_version": 99}))
    assert "newer nxpredict" in refused(model, tmp_path, patients)


def test_links_and_paths_that_lead_outside(model, tmp_path, patients):
    outside = tmp_path / "outside.json"
    shutil.move(model / "schema.json", outside)
    (model / "schema.json").symlink_to(outside)
    refused(model, tmp_path, patients)
    (model / "schema.json").unlink()
    content = {p.name: p.read_bytes() for p in model.iterdir() if p.name != MANIFEST}
    content["../../x"] = outside.read_bytes()
    (model / MANIFEST).write_bytes(manifest_bytes(content))
    refused(model, tmp_path, patients)


def test_a_bomb_a_pickle_and_nonsense_under_right_sums(model, tmp_path, patients, reseal):
    with np.load(model / "model.npz", allow_pickle=False) as kept:
        arrays = dict(kept)
    state = json.loads((model / "model.json").read_text())
    study = json.loads((model / "study.json").read_text())
    bent = study | {"training": {"distributions": {"age": {"edges": [2, 1], "levels": []}}}}
    for parts in (
        {"model__npz": npz_bytes({name: array[:1] for name, array in arrays.items()})},
        {"model__npz": npz_bytes({name: np.full_like(a, np.nan) for name, a in arrays.items()})},
        {"model__json": json.dumps(state | {"class": "os.system"}).encode()},
        {"model__json": json.dumps(dict.fromkeys(state)).encode()},
        {"study__json": json.dumps(bent).encode()},
    ):
        fresh = Path(shutil.copytree(model, tmp_path / "fresh", dirs_exist_ok=True))
        reseal(fresh, **parts)
        refused(fresh, tmp_path, patients)
        shutil.rmtree(fresh)
