"""The loci: single-nucleotide variants, one repeat and one haplotype, each fact with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure a fact is (`tag`) and where it comes from (`source`)."""

    tag: str
    source: str


@dataclass(frozen=True, slots=True)
class Frequency:
    """Frequency of the effect allele in one ancestry, with its provenance."""

    value: float
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Variant:
    """A single-nucleotide variant on the forward strand, in both builds.

    ``certainty`` maps the name of a field to how sure that field is.
    """

    name: str
    gene: str
    hgnc_id: str
    rsid: str
    chromosome: str
    position_grch37: int
    position_grch38: int
    reference_allele: str
    effect_allele: str
    palindromic: bool
    hgvs_grch37: str
    hgvs_grch38: str
    hgvs_c: str
    hgvs_p: str
    protein: str
    description: str
    certainty: Mapping[str, Certainty]
    frequencies: Mapping[str, Frequency] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @classmethod
    def read(cls, name: str, table: Mapping[str, Any]) -> Variant:
        """Read one TOML table."""
        frequencies = {
            ancestry: Frequency(float(entry["value"]), _certainty(entry))
            for ancestry, entry in table["frequencies"].items()
        }
        return cls(name=name, **{**table, **_facts(table), "frequencies": frequencies})


@dataclass(frozen=True, slots=True)
class RepeatFrequency:
    """Frequency of each repeat count in one ancestry; rare counts are pooled under a text key."""

    alleles: Mapping[str, float]
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class RepeatLocus:
    """A tandem repeat; alleles are counts of the repeat unit.

    ``long_definitions`` holds the groupings found in papers by name (the repeat counts that are
    called long); ``long_threshold`` is the one used unless ``long_definition`` names another.
    """

    name: str
    gene: str
    hgnc_id: str
    chromosome: str
    start_grch37: int
    end_grch37: int
    start_grch38: int
    end_grch38: int
    hgvs_grch37: str
    hgvs_grch38: str
    unit_bp: int
    reference_repeats: int
    minimum_repeats: int
    maximum_repeats: int
    long_threshold: int
    long_definitions: Mapping[str, tuple[int, ...]]
    description: str
    certainty: Mapping[str, Certainty]
    frequencies: Mapping[str, RepeatFrequency] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    long_definition: str | None = None

    @classmethod
    def read(cls, name: str, table: Mapping[str, Any]) -> RepeatLocus:
        """Read one TOML table."""
        frequencies = {
            ancestry: RepeatFrequency(entry["alleles"], _certainty(entry))
            for ancestry, entry in table["frequencies"].items()
        }
        return cls(name=name, **{**table, **_facts(table), "frequencies": frequencies})

    def allele_hgvs(self, repeats: int) -> str:
        """Return the HGVS name (GRCh38) of an allele known by its size, not by its sequence."""
        change = (repeats - self.reference_repeats) * self.unit_bp
        kind = "ins" if change > 0 else "del"
        return self.hgvs_grch38 + (f"{kind}N[{abs(change)}]" if change else "=")

    @property
    def long_repeats(self) -> tuple[int, ...]:
        """Repeat counts that are called long."""
        name = self.long_definition or f"at_least_{self.long_threshold}"
        return tuple(self.long_definitions[name])

    @property
    def long_label(self) -> str:
        """The same in words: ``>= 7 repeats``, ``2 or 7 repeats``."""
        counts = self.long_repeats
        if counts == tuple(range(counts[0], self.maximum_repeats + 1)):
            return f">= {counts[0]} repeats"
        return " or ".join(map(str, counts)) + " repeats"


@dataclass(frozen=True, slots=True)
class Haplotype:
    """Variants that travel together, and what copies of it do in the test tube.

    ``relative_activity`` is the enzyme's activity with 0, 1 and 2 copies, relative to none. It is
    shown as a qualitative shift for `drug` by `route`, never used as a multiplier.
    """

    name: str
    gene: str
    variants: tuple[str, ...]
    predictor: str
    relative_activity: tuple[float, float, float]
    drug: str
    route: str
    setting: str
    description: str
    certainty: Mapping[str, Certainty]

    @classmethod
    def read(cls, name: str, table: Mapping[str, Any]) -> Haplotype:
        """Read one TOML table."""
        return cls(name=name, **{**table, **_facts(table)})


def _certainty(entry: Mapping[str, Any]) -> Certainty:
    return Certainty(entry["certainty"], entry["source"])


def _facts(table: Mapping[str, Any]) -> dict[str, Any]:
    return {"certainty": {fact: Certainty(*pair) for fact, pair in table["certainty"].items()}}
