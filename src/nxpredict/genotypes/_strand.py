"""The strand that the letters of a variant lie on."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from nxpredict.catalog import Variant
from nxpredict.errors import Fault
from nxpredict.genotypes._loci import COMPLEMENT
from nxpredict.genotypes._record import Orientation


def strand_of(letters: AbstractSet[str], locus: Variant) -> Orientation:
    """Return the strand on which all letters are the variant's, or both of it are among them.

    Of C/G and A/T variants the letters tell nothing.
    """
    if locus.palindromic or not letters:
        return "unknown"
    pair = {locus.reference_allele, locus.effect_allele}
    turned = {letter.translate(COMPLEMENT) for letter in letters}
    forward, reverse = (shown <= pair or pair <= shown for shown in (letters, turned))
    if forward == reverse:
        return "unknown"
    return "forward" if forward else "reverse"


def strand_contradicted(declared: Orientation, file: str) -> Fault:
    """Make the warning that a declared strand is not the one that the letters show."""
    return Fault(
        "strand-contradicted",
        f"the study file says strand {declared}, the letters of a variant lie on the other one; "
        "the letters count, and C/G and A/T variants are Indeterminate",
        "correct the strand of the source, or give each file its own",
        file=file,
        severity="warning",
    )
