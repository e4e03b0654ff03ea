"""What the documents say about states and reasons is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from nxpredict.genotypes import REASONS, STATES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "study-file.md"


def test_every_state_and_reason_is_documented() -> None:
    text = DOCUMENT.read_text("utf-8")
    section = text[text.index("\n## Genotypes\n") :]
    section = section[: section.index("\n## ", 5)]
    named = set(re.findall(r"`([^`]+)`", section))
    assert {*STATES, *filter(None, REASONS)} <= named
