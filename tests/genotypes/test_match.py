from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.errors import DataError
from nxpredict.genotypes import (
    ColumnCoding,
    calls_from_columns,
    merge_calls,
    read_calls,
    recognise_columns,
)
from nxpredict.genotypes._match import match_samples

OPRM1, L311V = "OPRM1_rs1799971", "AKR1C4_rs17134592"


@pytest.fixture
def vcf(tmp_path):
    def write(names, cells=None, name="x.vcf"):
        cells = cells or ["0/1"] * len(names)
        head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
        row = "6\t154360797\t.\tA\tG\t.\t.\t.\tGT\t"
        path = tmp_path / name
        path.write_text(head + "\t".join(names) + "\n" + row + "\t".join(cells) + "\n")
        return path

    return write


def test_the_join_is_strict_and_lists_both_sides(vcf, loci, seen):
    calls = read_calls(
        vcf(["b", "x1", "a"], ["0/1", "1/1", "0/0"]), loci, patient_ids=["a", "b", "c"]
    )
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [0, 1, np.nan])
    assert calls.misses().to_numpy().tolist() == [["table", "c"], ["genotypes", "x1"]]
    assert {"unmatched-patients", "unmatched-samples"} <= seen.codes(calls)
    assert not any("x1" in str(fault) for fault in calls.warnings)
    frame = calls.to_frame()
    assert set(frame[frame.patient_id == "c"].reason) == {"not-in-source"}


def test_no_overlap_at_all_is_an_error_that_shows_no_id(vcf, loci):
    with pytest.raises(DataError, match=r"no sample \(2\) is a patient") as caught:
        read_calls(vcf(["s1", "s2"]), loci, patient_ids=["t1", "t2"])
    assert "s1" not in str(caught.value).replace("x.vcf", "")


@pytest.mark.parametrize("names", [["p1_p1", "p2_p2"], ["0_p1", "0_p2"], ["p1 ", " p2"]])
def test_family_ids_and_spaces_are_repaired_and_said(vcf, loci, names, seen):
    calls = read_calls(vcf(names, ["0/0", "1/1"]), loci, patient_ids=["p2", "p1"])
    assert calls.loci[OPRM1].dosage.tolist() == [2, 0]
    assert "sample-name-repaired" in seen.codes(calls)


def test_a_second_name_counts_only_where_the_first_is_nobodys():
    patients = np.array(["p1", "F_p1", "F_p2"], dtype=object)
    found = match_samples(["p1", "p2"], patients, {}, "x", other_names=["F_p1", "F_p2"])
    assert found.rows.tolist() == [0, 2]
    assert found.unmatched_samples == ()


def test_one_repaired_name_is_said_whosever_it_is(vcf, loci):
    for names in (["p1_p1", "p2"], ["p1", "p2_p2"]):
        calls = read_calls(vcf(names, ["0/0", "1/1"]), loci, patient_ids=["p1", "p2"])
        assert calls.loci[OPRM1].dosage.tolist() == [0, 2]
        (told,) = (f for f in calls.warnings if f.code == "sample-name-repaired")
        assert told.message.startswith("1 ")


def test_what_one_source_cannot_tell_another_may(loci):
    """Of C and G nobody knows the strand, unless it is declared."""
    cells = pd.DataFrame({"g": ["C/C", "C/G"]}, index=["a", "b"])
    unknown, known = (
        calls_from_columns(cells, {L311V: ColumnCoding(("g",), strand=strand)}, loci)
        for strand in ("unknown", "forward")
    )
    assert set(unknown.to_frame().query("locus == @L311V").state) == {"Indeterminate"}
    for merged in (merge_calls(unknown, known), merge_calls(known, unknown)):
        np.testing.assert_equal(merged.loci[L311V].dosage, known.loci[L311V].dosage)


def test_the_phase_of_a_call_is_kept_whichever_source_tells_it(vcf, loci):
    phased = read_calls(vcf(["a", "b"], ["0|1", "1|0"], "phased.vcf"), loci)
    plain = read_calls(vcf(["a", "b"], ["0/1", "0/1"], "plain.vcf"), loci)
    for merged in (merge_calls(phased, plain), merge_calls(plain, phased)):
        assert merged.loci[OPRM1].phased.tolist() == [True, True]
        assert merged.to_frame().query("locus == @OPRM1").allele_1.tolist() == ["A", "G"]


def test_a_spreadsheets_decimal_part_is_repaired(vcf, loci):
    calls = read_calls(vcf(["12.0", "7.0"], ["0/0", "1/1"]), loci, patient_ids=["7", "12"])
    assert calls.loci[OPRM1].dosage.tolist() == [2, 0]


def test_leading_zeros_are_never_guessed(vcf, loci, seen):
    calls = read_calls(vcf(["12", "b"]), loci, patient_ids=["0012", "b"])
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [np.nan, 1])
    assert "leading-zeros" in seen.codes(calls)
    with pytest.raises(DataError, match="zeros are never guessed"):
        read_calls(vcf(["12", "7"]), loci, patient_ids=["0012", "0007"])


def test_letters_of_another_case_are_never_guessed_and_said(vcf, loci, seen):
    calls = read_calls(vcf(["P1", "b"]), loci, patient_ids=["p1", "b"])
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [np.nan, 1])
    assert "letter-case" in seen.codes(calls)
    with pytest.raises(DataError, match="capital letters") as caught:
        read_calls(vcf(["P1", "P2"]), loci, patient_ids=["p1", "p2"])
    assert "P1" not in str(caught.value)


@pytest.mark.parametrize(
    ("names", "patients"),
    [(["FAM1_p1", "F2_p_2"], ["p1", "p_2"]), (["p1", "p2"], ["FAM1_p1", "FAM2_p2"])],
)
def test_family_ids_that_differ_are_refused_with_the_fix(vcf, loci, names, patients):
    with pytest.raises(DataError, match=r"FID_IID.*id_map") as caught:
        read_calls(vcf(names), loci, patient_ids=patients)
    assert names[0] not in str(caught.value)
    some = read_calls(vcf([*names, "x"]), loci, patient_ids=[*patients, "x"])
    assert [f.message[:1] for f in some.warnings if f.code == "family-ids"] == ["2"]
    assert np.isnan(some.loci[OPRM1].dosage[:2]).all()


def test_two_samples_of_one_patient_are_refused(vcf, loci):
    with pytest.raises(DataError, match="two samples are the same patient"):
        read_calls(vcf(["p1", "p1_p1", "p2"]), loci, patient_ids=["p1", "p2"])
    with pytest.raises(DataError, match="stands twice"):
        read_calls(vcf(["p1", "p1"]), loci)


def test_a_map_file_joins_and_is_checked(vcf, loci, tmp_path):
    path = vcf(["lab1", "lab2"], ["0/0", "1/1"])
    table = tmp_path / "map.csv"
    table.write_text("sample,patient_id\nlab1,p1\nlab2,p2\n")
    calls = read_calls(path, loci, patient_ids=["p1", "p2"], id_map=table)
    assert calls.loci[OPRM1].dosage.tolist() == [0, 2]
    table.write_text("sample,patient_id\nlab1,p1\nlab1,p2\n")
    with pytest.raises(DataError, match="sample stands twice"):
        read_calls(path, loci, patient_ids=["p1", "p2"], id_map=table)
    table.write_text("sample,patient_id\nlab1,p1,x\n")
    with pytest.raises(DataError, match="row 2: expected two columns"):
        read_calls(path, loci, patient_ids=["p1", "p2"], id_map=table)


def test_files_and_columns_are_merged_and_contradictions_are_seen(vcf, loci):
    first = read_calls(vcf(["a", "b"], ["0/1", "0/0"]), loci)
    frame = pd.DataFrame({"rs1799971": ["A/G", "G/G", "G/G"]}, index=["a", "b", "c"])
    second = calls_from_columns(frame, recognise_columns(frame.columns, loci), loci)
    for merged in (merge_calls(first, second), merge_calls(second, first)):
        frame = merged.to_frame().query("locus == @OPRM1").set_index("patient_id")
        assert frame.state.to_dict() == {"a": "Present", "b": "Indeterminate", "c": "Present"}


def test_the_order_of_samples_and_files_does_not_matter(vcf, loci):
    one = vcf(["a", "b"], ["0/1", "0/0"], "one.vcf")
    two = vcf(["c", "d"], ["1/1", "./."], "two.vcf")
    ids = ["d", "c", "b", "a"]
    forth = read_calls([one, two], loci, patient_ids=ids).to_frame()
    back = read_calls([two, one], loci, patient_ids=ids).to_frame()
    assert forth.equals(back)
    np.testing.assert_equal(forth.query("locus == @OPRM1").dosage.to_numpy(), [np.nan, 2, 0, 1])


def test_merged_tables_count_their_remarks_once(vcf, loci):
    one = read_calls(vcf(["a"], ["1"], "one.vcf"), loci)
    two = read_calls(vcf(["b"], ["0"], "two.vcf"), loci)
    merged = merge_calls(one, two)
    haploid = [f.message for f in merged.warnings if f.code == "genotype-haploid"]
    assert len(haploid) == 1
    assert ": 2 calls" in haploid[0]


def test_a_file_that_holds_none_of_the_loci_is_said(tmp_path, loci, seen):
    head = "##fileformat=VCFv4.2\n##contig=<ID=6,length=171115067>\n"
    head += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\n"
    other = "6\t100\t.\tA\tG\t.\t.\t.\tGT\t0/1\n"
    for rows in ("", other):
        (tmp_path / "x.vcf").write_text(head + rows)
        assert "no-locus-in-source" in seen.codes(read_calls(tmp_path / "x.vcf", loci))
    declared = read_calls(tmp_path / "x.vcf", loci, absent_is_reference=True)
    assert "no-locus-in-source" not in seen.codes(declared)
