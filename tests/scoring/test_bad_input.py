"""Tables that are wrong, odd or huge: each row has a place and a reason, or faults are told."""

from __future__ import annotations

import io
import time
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nxpredict.errors import DataError
from nxpredict.scoring import ScoreReport, _source, score_file
from nxpredict.scoring._source import TableStream


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("age", "forty", "age:not_a_number"),
        ("age", "2020-01-31", "age:not_a_number"),
        ("age", "45,5", "age:decimal_comma"),
        ("age", "-5", "age:out_of_range"),
        ("age", "1e308", "age:out_of_range"),
        ("GGT", "1e308", "ggt:infinite"),
        ("age", "-Infinity", "age:infinite"),
        ("G", "7", "OPRM1_rs1799971_G_dosage:out_of_range"),
        ("smokes", "perhaps", "smoking:unknown_label"),
        ("centre_type", "moon", "centre_type:unknown_label"),
        ("opioids", "perhaps", "current_opioid_use:unknown_label"),
    ],
)
def test_a_column_that_turns_bad_half_way_spares_the_rows_above(
    bundle, patients, tmp_path, column, cell, reason, write, read
):
    table = patients(60, 19)
    table.loc[30:, column] = cell
    report = score_file(write(table, tmp_path / "in.csv"), bundle, tmp_path / "out.csv")
    scores = read(tmp_path / "out.csv")
    assert scores["reasons"].tolist() == [""] * 30 + [reason] * 30
    assert scores["patient_id"].tolist() == table["patient_id"].tolist()
    assert report.not_scorable == 30
    assert scores.loc[30:, "p_nalmefene"].eq("").all()


def test_a_row_without_any_predictor_and_one_without_a_required_one(
    make_bundle, patients, tmp_path, write, read
):
    plain = make_bundle()
    specs = tuple(replace(s, required=s.name == "ggt") for s in plain.schema.predictors)
    strict = make_bundle(schema=replace(plain.schema, predictors=specs))
    table = patients(5, 20).assign(GGT="1.5")
    table.loc[1, table.columns[1:]] = ""
    table.loc[2:3, "GGT"] = ["", "high"]
    path = write(table, tmp_path / "in.csv")
    for bundle, reasons in (
        (plain, ["", "no_predictor", "", "ggt:not_a_number", ""]),
        (strict, ["", "ggt:required", "ggt:required", "ggt:not_a_number", ""]),
    ):
        score_file(path, bundle, tmp_path / "out.csv")
        assert read(tmp_path / "out.csv")["reasons"].tolist() == reasons


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("age", pa.array([True, False, None] * 10), "age:not_a_number"),
        ("age", pa.array([b"\xff\xfe", b"4", None] * 10), "age:not_a_number"),
        ("age", pa.array([[4, 5], [], None] * 10), "age:not_a_number"),
        ("age", pa.array([86_400, 0, None] * 10, pa.timestamp("s")), "age:not_a_number"),
        ("centre_type", pa.array([b"\xff", b"moon", None] * 10), "centre_type:unknown_label"),
        ("smokes", pa.array([{"a": 1}, {"a": 2}, None] * 10), "smoking:unknown_label"),
    ],
)
def test_a_parquet_column_of_the_wrong_type_is_refused_row_by_row(
    bundle, patients, tmp_path, column, values, reason, read
):
    table = pa.Table.from_pandas(patients(30, 21), preserve_index=False)
    table = table.set_column(table.column_names.index(column), column, values)
    pq.write_table(table, tmp_path / "in.parquet")
    score_file(tmp_path / "in.parquet", bundle, tmp_path / "out.csv")
    found = read(tmp_path / "out.csv")["reasons"].tolist()
    assert found[0::3] == [reason] * 10
    assert found[2::3] == [""] * 10


def test_ids_of_bytes_are_texts(bundle, patients, tmp_path, read):
    table = pa.Table.from_pandas(patients(2, 22), preserve_index=False)
    table = table.set_column(0, "patient_id", pa.array([b"P\xe9", "Zoë".encode()]))
    pq.write_table(table, tmp_path / "in.parquet")
    score_file(tmp_path / "in.parquet", bundle, tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")["patient_id"].tolist() == ["Pé", "Zoë"]


@pytest.mark.parametrize("close", [False, True])
def test_a_quote_that_swallows_rows_is_a_fault_and_no_row_is_lost(
    bundle, patients, tmp_path, close, write
):
    path = write(patients(20, 23), tmp_path / "in.csv")
    text = path.read_text().replace("\nP000003", '\n"P000003')
    path.write_text(text.replace("\nP000007", '\n"P000007"') if close else text)
    with pytest.raises(DataError, match="row 5: a quote opens here") as caught:
        score_file(path, bundle, tmp_path / "out.csv")
    assert "P00000" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_the_first_of_equal_ids_is_scored_wherever_the_next_one_is(
    bundle, patients, tmp_path, monkeypatch, write, read
):
    monkeypatch.setattr(_source, "BLOCK", 16)
    table = patients(60, 5)
    table.loc[[20, 59], "patient_id"] = [" P000003 ", "P000003"]
    table.loc[[30, 31], "patient_id"] = ""
    out = tmp_path / "out.csv"
    report = score_file(write(table, tmp_path / "in.csv"), bundle, out)
    scores = read(out)
    assert scores.index[scores["reasons"] == "duplicate_id"].tolist() == [20, 59]
    assert scores.index[scores["reasons"] == "missing_id"].tolist() == [30, 31]
    assert scores.loc[[30, 31], "patient_id"].tolist() == ["", ""]
    assert report.not_scorable == 4
    assert scores.loc[3, "status"] == "scored"


def test_ragged_rows_keep_their_place_and_their_id(bundle, patients, tmp_path, write, read):
    lines = write(patients(40, 6), tmp_path / "in.csv").read_text().splitlines()
    lines[5] = "P-short,1"
    lines[17] += ",1,2"
    lines[40] = "P-last,"
    lines.insert(9, "")
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n\n")
    report = score_file(tmp_path / "in.csv", bundle, tmp_path / "out.csv")
    scores = read(tmp_path / "out.csv")
    assert scores.index[scores["reasons"] == "ragged_row"].tolist() == [4, 16, 39]
    assert scores.loc[[4, 39], "patient_id"].tolist() == ["P-short", "P-last"]
    assert (report.rows, report.not_scorable) == (40, 3)


def test_blank_lines_and_broken_headers_above(bundle, patients, tmp_path, write, read):
    path = write(patients(3, 16), tmp_path / "in.csv")
    score_file(path, bundle, tmp_path / "plain.csv")
    text = path.read_text()
    path.write_text(
        "\n\r\n" + text.replace("opioids", '"opioids"', 1).replace("P000001", '"P000001"')
    )
    score_file(path, bundle, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "plain.csv").read_bytes()
    path.write_text(text.replace("smokes", '"a\n\nb"', 1))
    report = score_file(path, bundle, tmp_path / "out.csv", allow_absent=True)
    assert (report.rows, read(tmp_path / "out.csv")["patient_id"].tolist()[0]) == (3, "P000000")


def test_texts_that_need_quotes_come_back(bundle, patients, tmp_path, write, read):
    table = patients(4, 7)
    ids = ['a,"b"', "line\nbreak", "semi;colon", "plain"]
    table["patient_id"] = ids
    score_file(write(table, tmp_path / "in.csv"), bundle, tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")["patient_id"].tolist() == ids


def test_missing_columns_are_named_all_at_once(bundle, patients, tmp_path, write, read):
    table = patients(5, 8).drop(columns=["GGT", "opioids"]).rename(columns={"age": "aged"})
    path = write(table, tmp_path / "in.csv")
    with pytest.raises(DataError) as caught:
        score_file(path, bundle, tmp_path / "out.csv")
    assert [fault.column for fault in caught.value.faults] == ["age", "GGT"]
    assert "Did you mean 'aged'" in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]
    report = score_file(path, bundle, tmp_path / "out.csv", allow_absent=True)
    assert report.rows == 5
    assert set(read(tmp_path / "out.csv")["missing"].str.split(";").str[0]) == {"age"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"\x00\x01\x02" * 50, b"PAR1 but no", b"a,b\n1,2\n", b"patient_id,patient_id\n"],
)
def test_files_that_are_no_table_of_patients(bundle, tmp_path, content):
    for name in ("in.csv", "in.parquet"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError):
            score_file(tmp_path / name, bundle, tmp_path / "out.csv")
        assert not (tmp_path / "out.csv").exists()
    with pytest.raises(DataError):
        score_file(tmp_path / "nowhere.csv", bundle, tmp_path / "out.csv")


def test_a_row_of_a_million_letters_is_told_as_that(bundle, patients, tmp_path, write):
    path = write(patients(3, 24).assign(note="x" * 2_000_000), tmp_path / "in.csv")
    with pytest.raises(DataError, match="a row is longer than a million letters"):
        score_file(path, bundle, tmp_path / "out.csv")


def test_a_file_without_a_header_is_refused_and_quotes_no_patient(bundle, patients, tmp_path):
    row = patients(3, 24).assign(age="77.7", GGT="77.7", patient_id="SECRET-1")
    row.to_csv(tmp_path / "in.csv", index=False, header=False)
    with pytest.raises(DataError, match=r"columns 2, 3 of the header") as caught:
        score_file(tmp_path / "in.csv", bundle, tmp_path / "out.csv")
    assert "77.7" not in str(caught.value)
    other = row.assign(GGT="1.5", G="0", smokes="no", opioids="yes")
    other.to_csv(tmp_path / "in.csv", index=False, header=False)
    with pytest.raises(DataError, match="no such column") as caught:
        score_file(tmp_path / "in.csv", bundle, tmp_path / "out.csv")
    assert "77.7" not in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_bytes_that_are_no_utf8_are_latin_1_wherever_they_are(
    bundle, patients, tmp_path, write, read
):
    path = write(patients(5, 9), tmp_path / "in.csv")
    lines = path.read_bytes().replace(b"P000002", b"Jos\xe9").split(b"\n")
    lines[4] = b"Ren\xe9e,1,\xe9"
    path.write_bytes(b"\n".join(lines[:-1]) + b"\nZo\xc3\xab,1,\xe9")
    score_file(path, bundle, tmp_path / "out.csv")
    scores = read(tmp_path / "out.csv")
    assert scores["patient_id"].tolist() == [
        "P000000",
        "P000001",
        "José",
        "Renée",
        "P000004",
        "Zoë",
    ]
    assert scores.index[scores["reasons"] == "ragged_row"].tolist() == [3, 5]


def test_thousands_of_other_columns_change_and_cost_next_to_nothing(
    bundle, patients, tmp_path, write
):
    table = patients(20, 18)
    more = pd.DataFrame("x", index=table.index, columns=[f"extra{k:05}" for k in range(20_000)])
    path = write(pd.concat([table, more.astype(object)], axis=1), tmp_path / "wide.csv")
    score_file(write(table, tmp_path / "in.csv"), bundle, tmp_path / "narrow.out.csv")
    before = time.process_time()
    TableStream(path)
    assert time.process_time() - before < 2
    score_file(path, bundle, tmp_path / "wide.out.csv")
    assert (tmp_path / "wide.out.csv").read_bytes() == (tmp_path / "narrow.out.csv").read_bytes()


def test_a_header_alone_gives_a_header_alone(bundle, patients, tmp_path, write, read):
    path = write(patients(2, 10).iloc[:0], tmp_path / "in.csv")
    for ending in (".csv", ".parquet"):
        report = score_file(path, bundle, tmp_path / f"out{ending}")
        assert (report.rows, len(read(tmp_path / f"out{ending}"))) == (0, 0)


CELL = st.one_of(
    st.sampled_from(
        ["", "NA", "1e308", "-inf", "1,5", '"', "town", "yes", "0", "2", "45.5", "\x00"]
    ),
    st.text(max_size=6),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=9), max_size=25), quoted=st.booleans())
def test_whatever_the_rows_are_each_has_its_score_or_the_file_its_faults(
    bundle, patients, tmp_path, rows, quoted, read
):
    """Rows in = rows out, in order, or one list of faults; never a traceback."""
    header = list(patients(1, 0).columns)
    text = io.StringIO()
    text.write(",".join(header) + "\n")
    for k, row in enumerate(rows):
        cells = [f"id{k}", *row]
        if quoted:
            text.write(",".join('"' + c.replace('"', '""') + '"' for c in cells) + "\n")
        else:
            text.write(",".join(cells) + "\n")
    path = tmp_path / "fuzz.csv"
    path.write_bytes(text.getvalue().encode("utf-8", errors="surrogatepass"))
    out = tmp_path / "fuzz.out.csv"
    try:
        report = score_file(path, bundle, out)
    except DataError:
        return
    assert isinstance(report, ScoreReport)
    scores = read(out)
    assert len(scores) == report.rows
    if quoted:
        assert [i for i in scores["patient_id"] if i.startswith("id")] == [
            f"id{k}" for k in range(len(rows))
        ]
