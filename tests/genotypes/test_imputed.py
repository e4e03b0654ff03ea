"""Imputed calls are marked, and missing where they are doubtful."""

from __future__ import annotations

import numpy as np
import pytest

from nxpredict.genotypes import read_calls

OPRM1 = "OPRM1_rs1799971"


def test_14_imputed_calls_are_marked_and_doubtful_ones_are_missing(vcf, seen):
    calls = vcf(
        ["6:154360797:A:G:.:.:DR2=0.9;IMP 0/1^0.05,0.94,0.01 0/0^0.6,0.4,0 1/1^0,0,1"], form="GT^GP"
    )
    assert seen.reasons(calls, OPRM1) == ["imputed", "uncertain-imputation", "imputed"]
    only = vcf(["6:154360797:A:G 1.02 0.4 1.99"], form="DS")
    assert seen.dosage(only, OPRM1)[0] == 1
    assert seen.states(only, OPRM1) == ["Present", "No call", "Present"]
    poor = vcf(["6:154360797:A:G:.:.:R2=0.1;IMP 0/1 0/0 1/1"])
    assert set(seen.states(poor, OPRM1)) == {"No call"}


@pytest.mark.parametrize(
    ("info", "form", "cells"),
    [
        (".", "GT^DS", "0/0^0.01 0/1^1.0 1/1^1.98"),
        (".", "GT^GP", "0/0^0.98,0.02,0 0/1^0,1,0 1/1^0,0,1"),
        ("IMP", "GT", "0/0 0/1 1/1"),
        ("R2=0.8", "GT", "0/0 0/1 1/1"),
        ("INFO=0.8", "GT", "0/0 0/1 1/1"),
    ],
)
def test_14_every_mark_of_imputation_marks_the_calls(vcf, info, form, cells, seen):
    calls = vcf([f"6:154360797:A:G:.:.:{info} {cells}"], form=form)
    assert seen.dosage(calls, OPRM1) == [0, 1, 2]
    assert seen.reasons(calls, OPRM1) == ["imputed"] * 3


def test_a_genotype_that_its_own_dosage_does_not_bear_out_is_missing_and_said(vcf, seen):
    calls = vcf(["6:154360797:A:G 0/1^0.6 1/1^1.95 0/0^1.0"], form="GT^DS")
    assert seen.reasons(calls, OPRM1) == ["uncertain-imputation", "imputed", "uncertain-imputation"]
    assert seen.states(calls, OPRM1) == ["No call", "Present", "No call"]
    assert "genotype-uncertain-imputation" in {fault.code for fault in calls.warnings}
    unknown = vcf(["6:154360797:A:G 0/1^. ./.^0.6 1/1"], form="GT^DS")
    assert seen.reasons(unknown, OPRM1) == ["imputed", "missing-genotype", "imputed"]


def test_dosages_of_several_alternatives_are_judged_by_the_probabilities_only(vcf, seen):
    calls = vcf(["6:154360797:A:G,T 0/1^1,0 0/2^0,1 1/2^1,1"], form="GT^DS")
    assert seen.dosage(calls, OPRM1) == [1, 0, 1]


def test_dosages_of_plink_2_files_are_imputed_calls(tmp_path, loci, seen):
    pgenlib = pytest.importorskip("pgenlib")
    (tmp_path / "x.psam").write_text("#IID\np1\np2\np3\np4\np5\n")
    (tmp_path / "x.pvar").write_text(
        "#CHROM\tPOS\tID\tREF\tALT\n6\t154039662\trs1799971\tA\tG\n10\t5218719\trs17134592\tC\tG\n"
    )
    path = tmp_path / "x.pgen"
    writer = pgenlib.PgenWriter(
        str(path).encode(),
        5,
        2,
        nonref_flags=False,
        dosage_present=True,
        hardcall_phase_present=False,
    )
    writer.append_dosages(np.array([0.02, 1.0, 1.6, 1.97, -9], np.float32))
    writer.append_biallelic(np.array([0, 1, 2, 1, -9], np.int8))
    writer.close()
    calls = read_calls(path, loci)
    assert seen.reasons(calls, OPRM1) == [
        "imputed",
        "imputed",
        "uncertain-imputation",
        "imputed",
        "missing-genotype",
    ]
    np.testing.assert_equal(calls.loci[OPRM1].dosage, [0, 1, np.nan, 2, np.nan])
    assert seen.reasons(calls, "AKR1C4_rs17134592") == ["", "", "", "", "missing-genotype"]


def test_the_probability_of_the_genotype_written_counts_not_the_best_one(vcf, seen):
    calls = vcf(["6:154360797:A:G 0/1^0,0.03,0.97 1/1^0,0.03,0.97 0/1^0.5,.,."], form="GT^GP")
    assert seen.states(calls, OPRM1) == ["No call", "Present", "Present"]
    several = vcf(
        ["6:154360797:A:G,T 1/2^0,0,0,0,1,0 0/2^0,0,0,0,1,0 2/2^0,0,0,0,0,1"], form="GT^GP"
    )
    assert seen.reasons(several, OPRM1)[1] == "uncertain-imputation"
    assert seen.dosage(several, OPRM1)[::2] == [1, 0]
