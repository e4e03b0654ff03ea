"""The format of a source, told from its content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nxpredict.errors import DataError, Fault
from nxpredict.genotypes._loci import Locus
from nxpredict.genotypes._open import head, magic
from nxpredict.genotypes._record import Orientation, Reading
from nxpredict.genotypes._vcf import read_vcf

_KNOWN = "give a VCF, or name genotype columns of the table"


def read_source(
    path: Path, loci: Sequence[Locus], *, build: str | None, strand: Orientation
) -> list[Reading]:
    """Read one source; a folder gives one reading a file."""
    del strand
    magic(path)
    start = head(path, 4096)
    if start.startswith((b"##fileformat=VCF", b"#CHROM\tPOS\tID\tREF\tALT")):
        return [read_vcf(path, loci, build=build)]
    what = "this is no genotype file that nxpredict knows"
    raise DataError([Fault("unknown-genotype-format", what, _KNOWN, file=str(path))])
