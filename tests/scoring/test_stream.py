from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nxpredict.cohort import read_batch
from nxpredict.errors import AccessError, DataError, UsageError
from nxpredict.scoring import (
    _sink,
    _source,
    _stream,
    local_engine,
    score_batch,
    score_file,
    sidecar,
)


def test_a_file_has_the_scores_of_its_batch(bundle, patients, tmp_path, write, read):
    table = patients(200, 1)
    report = score_file(write(table, tmp_path / "in.csv"), bundle, tmp_path / "out.parquet")
    expected = score_batch(read_batch(table, bundle.schema), bundle)
    pd.testing.assert_frame_equal(
        read(tmp_path / "out.parquet"), expected, check_dtype=False, atol=2e-8, rtol=0
    )
    assert (report.rows, report.not_scorable) == (200, 0)


def test_csv_tsv_and_parquet_are_the_same_to_read_and_to_write(
    bundle, patients, tmp_path, write, read
):
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
    told = tmp_path / "told.csv"
    told.write_text("sep=;\n" + (tmp_path / "semicolon.csv").read_text())
    outs.append(tmp_path / "told.out.csv")
    score_file(told, bundle, outs[-1])
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


def test_scores_reach_a_parquet_file_before_all_are_there(monkeypatch, tmp_path):
    """Else the memory would grow with the table."""
    monkeypatch.setattr(_sink, "GROUP", 4)
    part = pa.table({"x": [1, 2]})
    with _sink.ScoreSink(tmp_path / "scores.parquet", ".parquet", part.schema) as sink:
        for _ in range(5):
            sink.write(part)
    found = pq.read_metadata(tmp_path / "scores.parquet")
    assert [found.row_group(k).num_rows for k in range(found.num_row_groups)] == [4, 4, 2]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_bytes_do_not_depend_on_workers_or_reader_batches(
    bundle, patients, tmp_path, monkeypatch, ending, write
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


def test_the_sidecar(bundle, patients, tmp_path, write):
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
    assert meta["scores"]["rows"] == 50
    assert sum(meta["counts"]["preferred"].values()) == 49
    text = sidecar(out).read_text()
    assert str(tmp_path) not in text
    assert "P0000" not in text


def test_nothing_foreign_is_replaced(bundle, patients, tmp_path, write):
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
    bundle, patients, tmp_path, monkeypatch, fault, write
):
    monkeypatch.setattr(_source, "BLOCK", 16)
    monkeypatch.setattr(_stream, "PART", 16)
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


def test_progress_counts_rows(bundle, patients, tmp_path, monkeypatch, write):
    monkeypatch.setattr(_source, "BLOCK", 40)
    told: list[int] = []
    score_file(
        write(patients(100, 14), tmp_path / "in.csv"),
        bundle,
        tmp_path / "o.csv",
        progress=lambda rows, total: told.append(rows),
    )
    assert told == [40, 80, 100]


def test_genotypes_come_from_elsewhere(bundle, patients, tmp_path, write):
    table = patients(30, 15)
    path = write(table.drop(columns="G"), tmp_path / "in.csv")
    dosage = pd.to_numeric(table["G"]).set_axis(table["patient_id"])

    def genotypes(ids: pd.Series) -> pd.DataFrame:
        return pd.DataFrame({"OPRM1_rs1799971_G_dosage": dosage.reindex(ids).to_numpy()})

    score_file(path, bundle, tmp_path / "a.csv", genotypes=genotypes, allow_absent=True)
    score_file(write(table, tmp_path / "whole.csv"), bundle, tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_model_of_genotype_files_asks_for_genotypes(make_bundle, patients, tmp_path, write, read):
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
    alleles = named["OPRM1_rs1799971_G_dosage"].map({"0": "A/A", "1": "A/G", "2": "G/G"})
    written = table.drop(columns="G").assign(rs1799971=alleles)
    score_file(write(written, tmp_path / "written.csv"), bundle, tmp_path / "written.out.csv")
    expected = read(tmp_path / "plain.out.csv")["p_nalmefene"].tolist()
    for name in ("named", "written"):
        assert read(tmp_path / f"{name}.out.csv")["p_nalmefene"].tolist() == expected
    contested = written.assign(rs1799971_G=table["G"])
    with pytest.raises(DataError, match="several columns are called like the locus"):
        score_file(write(contested, tmp_path / "two.csv"), bundle, tmp_path / "two.out.csv")


@pytest.mark.parametrize("beside", ["out.csv.meta.json", "out.csv"])
def test_what_others_wrote_beside_the_scores_stays(beside, bundle, patients, tmp_path, write):
    path = write(patients(20, 17), tmp_path / "in.csv")
    (tmp_path / beside).write_text("mine")
    with pytest.raises(UsageError, match=f"'{beside}' exists"):
        score_file(path, bundle, tmp_path / "out.csv")
    assert (tmp_path / beside).read_text() == "mine"
