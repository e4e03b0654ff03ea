"""Scores to CSV or Parquet, block by block."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from nxpredict.errors import UsageError

BLOCKS_A_GROUP = 16
ENDINGS = (".csv", ".parquet")


class ScoreSink:
    """Writes blocks of scores in order.

    Parameters
    ----------
    path : Path
        File to write.
    kind : {".csv", ".parquet"}
    columns : mapping of str to bool
        All columns in order, and whether they hold numbers; the others hold text.
    """

    def __init__(self, path: Path, kind: str, columns: Mapping[str, bool]) -> None:
        types = [
            (name, pa.float64() if number else pa.string()) for name, number in columns.items()
        ]
        self._schema = pa.schema(types)
        self._waiting: list[pa.Table] = []
        self.rows = 0
        self._parquet: Any = None
        self._csv: IO[bytes] | None = None
        if kind == ".parquet":
            self._parquet = pa_parquet.ParquetWriter(path, self._schema)
        else:
            self._csv = path.open("wb")
            self._csv.write((",".join(columns) + "\n").encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if self._csv is not None:
            self._csv.close()
        else:
            if kind is None:
                self._write_group()
            self._parquet.close()

    def write(self, scores: pd.DataFrame) -> None:
        """Add one block."""
        self.rows += len(scores)
        if self._csv is not None:
            # An empty text as null, because the writer would quote it.
            self._csv.write(_csv_bytes(self._table(scores.replace("", np.nan))))
            return
        self._waiting.append(self._table(scores))
        if len(self._waiting) == BLOCKS_A_GROUP:
            self._write_group()

    def _table(self, scores: pd.DataFrame) -> pa.Table:
        table = pa.Table.from_pandas(scores, self._schema, preserve_index=False)
        return table.replace_schema_metadata(None)

    def _write_group(self) -> None:
        if self._waiting:
            self._parquet.write_table(pa.concat_tables(self._waiting).combine_chunks())
            self._waiting = []


def _csv_bytes(table: pa.Table) -> bytes:
    """Return rows of CSV; texts are quoted only in blocks where one has to be."""
    for style in ("none", "needed"):
        buffer = pa.BufferOutputStream()
        options = pa_csv.WriteOptions(include_header=False, quoting_style=style)
        try:
            pa_csv.write_csv(table, buffer, options)
            break
        except pa.ArrowInvalid:
            continue
    return bytes(buffer.getvalue())


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
