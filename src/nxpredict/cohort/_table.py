"""A table file as columns: CSV, TSV and Parquet, with what is wrong in the file itself."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from nxpredict.cohort._cells import as_text, is_typed
from nxpredict.cohort._content import foreign_format, why_unreadable
from nxpredict.cohort._encoding import latin_1_fallback
from nxpredict.cohort._rows import count_rows
from nxpredict.cohort._separator import find_separator, header_width, told_separator
from nxpredict.cohort._written import as_yaml
from nxpredict.errors import AccessError, DataError, Fault, FaultLog, closest, counted
from nxpredict.genotypes import arrow_to_frame, is_parquet

_DECIMAL_COMMA = r"^\s*[+-]?[0-9]+,[0-9]+\s*$"
_NO_TABLE = "the file cannot be read as a table", "look for a quote that is not closed"
_NUMERIC = r"^\s*[+-]?[0-9]+([.,][0-9]+)?\s*$"


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in its file.

    Attributes
    ----------
    frame : DataFrame
        Text columns, or typed ones from Parquet; the index counts the rows of the file from 0.
    file : str
        Name of the file, without its folder.
    decimal : {".", ","}
        The decimal mark of text columns.
    faults : tuple of Fault
        Warnings and notes about the file.
    separator : str, optional
        What stands between the fields of a text file.
    """

    frame: pd.DataFrame = field(repr=False)
    file: str
    decimal: str = "."
    faults: tuple[Fault, ...] = ()
    separator: str | None = None


def read_table(
    path: str | Path, *, separator: str | None = None, decimal: str | None = None
) -> RawTable:
    """Read a table of patients.

    Parameters
    ----------
    path : path-like
        CSV, TSV or other separated text (UTF-8, or Latin-1 with a warning), also packed
        (``.csv.gz``), or Parquet; told apart by content, not by name.
    separator : str, optional
        Found from header and first row among comma, semicolon, tab and bar when absent.
    decimal : {".", ","}, optional
        ``.`` when absent.

    Returns
    -------
    RawTable

    Raises
    ------
    DataError
        With every fault of the file: missing, empty, binary, another program's format, ragged
        rows, repeated or empty headers, undeclared decimal commas.
    AccessError
        When the file cannot be opened.
    """
    path = Path(path)
    faults = FaultLog()
    raw = _read_bytes(path, faults)
    if not raw.strip():
        faults.error(
            "empty-file", "the file is empty", "give a table with a header", file=path.name
        )
    elif foreign := foreign_format(raw[:65_536]):
        what, how = foreign
        faults.error("foreign-format", f"this is {what}, not CSV or Parquet", how, file=path.name)
    faults.raise_if_errors()
    if is_parquet(raw):
        separator, frame = None, _read_parquet(raw, path.name, faults)
    else:
        separator, frame = _read_text(raw, path.name, separator, decimal, faults)
    _check_headers(list(frame.columns), path.name, faults)
    if not len(frame) and not faults.errors:
        faults.error("no-rows", "there is a header but no row", "add patients", file=path.name)
    faults.raise_if_errors()
    return RawTable(frame, path.name, decimal or ".", tuple(faults), separator)


def _read_bytes(path: Path, faults: FaultLog) -> bytes:
    """Return what is in a file, unpacked where its name ends like an archive of one file."""
    try:
        if not path.is_dir():
            with pa.input_stream(path, compression="detect") as stream:
                return bytes(stream.read())
        faults.error("no-such-file", "this is a folder", "name the file in it", file=path.name)
    except FileNotFoundError:
        near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = closest(path.name, near) or "paths are relative to the study file"
        faults.error("no-such-file", "there is no such file", hint, file=path.name)
    except OSError as error:
        if error.errno is not None:
            raise AccessError(f"'{path.name}' cannot be opened: {error.strerror}.") from None
        faults.error("damaged-file", "a damaged archive", "pack it again", file=path.name)
    raise DataError(faults)


def _read_parquet(raw: bytes, file: str, faults: FaultLog) -> pd.DataFrame:
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(io.BytesIO(raw)).read()
    except (pa.ArrowException, OSError):
        faults.error("damaged-file", "a damaged Parquet file", "write it again", file=file)
        raise DataError(faults) from None
    flat = [f.name for f in table.schema if not pa.types.is_nested(f.type)]
    for name in sorted(set(table.column_names) - set(flat)):
        faults.warn("nested-column", "a nested column is not read", file=file, column=name)
    if len(set(flat)) < len(flat):
        _check_headers(flat, file, faults)
        raise DataError(faults)
    frame = arrow_to_frame(table.select(flat))
    for name in frame:
        column = frame[name]
        if not is_typed(column):
            frame[name] = as_text(column)
    return frame


def _read_text(
    raw: bytes, file: str, separator: str | None, decimal: str | None, faults: FaultLog
) -> tuple[str, pd.DataFrame]:
    text = _decode(raw, file, faults)
    first = text.lstrip("\r\n")
    if "\n" not in first:
        first = first.replace("\r", "\n")
    if separator is None:
        separator, first = told_separator(first)
    else:
        _refuse_wrong_separator(first, separator, file, faults)
    used = separator or find_separator(first)
    width = header_width(first, used)[0]
    if first.count('"') % 2:
        faults.error(
            "open-quote",
            "a quotation mark without its partner",
            "close it, or double the marks that are part of a text",
            file=file,
        )
        raise DataError(faults)
    ragged: list[tuple[int | None, int]] = []
    frame = _parse(first, used, width, ragged, file, faults)
    if ragged:
        lines = [number for number, _ in ragged if number is not None]
        where = f" ({count_rows(np.array(lines))})" if lines else ""
        faults.error(
            "ragged-rows",
            f"{counted(len(ragged), 'row does', 'rows do')} not have the {width} fields of the "
            f"header{where}",
            "quote texts that hold the separator, and fill in or remove odd fields",
            file=file,
            row=lines[0] if lines else None,
        )
    if used != "," and decimal is None:
        _check_decimal_commas(frame, used, file, faults)
    return used, frame


def _refuse_wrong_separator(text: str, declared: str, file: str, faults: FaultLog) -> None:
    """Refuse a separator that does not split header and first row alike, when another does."""
    found = find_separator(text)
    (width, alike), (other, as_many) = header_width(text, declared), header_width(text, found)
    if alike or not as_many or other <= width:
        return
    called = {"\t": "tab"}
    faults.error(
        "wrong-separator",
        f"the separator declared is {called.get(declared, repr(declared))}, and what separates "
        f"header and first row is {called.get(found, repr(found))}",
        f"declare `separator: {json.dumps(found)}`, or leave it out to have it found",
        file=file,
    )
    raise DataError(faults)


def _decode(raw: bytes, file: str, faults: FaultLog) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.warn(
            "not-utf-8",
            "not UTF-8; read as Latin-1",
            "save it as UTF-8 if accented letters or signs look wrong",
            file=file,
        )
        return raw.decode("utf-8-sig", errors=latin_1_fallback())


def _parse(
    text: str,
    separator: str,
    width: int,
    ragged: list[tuple[int | None, int]],
    file: str,
    faults: FaultLog,
) -> pd.DataFrame:
    names = [f"f{i}" for i in range(width)]

    def keep(row: pa_csv.InvalidRow) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip"

    try:
        table = pa_csv.read_csv(
            io.BytesIO(text.encode("utf-8")),
            read_options=pa_csv.ReadOptions(use_threads=False, autogenerate_column_names=True),
            parse_options=pa_csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowException, ValueError) as error:
        faults.error("not-a-table", *(why_unreadable(str(error)) or _NO_TABLE), file=file)
        raise DataError(faults) from None
    frame: pd.DataFrame = table.to_pandas()
    headers = [str(cell).strip() for cell in frame.iloc[0]]
    frame = frame.iloc[1:].set_axis(headers, axis="columns").reset_index(drop=True)
    given = np.column_stack([np.asarray(frame.iloc[:, i] != "") for i in range(width)])
    named = np.array([bool(header) for header in headers])
    kept = named if not given[:, ~named].any() else np.ones(width, dtype=bool)
    return frame.iloc[np.flatnonzero(given.any(axis=1)), np.flatnonzero(kept)]


def _check_headers(headers: list[str], file: str, faults: FaultLog) -> None:
    for name, times in Counter(headers).items():
        if not name.strip():
            positions = [i for i, header in enumerate(headers, 1) if not header.strip()]
            faults.error(
                "empty-header",
                f"{counted(times, 'column')} without a name "
                f"(column number {', '.join(map(str, positions[:5]))})",
                "name or delete them; the header comes first, without a title above it",
                file=file,
                row=1,
            )
        elif times > 1:
            faults.error(
                "duplicate-header",
                f"{times} columns have this name",
                "rename or delete all but one",
                file=file,
                row=1,
                column=name,
            )


def _check_decimal_commas(frame: pd.DataFrame, separator: str, file: str, faults: FaultLog) -> None:
    found = []
    for i, name in enumerate(frame.columns):
        cells = pa.array(frame.iloc[:, i])
        commas = _count(cells, _DECIMAL_COMMA)
        if commas and commas + _count(cells, _NUMERIC) > 0.5 * _count(cells, r"\S"):
            found.append(str(name))
    if found:
        shown = ", ".join(f"'{name}'" for name in found[:6]) + (", ..." if len(found) > 6 else "")
        as_told = f'{{path: {as_yaml(file)}, separator: "{separator}", decimal: ","}}'
        faults.error(
            "decimal-comma",
            f"numbers with a decimal comma in {shown}",
            f"declare them: `table: {as_told}`",
            file=file,
        )


def _count(cells: pa.Array, pattern: str) -> int:
    return int(pc.sum(pc.match_substring_regex(cells, pattern)).as_py() or 0)
