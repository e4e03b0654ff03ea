"""The seventeen traps of other tools, on files built here."""

from __future__ import annotations

import numpy as np
import pytest

from nxpredict.errors import DataError
from nxpredict.genotypes import read_calls

OPRM1, S145C, L311V, DRD4 = (
    "OPRM1_rs1799971",
    "AKR1C4_rs3829125",
    "AKR1C4_rs17134592",
    "DRD4_exon3_VNTR",
)
CONTIGS38 = (
    "##contig=<ID=chr6,length=170805979>\n##contig=<ID=chr10,length=133797422>\n"
    "##contig=<ID=chr11,length=135086622>\n"
)


def test_1_absent_is_reference_only_by_choice_and_never_for_repeats_or_missing_contigs(vcf, seen):
    rows = ["6:154360797:A:G 0/0 0/1 ./."]
    contigs = "##contig=<ID=6,length=171115067>\n"
    assert seen.states(vcf(rows, header=contigs), L311V) == ["not_tested"] * 3
    chosen = vcf([*rows, "10:1:A:C 0/0 0/0 0/0"], absent_is_reference=True)
    assert seen.dosage(chosen, L311V) == [0, 0, 0]
    assert set(seen.reasons(chosen, L311V)) == {"assumed-reference"}
    assert "genotype-assumed-reference" in seen.codes(chosen)
    assert seen.states(chosen, OPRM1) == ["Absent", "Present", "No call"]
    assert seen.states(chosen, DRD4) == ["not_tested"] * 3
    no_contig = vcf(rows, absent_is_reference=True)
    assert seen.states(no_contig, L311V) == ["not_tested"] * 3
    assert set(seen.reasons(no_contig, L311V)) == {"absent-contig"}


def test_2_gvcf_blocks_by_end_by_length_and_not_by_deletions(vcf, seen):
    rows = [
        "chr6:154039600:T:<NON_REF>:.:.:END=154039700 0/0:9:30 0/0:0:0 ./.:0:0",
        "chr10:5205800:T:<*>:.:.:END=5205820 0/0:9:30 0/0:9:30 0/0:9:30",
        "chr10:5218700:T:<DEL>:.:.:END=5218800 0/0:9:30 0/1:9:30 1/1:9:30",
    ]
    calls = vcf(rows, header=CONTIGS38, form="GT^DP^GQ")
    assert seen.reasons(calls, OPRM1) == ["", "zero-depth", "missing-genotype"]
    assert seen.dosage(calls, OPRM1)[0] == 0
    assert set(seen.reasons(calls, S145C)) == {"absent-record"}
    assert set(seen.reasons(calls, L311V)) == {"other-record"}


@pytest.mark.parametrize("assume", [False, True])
@pytest.mark.parametrize(
    "row",
    [
        "chr6:154039661:GA:GG",
        "chr6:154039662:AC:GT",
        "chr6:154039660:AGA:A",
        "chr6:154039000:A:<DEL>:.:.:END=154039700",
        "chr6:154039662:A:*",
        "chr6:154039662:A:<DEL>",
    ],
)
def test_2_a_record_of_another_kind_over_the_site_is_never_taken_as_reference(
    vcf, row, assume, seen
):
    calls = vcf([f"{row} 0/0 0/1 1/1"], header=CONTIGS38, absent_is_reference=assume)
    assert seen.states(calls, OPRM1) == ["Indeterminate"] * 3
    assert set(seen.reasons(calls, OPRM1)) == {"other-record"}


def test_2_a_block_by_undeclared_length_is_not_taken_as_reference(vcf, seen):
    rows = ["chr6:154039600:T:<*> ./.:100 ./.:100 ./.:100".replace("./.:100", "./.^100")]
    calls = vcf(rows, header=CONTIGS38, form="GT^LEN", absent_is_reference=True)
    assert seen.states(calls, OPRM1) == ["No call"] * 3


def test_2_a_record_at_the_site_beats_the_block_around_it(vcf, seen):
    rows = [
        "chr6:154039600:T:<NON_REF>:.:.:END=154039700 0/0 0/0 0/0",
        "chr6:154039662:A:G,<NON_REF> 0/1 1/1 ./.",
    ]
    calls = vcf(rows, header=CONTIGS38)
    assert seen.states(calls, OPRM1) == ["Present", "Present", "No call"]


def test_3_hom_ref_rows_without_name_and_alternative_are_calls(vcf, seen):
    calls = vcf(["10:5247784:C:. 0/0 0|0 ./."], header="##contig=<ID=10,length=135534747>\n")
    assert seen.states(calls, S145C) == ["Absent", "Absent", "No call"]


@pytest.mark.parametrize("cell", ["0/.", "./0", "./1", "1|.", "1", "0", ".", "./.", "./1/1"])
def test_4_half_haploid_and_missing_calls_are_no_calls(vcf, cell, seen):
    calls = vcf([f"6:154360797:A:G {cell} 1/1 0/0"])
    assert np.isnan(seen.dosage(calls, OPRM1)[0])
    assert seen.states(calls, OPRM1)[0] in {"No call", "Indeterminate"}
    assert calls.to_frame().allele_1.isna().tolist()[0]


@pytest.mark.parametrize("name", ["6", "chr6", "NC_000006.11", "06"])
def test_5_chromosomes_by_any_name(vcf, name, seen):
    assert seen.dosage(vcf([f"{name}:154360797:A:G 0/0 0/1 1/1"]), OPRM1) == [0, 1, 2]


@pytest.mark.parametrize("position", [154360797, 154039662])
@pytest.mark.parametrize("named", [True, False])
def test_6_a_lying_header_loses_against_the_data(vcf, position, named, seen):
    other = "GRCh37" if position == 154039662 else "GRCh38"
    lengths = {"GRCh37": 171115067, "GRCh38": 170805979}
    length = f",length={lengths[other]}" if named else ""
    header = f"##reference={other}\n##contig=<ID=6{length},assembly={other}>\n"
    name = "rs1799971" if named else "."
    calls = vcf([f"6:{position}:A:G:{name} 0/0 0/1 1/1"], header=header)
    assert seen.dosage(calls, OPRM1) == [0, 1, 2]
    assert "build-contradicted" in seen.codes(calls)


def test_6_two_builds_in_one_file_are_not_guessed(vcf, seen):
    rows = ["6:154360797:A:G:rs1799971 0/0 0/1 1/1", "10:5218719:C:G:rs17134592 0/0 0/1 1/1"]
    calls = vcf(rows)
    assert seen.states(calls, OPRM1) == ["Indeterminate"] * 3 == seen.states(calls, L311V)
    assert "mixed-builds" in seen.codes(calls)


def test_6_a_name_at_no_known_position_is_indeterminate(vcf, seen):
    calls = vcf(["6:154360518:A:G:rs1799971 0/0 0/1 ./."], header="##reference=GRCh37\n")
    assert seen.reasons(calls, OPRM1) == [
        "unknown-position",
        "unknown-position",
        "missing-genotype",
    ]


def test_7_palindromic_sites_are_never_flipped(vcf, seen):
    calls = vcf(["10:5260682:G:C 0/0 0/1 1/1"], header="##contig=<ID=10,length=135534747>\n")
    assert seen.reasons(calls, L311V) == ["unknown-strand"] * 3
    provisional = vcf(["10:5260682:C:G:rs17134592:.:PR 0/0 0/1 1/1"])
    assert seen.reasons(provisional, L311V) == ["unknown-strand"] * 3
    assert seen.dosage(vcf(["10:5260682:C:G 0/0 0/1 1/1"]), L311V) == [0, 1, 2]


def test_8_the_minus_strand_is_complemented_and_said_and_other_letters_are_not_read(vcf, seen):
    calls = vcf(["6:154360797:T:C:rs1799971 0/0 0/1 1/1"])
    assert seen.dosage(calls, OPRM1) == [0, 1, 2]
    assert "genotype-complemented" in seen.codes(calls)
    swapped = vcf(["6:154360797:G:A:rs1799971 0/0 0/1 1/1"])
    assert seen.dosage(swapped, OPRM1) == [2, 1, 0]
    wrong = vcf(["6:154360797:A:T:rs1799971 0/0 0/1 1/1"])
    assert seen.dosage(wrong, OPRM1)[0] == 0
    assert seen.reasons(wrong, OPRM1)[1:] == ["unexpected-allele"] * 2


@pytest.mark.parametrize("order", [1, -1])
def test_10_duplicate_rows_that_differ_are_indeterminate_in_any_order(vcf, order, seen):
    rows = ["6:154360797:A:G 0/0 0/1 ./.", "6:154360797:A:G 0/0 1/1 0/1"][::order]
    calls = vcf(rows)
    assert seen.states(calls, OPRM1) == ["Absent", "Indeterminate", "Present"]
    failing = ["6:154360797:A:G:.:LOWQUAL 0/1 1/1 0/1", "6:154360797:A:G:.:PASS 0/0 1/1 ./."]
    calls = vcf(failing[::order])
    assert seen.states(calls, OPRM1) == ["Absent", "Present", "No call"]
    assert seen.reasons(calls, OPRM1)[0] == "filtered-duplicate"


@pytest.mark.parametrize("order", [1, -1])
def test_10_split_rows_count_the_named_allele_and_flag_the_other(vcf, order, seen):
    rows = ["6:154360797:A:G 0/1 0/0 1/1", "6:154360797:A:T 0/1 0/1 0/0"][::order]
    calls = vcf(rows)
    assert seen.dosage(calls, OPRM1) == [1, 0, 2]
    assert seen.reasons(calls, OPRM1) == ["other-alternative-allele"] * 2 + [""]
    frame = calls.to_frame().query("locus == @OPRM1")
    carried = [set(pair) for pair in zip(frame.allele_1, frame.allele_2, strict=True)]
    assert carried == [{"G", "T"}, {"A", "T"}, {"G"}]


def test_10_an_insertion_or_deletion_at_the_place_is_another_variant(vcf, seen):
    calls = vcf(["6:154360797:AC:A 0/0 0/1 1/1"], header="##reference=GRCh37\n")
    assert set(seen.reasons(calls, OPRM1)) == {"other-record"}
    joined = vcf(["6:154360797:AC:A,GC 0/0 0/2 1/2"], header="##reference=GRCh37\n")
    assert seen.dosage(joined, OPRM1)[:2] == [0, 1]
    assert np.isnan(seen.dosage(joined, OPRM1)[2])


def test_11_two_alternatives_have_one_copy_and_a_flag(vcf, seen):
    calls = vcf(["6:154360797:A:G,T 1/2 0/2 2/2"])
    assert seen.dosage(calls, OPRM1) == [1, 0, 0]
    assert seen.reasons(calls, OPRM1) == ["other-alternative-allele"] * 3
    star = vcf(["6:154360797:A:G,* 1/2 0/1 0/2"])
    assert seen.states(star, OPRM1) == ["Indeterminate", "Present", "Indeterminate"]


def test_17_missing_stays_missing_beside_called_patients(vcf):
    rows = [
        "6:154360797:A:G ./. .|. 0/1",
        "10:5260682:C:G ./. 0/0 ./.",
        "10:5247784:C:G ./. ./. 1/1",
    ]
    calls = vcf(rows)
    frame = calls.to_frame()
    missing = frame[~frame.state.isin(["Present", "Absent"])]
    assert missing[["dosage", "allele_1", "allele_2"]].isna().all(axis=None)
    assert len(missing) == 6 + 3


def test_phase_and_phase_sets_are_kept(vcf):
    calls = vcf(["6:154360797:A:G 0|1^7 1|0^. 0/1^3"], form="GT^PS")
    assert calls.loci[OPRM1].phased.tolist() == [True, True, False]
    assert calls.loci[OPRM1].phase_set.tolist()[:2] == [7, -1]
    frame = calls.to_frame().query("locus == @OPRM1")
    assert frame.allele_1.tolist() == ["A", "G", "A"]


@pytest.mark.parametrize("cell", ["0/7", "0/x", "a/b", "0//1", "-1/0", ""])
def test_a_cell_that_is_no_genotype_stops_with_its_place(tmp_path, loci, cell):
    path = tmp_path / "bad.vcf"
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\tp2\n"
    path.write_text(head + f"6\t154360797\t.\tA\tG\t.\t.\t.\tGT\t{cell}\t0/0\n")
    with pytest.raises(DataError, match=r"bad\.vcf:6:154360797"):
        read_calls(path, loci)


def test_a_record_that_failed_its_filter_is_used_with_a_warning_or_not_at_all(vcf, seen):
    rows = ["6:154360797:A:G:.:LOWQUAL 0/1 0/0 ./."]
    calls = vcf(rows)
    assert seen.reasons(calls, OPRM1) == ["used-despite-filter"] * 2 + ["missing-genotype"]
    assert "genotype-used-despite-filter" in seen.codes(calls)
    strict = vcf(rows, failed_filter="no call")
    assert seen.reasons(strict, OPRM1) == ["failed-filter"] * 2 + ["missing-genotype"]
    by_sample = vcf(["6:154360797:A:G:.:PASS 0/1^PASS 0/0^lowGQ 1/1^."], form="GT^FT")
    assert seen.reasons(by_sample, OPRM1) == ["", "used-despite-filter", ""]


def test_blocks_that_state_their_depth_in_info(vcf, seen):
    rows = ["6:154360700:T:.:.:.:END=154360800;MIN_DP=0 0/0 0/0 ./."]
    calls = vcf(rows, header="##reference=GRCh37\n")
    assert seen.reasons(calls, OPRM1) == ["zero-depth"] * 2 + ["missing-genotype"]
    unplaced = vcf([rows[0].replace("MIN_DP=0", "MIN_DP=9")])
    assert seen.reasons(unplaced, OPRM1) == ["unknown-build"] * 2 + ["missing-genotype"]


@pytest.mark.parametrize(
    "line",
    [
        "##source=GenotypeConsole Axiom array",
        "##source=Illumina GTC",
        "##bcftools_+gtc2vcfCommand=+gtc2vcf",
        '##FORMAT=<ID=BAF,Number=1,Type=Float,Description="B allele frequency">',
        '##FORMAT=<ID=IGC,Number=1,Type=Float,Description="GenCall score">',
    ],
)
def test_1_an_array_that_arrives_as_vcf_is_no_reference_where_it_is_silent(vcf, line, seen):
    rows = ["6:154360797:A:G 0/0 0/1 ./."]
    assert seen.dosage(vcf(rows, header=line), OPRM1)[:2] == [0, 1]
    with pytest.raises(DataError, match="array"):
        vcf(rows, header=line, absent_is_reference=True)
