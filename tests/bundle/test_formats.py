"""Formats that never were: what becomes of a model folder when the format moves on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from nxpredict.bundle import _files, _formats, load_bundle
from nxpredict.bundle._content import json_bytes, read_json
from nxpredict.bundle._files import MANIFEST
from nxpredict.bundle._formats import FORMAT_VERSION, PARTS, STEPS, Step
from nxpredict.errors import BundleError

Parts = dict[str, bytes]
NEXT, AFTER = FORMAT_VERSION + 1, FORMAT_VERSION + 2
NOTES = "notes.txt"


def without_notes(parts: Parts) -> Parts:
    """Stand for a change of files: the older format had one more."""
    return {name: data for name, data in parts.items() if name != NOTES}


def renamed(parts: Parts) -> Parts:
    """Stand for a change of content: the older format called the eligibility 'screening'."""
    study = read_json(parts["study.json"])
    study["eligibility"] = study.pop("screening")
    return parts | {"study.json": json_bytes(study)}


@pytest.fixture
def older(saved_copy: Path, reseal: Callable[..., None]) -> Path:
    """A model as it would have been saved two formats before those of `moved_on`."""
    study = read_json((saved_copy / "study.json").read_bytes())
    study["screening"] = study.pop("eligibility")
    reseal(saved_copy, study__json=json_bytes(study), notes__txt=b"nothing\n")
    return saved_copy


@pytest.fixture
def moved_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program two formats on, with a step from each to the next."""
    for module in (_files, _formats):
        monkeypatch.setattr(module, "FORMAT_VERSION", AFTER)
    monkeypatch.setitem(STEPS, FORMAT_VERSION, Step(PARTS | {NOTES}, without_notes))
    monkeypatch.setitem(STEPS, NEXT, Step(PARTS, renamed))


def test_a_model_of_an_older_format_goes_through_every_step(older, moved_on, make_bundle, patients):
    before = {p.name: p.read_bytes() for p in older.iterdir()}
    bundle, table = load_bundle(older), patients(20, 61)
    assert bundle.eligibility == make_bundle().eligibility
    pd.testing.assert_frame_equal(
        bundle.predict_response(table), make_bundle().predict_response(table), check_exact=True
    )
    assert bundle.sha256 == make_bundle().sha256
    assert {p.name: p.read_bytes() for p in older.iterdir()} == before


def test_no_step_is_taken_on_a_folder_that_is_not_intact(older, moved_on, monkeypatch):
    def never(parts: Parts) -> Parts:
        raise AssertionError("a step saw parts that were not checked")

    monkeypatch.setitem(STEPS, FORMAT_VERSION, Step(PARTS | {NOTES}, never))
    study = older / "study.json"
    study.write_bytes(study.read_bytes().replace(b'"small"', b'"large"'))
    with pytest.raises(BundleError, match="changed after the model was saved"):
        load_bundle(older)
    (older / NOTES).unlink()
    with pytest.raises(BundleError, match=r"'notes.txt' is missing"):
        load_bundle(older)


def test_content_that_a_step_cannot_read_is_one_sentence(older, moved_on, monkeypatch):
    monkeypatch.setitem(STEPS, FORMAT_VERSION, Step(PARTS | {NOTES}, lambda parts: {}))
    with pytest.raises(BundleError, match=f"content of format {FORMAT_VERSION} cannot be read"):
        load_bundle(older)


def test_a_format_without_every_step_says_what_to_do(older, moved_on, monkeypatch):
    monkeypatch.delitem(STEPS, NEXT)
    with pytest.raises(BundleError, match=f"older format {FORMAT_VERSION}.*Train it again"):
        load_bundle(older)


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (NEXT, "newer nxpredict"),
        (1, "older format 1.*Train"),
        (0, "no format version"),
        ("2", "no format version"),
    ],
)
def test_another_format_says_what_to_do(saved_copy, version, advice):
    content = json.loads((saved_copy / MANIFEST).read_text())
    (saved_copy / MANIFEST).write_text(json.dumps(content | {"format_version": version}))
    with pytest.raises(BundleError, match=advice) as caught:
        load_bundle(saved_copy)
    assert "\n" not in str(caught.value)


def test_every_step_starts_from_a_format_that_was(saved):
    assert all(1 <= version < FORMAT_VERSION for version in STEPS)
    assert {p.name for p in saved.iterdir()} == PARTS | {MANIFEST}
