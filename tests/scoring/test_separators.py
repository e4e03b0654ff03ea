"""Text tables as other programs write them: read as training reads them, or refused by name."""

from __future__ import annotations

import pytest

from nxpredict.cohort import find_separator
from nxpredict.errors import DataError
from nxpredict.scoring import read_head, score_file
from nxpredict.scoring._source import TableStream


@pytest.mark.parametrize("above", ["", "sep=;\n", "\nsep=;\n", "sep=;\r\n\r\n"])
def test_commas_in_the_names_do_not_hide_the_separator_that_training_finds(above, tmp_path):
    path = tmp_path / "in.csv"
    rows = "id;age, years;weight, kg;height, cm\n1;40;80;180\n2;41;3\n3;42;8;9\n"
    path.write_bytes((above + rows).encode())
    source = TableStream(path)
    (block,) = source.blocks(source.columns, "id")
    assert source.columns == ("id", "age, years", "weight, kg", "height, cm")
    assert source.separator == find_separator("id;age, years;weight, kg;height, cm\n1;40;80;180\n")
    assert block.frame["id"].tolist() == ["1", "2", "3"]
    assert block.reasons == {1: "ragged_row"}


def test_what_other_programs_wrote_is_named(bundle, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes("patient_id,age\n1,40\n".encode("utf-16"))
    with pytest.raises(DataError, match="UTF-16"):
        score_file(path, bundle, tmp_path / "out.csv")


def test_columns_without_a_name_are_not_read(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text('id,age,,\n"p1","40",x,y\n"p2","41",,\n')
    assert read_head(path, None).to_dict("list") == {"id": ["p1", "p2"], "age": ["40", "41"]}


def test_a_table_whose_first_column_has_no_name_is_read(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(',id,\n"1","p1",\n"2","p2",\n3\n')
    assert read_head(path, None)["id"].tolist() == ["p1", "p2", ""]


def test_a_header_without_any_name_is_refused(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(",,\n1,2,3\n")
    with pytest.raises(DataError, match="no column of its header has a name"):
        read_head(path, None)
