"""What the readers need to know of a locus; they know no particular gene."""

from __future__ import annotations

from nxpredict.catalog import RepeatLocus, Variant

COMPLEMENT = str.maketrans("ACGT", "TGCA")
Locus = Variant | RepeatLocus


def span(locus: Locus, build: str) -> tuple[int, int]:
    """Return first and last base of a locus (1-based) in ``GRCh37`` or ``GRCh38``."""
    if isinstance(locus, RepeatLocus):
        if build == "GRCh37":
            return locus.start_grch37, locus.end_grch37
        return locus.start_grch38, locus.end_grch38
    position = locus.position_grch37 if build == "GRCh37" else locus.position_grch38
    return position, position
