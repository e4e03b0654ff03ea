"""What the readers need to know of a locus; they know no particular gene."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nxpredict.catalog import RepeatLocus, Variant
from nxpredict.errors import UsageError, closest

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


def choose_long(loci: Iterable[Locus], choice: str | None) -> list[Locus]:
    """Return the loci with the study's choice of which repeat alleles are long.

    Parameters
    ----------
    loci : iterable of Variant or RepeatLocus
    choice : str, optional
        A threshold (``"5"``, ``"7"``), ``"2R-or-7R"``, or a name of a locus's
        ``long_definitions``; the locus's own threshold by default.

    Raises
    ------
    UsageError
        When a repeat has no such definition.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> choose_long(load_catalog().repeats.values(), "2R-or-7R")[0].long_repeats
    (2, 7)
    """
    if choice is None:
        return list(loci)
    return [
        _with_long(locus, choice) if isinstance(locus, RepeatLocus) else locus for locus in loci
    ]


def _with_long(locus: RepeatLocus, choice: str) -> RepeatLocus:
    name = "either_2_or_7" if choice.lower() == "2r-or-7r" else choice
    name = f"at_least_{name}" if name.isdigit() else name
    if name not in locus.long_definitions:
        raise UsageError(
            f"'{choice}' is no definition of long alleles of {locus.name}.",
            closest(name, locus.long_definitions) or f"Use {', '.join(locus.long_definitions)}.",
        )
    return replace(locus, long_definition=name)
