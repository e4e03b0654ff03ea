"""Misreadings that need two things at once: coincidences, callers of one thing, odd exports."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.errors import DataError
from nxpredict.genotypes import ColumnCoding, calls_from_columns, read_calls

OPRM1, S145C, L311V, DRD4 = (
    "OPRM1_rs1799971",
    "AKR1C4_rs3829125",
    "AKR1C4_rs17134592",
    "DRD4_exon3_VNTR",
)
LENGTHS = {"GRCh37": ("171115067", "135534747"), "GRCh38": ("170805979", "133797422")}
PLACES = {"GRCh37": 154360797, "GRCh38": 154039662}


def contigs(build):
    six, ten = LENGTHS[build]
    return f"##contig=<ID=6,length={six}>\n##contig=<ID=10,length={ten}>\n"


@pytest.mark.parametrize("assume", [False, True])
@pytest.mark.parametrize(("true", "other"), [("GRCh37", "GRCh38"), ("GRCh38", "GRCh37")])
def test_a_like_variant_at_the_other_builds_place_is_not_taken_for_ours(
    vcf, true, other, assume, seen
):
    """A nameless A>G by chance where the other build has rs1799971; ours is hom-ref and absent."""
    row = f"6:{PLACES[other]}:A:G 0/1 1/1 0/0"
    calls = vcf([row], header=contigs(true), absent_is_reference=assume)
    assert seen.reasons(calls, OPRM1) == ["unknown-build"] * 3
    assert "build-uncertain" in {fault.code for fault in calls.warnings}
    told = vcf([row], header=contigs(true), build=other)
    assert told.loci[OPRM1].dosage.tolist() == [1, 2, 0]


def test_two_variants_at_the_places_of_one_build_outweigh_lying_contig_lengths(vcf):
    rows = ["6:154039662:A:G 0/0 0/1 1/1", "10:5218719:C:G 0/0 0/1 1/1"]
    calls = vcf(rows, header=contigs("GRCh37"))
    assert calls.loci[OPRM1].dosage.tolist() == [0, 1, 2] == calls.loci[L311V].dosage.tolist()
    assert "build-contradicted" in {fault.code for fault in calls.warnings}


@pytest.mark.parametrize("source", ["adVNTR ver. 1.5.0", "ExpansionHunter 5", "TRGT v1", "GangSTR"])
def test_a_caller_of_repeats_says_nothing_about_variants(vcf, source, seen):
    rows = [
        "6:99:A:<STR3>:.:.:RU=AC;REF=4 0/0 0/1 1/1",
        "10:99:A:<STR3>:.:.:RU=AC;REF=4 0/0 0/0 0/0",
    ]
    calls = vcf(rows, header=f"##source={source}\n" + contigs("GRCh38"), absent_is_reference=True)
    for locus in (OPRM1, S145C, L311V):
        assert seen.states(calls, locus) == ["not_tested"] * 3


def test_a_vntr_table_says_nothing_about_variants(tmp_path, loci, seen):
    motif = "ACGTTGCA" * 6
    head = "#CHROM\tStart\tEnd\tVNTR_ID\tGene\tMotif\tRefCopy\tR1\tR2\n"
    path = tmp_path / "p1.bed"
    path.write_text(head + f"chr11\t639988\t640180\t7\tDRD4\t{motif}\t4\t4\t7\n")
    calls = read_calls(path, loci, absent_is_reference=True)
    assert seen.states(calls, OPRM1) == ["not_tested"]
    assert seen.states(calls, DRD4) == ["Present"]


@pytest.mark.parametrize("cell", ["46207", "45842", "46207.0", "4-Jul", "07.04.2026", "7-4-26"])
def test_dates_in_any_dress_are_recognised(loci, cell):
    frame = pd.DataFrame({"drd4": [cell, "4/7"]})
    calls = calls_from_columns(frame, {DRD4: ColumnCoding(("drd4",))}, loci)
    assert [fault.code for fault in calls.faults] == ["excel-date"]
    assert np.isnan(calls.loci[DRD4].dosage[0])


@pytest.mark.parametrize("strand", ["unknown", "forward", "reverse"])
def test_a_declared_strand_counts_for_tables_as_for_plink(tmp_path, loci, strand):
    path = tmp_path / "x.raw"
    path.write_text(
        "FID IID PAT MAT SEX PHENOTYPE rs17134592_G\nf p1 0 0 1 -9 1\nf p2 0 0 1 -9 2\n"
    )
    dosage = read_calls(path, loci, strand=strand).loci[L311V].dosage
    wanted = {"unknown": [np.nan] * 2, "forward": [1, 2], "reverse": [1, 0]}[strand]
    np.testing.assert_equal(dosage, wanted)


@pytest.mark.parametrize(
    ("data", "command"),
    [
        (b"\x14\0\0\0\x14\0\0\0\1\0\0\0\2\0\0\0bgen\5\0\0\0", "plink2 --bgen"),
        (b"f1 p1 0 0 1 -9 A G C C\nf2 p2 0 0 2 -9 G G C G\n", "plink --file"),
        (b"\x28\xb5\x2f\xfd" + bytes(40), "zstd -d"),
    ],
)
def test_known_formats_that_are_not_read_say_how_to_convert_them(tmp_path, loci, data, command):
    path = tmp_path / "x.dat"
    path.write_bytes(data)
    with pytest.raises(DataError, match=command):
        read_calls(path, loci)


@pytest.mark.parametrize(
    ("record", "named", "wanted"),
    [
        ("G:.", False, None),
        ("G:.", True, [2, 2, np.nan]),
        ("G:C", False, None),
        ("G:C", True, None),
        ("N:G", False, None),
        ("T:.", True, None),
        ("G:A", False, [2, 2, np.nan]),
        ("G:A,C", False, [2, 2, np.nan]),
        ("G:<*>", False, None),
    ],
)
def test_a_record_of_another_reference_base_is_ours_only_when_it_lists_our_alleles(
    vcf, record, named, wanted, seen
):
    row = f"6:154039662:{record}:{'rs1799971' if named else '.'} 0/0 0/0 ./."
    calls = vcf([row], header=contigs("GRCh38"))
    if wanted is None:
        assert seen.states(calls, OPRM1) == ["Indeterminate", "Indeterminate", "No call"]
    else:
        np.testing.assert_equal(calls.loci[OPRM1].dosage, wanted)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "mnp", ["6:154039662:AC:GT", "6:154039661:CA:TG", "6:154039660:ACA:TCT,TCG"]
)
def test_a_substitution_of_several_bases_contradicts_a_row_that_calls_reference(
    vcf, mnp, order, seen
):
    rows = ["6:154039662:A:G 0/0 0/0 0/1", f"{mnp} 0/1 0/0 0/0"][::order]
    calls = vcf(rows, header=contigs("GRCh38"))
    assert seen.reasons(calls, OPRM1) == ["conflicting-duplicates", "", ""]


@pytest.mark.parametrize("beside", ["6:154039660:ACA:A", "6:154039662:AC:AT", "6:154039661:CA:TA"])
def test_a_deletion_or_a_change_beside_the_place_contradicts_nothing(vcf, beside):
    rows = ["6:154039662:A:G 0/0 0/0 0/1", f"{beside} 0/1 0/0 0/0"]
    calls = vcf(rows, header=contigs("GRCh38"))
    assert calls.loci[OPRM1].dosage.tolist() == [0, 0, 1]


def test_a_block_that_failed_its_filter_is_remarked_or_left_out(vcf, seen):
    rows = ["6:154039600:T:<*>:.:.:END=154039700 0/0^PASS 0/0^LowGQ 0/0^."]
    assert seen.reasons(vcf(rows, header=contigs("GRCh38"), form="GT^FT"), OPRM1) == [
        "",
        "used-despite-filter",
        "",
    ]
    rows = ["6:154039600:T:<*>:.:LowGQ:END=154039700 0/0 0/0 ./."]
    strict = vcf(rows, header=contigs("GRCh38"), failed_filter="no call")
    assert seen.reasons(strict, OPRM1) == ["failed-filter"] * 2 + ["missing-genotype"]


def test_no_read_of_any_allele_is_no_call(vcf, seen):
    rows = ["6:154039662:A:G 0/0^0,0 0/1^5,4 0/0^."]
    calls = vcf(rows, header=contigs("GRCh38"), form="GT^AD")
    assert seen.reasons(calls, OPRM1) == ["zero-depth", "", ""]


@pytest.mark.parametrize("name", ["chr06", "Chr6", "CHR6", "nc_000006.12", "NC_000006.13", "cHr6"])
@pytest.mark.parametrize("indexed", [False, True])
def test_a_chromosome_is_known_by_its_name_or_counts_as_missing(
    tmp_path, loci, name, indexed, seen
):
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\n"
    rows = f"{name}\t154039662\t.\tA\tG\t.\t.\t.\tGT\t0/1\n"
    path = tmp_path / "x.vcf"
    path.write_text(head + rows)
    if indexed:
        pysam = pytest.importorskip("pysam")
        pysam.tabix_compress(str(path), str(tmp_path / "x.vcf.gz"))
        path = tmp_path / "x.vcf.gz"
        pysam.tabix_index(str(path), preset="vcf")
    calls = read_calls(path, loci, absent_is_reference=True)
    state, reason = seen.states(calls, OPRM1), seen.reasons(calls, OPRM1)
    assert (state, reason) in ((["Present"], [""]), (["not_tested"], ["absent-contig"]))
    assert (state == ["Present"]) == (name not in {"NC_000006.13", "cHr6", "nc_000006.12"})


def test_the_reference_repeat_is_known_by_the_name_of_its_record(vcf, seen):
    calls = vcf(["11:639987:G:.:DRD4 0/0 0|0 ./."])
    assert seen.states(calls, DRD4) == ["Absent", "Absent", "No call"]
