"""Lines of a VCF that lie over a variant but are records of another kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nxpredict.catalog import Variant
from nxpredict.genotypes._calls import MISSING, REASON_CODES
from nxpredict.genotypes._record import Record
from nxpredict.genotypes._vcf_record import LETTERS, VcfLine, genotypes_of, priority_of


def substitution_record(line: VcfLine, locus: Variant, position: int) -> Record | None:
    """Read who carries a substitution of several bases that changes the one at a place.

    Such carriers contradict a record of the place itself that calls them otherwise.
    """
    at, length = position - line.position, len(line.reference)
    changed = [
        len(text) == length > at > -1 and LETTERS.match(text) and text[at] != line.reference[at]
        for text in line.alternatives
    ]
    if not any(changed):
        return None
    genotypes, _ = genotypes_of(line, 1 + len(changed), block=False)
    carried = np.array([False, *map(bool, changed), False, False])[genotypes.codes].any(axis=1)
    reason = np.where(carried, REASON_CODES["conflicting-duplicates"], 0)
    priority = np.where(carried, priority_of(line, block=False), 0)
    return _without_alleles(line, locus, reason, priority)


def other_record(line: VcfLine, locus: Variant) -> Record:
    """Read a line that lies over a variant but is about something else: Indeterminate for all."""
    reason = np.full(line.n_samples, REASON_CODES["other-record"])
    return _without_alleles(line, locus, reason, np.ones(line.n_samples))


def _without_alleles(
    line: VcfLine, locus: Variant, reason: NDArray[np.int_], priority: NDArray[np.number]
) -> Record:
    return Record(
        locus=locus,
        alleles=(),
        codes=np.full((line.n_samples, 2), MISSING, np.int16),
        place=line.place,
        reason=reason.astype(np.int8),
        priority=priority.astype(np.int8),
    )
