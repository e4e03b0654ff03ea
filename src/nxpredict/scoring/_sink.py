"""Scores to CSV or Parquet, block by block."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from nxpredict.errors import UsageError
from nxpredict.scoring._score import plain

GROUP = 1 << 17
"""Rows of a row group of Parquet: fixed, so that its bytes depend on nothing else."""
ENDINGS = (".csv", ".parquet")
_NO_TEXT = pa.scalar(None, pa.string())


class ScoreSink:
    """Writes tables of scores in order.

    Parameters
    ----------
    path : Path
        File to write.
    kind : {".csv", ".parquet"}
    schema : pyarrow.Schema
        Columns of every table.
    """

    def __init__(self, path: Path, kind: str, schema: pa.Schema) -> None:
        self._waiting: list[pa.Table] = []
        self.rows = 0
        self._parquet: Any = None
        self._csv: IO[bytes] | None = None
        if kind == ".parquet":
            # Numbers hardly repeat: a dictionary of them costs time and saves nothing. Without
            # Arrow's own schema, texts that have one here are plain texts to every reader.
            repeated = [field.name for field in schema if pa.types.is_dictionary(field.type)]
            self._parquet = pa_parquet.ParquetWriter(
                path, schema, use_dictionary=repeated, store_schema=False
            )
        else:
            self._csv = path.open("wb")
            self._csv.write((",".join(schema.names) + "\n").encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if self._csv is not None:
            self._csv.close()
        else:
            if kind is None:
                self._write_group()
            self._parquet.close()

    def write(self, scores: pa.Table) -> None:
        """Add the rows of a table."""
        self.rows += len(scores)
        if self._csv is not None:
            self._csv.write(_csv_bytes(scores))
            return
        self._waiting.append(scores)
        if sum(map(len, self._waiting)) >= GROUP:
            self._write_group()

    def _write_group(self) -> None:
        if self._waiting:
            whole = pa.concat_tables(self._waiting).unify_dictionaries().combine_chunks()
            self._parquet.write_table(whole)
            self._waiting = []


def _csv_bytes(scores: pa.Table) -> memoryview:
    """Return rows of CSV; texts are quoted only in blocks where one has to be."""
    scores = plain(scores)
    for k, field in enumerate(scores.schema):
        if field.type == pa.string():
            # An empty text as null, because the writer would quote it.
            text = scores.column(k)
            empty = pc.equal(text, "")
            scores = scores.set_column(k, field, pc.if_else(empty, _NO_TEXT, text))
    for style in ("none", "needed"):
        buffer = pa.BufferOutputStream()
        options = pa_csv.WriteOptions(include_header=False, quoting_style=style)
        try:
            pa_csv.write_csv(scores, buffer, options)
            break
        except pa.ArrowInvalid:
            continue
    return memoryview(buffer.getvalue())


def score_kind(path: Path) -> str:
    """Return the ending that decides the format of a score file.

    Examples
    --------
    >>> score_kind(Path("scores.CSV"))
    '.csv'
    """
    kind = path.suffix.lower()
    if kind not in ENDINGS:
        raise UsageError(f"'{path.name}' ends in no known format.", "End it in .csv or .parquet.")
    return kind
