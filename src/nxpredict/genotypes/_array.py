"""Consumer-array text: 23andMe, AncestryDNA, MyHeritage, FTDNA, LivingDNA and files like them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nxpredict.catalog import Variant
from nxpredict.errors import DataError, Fault
from nxpredict.genotypes._build import (
    BUILDS,
    BuildEvidence,
    build_named_in,
    chromosome_name,
    letters_fit,
)
from nxpredict.genotypes._calls import MISSING, NO_SECOND, REASON_CODES
from nxpredict.genotypes._loci import Locus, span
from nxpredict.genotypes._numbers import whole_number
from nxpredict.genotypes._open import chunks
from nxpredict.genotypes._record import Orientation, Reading, Record
from nxpredict.genotypes._strand import strand_contradicted, strand_of

_NAMES = {
    "name": ("rsid", "name", "snp", "snpid", "snp name", "marker"),
    "chromosome": ("chromosome", "chrom", "chr"),
    "position": ("position", "pos", "physical position"),
    "genotype": ("genotype", "result", "alleles"),
    "sample": (
        *("sample", "sample id", "sample name", "sampleid", "sample_id", "iid", "individual"),
        *("patient", "patient id", "patient_id", "subject", "subject id", "subject_id"),
    ),
    "first": ("allele1", "allele 1", "allele1 - plus"),
    "second": ("allele2", "allele 2", "allele2 - plus"),
}
_FORWARD_VENDORS = re.compile(
    rb"23andme|ancestrydna|myheritage|family ?tree ?dna|famfinder|ftdna|living ?dna|genes for good"
    rb"|position\W+result",  # FTDNA names itself in its column names only
    re.IGNORECASE,
)
_SUFFIXES = {".txt", ".csv", ".tsv", ".zip", ".gz", ".bgz", ".raw", ".dat"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand in a line: the separator and the column of each thing."""

    mark: bytes
    columns: dict[str, int]
    width: int
    row: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line about one variant."""

    number: int
    name: str
    chromosome: str
    position: int
    genotype: str


def find_layout(text: bytes) -> Layout | None:
    """Return the layout of consumer-array text; None when it is none."""
    for number, line in enumerate(text[: 1 << 17].removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        plain = line.lstrip(b"# ").lower()
        for mark in (b"\t", b",", b";", b" "):
            parts = [_bare(part) for part in plain.split(mark)]
            columns = {
                key: index
                for index, part in enumerate(parts)
                for key, names in _NAMES.items()
                if part in names
            }
            shown = "genotype" in columns or {"first", "second"} <= set(columns)
            if shown and {"name", "chromosome", "position"} <= set(columns):
                return Layout(mark, columns, len(parts), number)
        if line.strip() and not line.startswith((b"#", b'"#')):
            return None
    return None


def _bare(part: bytes) -> str:
    return part.strip(b' "\r').decode("latin-1").strip()


def person_of(path: Path) -> str:
    """Return the sample name of a one-person file: its name without endings."""
    while path.suffix.lower() in _SUFFIXES:
        path = path.with_suffix("")
    return path.name


def read_array(
    path: Path, loci: Sequence[Locus], *, build: str | None, strand: Orientation
) -> Reading:
    """Read one person's consumer-array file.

    A row counts when it bears the variant's rs number at the right position, or stands at that
    position under another name. Known vendors write the forward strand; in a file whose other
    letters prove to be on the minus strand that promise is not believed for C/G and A/T sites.
    """
    text = b"".join(chunks(path))
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\0" in text:
        raise _bad(path, "the file holds NUL bytes: it is damaged or no text")
    layout = find_layout(text)
    if layout is None:
        raise _bad(path, "expected a header naming rsid, chromosome, position and genotype")
    _refuse_cut(text, layout, path)
    names = _names_in(text, layout, path)
    snps = [locus for locus in loci if isinstance(locus, Variant)]
    rows = _rows(text, layout, snps, path)
    header = text[: _end_of(text, layout.row)]
    evidence = BuildEvidence(header=build_named_in(header.decode("latin-1")))
    for row in rows:
        for locus in snps:
            weight = min(letters_fit(_letters(row), locus), 1)
            evidence.vote(locus, row.chromosome, row.position, (row.name,), weight)
    told = evidence.decide(build)
    chosen = [found for locus in snps for found in _rows_of(locus, rows, told)]
    shown = {strand_of(_letters(row), locus) for locus, row, trouble in chosen if not trouble}
    warnings = evidence.contradictions(told, build, str(path))
    forward = strand
    if strand != "unknown" and shown - {strand, "unknown"}:
        warnings.append(strand_contradicted(strand, str(path)))
        forward = strand = "unknown"
    elif strand == "unknown" and _FORWARD_VENDORS.search(header) and told != "NCBI36":
        forward = "unknown" if "reverse" in shown else "forward"
    records = [
        _record(row, locus, trouble, path, forward if locus.palindromic else strand)
        for locus, row, trouble in chosen
    ]
    found = {record.locus.name for record in records}
    return Reading(
        path=path,
        samples=(person_of(path),),
        records=records,
        absent={locus.name: "absent-record" for locus in loci if locus.name not in found},
        build=told,
        array=True,
        warnings=tuple(warnings),
        other_names=names,
    )


def _refuse_cut(text: bytes, layout: Layout, path: Path) -> None:
    """Refuse a last row without line end that lacks a column, or a letter of an autosome."""
    last, number = text[text.rfind(b"\n") + 1 :], text.count(b"\n") + 1
    if not last.strip() or last.startswith(b"#") or number <= layout.row:
        return
    short = last.count(layout.mark) < layout.width - 1 or last.endswith(layout.mark)
    if not short:
        row = _parse(last, layout, number, path)
        short = len(row.genotype) < 2 and 1 <= whole_number(row.chromosome) <= 22
    if short:
        raise _bad(path, "the last row is cut short", number)


def _names_in(text: bytes, layout: Layout, path: Path) -> tuple[str, ...]:
    """Return what a column calls the person; several would be taken for one, so are refused."""
    if "sample" not in layout.columns:
        return ()
    which = layout.columns["sample"]
    rows = text[_end_of(text, layout.row) :].split(b"\n")
    cells = (row.split(layout.mark, which + 1) for row in rows if row.strip())
    names = {_bare(parts[which]) for parts in cells if len(parts) > which}
    if len(names) > 1:
        what = f"the file holds {len(names)} samples; expected one person a file"
        hint = "export one file a sample and give their folder, or export PLINK or VCF"
        raise DataError([Fault("several-samples", what, hint, file=str(path), column="sample")])
    return tuple(names)


def _end_of(text: bytes, row: int) -> int:
    at = 0
    for _ in range(row):
        at = text.find(b"\n", at) + 1 or len(text)
    return at


def _bad(path: Path, what: str, row: int | None = None) -> DataError:
    hint = "export the raw data again, or leave this file out"
    return DataError([Fault("bad-array-file", what, hint, file=str(path), row=row)])


def _rows(text: bytes, layout: Layout, snps: Sequence[Variant], path: Path) -> list[Row]:
    """Return the rows that bear a wanted name or stand at a wanted position.

    Names are looked up first; positions then in the build that they show, or in both.
    """
    rows = _rows_with(text, layout, {locus.rsid for locus in snps}, path)
    named = {row.number: row for row in rows if any(row.name == s.rsid for s in snps)}
    places = {b: {(s.chromosome, span(s, b)[0]): s.rsid for s in snps} for b in BUILDS}
    shown = {
        build
        for build in BUILDS
        for row in named.values()
        if places[build].get((row.chromosome, row.position)) == row.name
    }
    wanted = {place for b in (shown if len(shown) == 1 else BUILDS) for place in places[b]}
    found = _rows_with(text, layout, {str(position) for _, position in wanted}, path)
    placed = {row.number: row for row in found if (row.chromosome, row.position) in wanted}
    return [row for _, row in sorted((named | placed).items())]


def _rows_with(text: bytes, layout: Layout, words: set[str], path: Path) -> list[Row]:
    """Return all rows that hold one of some words anywhere."""
    starts = set[int]()
    for word in words:
        needle = word.encode()
        at = text.find(needle)
        while at >= 0:
            starts.add(text.rfind(b"\n", 0, at) + 1)
            at = text.find(needle, at + 1)
    rows, counted, number = [], 0, 1
    for start in sorted(starts):
        number, counted = number + text.count(b"\n", counted, start), start
        stop = text.find(b"\n", start)
        line = text[start : stop if stop >= 0 else len(text)]
        if not line.startswith(b"#"):
            rows.append(_parse(line, layout, number, path))
    return rows


def _parse(line: bytes, layout: Layout, number: int, path: Path) -> Row:
    parts = [_bare(part) for part in line.split(layout.mark)]
    if len(parts) > layout.width:
        parts = [part for part in parts if part]
    if len(parts) < layout.width - 1 or len(parts) > layout.width:
        raise _bad(path, f"expected {layout.width} columns", number)
    parts += [""] * (layout.width - len(parts))
    get = {key: parts[index] for key, index in layout.columns.items()}
    genotype = get["genotype"] if "genotype" in get else _pair(get["first"], get["second"])
    position = whole_number(get["position"])
    return Row(number, get["name"], chromosome_name(get["chromosome"]), position, genotype.upper())


def _pair(first: str, second: str) -> str:
    return f"{first or '-'}{second or '-'}"


def _rows_of(
    locus: Variant, rows: Sequence[Row], build: str | None
) -> list[tuple[Variant, Row, str]]:
    """Return the rows about a variant, each with the reason why it cannot be used, or ``""``."""
    kept = [(row, _trouble(row, locus, build)) for row in rows]
    own = [(row, trouble) for row, trouble in kept if trouble is not None]
    called = {"".join(sorted(row.genotype)) for row, _ in own if set(row.genotype) <= set("ACGT")}
    clash = len(called - {""}) > 1
    return [(locus, row, "conflicting-duplicates" if clash else t or "") for row, t in own]


def _letters(row: Row) -> set[str]:
    return set(row.genotype) & set("ACGT")


def _trouble(row: Row, locus: Variant, build: str | None) -> str | None:
    """Return None for a row about something else, a reason where it cannot be trusted, or ''."""
    named = row.name == locus.rsid
    here = row.chromosome == locus.chromosome
    if build in BUILDS:
        at_place = here and row.position == span(locus, build)[0]
        return "" if at_place else "unknown-position" if named else None
    if named and build == "NCBI36" and here and not locus.palindromic:
        return ""
    if named or (here and row.position in {span(locus, b)[0] for b in BUILDS}):
        return "unknown-position" if build == "NCBI36" else "unknown-build"
    return None


def _record(row: Row, locus: Variant, trouble: str, path: Path, orientation: Orientation) -> Record:
    letters = row.genotype.replace("/", "").replace("|", "").replace(" ", "")
    if len(letters) > 2:
        raise _bad(path, "expected a genotype of two letters", row.number)
    alleles = tuple(dict.fromkeys(letter for letter in letters if letter not in "-0N.?"))
    codes = [alleles.index(letter) if letter in alleles else MISSING for letter in letters]
    codes += [MISSING, MISSING] if not codes else [NO_SECOND] if len(codes) == 1 else []
    if codes[0] == MISSING and codes[1] >= 0:
        codes.reverse()
    pair = np.array([codes], np.int16)
    reason = np.zeros(1, np.int8)
    if trouble and (pair >= 0).any():
        reason[0] = REASON_CODES[trouble]
    place = f"{path.name}:{row.number}"
    return Record(locus, alleles, pair, place, reason=reason, orientation=orientation)
