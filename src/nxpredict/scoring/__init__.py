"""Patients in, scores out."""

from __future__ import annotations

from nxpredict.scoring._columns import require_columns
from nxpredict.scoring._dask import dask_client, dask_engine, joblib_on
from nxpredict.scoring._ids import faulty_ids
from nxpredict.scoring._local import Engine, local_engine
from nxpredict.scoring._next_test import SMALLEST_GAIN, NextTests
from nxpredict.scoring._samples import ids_among
from nxpredict.scoring._score import NO_CONTRAST, next_tests, score_batch
from nxpredict.scoring._source import headers_of, read_head
from nxpredict.scoring._stream import ScoreReport, score_file, sidecar

__all__ = [
    "NO_CONTRAST",
    "SMALLEST_GAIN",
    "Engine",
    "NextTests",
    "ScoreReport",
    "dask_client",
    "dask_engine",
    "faulty_ids",
    "headers_of",
    "ids_among",
    "joblib_on",
    "local_engine",
    "next_tests",
    "read_head",
    "require_columns",
    "score_batch",
    "score_file",
    "sidecar",
]
