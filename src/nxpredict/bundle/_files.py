"""A model folder on disk: plain files under a manifest, written whole, read with suspicion.

Reading trusts nothing: names come from a closed set, sizes are known before a byte is read, every
file is read once into memory and it is that copy which is checked and used. Sums find damage; they
do not say who made the file, so whatever parses the parts must be safe on hostile content too.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nxpredict.bundle._content import SIZE_LIMIT, damaged, json_bytes, parse, read_json
from nxpredict.bundle._formats import FORMAT_VERSION, files_of, upgraded
from nxpredict.errors import AccessError, BundleError, UsageError

FORMAT = "nxpredict-model"
MANIFEST = "manifest.json"
MANIFEST_LIMIT = 1 << 20


def manifest_bytes(parts: Mapping[str, bytes]) -> bytes:
    """Return the manifest of these parts; its ``sha256`` is the sum of its own other content."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in sorted(parts.items())
        },
    }
    return json_bytes({**content, "sha256": _sum(content)})


def _sum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def manifest_sha256(parts: Mapping[str, bytes]) -> str:
    """Return the sum that stands for a whole model: the manifest's own."""
    return str(read_json(manifest_bytes(parts))["sha256"])


def write_folder(folder: Path, parts: Mapping[str, bytes]) -> None:
    """Write `parts` and their manifest as `folder`; another model there is replaced whole."""
    if folder.exists() and not (folder / MANIFEST).is_file() and any(folder.iterdir()):
        raise UsageError(f"'{folder.name}' exists and is no model folder.", "Name another folder.")
    fresh = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    old = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.old")
    try:
        fresh.mkdir(parents=True)
        for name, data in {**parts, MANIFEST: manifest_bytes(parts)}.items():
            (fresh / name).write_bytes(data)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except OSError as error:
        raise AccessError(
            f"The model folder '{folder.name}' could not be written: {error.strerror}.",
            "Check the disk and the permissions.",
        ) from error
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the checked bytes of every part of a model folder, in today's format.

    Parameters
    ----------
    folder : Path
        The model folder, of this format or of an older one that has a way to it.

    Raises
    ------
    BundleError
        When anything is damaged, missing, foreign, unlisted or of a format that cannot be read.
    """
    if not folder.is_dir():
        damaged("there is no such folder")
    present = {entry.name for entry in folder.iterdir()}
    if MANIFEST not in present and (folder / "model" / MANIFEST).is_file():
        raise BundleError(
            "This is the folder of a training; the model lies in it.",
            f"Give {folder.name}/model.",
        )
    if MANIFEST not in present:
        damaged(f"it has no {MANIFEST}")
    version, listed = _read_manifest(_read_file(folder / MANIFEST, MANIFEST_LIMIT))
    known = files_of(version)
    if set(listed) != known:
        damaged("its manifest does not list the files that a model has")
    if present - known - {MANIFEST}:
        damaged("it holds files that its manifest does not list")
    if missing := known - present:
        damaged(f"'{min(missing)}' is missing")
    if sum(size for _, size in listed.values()) > SIZE_LIMIT:
        damaged("its files are larger than any model of ours")
    parts = {name: _read_file(folder / name, size) for name, (_, size) in listed.items()}
    for name, (sha256, size) in listed.items():
        if len(parts[name]) != size or hashlib.sha256(parts[name]).hexdigest() != sha256:
            damaged(f"'{name}' was changed after the model was saved")
    return parse(f"its content of format {version}", lambda: upgraded(parts, version))


def _read_file(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes; a link, a device or a folder is refused."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
    except OSError as error:
        if isinstance(error, PermissionError):
            raise AccessError(f"'{path.name}' of the model may not be read.") from error
        damaged(f"'{path.name}' is no plain file")
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        damaged(f"'{path.name}' is no plain file")
    with os.fdopen(handle, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        damaged(f"'{path.name}' is larger than announced")
    return data


def _read_manifest(data: bytes) -> tuple[int, dict[str, tuple[str, int]]]:
    """Return format, and name -> (sha256, size), of a manifest that is ours to the byte."""
    content = parse(MANIFEST, lambda: read_json(data))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        damaged(f"{MANIFEST} is of another program")
    version = content.get("format_version")
    if not isinstance(version, int) or version < 1:
        damaged(f"{MANIFEST} has no format version")
    files_of(version)
    said = content.pop("sha256", None)
    if said != _sum(content) or json_bytes({**content, "sha256": said}) != data:
        damaged(f"{MANIFEST} was changed after the model was saved")
    return version, parse(
        MANIFEST,
        lambda: {str(k): (str(v["sha256"]), _size(v["size"])) for k, v in content["files"].items()},
    )


def _size(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= SIZE_LIMIT:
        raise ValueError("a size is out of bounds")
    return value
