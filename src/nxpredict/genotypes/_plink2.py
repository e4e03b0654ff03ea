"""PLINK 2 files (pgen, pvar, psam), with pgenlib."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nxpredict.errors import AccessError, counted
from nxpredict.genotypes._calls import MISSING, REASON_CODES, Bools, Int8, Int16
from nxpredict.genotypes._imputed import far_from
from nxpredict.genotypes._loci import Locus
from nxpredict.genotypes._numbers import whole_number
from nxpredict.genotypes._open import damaged
from nxpredict.genotypes._plink_sites import (
    People,
    Site,
    Wanted,
    bad_row,
    companion,
    lines_of,
    reading_of_sites,
)
from nxpredict.genotypes._record import Orientation, Reading

PGEN_MAGIC = b"\x6c\x1b"


def psam_people(path: Path) -> People:
    """Read who is in a PLINK 2 file set."""
    person, width, number, pairs = 1, 0, 0, []
    for number, parts in lines_of(path):
        if parts[0].startswith("##"):
            continue
        width = width or len(parts)
        if parts[0] in {"#FID", "#IID"}:
            person = 0 if parts[0] == "#IID" else 1
            continue
        if len(parts) <= person or len(parts) != width:
            raise bad_row(path, number, "expected family and person id, and rows of one length")
        pairs.append((parts[0], parts[person]))
    if person == width - 1 and not path.read_bytes().endswith(b"\n"):
        raise bad_row(path, number, "the last row is cut short: it lacks its line end")
    return People.of(pairs, path)


def pvar_sites(path: Path, loci: Sequence[Locus]) -> tuple[list[Site], list[int]]:
    """Return the wanted sites and the number of alleles at every site."""
    wanted = Wanted(loci)
    columns: list[str] = []
    sites: list[Site] = []
    alleles: list[int] = []
    for number, parts in lines_of(path):
        if parts[0].startswith("##"):
            continue
        if parts[0] == "#CHROM":
            columns = [name.lstrip("#") for name in parts]
            continue
        if not columns:
            columns = ["CHROM", "ID", "CM", "POS", "ALT", "REF"][: len(parts)]
        row = dict(zip(columns, parts, strict=False))
        position = whole_number(row.get("POS", ""))
        if not {"CHROM", "ID", "REF", "ALT"} <= set(row) or position < 0:
            raise bad_row(path, number, "expected chromosome, position, id, REF and ALT")
        shown = (row["REF"].upper(), *row["ALT"].upper().split(","))
        if wanted.has(row["CHROM"], position, row["ID"]):
            known = "PR" not in row.get("INFO", "").split(";")
            names = tuple(row["ID"].split(";"))
            passed = row.get("FILTER", ".") in {"PASS", "."}
            sites.append(Site(len(alleles), row["CHROM"], position, names, shown, known, passed))
        alleles.append(len(shown))
    return sites, alleles


def read_pgen(
    path: Path, loci: Sequence[Locus], *, build: str | None, strand: Orientation
) -> Reading:
    """Read a PLINK 2 file set; the REF column counts as forward unless marked provisional."""
    try:
        import pgenlib
    except ImportError:
        raise AccessError(
            "PLINK 2 files need pgenlib.",
            "Install nxpredict[genomics], or convert: plink2 --pfile NAME --export vcf bgz.",
        ) from None
    pvar, psam = companion(path, ".pvar"), companion(path, ".psam")
    people = psam_people(psam)
    sites, alleles = pvar_sites(pvar, loci)
    offsets = np.concatenate(([0], np.cumsum(alleles))).astype(np.uintp)
    with path.open("rb") as handle:
        start = handle.read(12)
    _check_counts(path, start, len(people.names), len(alleles))
    if start[11:] >= b"\x80":
        sites = [replace(site, reference_known=False) for site in sites]
    try:
        reader = pgenlib.PgenReader(
            str(path).encode(),
            raw_sample_ct=len(people.names),
            variant_ct=len(alleles),
            allele_idx_offsets=offsets if max(alleles, default=2) > 2 else None,
        )
    except (RuntimeError, ValueError, OSError, AssertionError) as error:
        raise damaged(path, f"pgenlib refuses the file ({type(error).__name__})") from None

    def genotypes(site: Site) -> tuple[Int16, Bools, Int8 | None]:
        pairs = np.empty(2 * len(people.names), np.int32)
        phase = np.empty(len(people.names), np.uint8)
        dosage = np.empty(len(people.names), np.float64)
        try:
            reader.read_dosages(site.index, dosage)
            reader.read_alleles_and_phasepresent(site.index, pairs, phase)
        except (RuntimeError, ValueError, OSError) as error:
            raise damaged(path, f"variant {site.index} cannot be read ({error})") from None
        result = pairs.reshape(-1, 2).astype(np.int16)
        result[result < 0] = MISSING
        reason = _imputed(dosage, result) if len(site.alleles) == 2 else None
        alike = result[:, 0] == result[:, 1]
        phased = phase.astype(bool) & ~alike
        if phased.any():  # pgenlib calls alike alleles phased in files without phase too
            phased |= alike
        return result, phased, reason

    return reading_of_sites(path, people, sites, genotypes, loci, build, strand)


def _check_counts(path: Path, start: bytes, people: int, variants: int) -> None:
    """Compare the counts in the header of a pgen with those of its companions."""
    if len(start) == 12:
        held, persons = struct.unpack_from("<II", start, 3)
        if (held, persons) != (variants, people):
            raise damaged(
                path,
                f"it holds {counted(persons, 'person', 'people')} and {counted(held, 'variant')}, "
                f"the psam and pvar beside it {people} and {variants}",
                "give the psam and the pvar that were written with it",
            )


def _imputed(dosage: NDArray[np.float64], pairs: Int16) -> Int8 | None:
    """Return reasons where the stored dosages are fractions, which hard calls have none of."""
    called = (pairs >= 0).all(axis=1)
    known = dosage[dosage >= 0]
    if (np.abs(known - np.round(known)) < 1e-6).all():
        return None
    reason = np.where(called, REASON_CODES["imputed"], 0).astype(np.int8)
    reason[called & far_from(dosage, pairs)] = REASON_CODES["uncertain-imputation"]
    reason[~called & (dosage >= 0)] = REASON_CODES["uncertain-imputation"]
    return reason
