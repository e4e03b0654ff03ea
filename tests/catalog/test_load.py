from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from nxpredict.catalog import FILES, load_catalog, read_catalog

ROOT = Path(__file__).parents[2]


def test_the_catalogue_is_read_once():
    assert load_catalog() is load_catalog()


def test_version_has_the_digest_of_the_files(files: dict[str, bytes]):
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{8}", load_catalog().version)
    assert read_catalog(files).version == load_catalog().version


@pytest.mark.parametrize("name", FILES)
def test_version_changes_with_any_file(files: dict[str, bytes], name: str):
    changed = files | {name: files[name] + b"\n# another remark\n"}
    assert read_catalog(changed).version != load_catalog().version


def test_line_endings_leave_the_version_alone(files: dict[str, bytes]):
    windows = {name: content.replace(b"\n", b"\r\n") for name, content in files.items()}
    assert read_catalog(windows).version == load_catalog().version


@pytest.mark.parametrize(
    ("name", "old", "new", "error"),
    [
        ("predictors.toml", b'unit = "years"', b'units_ = "years"', TypeError),
        ("predictors.toml", b'labels = "yes_no"', b'labels = "no_such_set"', KeyError),
        ("predictors.toml", b'aliases = ["gender"', b'aliases = ["age"', ValueError),
        ("cautions.toml", b'predictor = "pregnancy"', b'predictor = "pregnant_"', KeyError),
        ("cautions.toml", b'equals = "yes"', b'equals = "maybe"', KeyError),
        ("evidence.toml", b'direction = "more"', b'way = "more"', TypeError),
        ("variants.toml", b'hgnc_id = "HGNC:8156"\n', b"", TypeError),
    ],
)
def test_a_mistake_in_a_file_is_refused(
    files: dict[str, bytes], name: str, old: bytes, new: bytes, error: type[Exception]
):
    assert old in files[name]
    with pytest.raises(error):
        read_catalog(files | {name: files[name].replace(old, new, 1)})


def test_an_installed_wheel_holds_the_files(tmp_path: Path, files: dict[str, bytes]):
    builders = pytest.importorskip("hatchling.builders.wheel")
    (wheel,) = builders.WheelBuilder(str(ROOT)).build(
        directory=str(tmp_path), versions=["standard"]
    )
    with zipfile.ZipFile(wheel) as archive:
        for name in FILES:
            assert archive.read(f"nxpredict/catalog/{name}") == files[name]
