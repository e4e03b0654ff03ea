"""Which genome build a source is in, told from its data before its header."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from nxpredict.catalog import Variant
from nxpredict.errors import Fault
from nxpredict.genotypes._loci import COMPLEMENT, span
from nxpredict.genotypes._numbers import whole_number

BUILDS = ("GRCh37", "GRCh38")
_CHROMOSOME = re.compile(r"(?:chr|chromosome)?0?(\d{1,2}|x|y|mt?)\Z", re.IGNORECASE)
_BUILD_WORD = re.compile(r"(?<![a-z])((?:build[ =]|[a-z]+)\d\d)")
_REFSEQ = re.compile(r"NC_0000(\d\d)\.(\d+)\Z", re.IGNORECASE)
_GENBANK = re.compile(r"CM000(6[6-8]\d)\.(\d+)\Z", re.IGNORECASE)
_GENBANK_BEFORE_1 = 662


@cache
def _assemblies() -> dict[str, Any]:
    text = files("nxpredict.genotypes").joinpath("assemblies.toml").read_text("utf-8")
    return {
        build: {
            "names": set(facts["names"]),
            "lengths": [int(length) for length in facts["lengths"].split()],
            "accessions": _accessions(facts) or [("", "")] * 22,
        }
        for build, facts in tomllib.loads(text).items()
    }


def _accessions(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (f"NC_{number:06d}.{version}", _genbank(number, facts.get("genbank_version")))
        for number, version in enumerate(facts.get("refseq_versions", "").split(), 1)
    ]


def _genbank(number: int, version: int | None) -> str:
    return "" if version is None else f"CM{number + _GENBANK_BEFORE_1:06d}.{version}"


def chromosome_name(text: str) -> str:
    """Return the plain name of a chromosome, whatever the source calls it.

    Examples
    --------
    >>> [chromosome_name(name) for name in ("chr6", "06", "NC_000006.12", "CM000668.2")]
    ['6', '6', '6', '6']
    """
    if refseq := _REFSEQ.match(text):
        return str(int(refseq[1]))
    if (genbank := _GENBANK.match(text)) and 1 <= int(genbank[1]) - _GENBANK_BEFORE_1 <= 22:
        return str(int(genbank[1]) - _GENBANK_BEFORE_1)
    plain = _CHROMOSOME.match(text)
    return plain[1].upper() if plain else text


def chromosome_spellings(name: str) -> tuple[str, ...]:
    """Return every spelling of a chromosome that sources use, plain first."""
    spellings = [name, f"chr{name}", f"Chr{name}", f"CHR{name}", f"chromosome{name}"]
    number = whole_number(name)
    if number > 0:
        accessions = [a["accessions"][number - 1] for a in _assemblies().values() if number <= 22]
        spellings += [name for names in accessions for name in names if name]
        spellings += [f"0{name}", f"chr0{name}"] if number < 10 else []
    return tuple(spellings)


def build_of_contig(name: str, length: int | None) -> str | None:
    """Return the build that a contig's accession version or length belongs to."""
    number = chromosome_name(name)
    if not 1 <= whole_number(number) <= 22:
        return None
    for build, facts in _assemblies().items():
        index = int(number) - 1
        if name.upper() in facts["accessions"][index]:
            return str(build)
        if length is not None and facts["lengths"][index] == length:
            return str(build)
    return None


def build_named_in(text: str) -> str | None:
    """Return the build that a piece of header text names, None when it names none or several.

    Examples
    --------
    >>> build_named_in("# build 37 of the annotated human assembly")
    'GRCh37'
    """
    words = {word.replace("=", " ") for word in _BUILD_WORD.findall(text.lower())}
    found = {build for build, facts in _assemblies().items() if words.intersection(facts["names"])}
    return found.pop() if len(found) == 1 else None


@dataclass(slots=True)
class BuildEvidence:
    """What a source shows about its build.

    ``named`` counts records that carry a known rs number at the position of one build,
    ``placed`` adds up how well records at a known position fit (2 both alleles, 1 what is shown),
    ``whole`` are the loci that fit with both alleles; these are data. ``contigs`` are builds by
    length or accession, ``header`` is what text says.
    """

    named: Counter[str] = field(default_factory=Counter)
    placed: Counter[str] = field(default_factory=Counter)
    whole: set[tuple[str, str]] = field(default_factory=set)
    contigs: Counter[str] = field(default_factory=Counter)
    header: str | None = None

    def vote(
        self, locus: Variant, chromosome: str, position: int, names: Iterable[str], weight: int
    ) -> None:
        """Count one record at a variant's place in either build."""
        if chromosome_name(chromosome) != locus.chromosome:
            return
        places = {build: span(locus, build)[0] for build in BUILDS}
        for build in BUILDS:
            if position == places[build] and len(set(places.values())) > 1:
                self.named[build] += locus.rsid in names
                self.placed[build] += weight
                if weight == 2:
                    self.whole.add((build, locus.name))

    def shows(self, build: str) -> bool:
        """Tell whether the data by themselves show this build and no other."""
        told, fits = set(+self.named), +self.placed
        return told == {build} or (not told and set(fits) == {build} and fits.total() >= 2)

    def decide(self, declared: str | None = None) -> str | None:
        """Return the build: data first, then contigs, then the user's word, then the header.

        One nameless variant against the contigs may be another one that lies at our place in
        the other build by chance, and in a third assembly any bases may: nothing but the user's
        word settles that.
        """
        named = +self.named
        if named:
            return next(iter(named)) if len(named) == 1 else None
        if self._may_be_chance():
            return declared
        placed = +self.placed
        if len(placed) == 1 and placed.total() >= 2:
            return next(iter(placed))
        if len(self.contigs) == 1:
            return next(iter(self.contigs))
        return declared or self.header or (next(iter(placed)) if len(placed) == 1 else None)

    def _may_be_chance(self) -> bool:
        said = set(self.contigs) or {self.header} - {None, *BUILDS}
        placed = +self.placed
        against = len(said) == 1 and placed.total() >= 2 and said.isdisjoint(placed)
        few = len(self.whole) == 1 or (not self.whole and said.isdisjoint(BUILDS))
        return not +self.named and few and against

    def contradictions(self, build: str | None, declared: str | None, source: str) -> list[Fault]:
        """Say where header, contig lines or the user contradict the build told from the data."""
        said = {*self.contigs, self.header, declared} - {build, None}
        if build is None and self._may_be_chance():
            return [
                Fault(
                    "build-uncertain",
                    "nameless records lie at known variants' places in another build than the "
                    "contigs or the header name; they may be other variants",
                    "name the variants (rs numbers), or declare the build of the source",
                    file=source,
                    severity="warning",
                )
            ]
        if build is None and len(+self.named) > 1:
            return [
                Fault(
                    "mixed-builds",
                    "known variants lie at the positions of two genome builds",
                    "write each source in one build",
                    file=source,
                    severity="warning",
                )
            ]
        if build is None or not said:
            return []
        return [
            Fault(
                "build-contradicted",
                f"header or study file say {' and '.join(sorted(map(str, said)))}, "
                f"the data lie at the positions of {build}; the data count",
                "correct the header of the source",
                file=source,
                severity="warning",
            )
        ]


def letters_fit(shown: set[str], locus: Variant) -> int:
    """Return 2 when the letters are the variant's pair on either strand, 1 when part of it."""
    pair = {locus.reference_allele, locus.effect_allele}
    turned = {allele.translate(COMPLEMENT) for allele in shown}
    if shown == pair or turned == pair:
        return 2
    return int(bool(shown) and (shown < pair or turned < pair))


def contig_votes(contigs: Mapping[str, int | None] | Iterable[str]) -> Counter[str]:
    """Count the builds that contig names and lengths belong to."""
    pairs = contigs.items() if isinstance(contigs, Mapping) else ((name, None) for name in contigs)
    votes = Counter(
        build for name, length in pairs if (build := build_of_contig(name, length)) is not None
    )
    most = votes.most_common(2)
    return Counter(dict(most[:1])) if len(most) == 2 and most[0][1] > most[1][1] else votes
