"""The parts of a model file as JSON and arrays of numbers, read as if an enemy had written them."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

import numpy as np
import numpy.typing as npt

from nxpredict.errors import BundleError

SIZE_LIMIT = 1 << 30
_MEMBER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,199}\.npy")
T = TypeVar("T")
_HINT = "Get the model folder again from where it was made."


def damaged(what: str) -> NoReturn:
    """Raise the one-sentence refusal."""
    raise BundleError(f"This is not an intact nxpredict model: {what}.", _HINT)


def parse(what: str, read: Callable[[], T]) -> T:
    """Run a parser of untrusted content; whatever goes wrong is one `BundleError`."""
    try:
        return read()
    except BundleError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile content can raise anything
        del error
    damaged(f"{what} cannot be read as part of a model")


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
