from __future__ import annotations

import numpy as np
import pytest

from nxpredict.errors import DataError
from nxpredict.genotypes import read_calls

OPRM1, L311V = "OPRM1_rs1799971", "AKR1C4_rs17134592"
FAM = "f1 p1\nf1 p2\nf2 p3\nf2 p4\nf3 p5\n"


def write_bed(folder, rows, codes, fam=FAM, name="x"):
    """Write codes 0 (A1 A1), 1 missing, 2 het, 3 (A2 A2), one list of people a variant."""
    (folder / f"{name}.fam").write_text("".join(f"{p} 0 0 0 -9\n" for p in fam.splitlines()))
    (folder / f"{name}.bim").write_text("".join(f"{r}\n" for r in rows))
    data = b"\x6c\x1b\x01"
    for people in codes:
        padded = np.array([*people, *[0] * (-len(people) % 4)], np.uint8).reshape(-1, 4)
        data += (padded << np.array([0, 2, 4, 6], np.uint8)).sum(axis=1).astype(np.uint8).tobytes()
    path = folder / f"{name}.bed"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("minus", [False, True])
def test_letters_decide_whichever_allele_is_a1(tmp_path, loci, swapped, minus):
    alleles, codes = ["G", "A"], np.array([0, 1, 2, 3, 3])
    if swapped:
        alleles, codes = alleles[::-1], np.array([3, 1, 2, 0, 0])
    if minus:
        alleles = [a.translate(str.maketrans("ACGT", "TGCA")) for a in alleles]
    rows = ["1 rs7 0 5 A C", f"6 rs1799971 0 154360797 {alleles[0]} {alleles[1]}"]
    calls = read_calls(write_bed(tmp_path, rows, [[3] * 5, codes]), loci)
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [2, np.nan, 1, 0, 0])
    assert calls.patient_ids.tolist() == ["p1", "p2", "p3", "p4", "p5"]
    assert ("genotype-complemented" in {f.code for f in calls.warnings}) is minus


def test_monomorphic_rows_and_palindromic_sites(tmp_path, loci):
    rows = ["6 rs1799971 0 154360797 0 A", "10 rs17134592 0 5260682 G C"]
    path = write_bed(tmp_path, rows, [[3] * 5, [0, 1, 2, 3, 3]])
    calls = read_calls(path, loci)
    assert calls.loci[OPRM1].dosage.tolist() == [0] * 5
    assert np.isnan(calls.loci[L311V].dosage).all()
    reasons = calls.to_frame().query("locus == @L311V").reason.tolist()
    assert reasons == ["unknown-strand", "missing-genotype"] + ["unknown-strand"] * 3
    declared = read_calls(path, loci, strand="forward")
    np.testing.assert_equal(declared.loci[L311V].dosage, [2, np.nan, 1, 0, 0])


def test_by_prefix_or_companion_and_absent_is_never_reference(tmp_path, loci):
    path = write_bed(tmp_path, ["6 . 0 154360797 G A"], [[0, 1, 2, 3, 3]])
    for source in (path.with_suffix(""), path.with_suffix(".fam")):
        assert read_calls(source, loci).loci[OPRM1].dosage[0] == 2
    with pytest.raises(DataError, match="array"):
        read_calls(path, loci, absent_is_reference=True)


def test_damaged_sets_name_what_is_wrong(tmp_path, loci):
    path = write_bed(tmp_path, ["6 rs1799971 0 154360797 G A"], [[0, 1, 2, 3, 3]])
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(DataError, match=r"x\.bed: expected 5 bytes .* found 4"):
        read_calls(path, loci)
    path.write_bytes(b"\x6c\x1b\x00" + whole[3:])
    with pytest.raises(DataError, match="--make-bed"):
        read_calls(path, loci)
    path.write_bytes(whole)
    path.with_suffix(".bim").write_text("6 rs1799971 0\n")
    with pytest.raises(DataError, match=r"x\.bim, row 1"):
        read_calls(path, loci)
    path.with_suffix(".bim").unlink()
    with pytest.raises(DataError, match=r"x\.bim must lie beside"):
        read_calls(path, loci)


def test_people_of_two_families_with_one_name_are_kept_apart(tmp_path, loci):
    fam = "f1 p1\nf2 p1\nf3 p2\n"
    path = write_bed(tmp_path, ["6 rs1799971 0 154360797 G A"], [[0, 2, 3]], fam=fam)
    assert read_calls(path, loci).patient_ids.tolist() == ["f1_p1", "f2_p1", "f3_p2"]


def test_patients_named_by_family_and_person(tmp_path, loci):
    path = write_bed(tmp_path, ["6 rs1799971 0 154360797 G A"], [[0, 1, 2, 3, 3]])
    ids = ["f3_p5", "f1_p1", "p3"]
    calls = read_calls(path, loci, patient_ids=ids)
    assert calls.loci[OPRM1].dosage.tolist() == [0, 2, 1]


@pytest.mark.parametrize("order", [1, -1])
def test_a_row_with_a_missing_allele_code_that_contradicts_is_a_conflict(tmp_path, loci, order):
    rows = ["6 rs1799971 0 154360797 G A", "6 dup 0 154360797 0 A"][::order]
    codes = [[2, 1, 2, 3, 3], [3, 3, 1, 3, 1]][::order]
    calls = read_calls(write_bed(tmp_path, rows, codes), loci)
    frame = calls.to_frame().query("locus == @OPRM1")
    assert frame.state.tolist() == ["Indeterminate", "Absent", "Present", "Absent", "Absent"]
    assert frame.reason.tolist() == ["conflicting-duplicates", "", "", "", ""]


def test_carriers_of_a_third_allele_on_a_split_row_are_not_taken_for_reference(tmp_path, loci):
    rows = "6 rs1799971 0 154360797 G A\n6 rs1799971 0 154360797 C A\n"
    (tmp_path / "x.bim").write_text(rows)
    (tmp_path / "x.fam").write_text("f1 p1 0 0 1 -9\nf2 p2 0 0 1 -9\nf3 p3 0 0 2 -9\n")
    packed = [3 | 2 << 2 | 3 << 4, 3 | 3 << 2 | 2 << 4]  # AA AG AA, then AA AA AC
    (tmp_path / "x.bed").write_bytes(bytes([0x6C, 0x1B, 0x01, *packed]))
    frame = read_calls(tmp_path / "x.bed", loci).to_frame().query("locus == 'OPRM1_rs1799971'")
    assert frame.state.tolist() == ["Absent", "Present", "Indeterminate"]
    assert frame.reason.tolist() == ["", "", "unexpected-allele"]


def test_a_variant_without_a_place_is_known_by_name_and_not_believed(tmp_path, loci):
    (tmp_path / "x.bim").write_text("0 rs1799971 0 0 G A\n")
    (tmp_path / "x.fam").write_text("f1 p1 0 0 1 -9\nf2 p2 0 0 1 -9\n")
    (tmp_path / "x.bed").write_bytes(bytes([0x6C, 0x1B, 0x01, 2 | 1 << 2]))
    frame = read_calls(tmp_path / "x.bed", loci).to_frame().query("locus == 'OPRM1_rs1799971'")
    assert frame.reason.tolist() == ["unknown-build", "missing-genotype"]


def test_probes_of_both_strands_agree(tmp_path, loci):
    (tmp_path / "x.bim").write_text("6 rs1799971 0 154360797 G A\n6 kgp1 0 154360797 C T\n")
    (tmp_path / "x.fam").write_text("f1 p1 0 0 1 -9\nf2 p2 0 0 1 -9\n")
    (tmp_path / "x.bed").write_bytes(bytes([0x6C, 0x1B, 0x01, 2 | 3 << 2, 2 | 0 << 2]))
    frame = read_calls(tmp_path / "x.bed", loci).to_frame().query("locus == 'OPRM1_rs1799971'")
    assert frame.state.tolist() == ["Present", "Indeterminate"]
    assert frame.reason.tolist()[1] == "conflicting-duplicates"


@pytest.mark.parametrize("given", [False, True])
def test_pgen_says_phased_only_where_phase_is_given(tmp_path, loci, given):
    pgenlib = pytest.importorskip("pgenlib")
    path = tmp_path / "x.pgen"
    writer = pgenlib.PgenWriter(
        str(path).encode(), 3, variant_ct=1, nonref_flags=False, hardcall_phase_present=given
    )
    writer.append_alleles(np.array([0, 0, 1, 0, 1, 1], np.int32), all_phased=given)
    writer.close()
    site = "6\t154039662\trs1799971\tA\tG\n"
    path.with_suffix(".pvar").write_text("#CHROM\tPOS\tID\tREF\tALT\n" + site)
    path.with_suffix(".psam").write_text("#IID\tSEX\na\tNA\nb\tNA\nc\tNA\n")
    calls = read_calls(path, loci).loci[OPRM1]
    assert calls.dosage.tolist() == [0, 1, 2]
    assert calls.phased.tolist() == [given] * 3
