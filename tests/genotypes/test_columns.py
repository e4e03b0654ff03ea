from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.errors import DataError
from nxpredict.genotypes import ColumnCoding, calls_from_columns, recognise_columns

OPRM1, S145C, L311V, DRD4 = (
    "OPRM1_rs1799971",
    "AKR1C4_rs3829125",
    "AKR1C4_rs17134592",
    "DRD4_exon3_VNTR",
)


@pytest.fixture
def read(loci):
    def read(cells, locus, file="t.csv", **coding):
        frame = pd.DataFrame({"g": cells})
        ids = [f"p{i}" for i in range(len(cells))]
        columns = {locus: ColumnCoding(("g",), **coding)}
        return calls_from_columns(frame, columns, loci, patient_ids=ids, file=file)

    return read


def pairs(calls, locus):
    frame = calls.to_frame().query("locus == @locus")
    return (frame.allele_1 + "/" + frame.allele_2).tolist()


def test_letters_in_every_spelling_are_the_same_call(read):
    cells = ["A/G", "A|G", "AG", "G/A", "a/g", " A / G ", "A G", "GA"]
    calls = read(cells, OPRM1)
    assert calls.loci[OPRM1].dosage.tolist() == [1.0] * 8
    assert calls.loci[OPRM1].phased.tolist() == [False, True] + [False] * 6
    assert not calls.faults


def test_missing_and_half_cells_have_no_dosage(read):
    cells = ["", "NA", "./.", "--", "00", None, "A", "A/.", "./G", "N/N", "-/-"]
    calls = read(cells, OPRM1)
    assert np.isnan(calls.loci[OPRM1].dosage).all()
    assert set(calls.to_frame().query("locus == @OPRM1").state) == {"No call"}
    assert not calls.faults


def test_minus_strand_letters_are_complemented_and_others_are_faults_without_the_value(read):
    calls = read(["T/C", "C/C", "T/T", "A/T", "G/C", "I/D"], OPRM1)
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [1, 2, 0, np.nan, np.nan, np.nan])
    assert sorted((f.code, f.row, f.column) for f in calls.faults) == [
        ("unexpected-allele", row, "g") for row in (5, 6, 7)
    ]
    assert not any("A/T" in str(f) for f in calls.faults)


def test_palindromic_letters_need_a_strand(read):
    cells = ["C/C", "C/G", "G/G"]
    unknown = read(cells, L311V)
    assert np.isnan(unknown.loci[L311V].dosage).all()
    assert set(unknown.to_frame().query("locus == @L311V").reason) == {"unknown-strand"}
    assert read(cells, L311V, strand="forward").loci[L311V].dosage.tolist() == [0, 1, 2]
    assert read(cells, L311V, strand="reverse").loci[L311V].dosage.tolist() == [2, 1, 0]
    odd = read(["A/C", "C/G"], L311V, strand="forward")
    assert [f.code for f in odd.faults] == ["unexpected-allele"]


def test_numbers_need_a_declaration(read):
    calls = read(["0/1", "1/1", "0/0"], OPRM1)
    assert np.isnan(calls.loci[OPRM1].dosage).all()
    assert [(f.code, f.row) for f in calls.faults] == [
        ("undeclared-vcf-genotype", row) for row in (2, 3, 4)
    ]
    vcf = read(["0/1", "1|1", "0/0", "./1", "."], OPRM1, notation="vcf")
    np.testing.assert_equal(vcf.loci[OPRM1].dosage, [1, 2, 0, np.nan, np.nan])
    with pytest.raises(DataError, match="counted allele"):
        read(["0", "1"], OPRM1, notation="dosage")


@pytest.mark.parametrize(
    ("counted", "expected"),
    [("G", [0, 1, 2]), ("A", [2, 1, 0]), ("C", [0, 1, 2]), ("T", [2, 1, 0])],
)
def test_counts_of_either_allele_on_either_strand(read, counted, expected):
    for cells in (["0", "1", "2"], [0.0, 1.0, 2.0], ["0.0", "1.00", "2."]):
        calls = read(cells, OPRM1, notation="dosage", counted=counted)
        assert calls.loci[OPRM1].dosage.tolist() == expected
    calls = read([0.5, np.nan, 3], OPRM1, notation="dosage", counted=counted)
    assert np.isnan(calls.loci[OPRM1].dosage).all()
    assert [f.row for f in calls.faults] == [2, 4]


def test_repeats_in_every_spelling(read):
    calls = read(["4/7", "7/4", "4R/7R", "4r / 7r", "4,7", "4 7"], DRD4)
    assert pairs(calls, DRD4) == ["4/7"] * 6
    assert calls.loci[DRD4].dosage.tolist() == [1.0] * 6
    half = read(["7", "4R", "4/.", ""], DRD4)
    assert set(half.to_frame().query("locus == @DRD4").state) == {"No call"}


@pytest.mark.parametrize(
    "cell",
    [
        "4-Jul",
        "07-Apr",
        "Jul-04",
        "2026-07-04",
        "2026-04-07 00:00:00",
        "04/07/2026",
        "4. Mai",
        "04-07",
    ],
)
def test_a_spreadsheet_date_is_refused_with_how_to_fix_it(read, cell):
    calls = read([cell, "4/4"], DRD4)
    assert [f.code for f in calls.faults] == ["excel-date"]
    assert "text" in calls.faults[0].hint
    assert cell not in str(calls.faults[0])
    np.testing.assert_equal(calls.loci[DRD4].dosage, [np.nan, 0])


@pytest.mark.parametrize("cell", ["47", "4.7", "four", "4/7/2", "4/99", "0/4", "4/1"])
def test_other_repeat_cells_are_faults(read, cell):
    calls = read([cell], DRD4)
    assert np.isnan(calls.loci[DRD4].dosage).all()
    assert len(calls.faults) == 1


def test_fragment_lengths_need_the_primers(read):
    with pytest.raises(DataError, match="primers"):
        read(["475/619"], DRD4, notation="fragment_bp")
    cells = ["475/619", "379 / 475 bp", "476/617", "500/475", "475"]
    calls = read(cells, DRD4, notation="fragment_bp", reference_fragment_bp=475)
    assert pairs(calls, DRD4)[:3] == ["4/7", "2/4", "4/7"]
    frame = calls.to_frame().query("locus == @DRD4")
    assert frame.reason.tolist()[3:] == ["unclear-repeat-count", "half-call"]


def test_two_columns_hold_one_allele_each(loci):
    frame = pd.DataFrame(
        {
            "drd4_1": ["4", "7", "", "4"],
            "drd4_2": ["7", "4", "7", ""],
            "oprm1_a": ["A", "G", "A", ""],
            "oprm1_b": ["G", "G", "T", ""],
        }
    )
    columns = recognise_columns(frame.columns, loci)
    calls = calls_from_columns(frame, columns, loci, file="t.csv")
    assert pairs(calls, DRD4)[:2] == ["4/7", "4/7"]
    np.testing.assert_equal(calls.loci[DRD4].dosage, [1, 1, np.nan, np.nan])
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [1, 2, np.nan, np.nan])
    assert [f.row for f in calls.faults] == [4]


@pytest.mark.parametrize(
    ("header", "locus", "notation", "strand"),
    [
        ("rs1799971", OPRM1, "alleles", "unknown"),
        ("OPRM1_A118G", OPRM1, "alleles", "unknown"),
        ("rs1799971_G", OPRM1, "dosage", "unknown"),
        ("rs1799971_G(/A)", OPRM1, "dosage", "unknown"),
        ("rs1799971_C(/T)", OPRM1, "dosage", "unknown"),
        ("OPRM1_rs1799971_G_dosage", OPRM1, "dosage", "forward"),
        ("NC_000006.12:g.154039662A>G", OPRM1, "alleles", "forward"),
        ("NM_001818.5:c.931C>G", L311V, "alleles", "forward"),
        ("rs17134592_G", L311V, "dosage", "unknown"),
        ("DRD4", DRD4, "repeats", "unknown"),
        ("DRD4 VNTR", DRD4, "repeats", "unknown"),
    ],
)
def test_headers_are_recognised(loci, header, locus, notation, strand):
    found = recognise_columns(["age", header, "rs12345"], loci)
    assert set(found) == {locus}
    assert (found[locus].notation, found[locus].strand) == (notation, strand)


def test_a_locus_that_two_columns_claim_is_left_to_the_study_file(loci):
    assert recognise_columns(["rs1799971", "OPRM1"], loci) == {}


def test_unknown_columns_and_loci_are_faults_with_the_closest_name(loci):
    frame = pd.DataFrame({"rs1799971": ["A/G"]})
    with pytest.raises(DataError, match="Did you mean 'rs1799971'"):
        calls_from_columns(frame, {OPRM1: ColumnCoding(("rs179997",))}, loci)
    with pytest.raises(DataError, match="Did you mean"):
        calls_from_columns(frame, {"OPRM_rs1799971": ColumnCoding(("rs1799971",))}, loci)


def test_rows_of_one_patient_are_merged_and_contradictions_are_indeterminate(loci):
    frame = pd.DataFrame({"rs1799971": ["A/G", "A/A", "G/G", "", "A/A", "A/G"]})
    ids = ["p1", "p2", "p3", "p1", "p2", "p3"]
    columns = recognise_columns(frame.columns, loci)
    calls = calls_from_columns(frame, columns, loci, patient_ids=ids)
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [1, 0, np.nan])
    assert calls.to_frame().state[2] == "Indeterminate"


@pytest.mark.parametrize("missing", ["NA", "-", "N", "0", "", ".", " "])
def test_missing_codes_in_both_of_two_allele_columns_are_no_calls(loci, missing):
    table = pd.DataFrame(
        {
            "rs1799971_1": ["A", missing],
            "rs1799971_2": ["G", missing],
            "drd4_1": ["4", missing],
            "drd4_2": ["7", missing],
        }
    )
    calls = calls_from_columns(table, recognise_columns(table.columns, loci), loci)
    assert calls.faults == ()
    for locus in ("OPRM1_rs1799971", "DRD4_exon3_VNTR"):
        frame = calls.to_frame()
        assert frame.state[frame.locus == locus].tolist() == ["Present", "No call"]


def test_whole_numbers_that_a_spreadsheet_wrote_with_a_decimal_part_are_counts(loci):
    frame = pd.DataFrame({"drd4_1": [4.0, 7.0, None], "drd4_2": ["7.0", "", "4.00"]})
    calls = calls_from_columns(frame, recognise_columns(frame.columns, loci), loci)
    assert not calls.faults
    np.testing.assert_equal(calls.loci["DRD4_exon3_VNTR"].dosage, [1, np.nan, np.nan])


@pytest.mark.parametrize("header", ["rs1799971_T(/A)", "rs1799971_G(/T)", "rs17134592_A(/C)"])
def test_counts_of_another_allele_of_the_site_are_no_counts_of_ours(loci, header):
    assert recognise_columns([header], loci) == {}
