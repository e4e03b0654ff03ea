"""A model folder on disk: plain files under a manifest, written whole, read with suspicion.

Reading trusts nothing: names come from a closed set, sizes are known before a byte is read, every
file is read once into memory and it is that copy which is checked and used. Sums find damage; they
do not say who made the file, so whatever parses the parts must be safe on hostile content too.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import secrets
import shutil
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np
import numpy.typing as npt

from nxpredict.errors import AccessError, BundleError, UsageError

FORMAT = "nxpredict-model"
FORMAT_VERSION = 2
MANIFEST = "manifest.json"
MANIFEST_LIMIT = 1 << 20
SIZE_LIMIT = 1 << 30
_MEMBER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,199}\.npy")
T = TypeVar("T")
_HINT = "Get the model folder again from where it was made."


def damaged(what: str) -> NoReturn:
    """Raise the one-sentence refusal."""
    raise BundleError(f"This is not an intact nxpredict model: {what}.", _HINT)


def json_bytes(value: Any) -> bytes:
    """Render `value` as UTF-8 JSON, keys in the order given; NaN is refused."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1, default=_plain)
    return (text + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} does not belong in a model file")


def null_for_nan(value: Any) -> Any:
    """Return `value` with null for each number that does not exist.

    Examples
    --------
    >>> null_for_nan({"estimate": float("nan"), "n": 3})
    {'estimate': None, 'n': 3}
    """
    if isinstance(value, Mapping):
        return {key: null_for_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [null_for_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_json(data: bytes) -> Any:
    """Parse UTF-8 JSON; NaN, infinities and repeated keys are refused.

    Examples
    --------
    >>> read_json(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    return json.loads(
        data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is repeated")
    return made


def _refuse(_: str) -> NoReturn:
    raise ValueError("a number is not finite")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse(text)
    return number


def npz_bytes(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Write arrays as one npz with the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, np.asarray(array, order="C"), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, part.getvalue())
    return buffer.getvalue()


def read_npz(data: bytes, limit: int = SIZE_LIMIT) -> dict[str, npt.NDArray[Any]]:
    """Read arrays of numbers and text from an npz; sizes are bounded before anything is unpacked.

    Examples
    --------
    >>> read_npz(npz_bytes({"weights": np.arange(3.0)}))
    {'weights': array([0., 1., 2.])}
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names) or not all(_MEMBER.fullmatch(name) for name in names):
            raise ValueError("an array has an unexpected name")
        if sum(entry.file_size for entry in entries) > limit:
            raise ValueError("the arrays are larger than any model of ours")
        return {e.filename.removesuffix(".npy"): _array(_unpack(archive, e)) for e in entries}


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as member:
        data = member.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise ValueError("an array is not as long as announced")
    return data


def _array(data: bytes) -> npt.NDArray[Any]:
    """Return the array of one npy file, its size checked against its header."""
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("an array has an unexpected format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    body = data[stream.tell() :]
    if dtype.kind not in "biufU" or dtype.itemsize == 0 or fortran:
        raise ValueError("an array has an unexpected type")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError("an array is not as large as announced")
    return np.frombuffer(body, dtype=dtype).reshape(shape).copy()


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


def read_folder(folder: Path, known: frozenset[str]) -> dict[str, bytes]:
    """Return the checked bytes of every part of a model folder, or raise `BundleError`.

    Parameters
    ----------
    folder : Path
        The model folder.
    known : frozenset of str
        The names that a model may have; all of them are expected.
    """
    if not folder.is_dir():
        damaged("there is no such folder")
    present = {entry.name for entry in folder.iterdir()}
    if MANIFEST not in present:
        damaged(f"it has no {MANIFEST}")
    listed = _read_manifest(_read_file(folder / MANIFEST, MANIFEST_LIMIT))
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
    return parts


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


def _read_manifest(data: bytes) -> dict[str, tuple[str, int]]:
    """Return name -> (sha256, size) of a manifest that is one of ours, to the byte."""
    content = parse(MANIFEST, lambda: read_json(data))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        damaged(f"{MANIFEST} is of another program")
    version = content.get("format_version")
    if not isinstance(version, int) or version < 1:
        damaged(f"{MANIFEST} has no format version")
    if version > FORMAT_VERSION:
        raise BundleError(
            f"This model has format {version}; this nxpredict reads {FORMAT_VERSION}.",
            "Install a newer nxpredict.",
        )
    if version < FORMAT_VERSION:
        raise BundleError(
            f"This model has the older format {version}; this nxpredict reads {FORMAT_VERSION}.",
            "Train it again, or use the nxpredict that made it.",
        )
    said = content.pop("sha256", None)
    if said != _sum(content) or json_bytes({**content, "sha256": said}) != data:
        damaged(f"{MANIFEST} was changed after the model was saved")
    return parse(
        MANIFEST,
        lambda: {str(k): (str(v["sha256"]), _size(v["size"])) for k, v in content["files"].items()},
    )


def _size(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= SIZE_LIMIT:
        raise ValueError("a size is out of bounds")
    return value


def parse(name: str, read: Callable[[], T]) -> T:
    """Run a parser of untrusted content; whatever goes wrong is one `BundleError`."""
    try:
        return read()
    except BundleError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile content can raise anything
        del error
    damaged(f"'{name}' cannot be read as part of a model")
