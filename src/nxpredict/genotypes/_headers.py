"""Genotype columns recognised by their headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nxpredict.catalog import RepeatLocus
from nxpredict.genotypes._build import letters_fit
from nxpredict.genotypes._coding import ColumnCoding
from nxpredict.genotypes._loci import Locus

_COUNTED = re.compile(r"(.+?)_([ACGT])(?:\(/([ACGT])\))?(_dosage)?\Z", re.IGNORECASE)
_PART = re.compile(r"(.+?)[ _.-]*(?:allele)?[ _.-]*([12ab])\Z", re.IGNORECASE)


def recognise_columns(names: Iterable[str], loci: Sequence[Locus]) -> dict[str, ColumnCoding]:
    """Find genotype columns by header: locus name, rs number, alias, ``.raw`` or HGVS name.

    Parameters
    ----------
    names : iterable of str
        The table's headers.
    loci : sequence of Variant or RepeatLocus

    Returns
    -------
    dict of str to ColumnCoding
        By locus name. Headers such as ``rs1799971_G`` count that allele; an HGVS name such as
        ``NC_000006.12:g.154039662A>G`` also gives the strand. Two columns (``drd4_1``,
        ``drd4_2``) hold one allele each. A locus that several columns claim is left out, so that
        the study file decides.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> loci = list(load_catalog().variants.values())
    >>> recognise_columns(["age", "rs1799971_G"], loci)["OPRM1_rs1799971"].counted
    'G'
    """
    claims = _claims(names, loci)
    return {locus: found[0] for locus, found in claims.items() if len(found) == 1}


def contested_columns(names: Iterable[str], loci: Sequence[Locus]) -> dict[str, tuple[str, ...]]:
    """Return the loci that several columns claim, which `recognise_columns` leaves out.

    Parameters
    ----------
    names, loci
        As of `recognise_columns`.

    Returns
    -------
    dict of str to tuple of str
        Locus name -> the columns.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> loci = list(load_catalog().variants.values())
    >>> contested_columns(["rs1799971_A", "age", "rs1799971_G"], loci)
    {'OPRM1_rs1799971': ('rs1799971_A', 'rs1799971_G')}
    """
    return {
        locus: tuple(column for coding in found for column in coding.columns)
        for locus, found in _claims(names, loci).items()
        if len(found) > 1
    }


def _claims(names: Iterable[str], loci: Sequence[Locus]) -> dict[str, list[ColumnCoding]]:
    """Return every coding that some headers claim for each locus."""
    headers = [str(name) for name in names]
    found: dict[str, list[ColumnCoding]] = {}
    for locus in loci:
        pairs = _pairs(headers, locus)
        taken = {column for pair in pairs for column in pair.columns}
        single = [c for h in headers if h not in taken and (c := _claim(h, locus)) is not None]
        if pairs or single:
            found[locus.name] = [*pairs, *single]
    return found


def _aliases(locus: Locus) -> set[str]:
    texts = [locus.name, *getattr(locus, "aliases", ()), getattr(locus, "rsid", "")]
    return {_plain(text) for text in texts if text}


def _plain(text: str) -> str:
    return re.sub(r"[ .-]+", "_", text.strip().lower())


def _claim(header: str, locus: Locus) -> ColumnCoding | None:
    """Return the coding of a header that names this locus, None for any other header."""
    own = _aliases(locus)
    if isinstance(locus, RepeatLocus):
        return ColumnCoding((header,), "repeats") if _plain(header) in own else None
    if _plain(header) in own:
        return ColumnCoding((header,), "alleles")
    for name in ("hgvs_grch37", "hgvs_grch38", "hgvs_c"):
        text = getattr(locus, name, None)
        if text and header.strip().replace(" ", "").lower() == str(text).lower():
            return ColumnCoding((header,), "alleles", strand="forward")
    counted = _COUNTED.match(header.strip())
    if counted and _plain(counted[1]) in own:
        allele, other = counted[2].upper(), (counted[3] or "").upper()
        if other and letters_fit({allele, other}, locus) < 2:
            return None
        coding = ColumnCoding((header,), "dosage", counted=allele)
        ours = counted[4] is not None and _plain(counted[1]) == _plain(locus.name)
        return replace(coding, strand="forward") if ours else coding
    return None


def _pairs(headers: list[str], locus: Locus) -> list[ColumnCoding]:
    """Return codings of two columns that hold one allele each."""
    own = _aliases(locus)
    groups: dict[str, dict[str, str]] = {}
    for header in headers:
        part = _PART.match(header.strip())
        if part and _plain(part[1]) in own:
            groups.setdefault(_plain(part[1]), {})[part[2].lower()] = header
    notation = "repeats" if isinstance(locus, RepeatLocus) else "alleles"
    return [
        ColumnCoding((group[a], group[b]), notation)  # type: ignore[arg-type]
        for group in groups.values()
        for a, b in (("1", "2"), ("a", "b"))
        if a in group and b in group
    ]
