"""Fields of a VCF that mean another thing than they seem to, or speak of some samples only."""

from __future__ import annotations

import pytest

from nxpredict.errors import DataError
from nxpredict.genotypes import read_calls

OPRM1, DRD4 = "OPRM1_rs1799971", "DRD4_exon3_VNTR"
CHM13 = "##contig=<ID=chr6,length=172126628>\n##contig=<ID=chr10,length=134758134>"
LENGTHS = (
    '##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length of the block">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    "##contig=<ID=chr6,length=170805979>"
)


def test_probabilities_on_the_phred_scale_are_no_sign_of_imputation(vcf, seen):
    cells = "0/1^50,0.0001,53 0/0^0.00002,60,450 1/1^450,50,0.0001"
    calls = vcf([f"6:154360797:A:G {cells}"], form="GT^GP")
    assert seen.dosage(calls, OPRM1) == [1, 0, 2]
    assert seen.reasons(calls, OPRM1) == ["", "", ""]


def test_probabilities_on_the_phred_scale_are_not_turned_into_genotypes(vcf):
    with pytest.raises(DataError, match="neither GT nor"):
        vcf(["6:154360797:A:G 0,30,300 30,0,300 300,30,0"], form="GP")


def test_the_poorest_of_several_r2_counts(vcf, seen):
    cells = "0/1 0/0 1/1"
    good = vcf([f"6:154360797:A:G,T:.:.:DR2=0.95,0.8;IMP {cells}"])
    assert seen.dosage(good, OPRM1) == [1, 0, 2]
    poor = vcf([f"6:154360797:A:G,T:.:.:DR2=0.95,0.1;IMP {cells}"])
    assert set(seen.states(poor, OPRM1)) == {"No call"}


def test_a_reference_call_without_quality_is_no_call(vcf, seen):
    calls = vcf(["6:154360797:A:. 0/0^3^0 0/0^30^90 0/0^.^."], form="GT^DP^RGQ")
    assert seen.reasons(calls, OPRM1) == ["zero-depth", "", ""]


@pytest.mark.parametrize("info", [".", "END=154039700"])
def test_a_block_reaches_as_far_as_each_samples_own_length(vcf, seen, info):
    rows = [f"chr6:154039600:A:<*>:.:.:{info} 0/0^101 0/0^10 0/0^."]
    calls = vcf(rows, form="GT^LEN", header=LENGTHS)
    assert seen.states(calls, OPRM1) == ["Absent", "No call", "No call"]


@pytest.mark.parametrize("ending", ["vcf.gz", "bcf"])
@pytest.mark.parametrize("index", [False, True])
def test_long_blocks_are_found_where_an_index_knows_no_lengths(
    vcf, seen, tmp_path, loci, ending, index
):
    rows = ["chr6:154020000:A:<*> 0/0^90000 0/0^90000 0/0^90000"]
    bcftools = pytest.importorskip("pysam.bcftools")
    vcf(rows, form="GT^LEN", header=LENGTHS, loci=[])
    path = tmp_path / f"y.{ending}"
    kind = "-Oz" if ending == "vcf.gz" else "-Ob"
    bcftools.view(kind, "-o", str(path), str(tmp_path / "x.vcf"), catch_stdout=False)
    if index:
        bcftools.index(str(path))
    assert seen.states(read_calls(path, loci), OPRM1) == ["Absent"] * 3


def test_a_caller_that_counts_another_reference_is_believed(vcf, seen):
    rows = [f"chr11:639988:C:<STR7>:.:PASS:REF=5;RU={'A' * 48} 0/1 1/1 0/0"]
    calls = vcf(rows)
    assert calls.loci[DRD4].repeats().tolist() == [[5, 7], [7, 7], [5, 5]]
    assert seen.dosage(calls, DRD4) == [1, 2, 0]


@pytest.mark.parametrize("rows", [["6:154039662:A:G 0/1 0/0 1/1"], [
    "6:154039662:A:. 0/0 0/0 0/0", "10:5205821:C:. 0/0 0/0 0/0", "10:5218719:C:. 0/0 0/0 0/0"
]])  # fmt: skip
@pytest.mark.parametrize("header", [CHM13, "##reference=chm13v2.0.fa"])
def test_records_that_lie_at_our_places_in_another_assembly_are_others(vcf, seen, rows, header):
    calls = vcf(rows, header=header)
    assert set(seen.states(calls, OPRM1)) <= {"Indeterminate", "not_tested"}
    assert "build-uncertain" in seen.codes(calls)


@pytest.mark.parametrize("header", ["", CHM13, "##contig=<ID=6,length=170899992>"])
def test_absent_is_no_reference_where_the_places_are_not_known(vcf, seen, header):
    rows = ["6:155000000:A:G 0/1 0/0 1/1", "10:5000000:C:G 0/1 0/0 1/1"]
    calls = vcf(rows, header=header, absent_is_reference=True)
    assert set(seen.states(calls, OPRM1)) == {"not_tested"}
    assert "absent-is-not-reference" in seen.codes(calls)


@pytest.mark.parametrize("text", ["ü", "\udcfc"])
def test_letters_of_other_alphabets_do_no_harm(tmp_path, loci, seen, text):
    head = f"##note={text}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\n"
    row = f"6\t154360797\t.\tA\tG\t.\t.\tNOTE={text}\tGT\t0/1\n"
    path = tmp_path / "x.vcf"
    path.write_bytes(f"##fileformat=VCFv4.3\n{head}{row}".encode(errors="surrogateescape"))
    assert seen.dosage(read_calls(path, loci), OPRM1) == [1]
    broken = head.replace("p1", "p\udcfc")
    path.write_bytes(f"##fileformat=VCFv4.3\n{broken}{row}".encode(errors="surrogateescape"))
    with pytest.raises(DataError, match="sample names"):
        read_calls(path, loci)


def test_an_index_that_holds_nothing_hides_nothing(vcf, seen, tmp_path, loci):
    pysam = pytest.importorskip("pysam")
    for name, rows in (("full", ["6:154360797:A:G 0/1 0/0 1/1"]), ("none", [])):
        vcf(rows, header="##contig=<ID=6,length=171115067>", loci=[], name=f"{name}.vcf")
        pysam.tabix_compress(str(tmp_path / f"{name}.vcf"), str(tmp_path / f"{name}.vcf.gz"))
    pysam.tabix_index(str(tmp_path / "none.vcf.gz"), preset="vcf")
    (tmp_path / "none.vcf.gz.tbi").rename(tmp_path / "full.vcf.gz.tbi")
    assert seen.dosage(read_calls(tmp_path / "full.vcf.gz", loci), OPRM1) == [1, 0, 2]


def test_a_haploid_carrier_of_another_split_alternative_is_no_call(vcf, seen):
    calls = vcf(["6:154360797:A:T 1 0/1 1|0", "6:154360797:A:G 0 0/0 0|1"])
    assert seen.reasons(calls, OPRM1) == ["haploid", *["other-alternative-allele"] * 2]
    assert seen.states(calls, OPRM1) == ["No call", "Absent", "Present"]
