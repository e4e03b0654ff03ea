"""What an interrupted run, or another run at the same time, left under the same name."""

from __future__ import annotations

import pyarrow as pa
import pytest

from nxpredict.errors import AccessError
from nxpredict.scoring._workplace import Workplace

PART = pa.table({"patient_id": ["P1", "P2"], "p_naltrexone": [0.25, 0.75]})


def test_of_two_runs_at_the_same_time_the_second_is_refused(tmp_path):
    out = tmp_path / "out.csv"
    first = Workplace(out, {"the model": 1}, resume=False)
    with first.working():
        first.keep(0, PART)
        for resume in (True, False):
            with pytest.raises(AccessError, match=r"another run is writing 'out\.csv'"):
                Workplace(out, {"the model": 2}, resume=resume)
        assert list(first.parts()) == [PART]
    again = Workplace(out, {"the model": 1}, resume=True)
    assert list(again.parts()) == [PART]


@pytest.mark.parametrize("place", [b"P2", b"\0\0\0\0\0\0\xd0\x3f"])
def test_a_part_of_which_a_byte_was_changed_is_none(place, tmp_path):
    work = Workplace(tmp_path / "out.csv", {}, resume=False)
    work.keep(0, PART)
    (file,) = work.folder.glob("part-*")
    content = bytearray(file.read_bytes())
    content[content.index(place)] ^= 1
    file.write_bytes(content)
    assert list(work.parts()) == []
