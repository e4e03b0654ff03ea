"""The verb ``check``: every fault at once, or what was understood."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nxpredict.config import read_study
from nxpredict.errors import RESEARCH_USE
from nxpredict.workflows._load import load_cohort
from nxpredict.workflows._outcome import Outcome
from nxpredict.workflows._words import check_text


def check_study(path: Path, *, overrides: Sequence[str] = ()) -> Outcome:
    """Read a study and its data; raise every fault together, or say what was understood."""
    study = read_study(path, overrides)
    cohort = load_cohort(study)
    facts = {
        "study": study.name,
        **cohort.facts,
        "fingerprint": cohort.fingerprint,
        "issues": [issue.to_dict() for issue in cohort.issues],
        "research_use": RESEARCH_USE,
    }
    return Outcome(f"{study.name}\n{check_text(cohort.facts, cohort.issues)}", facts)
