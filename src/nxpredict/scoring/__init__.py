"""Patients in, scores out."""

from __future__ import annotations

from nxpredict.scoring._score import score_batch
from nxpredict.scoring._stream import ScoreReport, score_file, sidecar

__all__ = ["ScoreReport", "score_batch", "score_file", "sidecar"]
