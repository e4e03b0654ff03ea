"""Finding the few wanted lines of a VCF, by its index or by one pass over the text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nxpredict.catalog import RepeatLocus, Variant
from nxpredict.genotypes._build import BUILDS, chromosome_spellings
from nxpredict.genotypes._loci import Locus, span
from nxpredict.genotypes._open import damaged
from nxpredict.genotypes._tabix import IndexedText
from nxpredict.genotypes._vcf_header import VcfHeader, bad_header

_LONG_LINE = 400
_LOOK_BACK_BP = 1000
"""A record that starts earlier than this before a site is found only when it states its END."""
_BLOCK_ALLELES = (b".", b"<NON_REF>", b"<*>")
_WHOLE = re.compile(rb"(?:\d|\.)[/|](?:\d|\.)\Z")
_CUT_MATTERS = frozenset({b"GP", b"DS", b"PS"})
_END = re.compile(rb"(?:^|;)END=(\d{1,11})(?!\d)")


@dataclass(frozen=True)
class Targets:
    """Where lines are wanted: intervals by chromosome (both builds), and rs numbers."""

    intervals: dict[str, list[tuple[int, int]]]
    rsids: frozenset[bytes]
    length_blocks: bool = False

    @cached_property
    def names(self) -> dict[bytes, str]:
        """Wanted chromosomes by every spelling that is looked for."""
        return {
            name.encode(): chromosome
            for chromosome in self.intervals
            for name in chromosome_spellings(chromosome)
        }

    @cached_property
    def spelled(self) -> dict[bytes, list[tuple[int, int]]]:
        """Intervals by every spelling of a chromosome."""
        return {name: self.intervals[chromosome] for name, chromosome in self.names.items()}

    @classmethod
    def of(
        cls,
        loci: Sequence[Locus],
        *,
        builds: Iterable[str] = BUILDS,
        length_blocks: bool = False,
    ) -> Targets:
        """Collect the places of all loci."""
        intervals: dict[str, list[tuple[int, int]]] = {}
        rsids = []
        for locus in loci:
            margin = 3 * locus.unit_bp if isinstance(locus, RepeatLocus) else 0
            for build in builds:
                first, last = span(locus, build)
                interval = (first - margin, last)
                if interval not in intervals.setdefault(locus.chromosome, []):
                    intervals[locus.chromosome].append(interval)
            if isinstance(locus, Variant):
                rsids.append(locus.rsid.encode())
        return cls(intervals, frozenset(rsids), length_blocks)

    @cached_property
    def reach(self) -> dict[bytes, tuple[int, int]]:
        """Lowest and highest wanted position by every spelling of a chromosome."""
        return {
            name: (min(low for low, _ in pairs), max(high for _, high in pairs))
            for name, pairs in self.spelled.items()
        }

    def wants(self, line: bytes) -> bool:
        """Judge a whole line by its first columns."""
        parts = line.split(b"\t", 8)
        if len(parts) < 9 or not self.may_want(line):
            return False
        if self.rsids.intersection(parts[2].split(b";")):
            return True
        stated = _END.search(parts[7])
        first = int(parts[1])
        last = max(int(stated[1]) if stated else first, first + len(parts[3]) - 1)
        by_length = self.length_blocks or b"LEN" in parts[8].split(b"\t", 1)[0].split(b":")
        if by_length and not stated and parts[4] in _BLOCK_ALLELES:
            last = 1 << 40
        return any(first <= high and last >= low for low, high in self.spelled[parts[0]])

    def may_want(self, start: bytes) -> bool:
        """Judge a line by its first bytes; true where they do not tell."""
        parts = start.split(b"\t", 5)
        if len(parts) < 6:
            return True
        chromosome, position, name, _, alternative, _ = parts
        if name in self.rsids or (b";" in name and self.rsids.intersection(name.split(b";"))):
            return True
        wanted = self.spelled.get(chromosome)
        if not wanted or not position.isdigit() or len(position) > 11:
            return False
        first = int(position)
        lowest, highest = self.reach[chromosome]
        if first > highest:
            return False
        if alternative == b"." or alternative.startswith(b"<"):
            return True
        return first >= lowest - _LOOK_BACK_BP and any(
            low - _LOOK_BACK_BP <= first <= high for low, high in wanted
        )

    def pattern(self) -> re.Pattern[bytes]:
        """Return a pattern that finds the starts of all lines that may be wanted."""
        places = []
        for chromosome, intervals in self.intervals.items():
            names = b"|".join(re.escape(n.encode()) for n in chromosome_spellings(chromosome))
            numbers = b"|".join(
                _digits(max(low - _LOOK_BACK_BP, 1), high) for low, high in intervals
            )
            places.append(rb"(?:%s)\t(?:(?:%s)\t|%s)" % (names, numbers, _block(self)))
        return re.compile(rb"\n(?:%s)" % b"|".join(places))


def _block(targets: Targets) -> bytes:
    span = rb"(?:(?:[^\t\n]*;)?END=|[^\t\n]*\t(?:[^\t\n]*:)?LEN[:\t])"
    tail = rb"" if targets.length_blocks else rb"[^\t\n]*\t[^\t\n]*\t%s" % span
    return rb"\d+\t[^\t\n]*\t[^\t\n]*\t(?:\.|<[^\t\n]*)\t%s" % tail


def _digits(low: int, high: int) -> bytes:
    """Return a pattern of numbers that holds all of low..high, and few others."""
    a, b = str(low), str(high)
    if len(a) != len(b):
        return rb"\d{%d,%d}" % (len(a), len(b))
    same = next((i for i, pair in enumerate(zip(a, b, strict=True)) if pair[0] != pair[1]), len(a))
    return a[:same].encode() + (rb"\d{%d}" % (len(a) - same) if same < len(a) else b"")


@dataclass
class Found:
    """Header, wanted lines, and which of the wanted chromosomes the file really holds."""

    header: VcfHeader
    lines: list[bytes] = field(default_factory=list)
    contigs: set[str] = field(default_factory=set)


def by_index(text: IndexedText, header: VcfHeader, targets: Targets) -> Found:
    """Read the wanted lines through an index."""
    held = zip(text.index.contigs, text.index.bins, strict=True)
    names = {name.encode() for name, bins in held if bins}
    found = Found(header, contigs={targets.names[name] for name in names & targets.names.keys()})
    for name in text.index.contigs:
        for low, high in targets.spelled.get(name.encode(), ()):
            found.lines += filter(targets.wants, text.lines(name, low, high))
    found.lines = list(dict.fromkeys(found.lines))
    return found


def by_scan(path: Path, pieces: Iterator[bytes], loci: Sequence[Locus]) -> Found:
    """Read the wanted lines in one pass; memory stays at a few pieces and lines."""
    header, rest = read_header(path, pieces)
    targets = Targets.of(loci, length_blocks=header.has_length_blocks)
    pattern = targets.pattern()
    found, names = Found(header), set[bytes]()
    for block, end in _whole_lines(rest, pieces, path, 9 + len(header.samples)):
        first, last = _contig(block, 1), _contig(block, block.rfind(b"\n", 0, end - 1) + 1)
        names.update((first, last))
        if first != last:
            missing = (name for name in targets.spelled if name not in names)
            names.update(name for name in missing if b"\n" + name + b"\t" in block)
        long = block.find(b"\n", 1) > _LONG_LINE
        starts = _line_starts(block, end) if long else _matches(block, end, pattern, targets)
        for start in starts:
            if targets.may_want(block[start : start + 64]):
                line = block[start : block.find(b"\n", start)]
                if targets.wants(line):
                    found.lines.append(line)
    found.contigs = {targets.names[name] for name in names & targets.names.keys()}
    return found


def _line_starts(block: bytes, end: int) -> Iterator[int]:
    start = 1
    while start < end:
        yield start
        start = block.find(b"\n", start, end) + 1
        if not start:
            return


def _matches(block: bytes, end: int, pattern: re.Pattern[bytes], targets: Targets) -> Iterable[int]:
    starts = {match.start() + 1 for match in pattern.finditer(block, 0, end)}
    return sorted(starts.union(_named(block, end, targets.rsids)))


def _named(block: bytes, end: int, rsids: Iterable[bytes]) -> Iterator[int]:
    for rsid in rsids:
        at = block.find(rsid, 0, end)
        while at >= 0:
            yield block.rfind(b"\n", 0, at) + 1
            at = block.find(rsid, at + 1, end)


def _contig(block: bytes, at: int) -> bytes:
    return block[at : at + 64].split(b"\t", 1)[0]


def _whole_lines(
    rest: bytes, pieces: Iterator[bytes], path: Path, width: int
) -> Iterator[tuple[bytes, int]]:
    """Yield (block, end): a block starts with a newline and holds whole lines up to `end`."""
    held = [b"\n"]
    for piece in itertools.chain((rest,), pieces):
        held.append(piece)
        if b"\n" not in piece:
            continue
        block = b"".join(held)
        end = block.rfind(b"\n") + 1
        if b"\0" in block:
            raise damaged(path, "the file holds NUL bytes: it is damaged or no text")
        if end > 1:
            yield block, end
        held = [block[end - 1 :]]
    last = b"".join(held)
    if last.strip():
        if last.count(b"\t") != width - 1 or b"\0" in last or _may_be_cut(last):
            place = b":".join(last.strip().split(b"\t", 2)[:2]).decode("latin-1")
            raise damaged(path, f"the last line is cut short ({place})")
        yield last + b"\n", len(last) + 1


def _may_be_cut(line: bytes) -> bool:
    """Tell whether a line without its end could go on in its last cell and mean something else."""
    if line.endswith(b"\r"):
        return False
    fixed = line.split(b"\t", 9)
    keys, cell = fixed[8].split(b":"), line[line.rfind(b"\t") + 1 :]
    uncertain = b"GT" not in keys or not _CUT_MATTERS.isdisjoint(keys)
    return uncertain or fixed[4].count(b",") > 8 or not _WHOLE.match(cell.split(b":", 1)[0])


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
        raise bad_header(path, "the file ends in its header")
    raise bad_header(path, "expected the column line #CHROM, POS, ID, REF, ALT after the header")
