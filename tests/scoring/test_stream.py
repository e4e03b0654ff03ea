from __future__ import annotations

import hashlib
import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nxpredict.cohort import read_batch
from nxpredict.errors import AccessError, DataError, UsageError
from nxpredict.scoring import (
    ScoreReport,
    _source,
    local_engine,
    score_batch,
    score_file,
    sidecar,
)
from nxpredict.scoring._source import TableSource


@pytest.fixture(scope="module")
def bundle(make_bundle):
    return make_bundle()


def write(table: pd.DataFrame, path: Path, **how) -> Path:
    table.to_csv(path, index=False, lineterminator="\n", **how)
    return path


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype={"patient_id": str}, keep_default_na=False, na_values=[])


def test_a_file_has_the_scores_of_its_batch(bundle, patients, tmp_path):
    table = patients(200, 1)
    report = score_file(write(table, tmp_path / "in.csv"), bundle, tmp_path / "out.parquet")
    expected = score_batch(read_batch(table, bundle.schema), bundle)
    pd.testing.assert_frame_equal(
        read(tmp_path / "out.parquet"), expected, check_dtype=False, atol=2e-8, rtol=0
    )
    assert (report.rows, report.not_scorable) == (200, 0)


def test_csv_tsv_and_parquet_are_the_same_to_read_and_to_write(bundle, patients, tmp_path):
    table = patients(300, 2)
    sources = {
        "comma.csv": {"sep": ","},
        "semicolon.csv": {"sep": ";"},
        "tab.tsv": {"sep": "\t"},
        "packed.csv.gz": {"sep": ","},
        "marked.csv": {"encoding": "utf-8-sig"},
        "windows.csv": {},
    }
    outs = []
    for name, how in sources.items():
        write(table, tmp_path / name, **how)
        if name == "windows.csv":
            text = (tmp_path / name).read_bytes().replace(b"\n", b"\r\n")
            (tmp_path / name).write_bytes(text)
        outs.append(tmp_path / f"{name}.out.csv")
        score_file(tmp_path / name, bundle, outs[-1])
    typed = table.assign(
        **{c: pd.to_numeric(table[c].replace("", None)) for c in ("age", "GGT", "G")}
    )
    typed.to_parquet(tmp_path / "typed.parquet")
    outs.append(tmp_path / "typed.out.csv")
    score_file(tmp_path / "typed.parquet", bundle, outs[-1])
    assert len({out.read_bytes() for out in outs}) == 1
    score_file(tmp_path / "comma.csv", bundle, tmp_path / "out.parquet")
    parquet = read(tmp_path / "out.parquet")
    csv = read(outs[0])
    for column in csv:
        assert csv[column].tolist() == parquet[column].tolist(), column


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_bytes_do_not_depend_on_workers_or_reader_batches(
    bundle, patients, tmp_path, monkeypatch, ending
):
    monkeypatch.setattr(_source, "BLOCK", 64)
    path = write(patients(500, 3), tmp_path / "in.csv")
    one, two, small = (tmp_path / f"{name}{ending}" for name in ("one", "two", "small"))
    score_file(path, bundle, one)
    score_file(path, bundle, two, engine=local_engine(2))
    monkeypatch.setattr(_source, "READ_SIZE", 2000)
    score_file(path, bundle, small)
    assert one.read_bytes() == two.read_bytes() == small.read_bytes()
    assert sidecar(one).read_text() == sidecar(two).read_text()


def test_the_sidecar(bundle, patients, tmp_path):
    table = patients(50, 4)
    table.loc[3, "age"] = "old"
    out = tmp_path / "out.csv"
    report = score_file(write(table, tmp_path / "in.csv"), bundle, out)
    meta = json.loads(sidecar(out).read_text())
    assert meta == report.meta
    assert meta["research_use"].startswith("Research use only.")
    assert meta["model"]["id"] == bundle.model_id
    assert meta["model"]["sha256"] == bundle.sha256
    assert meta["scores"]["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert meta["counts"]["status"] == {"not_scorable": 1, "scored": 49}
    assert meta["counts"]["reasons"] == {"age:not_a_number": 1}
    assert sum(meta["counts"]["preferred"].values()) == meta["scores"]["rows"] == 50
    text = sidecar(out).read_text()
    assert str(tmp_path) not in text
    assert "P0000" not in text


def test_the_first_of_equal_ids_is_scored_wherever_the_next_one_is(
    bundle, patients, tmp_path, monkeypatch
):
    monkeypatch.setattr(_source, "BLOCK", 16)
    table = patients(60, 5)
    table.loc[[20, 59], "patient_id"] = [" P000003 ", "P000003"]
    table.loc[[30, 31], "patient_id"] = ""
    out = tmp_path / "out.csv"
    report = score_file(write(table, tmp_path / "in.csv"), bundle, out)
    scores = read(out)
    assert scores.index[scores["reasons"] == "duplicate_id"].tolist() == [20, 59]
    assert report.not_scorable == 2
    assert scores.loc[3, "status"] == "scored"


def test_ragged_rows_keep_their_place_and_their_id(bundle, patients, tmp_path):
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


def test_blank_lines_and_broken_headers_above(bundle, patients, tmp_path):
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


def test_texts_that_need_quotes_come_back(bundle, patients, tmp_path):
    table = patients(4, 7)
    ids = ['a,"b"', "line\nbreak", "semi;colon", "plain"]
    table["patient_id"] = ids
    score_file(write(table, tmp_path / "in.csv"), bundle, tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")["patient_id"].tolist() == ids


def test_missing_columns_are_named_all_at_once(bundle, patients, tmp_path):
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


def test_bytes_that_are_no_utf8_are_latin_1_wherever_they_are(bundle, patients, tmp_path):
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


def test_thousands_of_other_columns_change_and_cost_next_to_nothing(bundle, patients, tmp_path):
    table = patients(20, 18)
    more = pd.DataFrame("x", index=table.index, columns=[f"extra{k:05}" for k in range(20_000)])
    path = write(pd.concat([table, more.astype(object)], axis=1), tmp_path / "wide.csv")
    score_file(write(table, tmp_path / "in.csv"), bundle, tmp_path / "narrow.out.csv")
    before = time.process_time()
    TableSource(path)
    assert time.process_time() - before < 2
    score_file(path, bundle, tmp_path / "wide.out.csv")
    assert (tmp_path / "wide.out.csv").read_bytes() == (tmp_path / "narrow.out.csv").read_bytes()


def test_a_header_alone_gives_a_header_alone(bundle, patients, tmp_path):
    path = write(patients(2, 10).iloc[:0], tmp_path / "in.csv")
    for ending in (".csv", ".parquet"):
        report = score_file(path, bundle, tmp_path / f"out{ending}")
        assert (report.rows, len(read(tmp_path / f"out{ending}"))) == (0, 0)


def test_nothing_foreign_is_replaced(bundle, patients, tmp_path):
    path = write(patients(5, 11), tmp_path / "in.csv")
    with pytest.raises(UsageError, match="replace the table"):
        score_file(path, bundle, path)
    with pytest.raises(UsageError, match=r"\.csv or \.parquet"):
        score_file(path, bundle, tmp_path / "out.xlsx")
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(UsageError, match="did not write it"):
        score_file(path, bundle, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "mine"
    score_file(path, bundle, tmp_path / "ours.csv")
    write(patients(3, 11), path)
    assert score_file(path, bundle, tmp_path / "ours.csv").rows == 3


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_run_leaves_nothing_half_written(
    bundle, patients, tmp_path, monkeypatch, fault
):
    monkeypatch.setattr(_source, "BLOCK", 16)
    path = write(patients(100, 12), tmp_path / "in.csv")
    out = tmp_path / "out.csv"
    score_file(path, bundle, out)
    before = out.read_bytes()

    def stop(rows: int, total: int) -> None:
        if rows > 50:
            raise fault

    with pytest.raises((KeyboardInterrupt, AccessError)):
        score_file(path, bundle, out, progress=stop)
    assert out.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv", "out.csv", "out.csv.meta.json"]


def test_ids_stay_as_they_are(bundle, patients, tmp_path):
    table = patients(3, 13).astype({"age": float})
    table["patient_id"] = pd.Series([12345678901234567, None, 3], dtype="Int64")
    table["GGT"] = pd.to_numeric(table["GGT"])
    table["G"] = pd.to_numeric(table["G"])
    table.to_parquet(tmp_path / "in.parquet")
    score_file(tmp_path / "in.parquet", bundle, tmp_path / "out.parquet")
    ids = pq.read_table(tmp_path / "out.parquet")["patient_id"].to_pylist()
    assert ids == ["12345678901234567", None, "3"]


def test_progress_counts_rows(bundle, patients, tmp_path, monkeypatch):
    monkeypatch.setattr(_source, "BLOCK", 40)
    told: list[int] = []
    score_file(
        write(patients(100, 14), tmp_path / "in.csv"),
        bundle,
        tmp_path / "o.csv",
        progress=lambda rows, total: told.append(rows),
    )
    assert told == [40, 80, 100]


def test_genotypes_come_from_elsewhere(bundle, patients, tmp_path):
    table = patients(30, 15)
    path = write(table.drop(columns="G"), tmp_path / "in.csv")
    dosage = pd.to_numeric(table["G"]).set_axis(table["patient_id"])

    def genotypes(ids: pd.Series) -> pd.DataFrame:
        return pd.DataFrame({"OPRM1_rs1799971_G_dosage": dosage.reindex(ids).to_numpy()})

    score_file(path, bundle, tmp_path / "a.csv", genotypes=genotypes, allow_absent=True)
    score_file(write(table, tmp_path / "whole.csv"), bundle, tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


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
    bundle, patients, tmp_path, rows, quoted
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


def test_a_model_of_genotype_files_asks_for_genotypes(make_bundle, patients, tmp_path):
    plain = make_bundle()
    specs = tuple(
        replace(spec, column=None, locus="OPRM1_rs1799971") if spec.kind == "dosage" else spec
        for spec in plain.schema.predictors
    )
    bundle = make_bundle(schema=replace(plain.schema, predictors=specs))
    table = patients(20, 17)
    path = write(table, tmp_path / "in.csv")
    with pytest.raises(DataError, match="--genotypes") as caught:
        score_file(path, bundle, tmp_path / "out.csv")
    assert [fault.code for fault in caught.value.faults] == ["missing-genotypes"]
    assert score_file(path, bundle, tmp_path / "out.csv", allow_absent=True).rows == 20
    named = table.rename(columns={"G": "OPRM1_rs1799971_G_dosage"})
    score_file(write(named, tmp_path / "named.csv"), bundle, tmp_path / "named.out.csv")
    score_file(path, plain, tmp_path / "plain.out.csv")
    numbers = read(tmp_path / "named.out.csv")["p_nalmefene"]
    assert numbers.tolist() == read(tmp_path / "plain.out.csv")["p_nalmefene"].tolist()
