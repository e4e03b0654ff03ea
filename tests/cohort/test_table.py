from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.cohort import RawTable, read_table
from nxpredict.errors import DataError, NxpredictError

CELLS = st.text(
    st.characters(blacklist_characters='\x00"', blacklist_categories=("Cs", "Cc")), max_size=8
)


def write(folder: Path, content: bytes | str, name: str = "cohort.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cells(table: RawTable) -> dict[str, list[str]]:
    return table.frame.to_dict("list")


@pytest.mark.parametrize(
    "content",
    [
        "id,a\n1,x\n2,y\n",
        "id;a\r\n1;x\r\n2;y\r\n",
        "id\ta\n1\tx\n2\ty",
        "id|a\n1|x\n2|y\n",
        "\ufeffid,a\n1,x\n2,y\n",
        "id,a\r1,x\r2,y\r",
        'id,a\n"1","x"\n2,y\n',
        "sep=;\nid;a\n1;x\n2;y\n",
        "\n\nid,a\n1,x\n\n2,y\n,\n",
        " id , a \n1,x\n2,y\n",
        "id;a;;\n1;x;;\n2;y;;\n;;;\n",
    ],
)
def test_separated_text_in_all_its_dress_is_the_same_table(tmp_path: Path, content: str) -> None:
    assert cells(read_table(write(tmp_path, content))) == {"id": ["1", "2"], "a": ["x", "y"]}


def test_nothing_is_guessed_from_the_text_of_a_cell(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "id,a\n0012,NA\n1e5,TRUE\n"))
    assert cells(table) == {"id": ["0012", "1e5"], "a": ["NA", "TRUE"]}


def test_a_line_break_in_quotes_belongs_to_the_cell(tmp_path: Path) -> None:
    assert cells(read_table(write(tmp_path, 'id,a\n1,"x\ny"\n')))["a"] == ["x\ny"]


def test_a_packed_table_is_read_as_in_scoring_and_a_damaged_archive_is_said(tmp_path: Path) -> None:
    packed = gzip.compress(b"id,a\n" + b"".join(b"%d,x\n" % row for row in range(20_000)))
    assert len(read_table(write(tmp_path, packed, "cohort.csv.gz")).frame) == 20_000
    for name, content in {"cut": packed[:-40], "named": b"id,a\n1,x\n"}.items():
        with pytest.raises(DataError, match=f"{name}.csv.gz: a damaged archive"):
            read_table(write(tmp_path, content, f"{name}.csv.gz"))


def test_rows_are_counted_as_a_spreadsheet_does_also_after_empty_ones(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "id,a\n1,x\n,\n3,y\n"))
    assert table.frame.index.tolist() == [0, 2]


def test_latin_1_is_read_with_a_warning(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "id,a\n1,naïve\n".encode("latin-1")))
    assert cells(table)["a"] == ["naïve"]
    assert [(f.code, f.severity) for f in table.faults] == [("not-utf-8", "warning")]


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", "empty-file", "empty"),
        (b" \n\n", "empty-file", "empty"),
        (b"id,a\n", "no-rows", "no row"),
        (b"PK\x03\x04rest", "foreign-format", "Excel"),
        (b"\xd0\xcf\x11\xe0rest", "foreign-format", "Excel"),
        (b"$FL2@(#) SPSS", "foreign-format", "SPSS"),
        (b"<stata_dta><header>", "foreign-format", "Stata"),
        (b"\x72\x02\x01\x00", "foreign-format", "Stata"),
        (gzip.compress(b"X\n\x00\x00", mtime=0), "foreign-format", "R .rds"),
        (b"\x00" * 12 + b"\xc2\xea\x81\x60", "foreign-format", "SAS"),
        (b"%PDF-1.7", "foreign-format", "PDF"),
        (b"<!DOCTYPE html><html>", "foreign-format", "web page"),
        (b"\xef\xbb\xbf\r\n<table border=1><tr><td>id</td>", "foreign-format", "web page"),
        ("id,a\n1,2\n".encode("utf-16"), "foreign-format", "UTF-16"),
        (bytes(range(256)) * 4, "foreign-format", "binary"),
        (b"id,a\n1,\x00\n", "foreign-format", "binary"),
        (b"PAR1 but broken PAR1", "damaged-file", "Parquet"),
        (b"id,id\n1,2\n", "duplicate-header", "2 columns"),
        (b"id,,\n1,2,3\n", "empty-header", "2 columns without a name"),
        (b"id,,a,\n1,,3,4\n", "empty-header", "(column number 2, 4)"),
        (b"id,a\n1\n2,3\n4,5,6\n", "ragged-rows", "2 rows do not have the 2 fields"),
        (b'id,a\n1,"x\n2,y\n', "open-quote", "quotation mark"),
        (b"id,a\n1," + b"x" * 3_000_000 + b"\n2,y\n", "not-a-table", "a million letters"),
        (b"id;a\n1;1,5\n2;2,5\n", "decimal-comma", "decimal comma in 'a'"),
    ],
)
def test_each_unusable_file_says_what_it_is(
    tmp_path: Path, content: bytes, code: str, said: str
) -> None:
    with pytest.raises(DataError) as caught:
        read_table(write(tmp_path, content))
    fault = next(f for f in caught.value.faults if f.code == code)
    assert said in fault.message
    assert fault.hint
    assert fault.file == "cohort.csv"


def test_many_columns_with_decimal_commas_end_in_an_ellipsis(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(7)]
    text = ";".join(names) + "\n" + ";".join(["1,5"] * 7) + "\n"
    with pytest.raises(DataError, match=r"'c4', 'c5', \.\.\. Declare them"):
        read_table(write(tmp_path, text))


@pytest.mark.parametrize(
    ("mark", "called"), [(";", "';'"), ("\t", "tab"), (",", "','"), ("|", "'|'")]
)
@pytest.mark.parametrize("declared", [",", ";", "|"])
def test_a_declared_separator_that_is_not_the_tables_names_the_one_that_is(
    tmp_path: Path, mark: str, called: str, declared: str
) -> None:
    path = write(tmp_path, f"id{mark}age{mark}sex\n1{mark}44{mark}f\n")
    if mark == declared:
        assert list(read_table(path, separator=declared).frame.columns) == ["id", "age", "sex"]
        return
    with pytest.raises(DataError) as caught:
        read_table(path, separator=declared, decimal=",")
    (fault,) = caught.value.faults
    assert fault.code == "wrong-separator"
    assert f"declared is '{declared}'" in fault.message
    assert called in fault.message
    assert f"separator: {json.dumps(mark)}" in fault.hint


def test_rows_that_do_not_fit_the_header_are_not_said_to_be_absent(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_table(write(tmp_path, "a,b\n1,2,3\n1\n"))
    assert [fault.code for fault in caught.value.faults] == ["ragged-rows"]


def test_a_missing_file_names_the_closest_one(tmp_path: Path) -> None:
    write(tmp_path, "id,a\n1,2\n", "patients.csv")
    with pytest.raises(DataError, match=r"Did you mean 'patients\.csv'"):
        read_table(tmp_path / "patient.csv")


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this is a folder"):
        read_table(tmp_path)


def test_decimal_commas_are_fine_once_declared(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b"id;a\n1;1,5\n"), separator=";", decimal=",")
    assert table.decimal == ","
    assert cells(table)["a"] == ["1,5"]


def test_parquet_keeps_its_types_and_whole_numbers_stay_whole(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": pd.array([2**53 + 1, None], dtype="Int64"),
            "x": [1.5, None],
            "flag": pd.array([True, None], dtype="boolean"),
            "text": ["a", None],
            "kind": pd.Categorical(["u", "v"]),
            "nested": [[1], [2]],
        }
    )
    frame.to_parquet(tmp_path / "cohort.parquet")
    table = read_table(tmp_path / "cohort.parquet")
    assert table.frame["id"].tolist()[0] == 2**53 + 1
    assert table.frame["kind"].tolist() == ["u", "v"]
    assert "nested" not in table.frame
    assert [f.code for f in table.faults] == ["nested-column"]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6),
    separator=st.sampled_from([",", ";", "\t"]),
)
def test_what_pandas_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], separator: str
) -> None:
    frame = pd.DataFrame([["k", *row] for row in rows], columns=["id", "a", "b", "c"], dtype="str")
    path = tmp_path_factory.mktemp("t") / "cohort.csv"
    frame.to_csv(path, index=False, sep=separator)
    back = read_table(path, separator=separator, decimal=".").frame
    assert back.to_dict("list") == frame.to_dict("list")


@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=200))
def test_no_file_makes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("t"), content)
    try:
        table = read_table(path)
    except NxpredictError as error:
        assert error.exit_code == 3  # noqa: PT017
    else:
        assert len(table.frame) > 0


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        (b'"|","0"\n"x","y"\n', ["|", "0"]),
        (b'"a|b|c","d"\n"x","y"\n', ["a|b|c", "d"]),
        (b'"|";"a,b,c"\n"x";"y"\n', ["|", "a,b,c"]),
        (b"a|b|c,d\n1,2\n", ["a|b|c", "d"]),
        (b"a,b\n1,2,3\n", None),
    ],
)
def test_separators_within_headers_separate_nothing(
    tmp_path: Path, text: bytes, headers: list[str] | None
) -> None:
    path = write(tmp_path, text)
    if headers is None:
        with pytest.raises(DataError) as refused:
            read_table(path)
        assert "ragged-rows" in {fault.code for fault in refused.value.faults}
    else:
        assert list(read_table(path).frame.columns) == headers
