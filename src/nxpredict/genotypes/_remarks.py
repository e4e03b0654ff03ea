"""What is said about calls that were kept with a remark, or not kept."""

from __future__ import annotations

from collections.abc import Mapping

from nxpredict.errors import Fault, counted
from nxpredict.genotypes._calls import REASON_CODES, LocusCalls

_REMARKS = (
    (
        "complemented",
        "calls were on the minus strand and were complemented",
        "nothing to do when that is right; otherwise declare the strand of the source",
    ),
    (
        "unknown-strand",
        "calls are Indeterminate: the alleles look alike on both strands",
        "declare the strand of the source (strand: forward or reverse)",
    ),
    (
        "unexpected-allele",
        "calls hold an allele that this variant is not known to have",
        "check the column, the strand and the build of the source",
    ),
    (
        "conflicting-duplicates",
        "calls are Indeterminate: records of the same patient contradict each other",
        "keep one of them",
    ),
    (
        "haploid",
        "calls have one allele on an autosome and count as No call",
        "check the source's ploidy settings",
    ),
    (
        "half-call",
        "calls name only one of two alleles and count as No call",
        "recall the genotypes if these matter",
    ),
    (
        "polyploid",
        "calls have more than two alleles and are Indeterminate",
        "check the source's ploidy settings",
    ),
    (
        "other-alternative-allele",
        "calls carry another alternative allele beside the counted one",
        "the counted allele is counted; look at these calls",
    ),
    (
        "zero-depth",
        "calls rest on no read and count as No call",
        "none is needed",
    ),
    (
        "unknown-position",
        "calls lie at no known position of this variant and are Indeterminate",
        "check the build of the source",
    ),
    (
        "other-record",
        "calls are Indeterminate: only a record of another kind lies over the place",
        "normalise the file and split its MNPs, or look at these records by hand",
    ),
    (
        "unknown-build",
        "calls are Indeterminate: the genome build could not be told",
        "declare the build of the source (build: GRCh37 or GRCh38)",
    ),
    (
        "unreadable-cell",
        "cells hold no genotype in the declared notation and are Indeterminate",
        "see the faults of the column",
    ),
    (
        "unclear-repeat-count",
        "repeat counts are not near a plausible whole number and are Indeterminate",
        "check how the repeats were sized",
    ),
    (
        "rounded-repeat-count",
        "repeat counts were rounded to the nearest whole number",
        "check how the repeats were sized",
    ),
    (
        "used-despite-filter",
        "calls rest on records that failed the source's own filter",
        "look at the filter; failed_filter: no call leaves such calls out",
    ),
    (
        "uncertain-imputation",
        "imputed calls are not probable enough (below 0.9, or R2 below 0.3) and count as No call",
        "none is needed; measure these genotypes where they matter",
    ),
    ("imputed", "calls were imputed, not measured", "report them as imputed"),
    (
        "assumed-reference",
        "calls have no record and were taken as reference, as the study file says",
        "this is right only where everything was sequenced and only variants were written",
    ),
)


COUNTED = frozenset(f"genotype-{reason}" for reason, _, _ in _REMARKS)
"""Codes of warnings that are counted anew whenever tables are merged."""


def remarks(loci: Mapping[str, LocusCalls], set_aside: Mapping[str, int]) -> list[Fault]:
    """Return one warning for each kind of remark at each locus."""
    found = []
    for name, calls in loci.items():
        if set_aside.get(name):
            found.append(_aside(name, set_aside[name]))
        found += [
            Fault(f"genotype-{reason}", f"{name}: {number} {text}", hint, severity="warning")
            for reason, text, hint in _REMARKS
            if (number := int((calls.reason == REASON_CODES[reason]).sum()))
        ]
    return found


def _aside(name: str, number: int) -> Fault:
    return Fault(
        "genotype-filtered-duplicate",
        f"{name}: {counted(number, 'record')} that failed the filter set aside: a passing record "
        "contradicts",
        "look at the duplicate records of this variant",
        severity="warning",
    )
