"""A VCF line as a `Record` at one locus."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nxpredict.catalog import Variant
from nxpredict.genotypes._build import chromosome_name
from nxpredict.genotypes._calls import MISSING, REASON_CODES, Bools, Int8, Int16
from nxpredict.genotypes._imputed import imputed_genotypes, is_imputed, mark_imputed
from nxpredict.genotypes._loci import COMPLEMENT
from nxpredict.genotypes._numbers import whole_number
from nxpredict.genotypes._record import Orientation, Record
from nxpredict.genotypes._vcf_line import Genotypes, SampleColumns, broken

ANY_OTHER = frozenset({"<NON_REF>", "<*>", "*"})
_BLOCK = ANY_OTHER - {"*"}
LETTERS = re.compile(r"[ACGTN]+\Z")


@dataclass(frozen=True)
class VcfLine:
    """The fixed columns of one VCF record; the sample columns are parsed when asked for.

    ``chromosome`` is the plain name, whatever the file calls it.
    """

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
        words = [part.decode("utf-8", "replace") for part in parts[:9]]
        position = whole_number(words[1])
        if position < 0:
            raise broken(place, "the position is no number or the record is no text")
        alternatives = () if words[4] == "." else tuple(words[4].upper().split(","))
        return cls(
            place=place,
            chromosome=chromosome_name(words[0]),
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
        if stated and (self.is_block or any(a.startswith("<") for a in self.alternatives)):
            return max(whole_number(stated), self.position)
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
        at_site = line.position == position and LETTERS.match(line.reference) is not None
        letters = line.reference[0] if at_site else locus.reference_allele
        alleles = (letters, *("<other>" for _ in line.alternatives))
    else:
        if line.position != position:
            return None
        read = _bases_at_start(line)
        if read is None:
            return None
        alleles = read
    genotypes, reason = genotypes_of(line, len(alleles), block)
    codes = genotypes.codes
    if block:
        codes[_ends_before(line, position)] = MISSING
    orientation, assured = _orientation(line, locus, alleles)
    if not _is_ours(line, locus, alleles):
        reason[(codes >= 0).all(axis=1)] = REASON_CODES["unexpected-allele"]
    return Record(
        locus=locus,
        alleles=alleles,
        codes=codes,
        place=line.place,
        phased=genotypes.phased,
        phase_set=line.columns.integers("PS"),
        reason=reason,
        priority=priority_of(line, block and line.end > line.position),
        orientation=orientation,
        lists_alleles=assured,
    )


def _ends_before(line: VcfLine, position: int) -> Bools:
    """Tell whose own block (LEN) ends before a position that the record reaches."""
    lengths = line.columns.integers("LEN")
    if lengths is None or lengths.max() <= 0 or position == line.position:
        return np.zeros(line.n_samples, bool)
    return np.asarray(line.position + lengths <= position)


def _is_ours(line: VcfLine, locus: Variant, alleles: tuple[str, ...]) -> bool:
    """Tell whether a record is about this variant: by its reference base, or by all its letters.

    Another reference base is believed where the variant's two letters are listed (alleles
    exchanged, or the minus strand), or where a named record lists one of them only.
    """
    if alleles[0] == locus.reference_allele or locus.palindromic:
        return True
    pair = {locus.reference_allele, locus.effect_allele}
    shown = set(alleles)
    if pair <= shown or pair <= {allele.translate(COMPLEMENT) for allele in shown}:
        return True
    return shown < pair and locus.rsid in line.identifier.split(";")


def genotypes_of(line: VcfLine, n_alleles: int, block: bool) -> tuple[Genotypes, Int8]:
    """Return the genotypes and, where a call must not be used as it stands, the reason."""
    imputed = is_imputed(line.info, line.keys, line.columns, n_alleles)
    if imputed and "GT" not in line.keys:
        genotypes = imputed_genotypes(line.columns, n_alleles)
    else:
        genotypes = line.columns.genotypes()
    if genotypes.codes.max(initial=0) >= n_alleles:
        raise broken(line.place, "a genotype names an allele that the record does not list")
    reason = np.zeros(len(genotypes.codes), np.int8)
    _mark_support(line, genotypes.codes, reason, block)
    if block:
        called = np.asarray((genotypes.codes >= 0).all(axis=1))
        reason[called & (reason == 0) & ~_passing(line)] = REASON_CODES["used-despite-filter"]
    if imputed:
        mark_imputed(line.info, line.columns, genotypes.codes, n_alleles, reason)
        if "GT" not in line.keys:
            unsure = (genotypes.codes < 0).all(axis=1)
            reason[unsure] = REASON_CODES["uncertain-imputation"]
    reason[genotypes.ploidy > 2] = REASON_CODES["polyploid"]
    return genotypes, reason


def _bases_at_start(line: VcfLine) -> tuple[str, ...] | None:
    """Return each allele's base at the record's position; None for insertions and deletions.

    An alternative as long as the reference that differs in the first base only is that base
    (``AC`` to ``GC``); one with the same first base is another variant that leaves it as it is.
    """
    reference = line.reference
    if not LETTERS.match(reference):
        reference = "N"
    bases, changes = [reference[0]], False
    for alternative in line.alternatives:
        if alternative in ANY_OTHER or not LETTERS.match(alternative):
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
    if locus.palindromic:
        return "unknown", False
    turned = {allele.translate(COMPLEMENT) for allele in alleles}
    on_minus = {locus.reference_allele, locus.effect_allele} <= turned
    return ("reverse", True) if on_minus else ("forward", False)


def _mark_support(line: VcfLine, codes: Int16, reason: Int8, block: bool) -> None:
    """Mark calls that rest on no read: DP 0, and in a block GQ 0 or MIN_DP 0."""
    called = (codes >= 0).any(axis=1)
    if block and line.info.get("MIN_DP") == "0":
        reason[called] = REASON_CODES["zero-depth"]
    for key in ("DP", "MIN_DP", "GQ", "RGQ") if block else ("DP",):
        values = line.columns.integers(key)
        if values is not None:
            reason[called & (values == 0)] = REASON_CODES["zero-depth"]
    reads = [line.columns.numbers("AD", part) for part in range(1 + len(line.alternatives))]
    if reads[0] is not None:
        none = np.all([read == 0 for read in reads], axis=0)
        reason[called & none] = REASON_CODES["zero-depth"]


def priority_of(line: VcfLine, block: bool) -> Int8:
    if block:
        return np.full(line.n_samples, 1, np.int8)
    return np.where(_passing(line), 3, 2).astype(np.int8)


def _passing(line: VcfLine) -> Bools:
    """Tell whose call passed the filters of the record and of the sample."""
    by_sample = line.columns.text_is("FT", (b"PASS", b"."))
    return np.full(line.n_samples, line.passing) & (True if by_sample is None else by_sample)


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
    kept = [r for r in records if r in wanted or len(r.alleles) == 1]
    for record in wanted:
        assert record.reason is not None  # noqa: S101
        flag = carriers & (record.reason == 0) & (record.codes >= 0).all(axis=1)
        record.reason[flag] = REASON_CODES["other-alternative-allele"]
        kept[kept.index(record)] = _with_others(record, other, flag)
    return kept


def _with_others(record: Record, others: list[Record], flagged: Bools) -> Record:
    """Return a record in which the flagged carry the other rows' alleles, not the reference."""
    alleles, codes = list(record.alleles), record.codes.copy()
    for other in others:
        for number, allele in enumerate(other.alleles[1:], start=1):
            for copy in range(codes.shape[1]):
                carried = flagged & (other.codes[:, copy] == number)
                # Unphased rows may list the copies in either order: any reference copy is meant.
                place = np.where(codes[:, copy] == 0, copy, (codes == 0).argmax(axis=1))
                free = carried & (codes[np.arange(len(codes)), place] == 0)
                codes[free, place[free]] = len(alleles)
            alleles.append(allele)
    return replace(record, alleles=tuple(alleles), codes=codes)
