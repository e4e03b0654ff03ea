"""Finding the few wanted lines of a VCF, by its index or by one pass over the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nxpredict.catalog import RepeatLocus, Variant
from nxpredict.genotypes._build import BUILDS, chromosome_name, chromosome_spellings
from nxpredict.genotypes._loci import Locus, span
from nxpredict.genotypes._open import chunks
from nxpredict.genotypes._tabix import IndexedText
from nxpredict.genotypes._vcf_header import VcfHeader, _bad

_LONG_LINE = 400
_BLOCK_ALLELES = (b".", b"<NON_REF>", b"<*>")
_END = re.compile(rb"(?:^|[;\t])END=(\d+)")


@dataclass(frozen=True)
class Targets:
    """Where lines are wanted: intervals by chromosome (both builds), and rs numbers."""

    intervals: dict[str, list[tuple[int, int]]]
    rsids: tuple[bytes, ...]
    length_blocks: bool = False

    @classmethod
    def of(cls, loci: Sequence[Locus], *, length_blocks: bool = False) -> Targets:
        """Collect the places of all loci."""
        intervals: dict[str, list[tuple[int, int]]] = {}
        rsids = []
        for locus in loci:
            margin = 3 * locus.unit_bp if isinstance(locus, RepeatLocus) else 0
            for build in BUILDS:
                first, last = span(locus, build)
                intervals.setdefault(locus.chromosome, []).append((first - margin, last))
            if isinstance(locus, Variant):
                rsids.append(locus.rsid.encode())
        return cls(intervals, tuple(rsids), length_blocks)

    def wants(self, start: bytes) -> bool:
        """Judge a line by its first columns."""
        parts = start.split(b"\t", 9)
        if len(parts) < 6:
            return False
        if any(rsid in parts[2].split(b";") for rsid in self.rsids):
            return True
        wanted = self.intervals.get(chromosome_name(parts[0].decode("latin-1")))
        if not wanted or not parts[1].isdigit():
            return False
        first = last = int(parts[1])
        if parts[4] in _BLOCK_ALLELES:
            stated = _END.search(start)
            last = max(int(stated[1]) if stated else first, first + len(parts[3]) - 1)
            if self.length_blocks and not stated:
                last = 1 << 40
        return any(first <= high and last >= low for low, high in wanted)

    def pattern(self) -> re.Pattern[bytes]:
        """Return a pattern that finds the starts of all lines that may be wanted."""
        places = []
        for chromosome, intervals in self.intervals.items():
            names = b"|".join(re.escape(n.encode()) for n in chromosome_spellings(chromosome))
            numbers = b"|".join(_digits(low, high) for low, high in intervals)
            places.append(rb"(?:%s)\t(?:(?:%s)\t|%s)" % (names, numbers, _block(self)))
        return re.compile(rb"\n(?:%s)" % b"|".join(places))


def _block(targets: Targets) -> bytes:
    tail = rb"" if targets.length_blocks else rb"[^\t\n]*\t[^\t\n]*\t(?:[^\t\n]*;)?END="
    return rb"\d+\t[^\t\n]*\t[^\t\n]*\t(?:\.|<NON_REF>|<\*>)\t%s" % tail


def _digits(low: int, high: int) -> bytes:
    """Return a pattern of numbers that holds all of low..high, and few others."""
    a, b = str(low), str(high)
    if len(a) != len(b):
        return rb"\d{%d,%d}" % (len(a), len(b))
    same = next((i for i, pair in enumerate(zip(a, b, strict=True)) if pair[0] != pair[1]), len(a))
    return a[:same].encode() + (rb"\d{%d}" % (len(a) - same) if same < len(a) else b"")


@dataclass
class Found:
    """Header, wanted lines and the contigs that the file really holds."""

    header: VcfHeader
    lines: list[bytes] = field(default_factory=list)
    contigs: set[str] = field(default_factory=set)


def by_index(path: Path, index: Path, loci: Sequence[Locus]) -> Found:
    """Read the wanted lines through an index."""
    text = IndexedText(path, index)
    header, _ = read_header(path, chunks(path))
    targets = Targets.of(loci, length_blocks=header.has_length_blocks)
    found = Found(header, contigs={chromosome_name(name) for name in text.index.contigs})
    for name in text.index.contigs:
        for low, high in targets.intervals.get(chromosome_name(name), ()):
            own = name.encode() + b"\t"
            for _, line in text.lines(name, low, high):
                if line.startswith(own) and targets.wants(line[:4096]):
                    found.lines.append(line)
    found.lines = list(dict.fromkeys(found.lines))
    return found


def by_scan(path: Path, pieces: Iterator[bytes], loci: Sequence[Locus]) -> Found:
    """Read the wanted lines in one pass; memory stays at a few pieces and lines."""
    header, rest = read_header(path, pieces)
    targets = Targets.of(loci, length_blocks=header.has_length_blocks)
    found, pick = Found(header), _picker(targets)
    for block in _whole_lines(rest, pieces, path):
        first, last = _contig(block, 0), _contig(block, block.rfind(b"\n", 0, len(block) - 1) + 1)
        found.contigs.update((first, last))
        if first != last:
            missing = set(targets.intervals) - found.contigs
            found.contigs.update(c for c in missing if _holds(block, c))
        found.lines.extend(pick(block))
    found.contigs.discard("")
    return found


def _picker(targets: Targets) -> Callable[[bytes], Iterable[bytes]]:
    pattern = targets.pattern()

    def pick(block: bytes) -> list[bytes]:
        if len(block) > _LONG_LINE * block.count(b"\n"):
            starts: Iterable[int] = _line_starts(block)
        else:
            starts = {match.start() + 1 for match in pattern.finditer(b"\n" + block)}
            starts = {start - 1 for start in starts} | set(_named(block, targets.rsids))
        lines = []
        for start in sorted(starts):
            if targets.wants(block[start : start + 600]):
                stop = block.find(b"\n", start)
                line = block[start : stop if stop >= 0 else len(block)]
                if targets.wants(line[:4096]):
                    lines.append(line)
        return lines

    return pick


def _line_starts(block: bytes) -> Iterator[int]:
    start = 0
    while start < len(block):
        yield start
        start = block.find(b"\n", start) + 1
        if not start:
            return


def _named(block: bytes, rsids: Sequence[bytes]) -> Iterator[int]:
    for rsid in rsids:
        at = block.find(rsid)
        while at >= 0:
            yield block.rfind(b"\n", 0, at) + 1
            at = block.find(rsid, at + 1)


def _contig(block: bytes, at: int) -> str:
    stop = block.find(b"\t", at, at + 256)
    return chromosome_name(block[at:stop].decode("latin-1")) if stop > at else ""


def _holds(block: bytes, chromosome: str) -> bool:
    names = chromosome_spellings(chromosome)
    return any(b"\n" + name.encode() + b"\t" in block for name in names)


def _whole_lines(rest: bytes, pieces: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """Yield blocks that end at a line's end."""
    held = [rest]
    for piece in pieces:
        cut = piece.rfind(b"\n") + 1
        if not cut:
            held.append(piece)
            continue
        block = b"".join([*held, piece[:cut]])
        if b"\0" in block:
            raise _bad(path, "the file holds NUL bytes: it is damaged or no text")
        yield block
        held = [piece[cut:]]
    last = b"".join(held)
    if last.strip():
        yield last + b"\n"


def read_header(path: Path, pieces: Iterator[bytes]) -> tuple[VcfHeader, bytes]:
    """Read up to the column line; return the header and what was read beyond it."""
    text = b""
    for piece in pieces:
        text += piece
        at = 0 if text.startswith(b"#CHROM") else text.find(b"\n#CHROM") + 1
        if at or text.startswith(b"#CHROM"):
            stop = text.find(b"\n", at)
            if stop >= 0:
                return VcfHeader.parse(text[:stop].split(b"\n"), path), text[stop + 1 :]
        elif len(text) > (1 << 28):
            break
    if text.startswith(b"#CHROM") or b"\n#CHROM" in text:
        return VcfHeader.parse(text.rstrip(b"\r\n").split(b"\n"), path), b""
    raise _bad(path, "expected the column line #CHROM, POS, ID, REF, ALT after the header")
