"""A VCF line as a `Record` at one locus."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nxpredict.catalog import RepeatLocus, Variant
from nxpredict.genotypes._calls import MISSING, REASON_CODES, Bools, Int8, Int16
from nxpredict.genotypes._loci import COMPLEMENT
from nxpredict.genotypes._record import Orientation, Record
from nxpredict.genotypes._vcf_line import SampleColumns, broken

ANY_OTHER = frozenset({"<NON_REF>", "<*>", "*"})
_BLOCK = ANY_OTHER - {"*"}
_LETTERS = re.compile(r"[ACGTN]+\Z")


@dataclass(frozen=True)
class VcfLine:
    """The fixed columns of one VCF record; the sample columns are parsed when asked for."""

    place: str
    chromosome: str
    position: int
    identifier: str
    reference: str
    alternatives: tuple[str, ...]
    filter: str
    info_text: str
    keys: tuple[str, ...]
    samples_text: bytes
    n_samples: int

    @classmethod
    def parse(cls, line: bytes, n_samples: int, place: str) -> VcfLine:
        """Split one line; anything that is no VCF record is an error naming the place."""
        parts = line.rstrip(b"\r\n").split(b"\t", 9)
        if len(parts) < 10 or b"\0" in line:
            raise broken(place, "expected a VCF record with FORMAT and sample columns")
        try:
            words = [part.decode("ascii") for part in parts[:9]]
            position = int(words[1])
        except ValueError:
            raise broken(place, "the position is no number or the record is no text") from None
        alternatives = () if words[4] == "." else tuple(words[4].upper().split(","))
        return cls(
            place=place,
            chromosome=words[0],
            position=position,
            identifier=words[2],
            reference=words[3].upper(),
            alternatives=alternatives,
            filter=words[6],
            info_text=words[7],
            keys=tuple(words[8].split(":")),
            samples_text=parts[9],
            n_samples=n_samples,
        )

    @cached_property
    def info(self) -> dict[str, str]:
        """INFO as text by key; flags hold the empty text."""
        pairs = (item.partition("=") for item in self.info_text.split(";") if item not in {"", "."})
        return {key: value for key, _, value in pairs}

    @cached_property
    def columns(self) -> SampleColumns:
        """The sample columns."""
        return SampleColumns(self.samples_text, self.keys, self.n_samples, self.place)

    @property
    def is_block(self) -> bool:
        """Whether the record says only that a stretch is reference."""
        return all(alternative in _BLOCK for alternative in self.alternatives)

    @property
    def end(self) -> int:
        """Last base that the record speaks about."""
        stated = self.info.get("END", "")
        if self.is_block and stated.isdigit():
            return int(stated)
        if self.is_block and "LEN" in self.keys:
            lengths = self.columns.integers("LEN")
            if lengths is not None and lengths.max() > 0:
                return self.position + int(lengths.max()) - 1
        return self.position + max(len(self.reference), 1) - 1

    @property
    def passing(self) -> bool:
        """Whether the record passed its filters, or none was applied."""
        return self.filter in {"PASS", "."}


def snp_record(line: VcfLine, locus: Variant, position: int) -> Record | None:
    """Read a line at one variant; None when the record is about something else."""
    block = line.is_block
    if block:
        if not line.position <= position <= line.end:
            return None
        at_site = line.position == position and _LETTERS.match(line.reference) is not None
        letters = line.reference[0] if at_site else locus.reference_allele
        alleles = (letters, *("<other>" for _ in line.alternatives))
    else:
        if line.position != position:
            return None
        read = _bases_at_start(line)
        if read is None:
            return None
        alleles = read
    genotypes = line.columns.genotypes()
    codes = genotypes.codes
    if codes.max(initial=0) >= len(alleles):
        raise broken(line.place, "a genotype names an allele that the record does not list")
    reason = np.zeros(len(codes), np.int8)
    _mark_support(line, codes, reason, block)
    reason[genotypes.ploidy > 2] = REASON_CODES["polyploid"]
    orientation, assured = _orientation(line, locus, alleles)
    return Record(
        locus=locus,
        alleles=alleles,
        codes=codes,
        place=line.place,
        phased=genotypes.phased,
        phase_set=line.columns.integers("PS"),
        reason=reason,
        priority=_priority(line, block and line.end > line.position),
        orientation=orientation,
        lists_alleles=assured,
    )


def _bases_at_start(line: VcfLine) -> tuple[str, ...] | None:
    """Return each allele's base at the record's position; None for insertions and deletions.

    An alternative as long as the reference that differs in the first base only is that base
    (``AC`` to ``GC``); one with the same first base is another variant that leaves it as it is.
    """
    reference = line.reference
    if not _LETTERS.match(reference):
        reference = "N"
    bases, changes = [reference[0]], False
    for alternative in line.alternatives:
        if alternative in ANY_OTHER or not _LETTERS.match(alternative):
            bases.append("<other>")
        elif len(alternative) == len(reference) and alternative[1:] == reference[1:]:
            bases.append(alternative[0])
            changes = True
        elif alternative[0] == reference[0]:
            bases.append(f"{reference[0]}+")
        else:
            bases.append("<other>")
    if not changes:
        return None
    return tuple(bases)


def _orientation(
    line: VcfLine, locus: Variant, alleles: tuple[str, ...]
) -> tuple[Orientation, bool]:
    """Judge the strand by the reference base; provisional references (PR) prove nothing."""
    reference = alleles[0]
    if reference == locus.reference_allele and "PR" not in line.info:
        return "forward", True
    plain = reference in {locus.reference_allele, locus.effect_allele}
    if plain and not locus.palindromic:
        return "forward", False
    turned = locus.reference_allele.translate(COMPLEMENT)
    if reference == turned and not locus.palindromic:
        return "reverse", True
    return "unknown", False


def _mark_support(line: VcfLine, codes: Int16, reason: Int8, block: bool) -> None:
    """Mark calls that rest on no read: DP 0, and in a block GQ 0 or MIN_DP 0."""
    called = (codes >= 0).any(axis=1)
    for key in ("DP", "MIN_DP", "GQ") if block else ("DP",):
        values = line.columns.integers(key)
        if values is not None:
            reason[called & (values == 0)] = REASON_CODES["zero-depth"]


def _priority(line: VcfLine, block: bool) -> Int8:
    if block:
        return np.full(line.n_samples, 1, np.int8)
    passing: Bools | None = line.columns.text_is("FT", (b"PASS", b"."))
    if passing is None:
        passing = np.ones(line.n_samples, bool)
    return np.where(passing & line.passing, 3, 2).astype(np.int8)


def repeat_record(line: VcfLine, locus: RepeatLocus, span: tuple[int, int]) -> Record | None:
    """Read a line at a tandem repeat; None when the record does not count repeats.

    Understood: VCF 4.4 ``<CNV:TR>`` alleles (INFO RN, RUC, RUS or RUL, RB), ``<STRn>`` alleles,
    alleles written out with INFO RU and RC (adVNTR). The reference allele has the catalogue's
    number of repeats. Other variants inside the repeat are not read as repeat counts.
    """
    if line.position > span[1] or line.position < span[0] - 3 * locus.unit_bp:
        return None
    counts = _repeat_counts(line, locus)
    if counts is None:
        return None
    genotypes = line.columns.genotypes()
    if genotypes.codes.max(initial=0) >= len(counts):
        raise broken(line.place, "a genotype names an allele that the record does not list")
    reason = np.zeros(len(genotypes.codes), np.int8)
    _mark_support(line, genotypes.codes, reason, block=False)
    reason[genotypes.ploidy > 2] = REASON_CODES["polyploid"]
    return Record(
        locus=locus,
        alleles=counts,
        codes=genotypes.codes,
        place=line.place,
        phased=genotypes.phased,
        phase_set=line.columns.integers("PS"),
        reason=reason,
        priority=_priority(line, block=False),
        orientation="forward",
        lists_alleles=True,
    )


def _repeat_counts(line: VcfLine, locus: RepeatLocus) -> tuple[str, ...] | None:
    reference = str(locus.reference_repeats)
    alternatives = line.alternatives
    symbolic = [a.startswith(("<CNV:TR", "<STR")) for a in alternatives]
    if any(symbolic):
        counts = _symbolic_counts(line, locus)
        return None if counts is None else (reference, *counts)
    if not alternatives and line.identifier in {locus.name, *locus.aliases}:
        return (reference,)
    if len(line.info.get("RU", "")) != locus.unit_bp or "RC" not in line.info:
        return None
    if not all(_LETTERS.match(allele) for allele in alternatives):
        return None
    return (line.info["RC"], *(f"{len(allele) / locus.unit_bp:g}" for allele in alternatives))


def _symbolic_counts(line: VcfLine, locus: RepeatLocus) -> list[str] | None:
    """Return the repeat count of each alternative, the sum over its repeat sequences."""
    alternatives = line.alternatives
    strs = [re.fullmatch(r"<STR(\d+)>", a) for a in alternatives]
    if all(strs):
        return [match.group(1) for match in strs if match]
    info = line.info
    pieces = [int(x) if x.isdigit() else 1 for x in info.get("RN", "").split(",")]
    pieces = pieces if len(pieces) == len(alternatives) else [1] * len(alternatives)
    units = [_float(x) for x in info.get("RUL", "").split(",")]
    motifs = [len(motif) for motif in info.get("RUS", "").split(",") if motif not in {"", "."}]
    lengths = units if len(units) == sum(pieces) else [float(m) for m in motifs]
    counts = [_float(x) for x in info.get("RUC", "").split(",")]
    bases = [_float(x) for x in info.get("RB", "").split(",")]
    if len(lengths) == sum(pieces) and any(length != locus.unit_bp for length in lengths):
        return None
    if len(counts) != sum(pieces):
        counts = [b / locus.unit_bp for b in bases]
    if len(counts) != sum(pieces):
        return ["?"] * len(alternatives)
    edges = np.cumsum([0, *pieces])
    return [f"{sum(counts[a:b]):g}" for a, b in itertools.pairwise(edges)]


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def settle_split_rows(records: list[Record]) -> list[Record]:
    """Drop rows of a split site that do not list the counted allele, when one that does is there.

    In split rows 0 means "not this alternative", so a row without the counted allele says nothing
    about it; people who carry its allele are flagged on the row that stays.
    """
    wanted = [r for r in records if getattr(r.locus, "effect_allele", None) in r.alleles]
    other = [r for r in records if r not in wanted and len(r.alleles) > 1]
    if not wanted or not other:
        return records
    carriers = np.zeros(len(wanted[0].codes), bool)
    for record in other:
        used = np.array([a in "ACGT" for a in record.alleles[1:]])
        lookup = np.concatenate(([False], used, [False, False]))
        carriers |= lookup[record.codes].any(axis=1)
    for record in wanted:
        assert record.reason is not None  # noqa: S101
        flag = carriers & (record.reason == 0) & (record.codes != MISSING).all(axis=1)
        record.reason[flag] = REASON_CODES["other-alternative-allele"]
    return [r for r in records if r in wanted or len(r.alleles) == 1]
