"""Columns of text or typed values as numbers or labels, a whole column at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nxpredict.cohort._schema import fold_label

MISSING = ("", "na", "n/a", "nan", "null", ".", "missing")
"""Cells, whatever their case, that hold no value."""

_TEXT = pa.large_string()
_NOTHING = pa.scalar(None, _TEXT)
_MISSING_AS_WRITTEN = pa.array(
    sorted({"".join(cased) for t in MISSING for cased in product(*zip(t, t.upper(), strict=True))}),
    _TEXT,
)
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
DECIMAL_COMMA = r"^[+-]?[0-9]*,[0-9]+$"
_INFINITY = r"(?i)^[+-]?inf(inity)?$"

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column read as numbers: float64 with NaN where missing, and what could not be read."""

    values: npt.NDArray[np.float64]
    unreadable: Mask
    infinite: Mask


@dataclass(frozen=True, slots=True)
class Labels:
    """A column read as labels: the position in ``texts`` of each row, -1 where missing."""

    positions: npt.NDArray[np.intp]
    texts: tuple[str, ...]


def text_cells(column: pd.Series) -> pa.Array:
    """Return a text column without surrounding white space, null where there is no value."""
    cells = pa.array(as_text(column), from_pandas=True)
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    cells = pc.utf8_trim_whitespace(cells.cast(_TEXT))
    missing = pc.is_in(cells, _MISSING_AS_WRITTEN)
    return pc.if_else(missing, _NOTHING, cells)


def as_text(column: pd.Series) -> pd.Series:
    """Return a column as texts, also where it holds bytes of whatever encoding."""
    try:
        return column.astype("str")
    except UnicodeDecodeError:
        return column.map(_decoded).astype("str")


def _decoded(value: object) -> object:
    """Return bytes that are no UTF-8 as Latin-1, as a text table is read."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def is_typed(column: pd.Series) -> bool:
    """Tell whether a column holds numbers or booleans rather than text."""
    return pd.api.types.is_numeric_dtype(column)


def read_numbers(column: pd.Series, decimal: str = ".", absent: Collection[str] = ()) -> Numbers:
    """Read a column as numbers; thousands separators and foreign decimal marks are not guessed.

    Parameters
    ----------
    column : Series, shape (n,)
        Text, or numbers that pass as they are; true and false are no numbers.
    decimal : {".", ","}
    absent : collection of str
        Folded texts that mean a missing value in this column, such as ``999``.

    Returns
    -------
    Numbers
        Arrays of shape (n,).

    Examples
    --------
    >>> read_numbers(pd.Series(["1.5", "NA", "1,5"])).unreadable.tolist()
    [False, False, True]
    """
    if absent:
        column = coded_missing(column, absent, decimal)
    if pd.api.types.is_bool_dtype(column):
        return Numbers(np.full(len(column), np.nan), column.notna().to_numpy(), _none(column))
    if is_typed(column):
        values = np.array(column.to_numpy(dtype=np.float64, na_value=np.nan))
        return _finite(values, _none(column))
    cells = text_cells(column)
    if decimal == ",":
        has_point = pc.match_substring(cells, ".")
        cells = pc.if_else(has_point, pa.scalar("x", _TEXT), pc.replace_substring(cells, ",", "."))
    try:
        values = pc.cast(cells, pa.float64())
        # Arrow also takes `-nan` and `nan(1)` for numbers, which the rule below does not.
        odd = pc.is_nan(values)
        unreadable = _mask(odd) if pc.any(odd).as_py() else np.zeros(len(cells), dtype=bool)
    except pa.ArrowInvalid:
        readable = pc.or_(
            pc.match_substring_regex(cells, _NUMBER), pc.match_substring_regex(cells, _INFINITY)
        )
        unreadable = _mask(pc.invert(readable))
        kept = pc.if_else(readable, cells, _NOTHING)
        values = pc.cast(pc.utf8_ltrim(kept, "+"), pa.float64())
    return _finite(np.array(values.to_numpy(zero_copy_only=False)), unreadable)


def coded_missing(column: pd.Series, codes: Collection[str], decimal: str) -> pd.Series:
    """Return a column with empty cells where it holds one of the codes.

    Examples
    --------
    >>> coded_missing(pd.Series(["3", "-9", "-9,0"]), ["-9"], ",").isna().tolist()
    [False, True, True]
    """
    folded = {fold_label(code.replace(decimal, ".")) for code in codes}
    labels = read_labels(column)
    texts = [fold_label(text.replace(decimal, ".")) for text in labels.texts]
    found = np.array([text in folded for text in texts] + [False])
    return column.mask(pd.Series(found[labels.positions], index=column.index))


def _finite(values: npt.NDArray[np.float64], unreadable: Mask) -> Numbers:
    infinite = np.isinf(values)
    values[infinite] = np.nan
    return Numbers(values, unreadable, infinite)


def _none(column: pd.Series) -> Mask:
    return np.zeros(len(column), dtype=bool)


def _mask(flags: pa.Array) -> Mask:
    return np.asarray(pc.fill_null(flags, fill_value=False).to_numpy(zero_copy_only=False))


def read_labels(column: pd.Series) -> Labels:
    """Read a column as labels; numbers and booleans become text.

    Parameters
    ----------
    column : Series, shape (n,)

    Returns
    -------
    Labels

    Examples
    --------
    >>> read_labels(pd.Series(["f", "m", "NA", "f"])).positions.tolist()
    [0, 1, -1, 0]
    """
    if is_typed(column):
        positions, found = pd.factorize(column)
        texts = tuple(_typed_text(value) for value in found)
        return Labels(np.asarray(positions, dtype=np.intp), texts)
    encoded = pc.dictionary_encode(text_cells(column))
    positions = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return Labels(np.asarray(positions, dtype=np.intp), tuple(encoded.dictionary.to_pylist()))


def _typed_text(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(value)
    number = float(str(value))
    return f"{number:.0f}" if number.is_integer() else repr(number)


def decimal_commas(column: pd.Series, unreadable: Mask, decimal: str) -> Mask:
    """Return where a cell that is no number would be one if a comma were the decimal mark.

    Examples
    --------
    >>> cells = pd.Series(["1.5", "1,5", "high"])
    >>> decimal_commas(cells, read_numbers(cells).unreadable, ".").tolist()
    [False, True, False]
    """
    if decimal == ",":
        return _none(column)
    return unreadable & _mask(pc.match_substring_regex(text_cells(column), DECIMAL_COMMA))
