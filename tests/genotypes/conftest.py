from __future__ import annotations

import os
from pathlib import Path

import pytest

from nxpredict.catalog import Certainty, Variant, load_catalog


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
