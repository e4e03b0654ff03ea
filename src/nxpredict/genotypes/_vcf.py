"""VCF and gVCF, plain or compressed, with or without an index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nxpredict.catalog import RepeatLocus, Variant
from nxpredict.genotypes._build import BUILDS, BuildEvidence, letters_fit
from nxpredict.genotypes._calls import REASON_CODES
from nxpredict.genotypes._loci import Locus, span
from nxpredict.genotypes._open import chunks, is_bgzf, magic
from nxpredict.genotypes._record import Reading, Record
from nxpredict.genotypes._tabix import IndexedText, index_beside
from nxpredict.genotypes._vcf_other import other_record, substitution_record
from nxpredict.genotypes._vcf_record import VcfLine, settle_split_rows, snp_record
from nxpredict.genotypes._vcf_repeat import repeat_record
from nxpredict.genotypes._vcf_scan import Found, Targets, by_index, by_scan, read_header


def read_vcf(path: Path, loci: Sequence[Locus], *, build: str | None = None) -> Reading:
    """Read the loci from one VCF or gVCF.

    Parameters
    ----------
    path : Path
        Plain, gzip or bgzip; an index beside it is used when the file is bgzipped.
    loci : sequence of Variant or RepeatLocus
    build : {"GRCh37", "GRCh38"}, optional
        The user's word; the data win when they say otherwise.
    """
    index = index_beside(path) if is_bgzf(magic(path)) else None
    found = _by_index(path, index, loci) if index else by_scan(path, chunks(path), loci)
    return reading_of(path, found, loci, build)


def _by_index(path: Path, index: Path, loci: Sequence[Locus]) -> Found:
    """Ask for the places of the build that the contigs name; for both when the data differ.

    An index that holds nothing proves nothing, and few know how long blocks are by LEN.
    """
    text = IndexedText(path, index)
    header, _ = read_header(path, chunks(path))
    if not text.index.end or header.has_length_blocks:
        return by_scan(path, chunks(path), loci)
    likely = [build for build in header.contig_builds if build in BUILDS]
    for builds in ([likely] if len(likely) == 1 else []) + [list(BUILDS)]:
        targets = Targets.of(loci, builds=builds, length_blocks=header.has_length_blocks)
        found = by_index(text, header, targets)
        if len(builds) == 1 and _evidence(found, _parsed(path, found), loci).shows(builds[0]):
            break
    return found


def _parsed(path: Path, found: Found) -> list[VcfLine]:
    lines = []
    for text in found.lines:
        chromosome, position, _ = text.split(b"\t", 2)
        place = f"{path.name}:{chromosome.decode('latin-1')}:{position.decode('latin-1')}"
        lines.append(VcfLine.parse(text, len(found.header.samples), place))
    return lines


def _evidence(found: Found, lines: list[VcfLine], loci: Sequence[Locus]) -> BuildEvidence:
    evidence = BuildEvidence(contigs=found.header.contig_builds, header=found.header.stated_build)
    snps = [locus for locus in loci if isinstance(locus, Variant)]
    for line in lines:
        names = line.identifier.split(";")
        for locus in snps:
            if line.position in {locus.position_grch37, locus.position_grch38}:
                weight = _fit(line, locus)
                evidence.vote(locus, line.chromosome, line.position, names, weight)
    return evidence


def reading_of(
    path: Path, found: Found, loci: Sequence[Locus], declared: str | None = None
) -> Reading:
    """Turn the found lines into records, in the build that the data tell."""
    lines = _parsed(path, found)
    evidence = _evidence(found, lines, loci)
    build = evidence.decide(declared)
    reading = Reading(
        path=path,
        samples=found.header.samples,
        records=[],
        absent={},
        build=build,
        array=found.header.from_array,
        only_repeats=found.header.only_repeats,
        warnings=tuple(evidence.contradictions(build, declared, str(path))),
    )
    for locus in loci:
        records = _records_at(lines, locus, build)
        reading.records.extend(records)
        if not records:
            known = locus.chromosome in found.contigs
            reading.absent[locus.name] = "absent-record" if known else "absent-contig"
    return reading


def _fit(line: VcfLine, locus: Variant) -> int:
    """Return 2 when both alleles are the variant's, 1 when what is shown of them is, else 0."""
    if line.reference == locus.reference_allele and locus.effect_allele in line.alternatives:
        return 2
    shown = {line.reference, *(a for a in line.alternatives if not a.startswith("<"))}
    if line.alternatives:
        return int(letters_fit(shown, locus) == 2)
    return int(line.reference == locus.reference_allele)


def _records_at(lines: list[VcfLine], locus: Locus, build: str | None) -> list[Record]:
    own = [line for line in lines if line.chromosome == locus.chromosome]
    if isinstance(locus, RepeatLocus):
        spans = {span(locus, b) for b in ([build] if build in BUILDS else BUILDS)}
        found = [repeat_record(line, locus, place) for line in own for place in spans]
        return [record for record in found if record is not None]
    if build in BUILDS:
        position = span(locus, build)[0]
        read = [(line, snp_record(line, locus, position)) for line in own]
        good = [record for _, record in read if record is not None]
        if good:
            rest = [substitution_record(x, locus, position) for x, r in read if r is None]
            return [*settle_split_rows(good), *(r for r in rest if r is not None)]
    return _unusable(lines, own, locus, build)


def _covers(line: VcfLine, places: set[int]) -> bool:
    return any(line.position <= place <= line.end for place in places)


def _unusable(
    lines: list[VcfLine], own: list[VcfLine], locus: Variant, build: str | None
) -> list[Record]:
    """Return records that bear the variant's name or place but cannot be trusted: Indeterminate."""
    places = {span(locus, b)[0] for b in BUILDS}
    named = [line for line in lines if locus.rsid in line.identifier.split(";")]
    placed = [] if build else [line for line in own if _covers(line, places)]
    reason = "unknown-position" if build else "unknown-build"
    found = []
    for line in {id(line): line for line in [*named, *placed]}.values():
        record = snp_record(line, locus, line.position)
        if record is None or record.reason is None:
            continue
        record.reason[(record.codes >= 0).all(axis=1)] = REASON_CODES[reason]
        found.append(record)
    if build in BUILDS:
        places = {span(locus, build)[0]}
    return found or [other_record(line, locus) for line in own if _covers(line, places)]
