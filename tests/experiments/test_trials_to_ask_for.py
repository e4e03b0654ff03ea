"""The study files for trials that can be asked for are files that can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from nxpredict.config import load_study
from nxpredict.study import TimelineResponse

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "trials_to_ask_for"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_read_without_a_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXPREDICT_REALDATA", "/nowhere")
    study = load_study(path)
    assert study.faults == ()
    assert isinstance(study.response, TimelineResponse)
    assert study.response.needs_sex


def test_every_file_is_named_in_the_readme_and_says_that_nobody_has_seen_the_data() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(FILES) == 3
    for path in FILES:
        assert f"`{path.name}`" in readme
        assert "nobody" in path.read_text(encoding="utf-8")
    assert "No alcohol-drug trial has been tested" in readme
