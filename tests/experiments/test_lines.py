"""Lines of results: appended under the header that stands, and known again by their names."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

PLACE = Path(__file__).resolve().parents[2] / "experiments" / "lines.py"
lines = SimpleNamespace(**runpy.run_path(str(PLACE)))


def test_what_was_appended_stands(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    assert lines.standing(file, "setting", "seed") == set()
    lines.append(file, lines.six_digits({"setting": "hidden", "seed": 1, "error": 1 / 3}))
    lines.append(file, {"error": 0.5, "seed": 2, "setting": "measured"})
    assert file.read_bytes() == b"setting,seed,error\nhidden,1,0.333333\nmeasured,2,0.5\n"
    assert lines.standing(file, "setting", "seed") == {("hidden", "1"), ("measured", "2")}


def test_a_line_of_other_names_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    lines.append(file, {"seed": 1})
    with pytest.raises(ValueError, match="other"):
        lines.append(file, {"seed": 2, "other": 3})
    assert file.read_text() == "seed\n1\n"
