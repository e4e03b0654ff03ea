"""How a table writes the genotypes of one locus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from nxpredict.catalog import RepeatLocus, Variant
from nxpredict.errors import DataError, Fault, closest
from nxpredict.genotypes._cells import Notation
from nxpredict.genotypes._loci import COMPLEMENT, Locus
from nxpredict.genotypes._record import Orientation


@dataclass(frozen=True, slots=True)
class ColumnCoding:
    """How one locus is written in a table.

    Parameters
    ----------
    columns : tuple of str
        One column, or two with one allele each.
    notation : {"alleles", "vcf", "dosage", "repeats", "fragment_bp"}, optional
        By default letters for a variant and repeat counts for a repeat: letters (``A/G``,
        ``A|G``, ``AG``); VCF genotypes (``0/1``, 0 the reference allele); copies of `counted`;
        repeat counts (``4/7``, ``4R/7R``); fragment lengths in base pairs.
    counted : str, optional
        The allele that ``dosage`` counts.
    strand : {"forward", "reverse", "unknown"}
        Strand of the letters; C/G and A/T variants need it.
    reference_fragment_bp : float, optional
        Length of the fragment of the reference allele (4R for DRD4) with the primers used.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> from nxpredict.genotypes import calls_from_columns
    >>> loci = list(load_catalog().variants.values())
    >>> coding = ColumnCoding(("mu",), notation="dosage", counted="G")
    >>> table = pd.DataFrame({"mu": ["2", "0"]}, index=["p1", "p2"])
    >>> calls = calls_from_columns(table, {"OPRM1_rs1799971": coding}, loci)
    >>> calls.loci["OPRM1_rs1799971"].dosage.tolist()
    [2.0, 0.0]
    """

    columns: tuple[str, ...]
    notation: Notation | None = None
    counted: str | None = None
    strand: Orientation = "unknown"
    reference_fragment_bp: float | None = None


def resolved(coding: ColumnCoding, name: str, loci: Sequence[Locus]) -> ColumnCoding:
    """Fill in the natural notation of the locus where none is declared."""
    if coding.notation is not None:
        return coding
    repeat = any(locus.name == name and isinstance(locus, RepeatLocus) for locus in loci)
    return replace(coding, notation="repeats" if repeat else "alleles")


def check_codings(
    frame: pd.DataFrame,
    columns: Mapping[str, ColumnCoding],
    loci: Sequence[Locus],
    file: str | None,
) -> None:
    """Raise one error with everything that is wrong with the declared columns."""
    by_name = {locus.name: locus for locus in loci}
    faults = []
    for name, coding in columns.items():
        if name not in by_name:
            hint = closest(name, by_name) or "use a locus of the catalogue"
            faults.append(Fault("unknown-locus", f"there is no locus '{name}'", hint, file))
            continue
        for column in coding.columns:
            if column not in frame.columns:
                hint = closest(column, map(str, frame.columns)) or "check the table's header"
                faults.append(
                    Fault(
                        "missing-column", "the table has no such column", hint, file, None, column
                    )
                )
        faults += _coding_faults(by_name[name], coding, file)
    if faults:
        raise DataError(faults)


def _coding_faults(locus: Locus, coding: ColumnCoding, file: str | None) -> list[Fault]:
    def fault(message: str, hint: str) -> Fault:
        return Fault("bad-genotype-coding", message, hint, file, None, coding.columns[0])

    found = []
    of_repeat = coding.notation in {"repeats", "fragment_bp"}
    if of_repeat != isinstance(locus, RepeatLocus):
        kind = (
            "repeats or fragment_bp" if isinstance(locus, RepeatLocus) else "alleles, vcf or dosage"
        )
        found.append(fault(f"notation '{coding.notation}' does not fit this locus", f"use {kind}"))
    elif coding.notation == "fragment_bp" and not coding.reference_fragment_bp:
        found.append(
            fault(
                "fragment lengths mean nothing without the primers",
                "give the length of the reference allele's fragment (reference_fragment_bp)",
            )
        )
    elif coding.notation == "dosage" and isinstance(locus, Variant):
        pair = {locus.reference_allele, locus.effect_allele}
        known = pair | {allele.translate(COMPLEMENT) for allele in pair}
        if coding.counted not in known:
            letters = " or ".join(sorted(pair))
            found.append(fault("the counted allele is not declared", f"give counted: {letters}"))
    if len(coding.columns) > 2 or (
        len(coding.columns) == 2 and coding.notation in {"vcf", "dosage"}
    ):
        found.append(fault("too many columns for this notation", "name one column"))
    return found
