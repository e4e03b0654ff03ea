"""From the alleles that a source shows to a call: strand, ploidy, unexpected alleles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nxpredict.catalog import RepeatLocus, Variant
from nxpredict.errors import Fault
from nxpredict.genotypes._calls import (
    MISSING,
    NO_SECOND,
    REASON_CODES,
    REASONS,
    Bools,
    Int8,
    Int16,
    LocusCalls,
    State,
)
from nxpredict.genotypes._loci import COMPLEMENT, Locus
from nxpredict.genotypes._numbers import number_or_nan

Orientation = Literal["forward", "reverse", "unknown"]
NO_CALL_REASONS = (
    "missing-genotype",
    "half-call",
    "haploid",
    "zero-depth",
    "failed-filter",
    "uncertain-imputation",
)
_IS_NO_CALL = np.array([reason in NO_CALL_REASONS for reason in REASONS])


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """What one source says about one locus, before any interpretation.

    Parameters
    ----------
    locus : Variant or RepeatLocus
    alleles : tuple of str
        Upper-case letters, or repeat counts, as the source has them.
    codes : ndarray of int16, shape (n, 2)
        Index into `alleles`; -1 missing, -2 the second allele of a haploid call.
    place : str
        File and place, for the source column.
    phased, phase_set : ndarray, optional
    reason : ndarray of int8, optional
        Set by the reader where a cell is no call or not to be used (codes of `REASONS`).
    priority : int or ndarray of int8
        3 passed, 2 failed its filter, 1 reference block.
    orientation : {"forward", "reverse", "unknown"}
        Strand that the letters are on.
    lists_alleles : bool
        The record itself lists its alleles on a known strand (VCF): an allele beside the counted
        one is a fact to flag. Otherwise an unexpected letter makes the call Indeterminate.
    """

    locus: Locus
    alleles: tuple[str, ...]
    codes: Int16
    place: str
    phased: Bools | None = None
    phase_set: NDArray[np.int64] | None = None
    reason: Int8 | None = None
    priority: Int8 | int = 3
    orientation: Orientation = "unknown"
    lists_alleles: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one source said: its samples, its records, and what it lacked.

    ``absent`` gives, for each locus without a record, the reason; ``array`` marks sources whose
    absent rows can never be reference, ``only_repeats`` those that speak of no variant at all;
    ``shown`` is what messages call the source (a file of one
    person may bear that person's id), its path by default;
    ``other_names`` are second names of the samples (FID_IID).
    """

    path: Path
    samples: Sequence[str]
    records: list[Record]
    absent: dict[str, str]
    build: str | None = None
    array: bool = False
    warnings: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()
    shown: str | None = None
    other_names: Sequence[str] = ()
    only_repeats: bool = False

    @property
    def name(self) -> str:
        """What messages call the source."""
        return self.shown or str(self.path)


def without_failed(record: Record) -> Record:
    """Turn calls of records that failed their filter into No call."""
    reason = np.zeros(len(record.codes), np.int8) if record.reason is None else record.reason.copy()
    failed = (np.asarray(record.priority) == 2) | (reason == REASON_CODES["used-despite-filter"])
    reason[failed & (record.codes >= 0).any(axis=1)] = REASON_CODES["failed-filter"]
    return replace(record, reason=reason)


def interpret(record: Record) -> LocusCalls:
    """Turn one record into calls (``source`` is left at 0).

    Rules: half, haploid and missing calls are No call; C/G and A/T letters of unknown strand
    are Indeterminate; letters on the minus strand are complemented where that cannot be
    mistaken; anything unexpected is Indeterminate. Nothing is ever guessed.
    """
    n = len(record.codes)
    reason = np.zeros(n, np.int8) if record.reason is None else record.reason.copy()
    _mark_incomplete(record.codes, reason)
    if isinstance(record.locus, RepeatLocus):
        vocabulary, codes, effect = _repeat_alleles(record, record.locus, reason)
    else:
        vocabulary, codes, effect = _snp_alleles(record, record.locus, reason)
    return _assemble(record, vocabulary, codes, effect, reason)


def _mark_incomplete(codes: Int16, reason: Int8) -> None:
    missing = codes == MISSING
    free = reason == 0
    reason[free & missing.any(axis=1)] = REASON_CODES["half-call"]
    reason[free & missing[:, 0] & (codes[:, 1] < 0)] = REASON_CODES["missing-genotype"]
    haploid = (codes[:, 1] == NO_SECOND) & ~missing[:, 0]
    reason[free & haploid] = REASON_CODES["haploid"]


def _snp_alleles(
    record: Record, locus: Variant, reason: Int8
) -> tuple[tuple[str, ...], Int16, Bools]:
    """Put letters on the forward strand; return vocabulary, codes and which are counted."""
    shown = record.alleles
    free = (reason == 0) | (reason == REASON_CODES["imputed"])
    if record.orientation == "reverse":
        shown = tuple(_complement(allele) for allele in shown)
        reason[free] = REASON_CODES["complemented"]
    expected = (locus.reference_allele, locus.effect_allele)
    forward = np.array([allele in expected for allele in shown] + [False, False])
    codes = record.codes
    if record.orientation == "unknown":
        if locus.palindromic:
            reason[free] = REASON_CODES["unknown-strand"]
            free = np.zeros_like(free)
        turned = tuple(_complement(allele) for allele in shown)
        minus = np.array([allele in expected for allele in turned] + [False, False])
        flip = free & minus[codes].all(axis=1)
        reason[flip] = REASON_CODES["complemented"]
        codes = np.where(flip[:, None] & (codes >= 0), codes + len(shown), codes).astype(np.int16)
        shown = shown + turned
        forward = np.array([allele in expected for allele in shown] + [False, False])
    effect = np.array([allele == locus.effect_allele for allele in shown] + [False, False])
    odd = free & ~forward[codes].all(axis=1)
    letters = np.array([allele in {"A", "C", "G", "T"} for allele in shown] + [False, False])
    flagged = odd & letters[codes].all(axis=1) & _effect_listed(record, locus)
    reason[odd] = REASON_CODES["unexpected-allele"]
    reason[flagged] = REASON_CODES["other-alternative-allele"]
    return shown, codes, effect


def _effect_listed(record: Record, locus: Variant) -> bool:
    return record.lists_alleles and locus.effect_allele in record.alleles


def _complement(allele: str) -> str:
    return allele.translate(COMPLEMENT)


def _repeat_alleles(
    record: Record, locus: RepeatLocus, reason: Int8
) -> tuple[tuple[str, ...], Int16, Bools]:
    """Round repeat counts near a whole number; return vocabulary, codes and the long ones."""
    counts = np.array([number_or_nan(text) for text in record.alleles] + [np.nan, np.nan])
    whole = np.round(counts)
    plausible = (whole >= locus.minimum_repeats) & (whole <= locus.maximum_repeats)
    good = (np.abs(counts - whole) <= 0.25) & plausible
    rounded = good & (counts != whole)
    free = reason == 0
    reason[free & ~good[record.codes].all(axis=1)] = REASON_CODES["unclear-repeat-count"]
    usable = free & good[record.codes].all(axis=1)
    reason[usable & rounded[record.codes].any(axis=1)] = REASON_CODES["rounded-repeat-count"]
    vocabulary = tuple(
        str(int(count)) if ok else "?" for count, ok in zip(whole, good, strict=True)
    )
    return vocabulary[:-2], record.codes, good & np.isin(whole, locus.long_repeats)


_USED_WITH_REMARK = (
    "",
    "other-alternative-allele",
    "complemented",
    "rounded-repeat-count",
    "imputed",
    "used-despite-filter",
)
_IS_USED = np.array([reason in _USED_WITH_REMARK for reason in REASONS])


def _assemble(
    record: Record, vocabulary: tuple[str, ...], codes: Int16, effect: Bools, reason: Int8
) -> LocusCalls:
    n = len(codes)
    priority = np.broadcast_to(np.asarray(record.priority, np.int8), (n,)).copy()
    reason[(reason == 0) & (priority == 2)] = REASON_CODES["used-despite-filter"]
    typed = _IS_USED[reason]
    dosage = np.where(typed, effect[codes].sum(axis=1), np.nan)
    state = np.full(n, State.INDETERMINATE, np.int8)
    state[_IS_NO_CALL[reason]] = State.NO_CALL
    state[typed] = State.ABSENT
    state[typed & (dosage > 0)] = State.PRESENT
    phased = np.zeros(n, bool) if record.phased is None else record.phased & typed
    alleles = np.where(typed[:, None], codes, MISSING).astype(np.int16)
    return LocusCalls(
        locus=record.locus,
        vocabulary=vocabulary,
        alleles=_ordered(alleles, phased, vocabulary, record.locus),
        state=state,
        dosage=dosage,
        phased=phased,
        phase_set=np.full(n, -1, np.int64) if record.phase_set is None else record.phase_set,
        reason=reason,
        source=np.zeros(n, np.int32),
        priority=priority,
    )


def _ordered(alleles: Int16, phased: Bools, vocabulary: tuple[str, ...], locus: Locus) -> Int16:
    """Write unphased calls reference allele (or smaller repeat) first."""
    if isinstance(locus, RepeatLocus):
        order = [float(text) if text != "?" else np.inf for text in vocabulary]
    else:
        order = [float(text != locus.reference_allele) for text in vocabulary]
    rank = np.array([*order, np.inf, np.inf])[alleles]
    swap = ~phased & (rank[:, 0] > rank[:, 1])
    return np.where(swap[:, None], alleles[:, ::-1], alleles)
