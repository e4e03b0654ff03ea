"""Real genotypes of the 1000 Genomes Project, read at loci that nxpredict does not ship."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.genotypes import genotype_qc, read_calls

OTHER_FORMS = [
    "1000g/GRCh38/VKORC1.vcf.gz",
    "1000g/derived/VKORC1_GRCh38.bcf",
    "1000g/derived/VKORC1_GRCh37.bed",
    "1000g/derived/VKORC1_GRCh37_plink19_A1minor.bed",
    "1000g/derived/VKORC1_GRCh38.bed",
    "1000g/derived/VKORC1_GRCh37.pgen",
    "1000g/derived/VKORC1_GRCh38.pgen",
]


@pytest.fixture(scope="module")
def vkorc1(make_variant):
    return [
        make_variant("VKORC1_rs9923231", "16", 31107689, 31096368, "CT"),
        make_variant("VKORC1_rs2359612", "16", 31103796, 31092475, "AG"),
    ]


@pytest.fixture(scope="module")
def first(realdata, vkorc1):
    return read_calls(realdata / "1000g/GRCh37/VKORC1.vcf.gz", vkorc1)


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_every_build_and_format_gives_2504_people_the_same_calls(realdata, vkorc1, first, form):
    if form.endswith((".bcf", ".pgen")):
        pytest.importorskip("pysam" if form.endswith(".bcf") else "pgenlib")
    other = read_calls(realdata / form, vkorc1, patient_ids=list(first.patient_ids))
    assert len(first) == 2504
    assert set(other.builds.values()) == {"GRCh38" if "GRCh38" in form else "GRCh37"}
    for name in first.loci:
        assert not np.isnan(first.loci[name].dosage).any()
        differ = first.loci[name].dosage != other.loci[name].dosage
        assert differ.sum() <= (0 if "9923231" in name or "37" in form else 10)


def test_with_and_without_an_index(realdata, vkorc1, first, tmp_path):
    copy = tmp_path / "VKORC1.vcf.gz"
    copy.write_bytes((realdata / "1000g/GRCh37/VKORC1.vcf.gz").read_bytes())
    assert read_calls(copy, vkorc1).to_frame().equals(first.to_frame())


def test_frequencies_and_proportions_within_ancestry(realdata, first):
    panel = pd.read_csv(
        realdata / "1000g/integrated_call_samples_v3.20130502.ALL.panel",
        sep="\t",
        index_col="sample",
    )
    ancestry = panel.loc[list(first.patient_ids), "super_pop"].tolist()
    quality = genotype_qc(first, ancestry=ancestry)
    table = quality.frequency.query("locus == 'VKORC1_rs9923231'").set_index("ancestry")
    known = {"EUR": 0.388, "EAS": 0.885, "AMR": 0.411, "SAS": 0.145, "AFR": 0.054}
    assert table.frequency[list(known)].round(3).to_dict() == known
    mixed = quality.hardy_weinberg.set_index(["locus", "ancestry"]).p["VKORC1_rs9923231"]
    assert mixed["all"] < 1e-50
    assert mixed["EUR"] > 1e-3


def test_palindromic_sites_are_read_as_they_stand(realdata, make_variant):
    comt = [
        make_variant("COMT_rs4818", "22", 19951207, 19963684, "CG"),
        make_variant("COMT_rs165656", "22", 19948863, 19961340, "GC"),
    ]
    panel = pd.read_csv(
        realdata / "1000g/integrated_call_samples_v3.20130502.ALL.panel",
        sep="\t",
        index_col="sample",
    )
    calls = read_calls(realdata / "1000g/GRCh37/COMT.vcf.gz", comt)
    europe = (panel.loc[list(calls.patient_ids), "super_pop"] == "EUR").to_numpy()
    found = [round(c.dosage[europe].mean() / 2, 3) for c in calls.loci.values()]
    assert found == [0.403, 0.504]
    turned = [make_variant("COMT_rs4818", "22", 19951207, 19963684, "GC")]
    refused = read_calls(realdata / "1000g/GRCh37/COMT.vcf.gz", turned)
    assert set(refused.to_frame().reason) == {"unknown-strand"}
    later = read_calls(
        realdata / "1000g/GRCh38/COMT.vcf.gz", comt, patient_ids=list(calls.patient_ids)
    )
    same = later.loci["COMT_rs4818"].dosage == calls.loci["COMT_rs4818"].dosage
    assert same.mean() > 0.99


def test_phase_sets_and_blocks_of_other_tools_files(realdata, make_variant):
    block = make_variant("GENE_rs1", "1", 5, 123460, "AG")
    path = realdata / "formats_vcf_mpl2/test_gvcf_block.vcf"
    assert read_calls(path, [block]).to_frame().state.tolist() == ["Absent"]
    no_block = realdata / "formats_vcf_mpl2/test_not_gvcf_block.vcf"
    later = make_variant("GENE_rs1", "1", 5, 123457, "AG")
    assert read_calls(no_block, [later]).to_frame().reason.tolist() == ["other-record"]
