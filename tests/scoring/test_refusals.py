from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from nxpredict.errors import AccessError, DataError, UsageError
from nxpredict.scoring import score_file
from nxpredict.scoring._refusals import readable
from nxpredict.scoring._source import TableStream


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (FileNotFoundError(2, "No such file"), DataError, "there is no such file"),
        (OSError("Truncated at SENTINEL"), DataError, "ends too early or is damaged"),
        (pa.ArrowInvalid("Row #3: SENTINEL"), DataError, "damaged, or no table"),
        (pa.ArrowInvalid("straddling SENTINEL"), DataError, "longer than a million letters"),
        (PermissionError(13, "Permission denied"), AccessError, "not be read: Permission denied"),
    ],
)
def test_what_cannot_be_read_is_said_without_what_stands_in_it(
    error: Exception, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said) as told, readable(Path("patients.csv")):
        raise error
    assert "SENTINEL" not in str(told.value)
    assert "patients.csv" in str(told.value)


def test_a_pipe_is_no_table(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="this is no file but a pipe or device"):
        TableStream(tmp_path / "pipe")


def test_tables_in_subfolders_are_not_lost_in_silence(patients, tmp_path: Path) -> None:
    (tmp_path / "country=DE").mkdir()
    for place in (tmp_path, tmp_path / "country=DE"):
        patients(3, 1).to_parquet(place / "part-0.parquet")
    with pytest.raises(DataError, match="its subfolders hold Parquet files, which would be lost"):
        TableStream(tmp_path)


def test_scores_do_not_lie_among_the_files_of_the_table(bundle, patients, tmp_path: Path) -> None:
    patients(3, 1).to_parquet(tmp_path / "part-0.parquet")
    with pytest.raises(UsageError, match="would lie in the folder of the table"):
        score_file(tmp_path, bundle, tmp_path / "out.parquet")
    assert [p.name for p in tmp_path.iterdir()] == ["part-0.parquet"]
