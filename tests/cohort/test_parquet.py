"""Patients from Parquet: the same identifiers in training and in scoring, whatever holds them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nxpredict.cohort import read_ids, read_table
from nxpredict.cohort._cells import read_labels
from nxpredict.errors import DataError
from nxpredict.scoring import read_head
from nxpredict.scoring._source import TableStream

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


def test_a_table_is_what_its_content_says_whatever_its_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "age": ["40", "41"]})
    frame.to_parquet(tmp_path / "patients.parq")
    frame.to_csv(tmp_path / "patients.parquet", index=False)
    for name in ("patients.parq", "patients.parquet"):
        for found in (read_table(tmp_path / name).frame, read_head(tmp_path / name, None)):
            assert found.to_dict("list") == frame.to_dict("list")


def test_a_folder_holds_parquet_files_by_any_name(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["a"]}).to_parquet(tmp_path / "part-0")
    pd.DataFrame({"id": ["b"]}).to_parquet(tmp_path / "part-1.parquet")
    pd.DataFrame({"id": ["c"]}).to_parquet(tmp_path / "_metadata")
    (tmp_path / "_SUCCESS").touch()
    assert TableStream(tmp_path).rows == 2


def test_bytes_are_text_in_training_as_in_scoring(tmp_path: Path) -> None:
    path = tmp_path / "patients.parquet"
    cells = pa.array([b"\xff\xd8", "Zürich".encode(), None], pa.binary())
    pq.write_table(pa.table({"id": ["a", "b", "c"], "town": cells}), path)
    trained, scored = read_table(path).frame["town"], read_head(path, None)["town"]
    assert read_labels(trained).texts == read_labels(scored).texts == ("ÿØ", "Zürich")


def test_a_file_of_two_encodings_is_read_alike_in_training_and_in_scoring(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    path.write_bytes("id,town\n1,Zürich\n".encode() + "2,Zürich\n".encode("latin-1"))
    for found in (read_table(path).frame, read_head(path, None)):
        assert found["town"].tolist() == ["Zürich", "Zürich"]


def test_a_column_twice_is_said_so(tmp_path: Path) -> None:
    twice = pa.Table.from_arrays([pa.array(["a"])] * 2, ["id", "id"])
    pq.write_table(twice, tmp_path / "patients.parquet")
    with pytest.raises(DataError, match="2 columns have this name"):
        read_table(tmp_path / "patients.parquet")
