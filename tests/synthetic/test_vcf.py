from __future__ import annotations

import gzip
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.catalog import Catalog
from nxpredict.synthetic import SyntheticCohort, write_files
from nxpredict.synthetic._bgzf import compress
from nxpredict.synthetic._vcf import vcf_text

Drawn = Callable[..., SyntheticCohort]
needs_bcftools = pytest.mark.skipif(not shutil.which("bcftools"), reason="bcftools not installed")


def _parse(text: str) -> tuple[list[str], dict[str, dict[str, list[str]]]]:
    """Read a VCF the plain way: sample names, and the fields of each record by its ID."""
    samples: list[str] = []
    records = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if line.startswith("#CHROM"):
            samples = fields[9:]
        elif not line.startswith("#"):
            keys = ["chrom", "pos", "id", "ref", "alt", "qual", "filter", "info", "format"]
            record = {key: [value] for key, value in zip(keys, fields, strict=False)}
            records[fields[2]] = {**record, "calls": fields[9:]}
    return samples, records


@pytest.fixture(scope="module")
def cohort(drawn: Drawn) -> SyntheticCohort:
    return drawn("published", n=1500)


@pytest.fixture(scope="module")
def text(cohort: SyntheticCohort, catalog: Catalog) -> str:
    ids = list(cohort.cohort["patient_id"])
    return vcf_text(ids, cohort.genotypes, catalog, scenario="published")


def test_snps_say_what_was_called(cohort: SyntheticCohort, catalog: Catalog, text: str) -> None:
    samples, records = _parse(text)
    assert samples == list(cohort.cohort["patient_id"])
    for name, variant in catalog.variants.items():
        record = records[variant.rsid]
        assert record["pos"] == [str(variant.position_grch38)]
        assert record["chrom"] == [f"chr{variant.chromosome}"]
        assert record["ref"] == [variant.reference_allele]
        assert record["alt"] == [variant.effect_allele]
        expected = {(0, 0): "0/0", (0, 1): "0/1", (1, 0): "0/1", (1, 1): "1/1", (-1, -1): "./."}
        calls = [expected[a, b] for a, b in cohort.genotypes[name].tolist()]
        assert record["calls"] == calls


def test_the_repeat_record_gives_the_repeats_back(
    cohort: SyntheticCohort, catalog: Catalog, text: str
) -> None:
    record = _parse(text)[1]["DRD4_exon3_VNTR"]
    alts = record["alt"][0].split(",")
    assert set(alts) == {"<CNV:TR>"}
    info = dict(part.split("=") for part in record["info"][0].split(";"))
    lists = {key: [int(v) for v in info[key].split(",")] for key in info}
    assert all(len(lists[key]) == len(alts) for key in ("SVLEN", "RN", "RUL", "RUC", "RB"))
    assert set(lists["RUL"]) == {48}
    assert set(lists["SVLEN"]) == {4 * 48}
    assert int(record["pos"][0]) == catalog.repeats["DRD4_exon3_VNTR"].start_grch38 - 1
    assert int(record["pos"][0]) + 4 * 48 == lists["END"][0]
    assert lists["RB"] == [48 * repeats for repeats in lists["RUC"]]
    repeats = {"0": 4, **{str(k + 1): r for k, r in enumerate(lists["RUC"])}}
    for call, pair in zip(record["calls"], cohort.genotypes["DRD4_exon3_VNTR"], strict=True):
        if call == "./.":
            assert (pair == -1).all()
        else:
            assert sorted(repeats[a] for a in call.split("/")) == sorted(pair.tolist())


def test_the_header_declares_everything_and_says_what_this_is(text: str) -> None:
    header = [line for line in text.splitlines() if line.startswith("##")]
    assert header[0] == "##fileformat=VCFv4.4"
    assert any("Synthetic" in line and "Research use only" in line for line in header)
    for chromosome in ("chr6", "chr10", "chr11"):
        assert any(line.startswith(f"##contig=<ID={chromosome},length=") for line in header)
    assert any(line.startswith("##ALT=<ID=CNV:TR") for line in header)


def test_a_repeat_without_variants_has_no_alternative(catalog: Catalog) -> None:
    genotypes = {"DRD4_exon3_VNTR": np.array([[4, 4], [-1, -1]])}
    record = _parse(vcf_text(["a", "b"], genotypes, catalog, scenario="x"))[1]["DRD4_exon3_VNTR"]
    assert record["alt"] == ["."]
    assert record["calls"] == ["0/0", "./."]


@given(st.binary(max_size=2000), st.integers(0, 120))
def test_bgzf_is_gzip_in_blocks_that_say_their_size(piece: bytes, times: int) -> None:
    data = piece * times
    packed = compress(data)
    assert gzip.decompress(packed) == data
    at = 0
    while at < len(packed):
        assert packed[at : at + 4] == b"\x1f\x8b\x08\x04"
        assert packed[at + 12 : at + 16] == b"BC\x02\x00"
        at += struct.unpack("<H", packed[at + 16 : at + 18])[0] + 1
    assert at == len(packed)
    assert len(packed) >= 28
    assert gzip.decompress(packed[-28:]) == b""


def test_incompressible_data_still_fit_their_blocks() -> None:
    data = np.random.default_rng(0).bytes(300_000)
    assert gzip.decompress(compress(data)) == data


@needs_bcftools
def test_bcftools_reads_and_indexes_the_file(cohort: SyntheticCohort, tmp_path: Path) -> None:
    folder = write_files(cohort, tmp_path / "out")
    for name in ("cohort", "new_patients"):
        path = folder / f"{name}.vcf.gz"
        subprocess.run(["bcftools", "index", "--tbi", path], check=True)
        region = ["chr11", "chr6:154039662-154039662", "chr10"]
        found = subprocess.run(
            ["bcftools", "query", "-r", ",".join(region), "-f", "%ID[\t%GT]\n", path],
            check=True,
            capture_output=True,
            text=True,
        )
        assert found.stderr == ""
        lines = [line.split("\t") for line in found.stdout.splitlines()]
        records = _parse(gzip.decompress(path.read_bytes()).decode())[1]
        assert {line[0]: line[1:] for line in lines} == {k: r["calls"] for k, r in records.items()}
