"""Patients from Parquet: the same identifiers in training and in scoring, whatever holds them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nxpredict.cohort import read_ids, read_table
from nxpredict.cohort._cells import read_labels
from nxpredict.scoring import read_head

LARGE = [2**53 + 1, 2**53 + 2, 2**53 + 3]


@pytest.mark.parametrize(
    ("kind", "ids"), [(pa.int64(), LARGE), (pa.uint64(), LARGE), (pa.uint64(), [2**63, 2**63 + 1])]
)
@pytest.mark.parametrize("more", [[], [None]])
def test_whole_numbers_are_the_same_patients_beside_a_missing_one(
    tmp_path: Path, kind: pa.DataType, ids: list[int], more: list[None]
) -> None:
    path = tmp_path / "patients.parquet"
    pq.write_table(pa.table({"id": pa.array(ids + more, kind)}), path)
    for frame in (read_table(path).frame, read_head(path, None)):
        assert read_ids(frame, "id").dropna().tolist() == [str(number) for number in ids]
        assert set(map(str, ids)) == set(read_labels(frame["id"]).texts)


def test_floats_too_large_for_whole_numbers_are_told_apart() -> None:
    assert read_ids(pd.DataFrame({"id": [1e19, 2e19]}), "id").nunique() == 2
