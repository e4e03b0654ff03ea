from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from nxpredict.catalog import Certainty, Variant, load_catalog
from nxpredict.genotypes import read_calls


@pytest.fixture(scope="session")
def loci():
    catalog = load_catalog()
    return [*catalog.variants.values(), *catalog.repeats.values()]


@pytest.fixture(scope="session")
def realdata() -> Path:
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("NXPREDICT_REALDATA", root.parent / "shared" / "data"))
    if not (folder / "genotypes").is_dir():
        pytest.skip("needs the genotype test data (NXPREDICT_REALDATA)")
    return folder / "genotypes"


@pytest.fixture(scope="session")
def make_variant():
    def make(name: str, chromosome: str, at37: int, at38: int, alleles: str, **more) -> Variant:
        reference, effect = alleles
        turned = reference.translate(str.maketrans("ACGT", "TGCA"))
        facts = dict.fromkeys(
            ("gene", "hgnc_id", "hgvs_grch37", "hgvs_grch38", "hgvs_c", "hgvs_p"), ""
        )
        return Variant(
            name=name,
            rsid=more.pop("rsid", name.rsplit("_", maxsplit=1)[-1]),
            chromosome=chromosome,
            position_grch37=at37,
            position_grch38=at38,
            reference_allele=reference,
            effect_allele=effect,
            palindromic=turned == effect,
            protein="",
            description="",
            certainty={"rsid": Certainty("M", "test")},
            **{**facts, **more},
        )

    return make


@pytest.fixture
def vcf(tmp_path, loci):
    """Write a VCF from short rows (``6:1:A:G 0/0 0/1``; ``^`` stands for ``:``) and read it."""

    def read(rows, *, samples="p1 p2 p3", header="", name="x.vcf", form="GT", **more):
        names = samples.split()
        lines = ["##fileformat=VCFv4.2\n" + header.rstrip("\n")] if header else []
        lines = lines or ["##fileformat=VCFv4.2"]
        fixed = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
        lines.append("\t".join([*fixed, *names]))
        for row in rows:
            place, *cells = row.split()
            chromosome, position, ref, alt, *rest = place.split(":")
            identifier, filt, info, keys = [*rest, *[".", ".", ".", form][len(rest) :]]
            fields = [chromosome, position, identifier, ref, alt, ".", filt, info, keys]
            lines.append("\t".join([*fields, *cells]))
        path = tmp_path / name
        data = ("\n".join(lines) + "\n").replace("^", ":").encode()
        path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        return read_calls(path, more.pop("loci", loci), **more)

    return read


class Seen:
    """What a table of calls holds: of each patient at a locus, and what was noticed."""

    @staticmethod
    def dosage(calls, locus):
        return calls.loci[locus].dosage.tolist()

    @staticmethod
    def states(calls, locus):
        return calls.to_frame().query("locus == @locus").state.tolist()

    @staticmethod
    def reasons(calls, locus):
        return calls.to_frame().query("locus == @locus").reason.tolist()

    @staticmethod
    def codes(calls):
        return {fault.code for fault in calls.warnings}


@pytest.fixture(scope="session")
def seen() -> type[Seen]:
    return Seen
