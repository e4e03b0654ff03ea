"""Imputed calls are marked, and missing where they are doubtful."""

from __future__ import annotations

import pytest

OPRM1 = "OPRM1_rs1799971"


def dosage(calls, locus):
    return calls.loci[locus].dosage.tolist()


def states(calls, locus):
    return calls.to_frame().query("locus == @locus").state.tolist()


def reasons(calls, locus):
    return calls.to_frame().query("locus == @locus").reason.tolist()


def test_14_imputed_calls_are_marked_and_doubtful_ones_are_missing(vcf):
    calls = vcf(
        ["6:154360797:A:G:.:.:DR2=0.9;IMP 0/1^0.05,0.94,0.01 0/0^0.6,0.4,0 1/1^0,0,1"], form="GT^GP"
    )
    assert reasons(calls, OPRM1) == ["imputed", "uncertain-imputation", "imputed"]
    only = vcf(["6:154360797:A:G 1.02 0.4 1.99"], form="DS")
    assert dosage(only, OPRM1)[0] == 1
    assert states(only, OPRM1) == ["Present", "No call", "Present"]
    poor = vcf(["6:154360797:A:G:.:.:R2=0.1;IMP 0/1 0/0 1/1"])
    assert set(states(poor, OPRM1)) == {"No call"}


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
def test_14_every_mark_of_imputation_marks_the_calls(vcf, info, form, cells):
    calls = vcf([f"6:154360797:A:G:.:.:{info} {cells}"], form=form)
    assert dosage(calls, OPRM1) == [0, 1, 2]
    assert reasons(calls, OPRM1) == ["imputed"] * 3


def test_a_genotype_that_its_own_dosage_does_not_bear_out_is_missing_and_said(vcf):
    calls = vcf(["6:154360797:A:G 0/1^0.6 1/1^1.95 0/0^1.0"], form="GT^DS")
    assert reasons(calls, OPRM1) == ["uncertain-imputation", "imputed", "uncertain-imputation"]
    assert states(calls, OPRM1) == ["No call", "Present", "No call"]
    assert "genotype-uncertain-imputation" in {fault.code for fault in calls.warnings}
    unknown = vcf(["6:154360797:A:G 0/1^. ./.^0.6 1/1"], form="GT^DS")
    assert reasons(unknown, OPRM1) == ["imputed", "missing-genotype", "imputed"]


def test_dosages_of_several_alternatives_are_judged_by_the_probabilities_only(vcf):
    calls = vcf(["6:154360797:A:G,T 0/1^1,0 0/2^0,1 1/2^1,1"], form="GT^DS")
    assert dosage(calls, OPRM1) == [1, 0, 1]
