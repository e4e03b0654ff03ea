from __future__ import annotations

import numpy as np
import pytest

from nxpredict.errors import DataError
from nxpredict.genotypes import choose_long, derive, read_calls

OPRM1, S145C, L311V, DRD4 = (
    "OPRM1_rs1799971",
    "AKR1C4_rs3829125",
    "AKR1C4_rs17134592",
    "DRD4_exon3_VNTR",
)
HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"


def write(folder, rows, samples=("p1", "p2", "p3"), header=HEAD):
    path = folder / "calls.vcf"
    path.write_text(header + "\t".join(samples) + "\n" + "".join(f"{r}\n" for r in rows))
    return path


def one(calls, locus, patient):
    frame = calls.to_frame().set_index(["locus", "patient_id"])
    return frame.loc[(locus, patient)]


def test_absent_record_is_not_tested_and_never_reference(tmp_path, loci):
    path = write(tmp_path, ["6\t154360797\t.\tA\tG\t.\t.\t.\tGT\t0/0\t0/1\t1/1"])
    calls = read_calls(path, loci)
    assert calls.loci[OPRM1].dosage.tolist() == [0, 1, 2]
    assert set(calls.to_frame().query("locus == @L311V").state) == {"not_tested"}
    assert set(calls.to_frame().query("locus == @L311V").reason) == {"absent-contig"}
    assert np.isnan(calls.loci[DRD4].dosage).all()


def test_repeat_records_of_vcf_44(tmp_path, loci):
    info = "END=640181;SVLEN=144,-96;RN=1,1;RUL=48,48;RUC=7,2;RB=336,96"
    path = write(
        tmp_path, [f"chr11\t639987\t.\tG\t<CNV:TR>,<CNV:TR>\t.\t.\t{info}\tGT\t0/1\t2|1\t./."]
    )
    calls = read_calls(path, loci)
    assert one(calls, DRD4, "p1")[["allele_1", "allele_2", "dosage"]].tolist() == ["4", "7", 1]
    assert one(calls, DRD4, "p2")[["allele_1", "allele_2", "phased"]].tolist() == ["2", "7", True]
    assert one(calls, DRD4, "p3").state == "No call"
    calls = read_calls(path, choose_long(loci, "2R-or-7R"))
    derived = derive(calls, ["p2", "p1"])
    assert derived["DRD4_VNTR_long_dosage"].tolist() == [2, 1]


def test_a_sample_column_too_few_names_the_place(tmp_path, loci):
    path = write(tmp_path, ["6\t154360797\t.\tA\tG\t.\t.\t.\tGT\t0/0\t0/1"])
    with pytest.raises(DataError, match=r"calls\.vcf:6:154360797.*3 sample columns"):
        read_calls(path, loci)


@pytest.mark.parametrize("name", ["traps_grch37_nochr", "traps_grch38_chr"])
@pytest.mark.parametrize("ending", [".vcf", ".vcf.gz"])
def test_expected_answers_of_the_shared_traps(realdata, loci, name, ending):
    calls = read_calls(realdata / "synthetic_traps" / (name + ending), loci)
    nan = np.nan
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [0, 1, 2, nan, nan, nan, 1, 1])
    np.testing.assert_equal(calls.loci[S145C].dosage, [0, 0, 0, nan, 0, nan, 0, 0])
    np.testing.assert_equal(calls.loci[L311V].dosage, [0, 0, 2, nan, nan, nan, 1, nan])
    assert one(calls, OPRM1, "s_alt2").reason == "other-alternative-allele"
    assert one(calls, L311V, "s_het").reason == "filtered-duplicate"
    assert "genotype-filtered-duplicate" in {fault.code for fault in calls.warnings}


def test_gvcf_blocks(realdata, loci):
    for ending in ("", ".gz"):
        path = realdata / "synthetic_traps" / f"gvcf_blocks_grch38.vcf{ending}"
        calls = read_calls(path, loci)
        assert [c.dosage[0] for c in calls.loci.values()][:2] == [1, 0]
        assert one(calls, L311V, "S1").reason == "zero-depth"
