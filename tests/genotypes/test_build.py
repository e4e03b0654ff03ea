from __future__ import annotations

from collections import Counter

import pytest

from nxpredict.genotypes._build import (
    BuildEvidence,
    build_named_in,
    build_of_contig,
    chromosome_spellings,
    contig_votes,
)


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
        ("CM000668.1", None, "GRCh37"),
        ("CM000672.2", None, "GRCh38"),
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
        lengths = {facts["lengths"][number - 1] for facts in _assemblies().values()}
        names = [n for facts in _assemblies().values() for n in facts["accessions"][number - 1]]
        assert len(lengths) == 4
        assert len(set(filter(None, names))) == 5
    assert {"NC_000011.9", "CM000673.1", "CM000673.2"} <= set(chromosome_spellings("11"))


@pytest.mark.parametrize("version", [1, 2])
def test_genbank_accessions_name_the_chromosome_and_the_build(vcf, version):
    at = {1: 154360797, 2: 154039662}[version]
    calls = vcf([f"CM000668.{version}:{at}:A:G 0/0 0/1 1/1"])
    assert calls.loci["OPRM1_rs1799971"].dosage.tolist() == [0, 1, 2]
    assert set(calls.builds.values()) == {f"GRCh{36 + version}"}


def test_most_contigs_decide_and_as_many_of_either_decide_nothing():
    old, new = ["NC_000010.10", "NC_000006.11"], ["NC_000010.11", "NC_000006.12"]
    assert set(contig_votes([*old, new[0]])) == {"GRCh37"}
    assert set(contig_votes([*old, *new])) == {"GRCh37", "GRCh38"}
    assert contig_votes(["chrUn"]) == Counter()


OLD, NEW = Counter(GRCh37=1), Counter(GRCh38=1)


@pytest.mark.parametrize(
    ("evidence", "build"),
    [
        (BuildEvidence(named=NEW, placed=OLD + OLD, contigs=OLD), "GRCh38"),
        (BuildEvidence(named=NEW + OLD, contigs=OLD), None),
        (BuildEvidence(placed=NEW, contigs=OLD), "GRCh37"),
        (BuildEvidence(placed=NEW + NEW, contigs=OLD), "GRCh38"),
        (BuildEvidence(placed=NEW + NEW + OLD), None),
        (BuildEvidence(placed=NEW), "GRCh38"),
        (BuildEvidence(placed=NEW, header="GRCh37"), "GRCh37"),
        (BuildEvidence(placed=NEW + OLD, contigs=OLD + NEW, header="GRCh37"), "GRCh37"),
        # One nameless record that fits whole, against the contigs.
        (BuildEvidence(placed=NEW + NEW, whole={("GRCh38", "x")}, contigs=OLD), None),
        (BuildEvidence(placed=NEW + NEW, whole={("GRCh38", "x")}, contigs=NEW), "GRCh38"),
        (
            BuildEvidence(placed=NEW + NEW, whole={("GRCh38", "x"), ("GRCh38", "y")}, contigs=OLD),
            "GRCh38",
        ),
        (BuildEvidence(), None),
    ],
)
def test_data_decide_the_build_then_contigs_then_the_header(evidence, build):
    assert evidence.decide() == build


def test_the_word_of_the_user_counts_before_the_header_and_after_the_data():
    assert BuildEvidence(header="GRCh38").decide("GRCh37") == "GRCh37"
    assert BuildEvidence(contigs=NEW).decide("GRCh37") == "GRCh38"
    chance = BuildEvidence(placed=NEW + NEW, whole={("GRCh38", "x")}, contigs=OLD)
    assert chance.decide("GRCh38") == "GRCh38"


@pytest.mark.parametrize(
    ("evidence", "shows"),
    [
        (BuildEvidence(named=NEW), True),
        (BuildEvidence(named=NEW, placed=OLD + OLD), True),
        (BuildEvidence(named=NEW + OLD, placed=NEW + NEW), False),
        (BuildEvidence(named=OLD, placed=NEW + NEW), False),
        (BuildEvidence(placed=NEW), False),
        (BuildEvidence(placed=NEW + NEW), True),
        (BuildEvidence(placed=NEW + NEW + OLD), False),
        (BuildEvidence(contigs=NEW, header="GRCh38"), False),
    ],
)
def test_data_show_a_build_by_a_name_or_two_places(evidence, shows):
    assert evidence.shows("GRCh38") is shows
