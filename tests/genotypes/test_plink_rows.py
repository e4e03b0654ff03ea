"""Rows of PLINK files that do not say what they seem to say."""

from __future__ import annotations

import numpy as np
import pytest

from nxpredict.errors import DataError
from nxpredict.genotypes import read_calls

OPRM1, L311V = "OPRM1_rs1799971", "AKR1C4_rs17134592"


@pytest.fixture
def bed(tmp_path, loci):
    """Write rows of two people, the first homozygous for A1 and the other for A2, and read them."""

    def read(*rows, fam="f1 p1 0 0 1 -9\nf2 p2 0 0 1 -9\n", packed=0 | 3 << 2, **more):
        (tmp_path / "x.bim").write_text("".join(f"{row}\n" for row in rows))
        (tmp_path / "x.fam").write_text(fam)
        (tmp_path / "x.bed").write_bytes(b"\x6c\x1b\x01" + bytes([packed] * len(rows)))
        return read_calls(tmp_path / "x.bed", loci, **more)

    return read


@pytest.mark.parametrize("letters", ["G T", "A B", "A T", "C G", "A C"])
def test_letters_of_a_row_that_fit_no_strand_together_are_not_read_one_by_one(bed, seen, letters):
    calls = bed(f"6 rs1799971 0 154360797 {letters}")
    assert seen.reasons(calls, OPRM1) == ["unexpected-allele"] * 2
    assert np.isnan(calls.loci[OPRM1].dosage).all()


def test_a_declared_strand_settles_letters_of_which_one_is_known(bed, seen):
    calls = bed("6 rs1799971 0 154360797 A T", strand="forward")
    assert seen.states(calls, OPRM1) == ["Absent", "Indeterminate"]


@pytest.mark.parametrize(("letters", "strand"), [("C T", "forward"), ("G A", "reverse")])
def test_a_declared_strand_that_other_rows_contradict_is_not_believed(bed, seen, letters, strand):
    rows = "10 rs17134592 0 5260682 G C", f"6 rs1799971 0 154360797 {letters}"
    calls = bed(*rows, strand=strand)
    assert seen.reasons(calls, L311V) == ["unknown-strand"] * 2
    assert seen.dosage(calls, OPRM1) == [2, 0]
    assert "strand-contradicted" in seen.codes(calls)


def test_a_header_in_a_fam_is_no_person(bed):
    fam = "FID IID PAT MAT SEX PHENO\nf1 p1 0 0 1 -9\nf2 p2 0 0 1 -9\n"
    with pytest.raises(DataError, match=r"x\.fam, row 1: .*header"):
        bed("6 rs1799971 0 154360797 G A", fam=fam)


def test_genotypes_of_people_whom_the_fam_lacks_are_seen(bed):
    with pytest.raises(DataError, match=r"x\.bed: .*more people than the fam"):
        bed("6 rs1799971 0 154360797 G A", packed=0 | 3 << 2 | 2 << 4)


def test_a_row_of_a_pvar_that_failed_its_filter_is_remarked_or_left_out(tmp_path, loci, seen):
    pgenlib = pytest.importorskip("pgenlib")
    path = tmp_path / "x.pgen"
    writer = pgenlib.PgenWriter(str(path).encode(), 2, variant_ct=1, nonref_flags=False)
    writer.append_alleles(np.array([0, 1, 1, 1], np.int32))
    writer.close()
    path.with_suffix(".psam").write_text("#IID\na\nb\n")
    head = "#CHROM\tPOS\tID\tREF\tALT\tFILTER\n"
    path.with_suffix(".pvar").write_text(head + "6\t154039662\trs1799971\tA\tG\tLowQual\n")
    assert seen.reasons(read_calls(path, loci), OPRM1) == ["used-despite-filter"] * 2
    strict = read_calls(path, loci, failed_filter="no call")
    assert seen.states(strict, OPRM1) == ["No call"] * 2
    path.with_suffix(".psam").write_text("#IID\na\nb\nc\n")
    with pytest.raises(DataError, match=r"holds 2 people and 1 variant.* 3 and 1"):
        read_calls(path, loci)
