"""Repeat counts in VCF: symbolic alleles of VCF 4.4, written-out alleles, repeat callers."""

from __future__ import annotations

import pytest

DRD4 = "DRD4_exon3_VNTR"


def test_allele_indexes_of_two_digits_and_leading_phase_marks(vcf):
    alternatives = ",".join(["<CNV^TR>"] * 10)
    counts = ",".join(str(n) for n in (2, 3, 5, 6, 7, 8, 9, 10, 11, 4))
    info = f"RN={','.join('1' * 10)};RUL={','.join(['48'] * 10)};RUC={counts}"
    calls = vcf([f"11:639987:G:{alternatives}:.:.:{info} 0/10 9|5 |1/5"])
    frame = calls.to_frame().query("locus == @DRD4")
    assert frame[["allele_1", "allele_2"]].to_numpy().tolist() == [
        ["4", "4"],
        ["11", "7"],
        ["2", "7"],
    ]
    assert frame.dosage.tolist() == [0, 2, 1]


def test_repeat_units_of_another_length_are_not_this_repeat(vcf, seen):
    calls = vcf(["11:639987:G:<CNV^TR>:.:.:RN=1;RUL=12;RUC=28 0/1 0/0 1/1"])
    assert set(seen.states(calls, DRD4)) == {"not_tested"}
    doubtful = vcf(["11:639987:G:<CNV^TR>:.:.:RN=1;RUL=48;RUC=6.5 0/1 0/0 1/1"])
    assert seen.reasons(doubtful, DRD4) == ["unclear-repeat-count", "", "unclear-repeat-count"]
    near = vcf(["11:639987:G:<CNV^TR>:.:.:RN=1;RUL=48;RUC=6.9 0/1 0/0 1/1"])
    assert seen.dosage(near, DRD4) == [1, 0, 2]
    assert seen.reasons(near, DRD4)[0] == "rounded-repeat-count"
    bases = vcf(["11:639987:G:<CNV^TR>:.:.:RN=1;RUL=48;RB=336 0/1 0/0 1/1"])
    assert seen.dosage(bases, DRD4) == [1, 0, 2]


def test_written_out_repeats_of_advntr(vcf, seen):
    unit = "ACGTTGCA" * 6
    row = f"11:639988:{unit * 4}:{unit * 7},{unit * 2}:.:.:RU={unit};RC=4;VID=9 0/1 1/2 ./."
    calls = vcf([row])
    assert seen.dosage(calls, DRD4)[:2] == [1, 1]
    assert seen.states(calls, DRD4)[2] == "No call"


def test_counts_of_repeat_callers_that_write_str_alleles(vcf, seen):
    unit = "ACGTTGCA" * 6
    calls = vcf([f"11:639987:G:<STR7>,<STR2>:.:.:END=640179;REF=4;RU={unit} 0/1 1/2 ./."])
    assert seen.dosage(calls, DRD4)[:2] == [1, 1]
    short = vcf(["11:639987:G:<STR7>:.:.:END=640179;REF=4;RU=CAG 0/1 0/0 ./."])
    assert set(seen.states(short, DRD4)) == {"not_tested"}


@pytest.mark.parametrize(
    ("stated", "sure"),
    [
        ("CIRUC=-1,1", False),
        ("CIRUC=0,1", False),
        ("CIRUC=-15,.", False),
        ("CIRUC=.,0", False),
        ("CIRUC=-0.6,0.4", True),
        ("CIRUC=0,0", True),
        ("CIRUC=.", True),
        ("CIRUC=.,.", True),
        ("CIRUC=6,8", False),
        ("CIRUC=-1", False),
        ("CIRUC=-1e400,1e400", False),
        ("CIRUC=x,y", False),
        ("CIRB=-48,48", False),
        ("CIRB=-20,20", True),
        ("CIRB=-1,1;CIRUC=-1,1", False),
    ],
)
def test_a_count_whose_confidence_interval_holds_other_counts_is_no_call(vcf, stated, sure, seen):
    row = f"11:639987:G:<CNV^TR>:.:.:RN=1;RUL=48;RUC=7;RB=336;{stated} 0/1 0/0 1/1"
    calls = vcf([row])
    if sure:
        assert calls.loci[DRD4].dosage.tolist() == [1, 0, 2]
    else:
        assert seen.reasons(calls, DRD4) == ["unclear-repeat-count", "", "unclear-repeat-count"]


def test_intervals_belong_to_their_own_allele_and_add_up_over_sequences(vcf, seen):
    info = "RN=1,2;RUL=48,48,48;RUC=7,1,2;CIRUC=0,0,-0.4,0.4,-0.7,0.7"
    calls = vcf([f"11:639987:G:<CNV^TR>,<CNV^TR>:.:.:{info} 0/1 0/2 0/0"])
    assert seen.reasons(calls, DRD4) == ["", "unclear-repeat-count", ""]
    narrow = info.replace("0.7", "0.3").replace("0.4", "0.3")
    calls = vcf([f"11:639987:G:<CNV^TR>,<CNV^TR>:.:.:{narrow} 0/1 0/2 0/0"])
    assert calls.loci[DRD4].repeats().tolist() == [[4, 7], [3, 4], [4, 4]]


def test_intervals_of_repeat_callers_per_sample(vcf, seen):
    row = "11:639987:G:<STR7>:.:.:REF=4 0/1^4-4/7-7 0/1^4-4/5-9 1/1^."
    calls = vcf([row], form="GT^REPCI")
    assert seen.reasons(calls, DRD4) == ["", "unclear-repeat-count", ""]


@pytest.mark.parametrize("count", ["999999999999999999992", "nan", "x", "", "-7", "1e5"])
def test_a_count_that_is_no_number_of_repeats_is_indeterminate(vcf, count, seen):
    calls = vcf([f"11:639987:G:<CNV^TR>:.:.:RN=1;RUL=48;RUC={count} 0/1 0/0 1/1"])
    assert seen.reasons(calls, DRD4) == ["unclear-repeat-count", "", "unclear-repeat-count"]
