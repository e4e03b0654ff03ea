"""The parts that PLINK 1 and PLINK 2 files share: people, sites, strand and build."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nxpredict.catalog import Variant
from nxpredict.errors import DataError, Fault
from nxpredict.genotypes._build import BUILDS, BuildEvidence, chromosome_name, letters_fit
from nxpredict.genotypes._calls import REASON_CODES, Bools, Int8, Int16
from nxpredict.genotypes._loci import COMPLEMENT, Locus, span
from nxpredict.genotypes._open import damaged
from nxpredict.genotypes._record import Orientation, Reading, Record
from nxpredict.genotypes._strand import strand_contradicted, strand_of


@dataclass(frozen=True, slots=True)
class Site:
    """One row of a bim or pvar file; `alleles` in the order that the genotypes count."""

    index: int
    chromosome: str
    position: int
    names: tuple[str, ...]
    alleles: tuple[str, ...]
    reference_known: bool = False
    passing: bool = True

    @property
    def letters(self) -> set[str]:
        """The alleles, without the codes for a missing one."""
        return set(self.alleles) - {"0", "."}


def companion(path: Path, ending: str) -> Path:
    found = path.with_suffix(ending)
    if not found.is_file():
        what = f"the file {found.name} must lie beside it"
        packed = found.with_name(found.name + ".zst").is_file()
        hint = "unpack it: zstd -d FILE.pvar.zst" if packed else "copy it there"
        raise DataError([Fault("missing-companion", what, hint, file=str(path))])
    return found


def lines_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8") as handle:
            for number, line in enumerate(handle, 1):
                if "\0" in line:
                    raise damaged(path, f"row {number} holds NUL bytes")
                if line.strip():
                    yield number, line.split()
    except UnicodeDecodeError:
        raise damaged(path, "the file is no text") from None


def bad_row(path: Path, number: int, what: str, hint: str = "write the files again") -> DataError:
    return DataError([Fault("bad-plink-row", what, hint, str(path), number)])


@dataclass(frozen=True, slots=True)
class People:
    """Samples by IID, or by FID_IID when two families share one; ``others`` are always FID_IID."""

    names: tuple[str, ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, pairs: list[tuple[str, str]], path: Path) -> People:
        """Name people given as (family, person); the same person twice is an error."""
        others = tuple(f"{family}_{person}" for family, person in pairs)
        names = tuple(person for _, person in pairs)
        names = others if len(set(names)) < len(names) else names
        if len(set(names)) < len(names):
            what = "two rows name the same person"
            raise DataError([Fault("duplicate-sample", what, "name each once", file=str(path))])
        return cls(names, others)


class Wanted:
    """Tells the rows of a variant list that matter."""

    def __init__(self, loci: Sequence[Locus]) -> None:
        snps = [locus for locus in loci if isinstance(locus, Variant)]
        self._names = {locus.rsid for locus in snps}
        self._places = {(s.chromosome, span(s, build)[0]) for s in snps for build in BUILDS}
        self._positions = {position for _, position in self._places}

    def has(self, chromosome: str, position: int, name: str) -> bool:
        if not self._names.isdisjoint(name.split(";")):
            return True
        return position in self._positions and (
            (chromosome_name(chromosome), position) in self._places
        )


Genotypes = Callable[[Site], tuple[Int16, Bools | None, Int8 | None]]
"""Reads allele codes, phase and reasons of one row; either of the last two may be unknown."""


def reading_of_sites(
    path: Path,
    people: People,
    sites: list[Site],
    genotypes: Genotypes,
    loci: Sequence[Locus],
    declared: str | None,
    strand: Orientation,
) -> Reading:
    """Turn the wanted rows into records."""
    evidence = BuildEvidence()
    snps = [locus for locus in loci if isinstance(locus, Variant)]
    for site in sites:
        for locus in snps:
            weight = letters_fit(site.letters, locus)
            evidence.vote(locus, site.chromosome, site.position, site.names, weight)
    build = evidence.decide(declared)
    records = []
    by_locus = [(locus, _sites_of(locus, sites, build)) for locus in snps]
    warnings = evidence.contradictions(build, declared, str(path))
    if _contradicts(strand, by_locus):
        warnings.append(strand_contradicted(strand, str(path)))
        strand = "unknown"
    for locus, chosen in by_locus:
        kept = [site for site, _ in chosen]
        others = [site for site in sites if site not in kept]
        for site, trouble in chosen:
            orientation = _orientation(site, locus, strand)
            odd = orientation == "unknown" and not locus.palindromic and "unexpected-allele"
            pairs, phased, reason = _told(site, trouble or odd or "", others, genotypes)
            records.append(
                Record(
                    locus,
                    site.alleles,
                    pairs,
                    f"{path.name}:{site.chromosome}:{site.position}",
                    phased=phased,
                    reason=reason,
                    priority=3 if site.passing else 2,
                    orientation=orientation,
                    lists_alleles=site.reference_known and orientation == "forward",
                )
            )
    found = {record.locus.name for record in records}
    return Reading(
        path=path,
        samples=people.names,
        other_names=people.others,
        records=records,
        absent={locus.name: "absent-record" for locus in loci if locus.name not in found},
        build=build,
        array=True,
        warnings=tuple(warnings),
    )


def _told(
    site: Site, trouble: str, others: list[Site], genotypes: Genotypes
) -> tuple[Int16, Bools | None, Int8]:
    """Return codes, phase and reasons of a row; rows split from it tell who carries others."""
    pairs, phased, given = genotypes(site)
    reason = np.zeros(len(pairs), np.int8) if given is None else given
    called = (pairs >= 0).all(axis=1)
    if trouble:
        reason[called] = REASON_CODES[trouble]
    for other in others:
        if _is_split_from(other, site):
            foreign = _carries_others(genotypes(other)[0], other, site)
            reason[called & foreign] = REASON_CODES["unexpected-allele"]
    return pairs, phased, reason


def _orientation(site: Site, locus: Variant, strand: Orientation) -> Orientation:
    """Believe a known REF that is the variant's, then the user's word, then the letters together.

    Letters alone tell the strand of a whole row only: of A and T, each fits another strand.
    """
    if site.reference_known and site.alleles[0] == locus.reference_allele:
        return "forward"
    return strand if strand != "unknown" or locus.palindromic else strand_of(site.letters, locus)


def _contradicts(strand: Orientation, chosen: list[tuple[Variant, list[tuple[Site, str]]]]) -> bool:
    """Tell whether letters that cannot be mistaken lie on another strand than the declared one."""
    told = {
        strand_of(site.letters, locus)
        for locus, sites in chosen
        for site, trouble in sites
        if not trouble and not locus.palindromic
    }
    return strand != "unknown" and bool(told - {strand, "unknown"})


def _sites_of(locus: Variant, sites: list[Site], build: str | None) -> list[tuple[Site, str]]:
    """Return the rows of one variant, each with a reason when it cannot be trusted."""
    own = [s for s in sites if chromosome_name(s.chromosome) == locus.chromosome]
    if build in BUILDS:
        good = [s for s in own if s.position == span(locus, build)[0]]
        if good:
            return [(s, "") for s in _fitting(good, locus)]
        return [(s, "unknown-position") for s in sites if locus.rsid in s.names]
    places = {span(locus, b)[0] for b in BUILDS}
    near = (s for s in sites if s in own and s.position in places)
    named = (s for s in sites if locus.rsid in s.names)
    return [(s, "unknown-build") for s in dict.fromkeys((*near, *named))]


def _is_split_from(other: Site, site: Site) -> bool:
    """Tell whether another row of the same place lists an allele that this one lacks."""
    same = other.index != site.index and (
        (other.chromosome, other.position) == (site.chromosome, site.position)
    )
    return same and not other.letters <= set(site.alleles)


def _carries_others(pairs: Int16, other: Site, site: Site) -> Bools:
    """Tell who carries an allele of another row that this one does not list."""
    foreign = [a not in site.alleles and a not in {"0", "."} for a in other.alleles]
    return np.asarray(np.array([*foreign, False, False])[pairs].any(axis=1))


def _fitting(sites: list[Site], locus: Variant) -> list[Site]:
    """Prefer rows that list the variant's alleles over other rows of a split site.

    A row of one letter and a missing code speaks of the variant too, and may contradict.
    """
    pair = {locus.reference_allele, locus.effect_allele}
    both = pair | {allele.translate(COMPLEMENT) for allele in pair}
    fit = [s for s in sites if letters_fit(set(s.alleles) & both, locus) == 2]
    part = [s for s in sites if letters_fit(s.letters, locus) == 1]
    return [s for s in sites if s in fit or s in part] if fit else sites
