from __future__ import annotations

import pytest

from nxpredict.catalog import Catalog, RepeatLocus, Variant, load_catalog

CATALOG = load_catalog()
VARIANTS = list(CATALOG.variants.values())
REPEATS = list(CATALOG.repeats.values())
ACCESSIONS = {
    "6": ("NC_000006.11", "NC_000006.12"),
    "10": ("NC_000010.10", "NC_000010.11"),
}
NOT_FACTS = {
    "long_definition",
    "name",
    "gene",
    "description",
    "certainty",
    "frequencies",
    "aliases",
}


def facts_of(locus: object) -> set[str]:
    return set(type(locus).__dataclass_fields__) - NOT_FACTS


@pytest.mark.parametrize("locus", [*VARIANTS, *REPEATS], ids=lambda locus: locus.name)
def test_every_fact_has_certainty_and_source(locus: Variant | RepeatLocus, tags: frozenset[str]):
    assert set(locus.certainty) == facts_of(locus)
    entries = [*locus.certainty.values(), *(f.certainty for f in locus.frequencies.values())]
    for entry in entries:
        assert entry.tag in tags
        assert entry.source.strip()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
class TestEveryVariant:
    def test_palindromic_agrees_with_the_alleles(self, variant: Variant):
        alleles = {variant.reference_allele, variant.effect_allele}
        assert variant.palindromic == (alleles in ({"A", "T"}, {"C", "G"}))
        assert len(alleles) == 2

    def test_hgvs_agrees_with_position_and_alleles(self, variant: Variant):
        change = f"{variant.reference_allele}>{variant.effect_allele}"
        on37, on38 = ACCESSIONS[variant.chromosome]
        assert variant.hgvs_grch37 == f"{on37}:g.{variant.position_grch37}{change}"
        assert variant.hgvs_grch38 == f"{on38}:g.{variant.position_grch38}{change}"
        assert variant.hgvs_c.endswith(change)

    def test_codon_agrees_between_names(self, variant: Variant):
        coding = int("".join(filter(str.isdigit, variant.hgvs_c.split("c.")[1])))
        codon = int("".join(filter(str.isdigit, variant.protein)))
        assert (coding - 1) // 3 + 1 == codon
        assert str(codon) in variant.hgvs_p

    def test_frequencies_are_frequencies(self, variant: Variant):
        assert all(0 < f.value < 1 for f in variant.frequencies.values())

    def test_is_found_by_its_raw_columns(self, variant: Variant):
        for text in (variant.name, variant.rsid, *variant.aliases):
            assert CATALOG.match_locus(text.upper()) is variant


def test_both_akr1c4_sites_share_one_offset_between_builds():
    offsets = {
        v.position_grch37 - v.position_grch38 for v in VARIANTS if v.name.startswith("AKR1C4")
    }
    assert offsets == {41_963}


def test_unchecked_positions_say_so(catalog: Catalog):
    from_memory = {"mem", "R"}
    assert catalog.variants["AKR1C4_rs3829125"].certainty["position_grch37"].tag in from_memory
    assert catalog.variants["AKR1C4_rs17134592"].certainty["rsid"].tag in from_memory
    assert catalog.variants["OPRM1_rs1799971"].certainty["position_grch37"].tag == "D"
    assert catalog.repeats["DRD4_exon3_VNTR"].certainty["start_grch37"].tag in from_memory


def test_raw_genotype_columns_are_loci_and_not_predictors(catalog: Catalog):
    for text in ("rs1799971", "oprm1", "drd4", "drd4_vntr"):
        assert catalog.match_locus(text) is not None
        assert catalog.match_column(text) is None
    assert catalog.match_locus("age") is None


@pytest.mark.parametrize("repeat", REPEATS, ids=lambda r: r.name)
class TestEveryRepeat:
    def test_shares_add_up(self, repeat: RepeatLocus):
        for frequency in repeat.frequencies.values():
            assert sum(frequency.alleles.values()) == pytest.approx(1.0, abs=1e-9)

    def test_counts_are_ordered(self, repeat: RepeatLocus):
        assert repeat.minimum_repeats <= repeat.reference_repeats < repeat.long_threshold
        assert repeat.long_threshold <= repeat.maximum_repeats
        assert repeat.start_grch38 < repeat.end_grch38

    def test_definitions_stay_in_range(self, repeat: RepeatLocus):
        known = set(range(repeat.minimum_repeats, repeat.maximum_repeats + 1))
        assert all(set(counts) < known for counts in repeat.long_definitions.values())
        used = repeat.long_definitions[f"at_least_{repeat.long_threshold}"]
        assert used == tuple(range(repeat.long_threshold, repeat.maximum_repeats + 1))


@pytest.mark.parametrize(
    ("ancestry", "carriers"),
    [("EUR", 0.36), ("AFR", 0.31), ("EAS", 0.03), ("SAS", 0.26), ("AMR", 0.52)],
)
def test_drd4_long_carriers_as_published(catalog: Catalog, ancestry: str, carriers: float):
    alleles = catalog.repeats["DRD4_exon3_VNTR"].frequencies[ancestry].alleles
    long_share = alleles["7"] + alleles["8+"]
    assert 1 - (1 - long_share) ** 2 == pytest.approx(carriers, abs=0.005)


def test_akr1c4_activity_is_in_vitro_and_for_oral_naltrexone(
    catalog: Catalog, tags: frozenset[str]
):
    haplotype = catalog.haplotypes["AKR1C4_S145C_L311V"]
    assert haplotype.relative_activity == (1.0, 0.69, 0.29)
    assert (haplotype.drug, haplotype.route) == ("naltrexone", "oral")
    assert "in vitro" in haplotype.setting
    assert set(haplotype.variants) <= set(catalog.variants)
    assert catalog.predictors[haplotype.predictor].derived_from == haplotype.variants
    assert {entry.tag for entry in haplotype.certainty.values()} <= tags
