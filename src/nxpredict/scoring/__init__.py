"""Patients in, scores out."""

from __future__ import annotations

from nxpredict.scoring._columns import require_columns
from nxpredict.scoring._score import score_batch
from nxpredict.scoring._stream import DUPLICATE_ID, ScoreReport, score_file, sidecar

__all__ = [
    "DUPLICATE_ID",
    "ScoreReport",
    "require_columns",
    "score_batch",
    "score_file",
    "sidecar",
]
