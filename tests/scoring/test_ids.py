from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.scoring import _ids
from nxpredict.scoring._ids import SeenIds


@pytest.mark.parametrize("on_disk", [False, True])
def test_an_id_is_repeated_exactly_when_it_was_seen(tmp_path, monkeypatch, on_disk):
    monkeypatch.setattr(_ids, "RUN", 500)
    rng = np.random.default_rng(0)
    seen, known = SeenIds(tmp_path if on_disk else None), set()
    for _ in range(40):
        ids = pd.Series(rng.integers(0, 3000, 100).astype(str), dtype="str")
        expected = []
        for value in ids:
            expected.append(value in known)
            known.add(value)
        assert seen.repeated(ids).tolist() == expected
    held = sum(len(run) for run in seen._runs)
    spilled = sum(file.stat().st_size // 8 for file in tmp_path.iterdir())
    assert held + spilled == len(known)
    assert (held < 500, spilled > 0) == (on_disk, on_disk)


def test_a_missing_id_is_never_repeated():
    seen = SeenIds()
    assert seen.repeated(pd.Series([None, "a", None], dtype="str")).tolist() == [False] * 3
    assert seen.repeated(pd.Series([None, "a"], dtype="str")).tolist() == [False, True]
