from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.bundle import load_bundle, save_bundle
from nxpredict.bundle._content import json_bytes, npz_bytes, read_json, read_npz
from nxpredict.bundle._files import MANIFEST, manifest_bytes
from nxpredict.errors import AccessError, BundleError, DataError, UsageError


def refuses(folder: Path, match: str | None = None) -> None:
    with pytest.raises(BundleError, match=match) as caught:
        load_bundle(folder)
    assert "\n" not in str(caught.value)


def test_round_trip_is_bit_equal(saved, make_bundle, patients):
    before, after = make_bundle(), load_bundle(saved)
    table = patients(50, 1)
    pd.testing.assert_frame_equal(
        before.predict_response(table), after.predict_response(table), check_exact=True
    )
    pd.testing.assert_frame_equal(
        before.predict_benefit(table), after.predict_benefit(table), check_exact=True
    )
    assert after.sha256 == before.sha256
    assert after.schema == before.schema
    assert after.arms == before.arms
    assert after.arms.regimen("naltrexone") == "50 mg a day"
    assert after.ranges == before.ranges
    pd.testing.assert_frame_equal(after.background, before.background)


def test_the_identity_follows_the_content(make_bundle):
    assert make_bundle().model_id == make_bundle().model_id
    assert make_bundle().model_id != make_bundle(eligibility=("adults_only",)).model_id


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_found(saved, data):
    """Every file, every region: one byte changed, one removed, one added."""
    name = data.draw(st.sampled_from(sorted(p.name for p in saved.iterdir())))
    path = saved / name
    good = path.read_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda b: b != good[place]))
    way = data.draw(st.sampled_from(["change", "remove", "add", "cut"]))
    bad = {
        "change": good[:place] + bytes([other]) + good[place + 1 :],
        "remove": good[:place] + good[place + 1 :],
        "add": good[:place] + bytes([other]) + good[place:],
        "cut": good[:place],
    }[way]
    try:
        path.write_bytes(bad)
        refuses(saved)
    finally:
        path.write_bytes(good)
    load_bundle(saved)


def test_missing_unlisted_and_foreign(saved_copy, tmp_path):
    refuses(tmp_path / "nowhere", "no such folder")
    (tmp_path / "empty").mkdir()
    refuses(tmp_path / "empty", "manifest.json")
    (saved_copy / "extra.py").write_text("raise SystemExit")
    refuses(saved_copy, "does not list")
    (saved_copy / "extra.py").unlink()
    (saved_copy / "model.npz").unlink()
    refuses(saved_copy, "'model.npz' is missing")
    (tmp_path / "empty" / MANIFEST).write_text('{"format": "other"}')
    refuses(tmp_path / "empty", "another program")


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "sub/model.json", "model.json\n", ""])
def test_paths_in_the_manifest_are_refused(saved_copy, name):
    content = {p.name: p.read_bytes() for p in saved_copy.iterdir() if p.name != MANIFEST}
    (saved_copy / MANIFEST).write_bytes(manifest_bytes(content | {name: b"x"}))
    refuses(saved_copy, "does not list the files that a model has")


def test_links_pipes_and_folders_are_no_files(saved_copy, tmp_path):
    part = saved_copy / "model.json"
    part.rename(tmp_path / "elsewhere.json")
    part.symlink_to(tmp_path / "elsewhere.json")
    refuses(saved_copy, "no plain file")
    part.unlink()
    os.mkfifo(part)
    refuses(saved_copy, "no plain file")
    part.unlink()
    part.mkdir()
    refuses(saved_copy, "no plain file")


def test_a_bomb_is_refused_before_it_is_unpacked(saved_copy, reseal):
    path = saved_copy / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(8 << 20))
    bomb = path.read_bytes()
    path.unlink()
    with pytest.raises(ValueError, match="larger"):
        read_npz(bomb, limit=1 << 20)
    reseal(saved_copy, model__npz=bomb)
    refuses(saved_copy, "model.npz")


def _npy(header: str, body: bytes = b"") -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


@pytest.mark.parametrize(
    "member",
    [
        _npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}"),
        _npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", bytes(8)),
        _npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", bytes(8)),
        _npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", bytes(16)),
        _npy("__import__('os').system('true')"),
        b"\x80\x04K\x01.",
        b"",
    ],
)
def test_arrays_that_lie_about_themselves(saved_copy, reseal, member, tmp_path):
    path = tmp_path / "bad.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("draws.npy", member)
    reseal(saved_copy, model__npz=path.read_bytes())
    refuses(saved_copy, "model.npz")


@pytest.mark.parametrize("name", ["../evil.npy", "/evil.npy", "evil.pkl", "a/b.npy", "a\\b.npy"])
def test_names_of_arrays_are_plain(tmp_path, name):
    path = tmp_path / "bad.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(ValueError, match="name"):
        read_npz(path.read_bytes())


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", '{"a": 1, "a": 2}'])
def test_json_that_is_none(text):
    with pytest.raises(ValueError):
        read_json(text.encode())


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("study__json", {"arms": {"names": ["a"], "labels": ["A"], "reference": "a"}}),
        ("study__json", {"arms": {"names": ["a", "b"], "labels": ["A", "B"], "reference": "a"}}),
        ("study__json", {"preference": {"minimum_benefit": "0", "probability": True}}),
        ("study__json", {"ranges": {"age": [1]}}),
        ("study__json", {"eligibility": "adults_only"}),
        ("study__json", {"answers": []}),
        ("study__json", {"surprise": 1}),
        ("schema__json", {"predictors": [{"name": "age"}]}),
        ("schema__json", {"predictors": 3}),
        ("model__json", {"class": "os.system"}),
        ("background__json", {"age": [1, 2], "ggt": [1]}),
        ("model__json", {"arms": ["x"]}),
        ("background__json", {"height": [1.0] * 50}),
    ],
)
def test_wrong_types_under_right_sums(saved_copy, reseal, part, change):
    name = part.replace("__", ".")
    content = json.loads((saved_copy / name).read_text())
    reseal(saved_copy, **{part: json_bytes(content | change)})
    refuses(saved_copy)


@pytest.mark.parametrize("text", ["[]", "null", "3", '"x"', "{}", "[" * 100_000, ""])
def test_wrong_shapes_under_right_sums(saved_copy, reseal, text):
    for part in ("model__json", "schema__json", "study__json", "background__json"):
        fresh = saved_copy.with_name(part)
        shutil.copytree(saved_copy, fresh)
        reseal(fresh, **{part: text.encode()})
        refuses(fresh)


def test_a_model_is_replaced_whole_and_nothing_else_is(saved, saved_copy, make_bundle, tmp_path):
    other = make_bundle(eligibility=("adults_only",))
    save_bundle(other, saved_copy)
    assert load_bundle(saved_copy).sha256 == other.sha256
    assert [p.name for p in saved_copy.parent.iterdir()] == ["model"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError):
        save_bundle(other, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_failed_save_leaves_the_old_model(saved_copy, make_bundle, monkeypatch):
    before = {p.name: p.read_bytes() for p in saved_copy.iterdir()}

    def interrupted(self, data):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_bundle(make_bundle(study="other"), saved_copy)
    assert {p.name: p.read_bytes() for p in saved_copy.iterdir()} == before
    assert [p.name for p in saved_copy.parent.iterdir()] == ["model"]


def test_a_folder_that_cannot_take_its_name_leaves_the_old_model(
    saved_copy, make_bundle, monkeypatch
):
    before = {p.name: p.read_bytes() for p in saved_copy.iterdir()}
    rename = Path.rename

    def refused(self, target):
        if self.name.endswith(".partial"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(AccessError, match="could not be written"):
        save_bundle(make_bundle(study="other"), saved_copy)
    assert {p.name: p.read_bytes() for p in saved_copy.iterdir()} == before
    assert [p.name for p in saved_copy.parent.iterdir()] == ["model"]


def test_a_model_is_told_in_one_line(make_bundle):
    told = repr(make_bundle())
    assert make_bundle().model_id in told
    assert len(told) < 200


def test_npz_has_the_same_bytes_every_time(monkeypatch):
    arrays = {"b": np.arange(6.0).reshape(2, 3), "a": np.array(["x", "yy"])}
    before = npz_bytes(arrays)
    later = time.time() + 1_000_000
    monkeypatch.setattr(time, "time", lambda: later)
    assert npz_bytes(arrays) == before
    back = read_npz(npz_bytes(arrays))
    assert all(np.array_equal(back[name], arrays[name]) for name in arrays)


def test_dosages_of_files_are_read_from_a_table_under_their_own_name(make_bundle, patients):
    """A cohort with a VCF gives a model that a table of numbers can still be scored with."""
    plain = make_bundle()
    specs = tuple(
        replace(spec, column=None, locus="OPRM1_rs1799971") if spec.kind == "dosage" else spec
        for spec in plain.schema.predictors
    )
    of_files = make_bundle(schema=replace(plain.schema, predictors=specs))
    table = patients(20, 8)
    named = table.rename(columns={"G": "OPRM1_rs1799971_G_dosage"})
    pd.testing.assert_frame_equal(
        of_files.predict_response(named), plain.predict_response(table), check_exact=True
    )
    unknown = plain.predict_response(table.assign(G=""))
    pd.testing.assert_frame_equal(of_files.predict_response(table), unknown, check_exact=True)


def test_a_mistyped_header_is_refused_with_the_closest_name(make_bundle, patients) -> None:
    table = patients(5, 1).rename(columns={"age": "agee"})
    with pytest.raises(DataError, match=r"column 'age'.*Did you mean 'agee'"):
        make_bundle().predict_response(table)
