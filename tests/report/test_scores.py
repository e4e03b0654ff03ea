"""The page about a scoring run: what was said comes first, and in words."""

from __future__ import annotations

import html
import re
from typing import Any

from nxpredict.errors import RESEARCH_USE
from nxpredict.report import render_scores_page, scores_facts

COMPARED = {"psi": 0.1, "psi_by_chance": 0.11, "missing": 0.2, "missing_training": 0.3}
META: dict[str, Any] = {
    "research_use": RESEARCH_USE,
    "model": {"study": "trial", "id": "6cf251ef", "verdict": "not supported"},
    "scores": {"rows": 200, "sha256": "e" * 64},
    "counts": {
        "status": {"not_scorable": 6, "scored": 194},
        "preferred": {"no preference": 194},
        "reasons": {"ggt:out_of_range": 2, "out_of_scope:current_opioid_use": 4},
    },
    "population": {
        "patients": 194,
        "outside_training_range": 0.25,
        "no_preference": 1.0,
        "predictors": {"ggt": COMPARED | {"below_range": 0.0, "above_range": 0.01}},
        "warnings": ["'ggt' is missing in 20% here, in 2% there"],
    },
}


def test_what_was_said_comes_first_with_the_verdict_and_no_code() -> None:
    page = render_scores_page(scores_facts(META, {"ggt": "Gamma-glutamyl transferase"}))
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))
    assert text.index("What was said") < text.index("Are these patients like the cohort?")
    assert text.index("not supported") < text.index("What was said")
    for words in (
        "Status: not scorable 6",
        "Preference: none 194",
        "Not scored: Gamma-glutamyl transferase, out of range 2",
        "Not scored: out of scope, current opioid use 4",
        "Gamma-glutamyl transferase is missing in 20% here",
    ):
        assert words in text, words
    assert "kicker" not in page
