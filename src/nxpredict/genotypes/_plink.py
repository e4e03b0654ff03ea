"""PLINK 1 files (bed, bim, fam), with numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nxpredict.genotypes._calls import MISSING, Int16
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

BED_MAGIC = b"\x6c\x1b\x01"
_PAIRS = np.array([[0, 0], [MISSING, MISSING], [0, 1], [1, 1]], np.int16)


def read_bed(
    path: Path, loci: Sequence[Locus], *, build: str | None, strand: Orientation
) -> Reading:
    """Read a PLINK 1 file set.

    A1 and A2 are taken as the letters in the bim, whichever of them is the minor allele. PLINK
    promises no strand, so C/G and A/T sites need `strand`.
    """
    bim, fam = companion(path, ".bim"), companion(path, ".fam")
    pairs, width = [], 0
    for number, parts in lines_of(fam):
        width = width or len(parts)
        if [part.lstrip("#").upper() for part in parts[:2]] == ["FID", "IID"]:
            what = "this is a header, which a fam has none of: it would count as a person"
            raise bad_row(fam, number, what, "delete the row")
        if len(parts) < 2 or len(parts) != width:
            raise bad_row(fam, number, "expected family and person id, and rows of one length")
        pairs.append((parts[0], parts[1]))
    people = People.of(pairs, fam)
    sites, total = [], 0
    wanted = Wanted(loci)
    for number, parts in lines_of(bim):
        total += 1
        if len(parts) < 6 or whole_number(parts[3].lstrip("-")) < 0:
            raise bad_row(bim, number, "expected six columns with a position in the fourth")
        if wanted.has(parts[0], whole_number(parts[3]), parts[1]):
            alleles = (parts[4].upper(), parts[5].upper())
            site = Site(total - 1, parts[0], whole_number(parts[3]), (parts[1],), alleles)
            sites.append(site)
    width = (len(people.names) + 3) // 4
    size, expected = path.stat().st_size, 3 + total * width
    if size != expected:
        raise damaged(
            path, f"expected {expected} bytes for the bim and fam beside it, found {size}"
        )

    def genotypes(site: Site) -> tuple[Int16, None, None]:
        with path.open("rb") as handle:
            handle.seek(3 + site.index * width)
            packed = np.frombuffer(handle.read(width), np.uint8)
        two = (packed[:, None] >> np.array([0, 2, 4, 6], np.uint8)).reshape(-1) & 3
        if two[len(people.names) :].any():
            raise damaged(path, "it holds genotypes of more people than the fam beside it names")
        return _PAIRS[two[: len(people.names)]], None, None

    return reading_of_sites(path, people, sites, genotypes, loci, build, strand)
