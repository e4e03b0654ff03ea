"""Formats are told by content; what cannot be read says what to do."""

from __future__ import annotations

import gzip
import sys
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nxpredict.errors import AccessError, DataError
from nxpredict.genotypes import calls_from_columns, read_calls, recognise_columns
from nxpredict.genotypes._match import read_id_map

OPRM1, L311V, DRD4 = "OPRM1_rs1799971", "AKR1C4_rs17134592", "DRD4_exon3_VNTR"
VCF = (
    "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\tp2\n"
    "6\t154360797\t.\tA\tG\t.\t.\t.\tGT\t0/1\t1/1\n"
)


@pytest.mark.parametrize("name", ["x.txt", "x.csv", "no_ending", "x.bed", "x.gz"])
@pytest.mark.parametrize("squeezed", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_name_of_a_file_says_nothing(tmp_path, loci, name, squeezed, end):
    data = VCF.replace("\n", end).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if squeezed else data)
    assert read_calls(path, loci).loci[OPRM1].dosage.tolist() == [1, 2]


def test_a_byte_order_mark_does_not_hide_a_vcf(tmp_path, loci):
    path = tmp_path / "x.vcf"
    path.write_text(VCF, encoding="utf-8-sig")
    assert read_calls(path, loci).loci[OPRM1].dosage.tolist() == [1, 2]


def test_a_table_may_name_its_ids_as_the_study_does(tmp_path, loci):
    path = tmp_path / "t.csv"
    path.write_text("Patienten-Nr.;id;rs1799971\np1;7;A/G\np2;8;G/G\n")
    calls = read_calls(path, loci, id_column="Patienten-Nr.")
    assert calls.patient_ids.tolist() == ["p1", "p2"]
    assert read_calls(path, loci).patient_ids.tolist() == ["7", "8"]
    folder = tmp_path / "many"
    folder.mkdir()
    path.rename(folder / "t.csv")
    assert read_calls(folder, loci, id_column="Patienten-Nr.").patient_ids.tolist() == ["p1", "p2"]
    (folder / "t.csv").write_text("who;rs1799971\np1;A/G\n")
    with pytest.raises(DataError, match=r"Patienten-Nr\., patient_id, iid.*Name it Patienten-Nr"):
        read_calls(folder, loci, id_column="Patienten-Nr.")


def test_tables_raw_files_and_parquet_as_sources(tmp_path, loci):
    frame = pd.DataFrame({"patient_id": ["p1", "p2", "p3"], "rs1799971": ["A/G", "", "G/G"]})
    frame["DRD4"] = ["4R/7R", "4/4", None]
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.tsv", index=False, sep=";")
    frame.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.tsv", "t.parquet"):
        calls = read_calls(tmp_path / name, loci)
        np.testing.assert_equal(calls.loci[OPRM1].dosage, [1, np.nan, 2])
        np.testing.assert_equal(calls.loci[DRD4].dosage, [1, 0, np.nan])
    frame.set_index("patient_id").to_parquet(tmp_path / "indexed.parquet")
    assert read_calls(tmp_path / "indexed.parquet", loci).patient_ids.tolist() == ["p1", "p2", "p3"]
    raw = tmp_path / "t.raw"
    raw.write_text(
        "FID IID PAT MAT SEX PHENOTYPE rs1799971_G rs17134592_G\n"
        "f1 p1 0 0 1 -9 1 0\nf2 p2 0 0 2 -9 NA 1\nf3 p3 0 0 2 -9 2 2\n"
    )
    calls = read_calls(raw, loci)
    assert calls.patient_ids.tolist() == ["p1", "p2", "p3"]
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [1, np.nan, 2])
    assert set(calls.to_frame().query("locus == @L311V").reason) == {"unknown-strand"}


def test_dates_of_a_typed_table_are_refused(loci):
    frame = pd.DataFrame({"DRD4": pd.to_datetime(["2026-07-04", None])}, index=["a", "b"])
    calls = calls_from_columns(frame, recognise_columns(frame.columns, loci), loci)
    assert [fault.code for fault in calls.faults] == ["excel-date"]
    assert calls.to_frame().query("locus == @DRD4").state.tolist() == ["Indeterminate", "No call"]


def test_advntr_output(tmp_path, loci):
    head = "#CHROM\tStart\tEnd\tVNTR_ID\tGene\tMotif\tRefCopy\tR1\tR2\n"
    motif = "ACGTTGCA" * 6
    path = tmp_path / "p1.bed"
    rows = [f"chr11\t639988\t640180\t7\tDRD4\t{motif}\t4\t4\t7"]
    rows.append("chr11\t639988\t640180\t8\tDRD4\tACG\t4\t2\t2")
    path.write_text(head + "\n".join(rows) + "\n")
    calls = read_calls(path, loci)
    assert calls.loci[DRD4].repeats().tolist() == [[4, 7]]
    path.write_text(head + rows[0].replace("4\t4\t7", "4\tNone\tNone") + "\n")
    assert read_calls(path, loci).to_frame().query("locus == @DRD4").state.tolist() == ["No call"]
    path.write_text("301645\n4/7\n")
    with pytest.raises(DataError, match="--outfmt bed"):
        read_calls(path, loci)


def test_a_workbook_is_refused_with_how_to_convert(tmp_path, loci):
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
    with pytest.raises(DataError, match="Save the sheet as CSV"):
        read_calls(path, loci)


@pytest.mark.parametrize(("library", "hint"), [("pysam", "bcftools view"), ("pgenlib", "plink2")])
def test_a_missing_library_says_what_to_install_or_how_to_convert(
    tmp_path, loci, monkeypatch, library, hint
):
    monkeypatch.setitem(sys.modules, library, None)
    path = tmp_path / "x.dat"
    start = b"BCF\2\2" if library == "pysam" else b"\x6c\x1b\x10" + bytes(9)
    path.write_bytes(gzip.compress(start) if library == "pysam" else start)
    with pytest.raises(AccessError, match=hint) as caught:
        read_calls(path, loci)
    assert "nxpredict[genomics]" in str(caught.value)


def test_warnings_about_files_in_a_folder_do_not_name_them(tmp_path, loci):
    head = "# 23andMe build 37\n# rsid\tchromosome\tposition\tgenotype\n"
    for i in range(2):
        row = "rs1799971\t6\t154039662\tAG\n"
        (tmp_path / f"person-{i}.txt").write_text(head + row)
    calls = read_calls(tmp_path, loci, patient_ids=["person-0", "other"])
    assert {"build-contradicted", "unmatched-samples"} <= {f.code for f in calls.warnings}
    assert not any("person-" in str(fault) for fault in calls.warnings)


def test_a_patient_of_several_files_and_a_list_of_sources(tmp_path, loci):
    one, two = tmp_path / "one.vcf", tmp_path / "two.vcf"
    one.write_text(VCF)
    two.write_text(VCF.replace("6\t154360797\t.\tA", "10\t5260682\t.\tC"))
    calls = read_calls([one, str(two)], loci)
    assert calls.loci[OPRM1].dosage.tolist() == calls.loci[L311V].dosage.tolist() == [1, 2]
    alone = calls.take(["p2", "p9"])
    np.testing.assert_equal(alone.loci[L311V].dosage, [2, np.nan])


def test_an_id_map_without_a_header_keeps_its_first_pair(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("s1,p1\ns2,p2\n")
    assert read_id_map(path) == {"s1": "p1", "s2": "p2"}
    path.write_text("sample,patient_id\ns1,p1\n")
    assert read_id_map(path)["s1"] == "p1"


def test_counts_and_ids_of_parquet_stay_whole_beside_a_missing_one(tmp_path, loci):
    ids = pa.array([2**53 + 1, 2**53 + 2, None], pa.uint64())
    counts = pa.array([1, None, 2], pa.int8())
    pq.write_table(pa.table({"patient_id": ids, "rs1799971_G": counts}), tmp_path / "t.parquet")
    calls = read_calls(tmp_path / "t.parquet", loci)
    assert calls.patient_ids.tolist()[:2] == [str(2**53 + 1), str(2**53 + 2)]
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [1, np.nan, 2])


def test_a_parquet_file_cut_short_or_with_a_column_twice_is_refused(tmp_path, loci):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"patient_id": ["p1"], "rs1799971": ["A/G"]}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="cannot be read"):
        read_calls(path, loci)
    twice = pa.Table.from_arrays([pa.array(["p1"])] * 2, ["patient_id", "patient_id"])
    pq.write_table(twice, path)
    with pytest.raises(DataError, match="a column name stands twice"):
        read_calls(path, loci)
