"""Parquet told by its content, and Arrow columns as pandas holds them: one rule for all tables."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

# Whole numbers stay whole where a value is missing: identifiers may be numbers.
_NULLABLE: dict[Any, Any] = {
    **dict.fromkeys((pa.int8(), pa.int16(), pa.int32(), pa.int64()), pd.Int64Dtype()),
    **dict.fromkeys((pa.uint8(), pa.uint16(), pa.uint32()), pd.Int64Dtype()),
    pa.uint64(): pd.UInt64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def is_parquet(start: bytes) -> bool:
    """Tell a Parquet file by its first bytes, whatever its name.

    Examples
    --------
    >>> is_parquet(b"PAR1..."), is_parquet(b"id,age")
    (True, False)
    """
    return start.startswith(b"PAR1")


def arrow_to_frame(data: pa.Table | pa.RecordBatch) -> pd.DataFrame:
    """Return columns as the file has them: no index, no lost digits, whoever wrote it.

    Parameters
    ----------
    data : Table or RecordBatch

    Examples
    --------
    >>> ids = pa.array([2**53 + 1, None], pa.uint64())
    >>> arrow_to_frame(pa.table({"id": ids}))["id"].tolist()
    [9007199254740993, <NA>]
    """
    frame: pd.DataFrame = data.to_pandas(types_mapper=_NULLABLE.get, ignore_metadata=True)
    return frame
