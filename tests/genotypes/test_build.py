from __future__ import annotations

import pytest

from nxpredict.genotypes._build import build_named_in, build_of_contig, chromosome_spellings


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("# build 37 of the annotated human assembly", "GRCh37"),
        ("five TAB delimited columns. build 37.1", "GRCh37"),
        ("##reference=file:///ref/hs37d5.fa", "GRCh37"),
        ("##reference=GRCh38.p13", "GRCh38"),
        ("##contig=<ID=chr1,assembly=hg38>", "GRCh38"),
        ("##reference=human_g1k_v37.fasta", "GRCh37"),
        ("# NCBI36 or build 36", "NCBI36"),
        ("hg19 lifted to hg38", None),
        ("##source=rebuild 37 times with chb37", None),
        ("nothing", None),
    ],
)
def test_builds_named_in_text(text, build):
    assert build_named_in(text) == build


@pytest.mark.parametrize(
    ("name", "length", "build"),
    [
        ("6", 171115067, "GRCh37"),
        ("chr6", 170805979, "GRCh38"),
        ("NC_000010.11", None, "GRCh38"),
        ("NC_000010.10", None, "GRCh37"),
        ("chr6", 5, None),
        ("chrUn_gl000220", 161802, None),
        ("X", 155270560, None),
    ],
)
def test_builds_of_contigs(name, length, build):
    assert build_of_contig(name, length) == build


def test_every_length_and_accession_belongs_to_one_build():
    from nxpredict.genotypes._build import _assemblies

    for number in range(1, 23):
        for field in ("lengths", "versions"):
            values = [facts[field][number - 1] for facts in _assemblies().values()]
            assert len(set(values)) == 3, (number, field)
    assert "NC_000011.9" in chromosome_spellings("11")
