"""A patient table as a stream of blocks of a fixed number of rows, whatever its size.

The blocks, not the reader's batches, decide how rows are grouped, so results never depend on them.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from nxpredict.cohort import find_separator, foreign_format, told_separator
from nxpredict.errors import DataError, Fault
from nxpredict.genotypes import arrow_to_frame, is_parquet
from nxpredict.scoring._blocks import Block, interleave, regular, rows_of
from nxpredict.scoring._refusals import open_quote, readable, unreadable
from nxpredict.scoring._utf8 import PIECE, Utf8Stream

BLOCK = 1 << 16
"""Rows of a block: so many that what a block costs beside its rows does not count."""
READ_SIZE = 1 << 20
_PARQUET = (".parquet", ".pq")
_SHOWN = 8


class TableStream:
    """One patient table: its columns now, its rows later.

    Parameters
    ----------
    path : Path
        Parquet, a folder of such, or CSV or TSV, also compressed; told by content.
    separator : str, optional
        Of a text table; found as in training when absent.

    Attributes
    ----------
    columns : tuple of str
        Names in the header.

    Raises
    ------
    DataError
        When the file is empty, is no table, or has a header with repeated names.
    """

    def __init__(self, path: Path, separator: str | None = None) -> None:
        self.path = path
        self.separator = separator or ","
        self._lines_above = 0
        self.rows: int | None = None
        with readable(path):
            self._files = _parquet_files(path)
            self.state = self._state()
        if self._files:
            with readable(path):
                self.columns = tuple(pa_parquet.read_schema(self._files[0]).names)
                self.rows = sum(pa_parquet.read_metadata(file).num_rows for file in self._files)
        else:
            self.columns = self._header(separator)
        counts = Counter(self.columns)
        if repeated := [k for k, c in enumerate(self.columns, 1) if c and counts[c] > 1]:
            # By place: without a header the first patient's values stand here.
            places = ", ".join(map(str, repeated[:_SHOWN]))
            said = f"columns {places} of the header have the same names"
            raise unreadable(path, said, "rename or delete all but one of each")

    def blocks(self, wanted: Sequence[str], id_column: str) -> Iterator[Block]:
        """Yield the rows in order, with those of the wanted columns that the table has.

        Raises
        ------
        DataError
            When the table is damaged, or was changed while it was read.
        """
        known = {*wanted, id_column}
        used = [name for name in self.columns if name in known]
        pieces = self._parquet(used) if self._files else self._text(used, id_column)
        with readable(self.path):
            yield from regular(pieces, BLOCK)
            if self._state() != self.state:
                raise unreadable(self.path, "the table was changed while it was read")

    def _state(self) -> list[tuple[str, int, int]]:
        """Return name, size and time of each file, which a change of the table changes."""
        stats = [(file.name, file.stat()) for file in self._files or [self.path]]
        return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]

    def _header(self, declared: str | None) -> tuple[str, ...]:
        """Return the names in the first row of a text table, whose separator is found here."""
        with readable(self.path), pa.input_stream(self.path, compression="detect") as start:
            if foreign := foreign_format(start.read(1 << 16)):
                what, how = foreign
                said = f"this is {what}, not CSV or Parquet"
                raise DataError([Fault("foreign-format", said, how, file=self.path.name)])
        with readable(self.path), io.BufferedReader(Utf8Stream(self.path)) as stream:
            whole = stream.read(READ_SIZE).decode(errors="ignore")
            text = whole.lstrip("\r\n")
            if not text.strip():
                raise unreadable(self.path, "the file is empty")
        if declared is None:
            declared, text = told_separator(text)
            if declared is not None:
                self._lines_above = len(whole[: -len(text)].splitlines())
        self.separator = declared or find_separator(text)
        if not (names := _first_row(text, self.separator)):
            raise unreadable(self.path, "its header cannot be read")
        return tuple(name.strip() for name in names)

    def _parquet(self, used: list[str]) -> Iterator[Block]:
        for path in self._files:
            # A buffer of what is read ahead would grow as long as the file is.
            with pa_parquet.ParquetFile(path, pre_buffer=False) as file:
                if lacking := set(used).difference(file.schema_arrow.names):
                    raise unreadable(path, f"it has no column '{min(lacking)}', as others have")
                for batch in file.iter_batches(BLOCK, columns=used, use_threads=False):
                    yield Block(arrow_to_frame(batch), {})

    def _text(self, used: list[str], id_column: str) -> Iterator[Block]:
        """Yield batches of text; a row with too few or too many cells keeps its place."""
        ragged: deque[tuple[int, str]] = deque()

        def note(row: Any) -> str:
            # Nothing that could fail: the reader would swallow it, and with it the row.
            ragged.append((row.number - 1 - self._lines_above, row.text))
            return "skip"

        start = 0
        stream = Utf8Stream(self.path)
        with self._reader(stream, used, note) as reader:
            for batch in reader:
                if ragged and ragged[0][0] == 0:
                    raise unreadable(self.path, "the header cannot be read")
                here: dict[int, str] = {}
                while ragged and ragged[0][0] < start + batch.num_rows + len(here):
                    row, text = ragged.popleft()
                    here[row - start] = self._cell(row, text, id_column)
                block = interleave(batch.to_pandas(), here, id_column)
                if stream.quoted:
                    self._refuse_swallowed(block.frame, start)
                header = 1 if start == 0 else 0
                start += len(block.frame)
                yield rows_of(block, header, len(block.frame))
        rest = {row - start: self._cell(row, text, id_column) for row, text in ragged}
        if rest:
            yield interleave(pd.DataFrame(columns=used, dtype="str"), rest, id_column)

    def _reader(self, stream: Utf8Stream, used: list[str], note: Callable[[Any], str]) -> Any:
        return pa_csv.open_csv(
            io.BufferedReader(stream, PIECE),
            # One thread, because only then are rows numbered. The header comes as the first row.
            read_options=pa_csv.ReadOptions(
                use_threads=False,
                block_size=READ_SIZE,
                column_names=list(self.columns),
                skip_rows=self._lines_above,
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.separator, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=used,
                column_types=dict.fromkeys(used, pa.string()),
                strings_can_be_null=False,
            ),
        )

    def _cell(self, row: int, text: str, column: str) -> str:
        """Return the cell of a ragged row that should hold `column`, if the row reaches it."""
        lines = io.StringIO(text, newline="")
        try:
            cells = next(csv.reader(lines, delimiter=self.separator, strict=True), [])
        except csv.Error:
            if len(text.strip().splitlines()) > 1:
                raise open_quote(self.path, row) from None
            cells = _first_row(text, self.separator)
        place = self.columns.index(column)
        return cells[place] if place < len(cells) else ""

    def _refuse_swallowed(self, frame: pd.DataFrame, start: int) -> None:
        """Refuse a cell that holds lines with separators: rows that an open quote took in."""
        for name in frame:
            cells = frame[name].astype("str").str
            odd = cells.contains("\n", regex=False)
            if odd.any() and (odd := odd & cells.contains(self.separator, regex=False)).any():
                raise open_quote(self.path, start + int(odd.to_numpy().argmax()))


def _first_row(text: str, separator: str) -> list[str]:
    """Return the cells of the first row, none where a separator leaves one cell too long."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error:
        return []


def headers_of(path: Path) -> tuple[str, ...]:
    """Return the names of a table's columns.

    Parameters
    ----------
    path : Path
        Text, Parquet or a folder of Parquet files.

    Raises
    ------
    DataError, AccessError
        As `TableStream`.
    """
    return TableStream(path).columns


def read_head(path: Path, separator: str | None) -> pd.DataFrame:
    r"""Return the first block of a table with all its columns that have a name.

    Parameters
    ----------
    path : Path
        Text, Parquet or a folder of Parquet files.
    separator : str or None
        Of a text table; found as in training when None.

    Returns
    -------
    DataFrame
        Text columns, or typed ones from Parquet; no rows when the table has none.

    Raises
    ------
    DataError, AccessError
        As `TableStream`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "patients.csv")
    ...     _ = path.write_text("patient_id;age_years\n1;40\n")
    ...     read_head(path, separator=None)["age_years"].tolist()
    ['40']
    """
    source = TableStream(path, separator)
    named = [name for name in source.columns if name]
    if not named:
        raise unreadable(path, "no column of its header has a name")
    first = next(source.blocks(named, named[0]), None)
    return pd.DataFrame(columns=named) if first is None else first.frame


def _parquet_files(path: Path) -> list[Path]:
    """Return the Parquet files of a table in the order of their names; none when it is text."""

    def holds(file: Path) -> bool:
        with file.open("rb") as start:
            return is_parquet(start.read(4))

    if not path.is_dir():
        if path.exists() and not path.is_file():
            # It could be read only once, and waiting for it may never end.
            raise unreadable(path, "this is no file but a pipe or device")
        return [path] if holds(path) else []
    if any(path.rglob("[!.]*/*.parquet")):
        said = "its subfolders hold Parquet files, which would be lost"
        raise unreadable(path, said, "put all files of the table into one folder")
    files = sorted(
        entry
        for entry in path.iterdir()
        if entry.suffix.lower() in _PARQUET
        or (not entry.name.startswith((".", "_")) and entry.is_file() and holds(entry))
    )
    if not files:
        raise unreadable(path, "the folder holds no Parquet file")
    return files
