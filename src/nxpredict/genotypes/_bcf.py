"""BCF, through pysam: each wanted record becomes a line of VCF and goes the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from pathlib import Path
from typing import Any

from nxpredict.errors import AccessError
from nxpredict.genotypes._loci import Locus
from nxpredict.genotypes._open import chunks, cut_short, damaged, has_bgzf_end, is_bgzf, magic
from nxpredict.genotypes._record import Reading
from nxpredict.genotypes._tabix import check_index
from nxpredict.genotypes._vcf import reading_of
from nxpredict.genotypes._vcf_header import VcfHeader
from nxpredict.genotypes._vcf_scan import Found, Targets


def read_bcf(path: Path, loci: Sequence[Locus], *, build: str | None) -> Reading:
    """Read the loci from a BCF, by its CSI index when there is one."""
    try:
        import pysam
    except ImportError:
        raise AccessError(
            "BCF files need pysam.",
            "Install nxpredict[genomics], or convert: bcftools view -Oz -o FILE.vcf.gz FILE.bcf.",
        ) from None
    if is_bgzf(magic(path)) and not has_bgzf_end(path):
        raise cut_short(path)
    index = path.with_name(path.name + ".csi")
    known = check_index(path, index) if index.is_file() else None
    held = known.bins if known and known.end else None
    if held is None:
        for _ in chunks(path):  # one pass that checks every block, as pysam may stop in silence
            pass
    quiet = pysam.set_verbosity(0)
    try:
        with pysam.VariantFile(str(path)) as source:
            found = _find(source, path, loci, held)
    except (OSError, ValueError, NotImplementedError, RuntimeError) as error:
        for _ in chunks(path):  # names the damaged byte, when a block is what is wrong
            pass
        raise damaged(path, f"the BCF cannot be read to its end ({type(error).__name__})") from None
    finally:
        pysam.set_verbosity(quiet)
    return reading_of(path, found, loci, build)


def _find(source: Any, path: Path, loci: Sequence[Locus], held: Sequence[Sized] | None) -> Found:
    """Find the wanted records; `held` is what the index holds of each contig of the header."""
    text = [line.encode() for line in str(source.header).rstrip("\n").split("\n")]
    header = VcfHeader.parse(text, path)
    targets = Targets.of(loci, length_blocks=header.has_length_blocks)
    found = Found(header)
    if held is None or targets.length_blocks:
        records = _by_scan(source, targets, found)
    else:
        records = _by_index(source, targets, found, held)
    lines = (str(record).rstrip("\n").encode() for record in records)
    found.lines = list(dict.fromkeys(line for line in lines if targets.wants(line)))
    return found


def _by_index(source: Any, targets: Targets, found: Found, held: Sequence[Sized]) -> Iterator[Any]:
    for name, contig in source.header.contigs.items():
        plain = targets.names.get(name.encode())
        if plain is None or contig.id >= len(held) or not held[contig.id]:
            continue
        found.contigs.add(plain)
        for low, high in targets.intervals.get(plain, ()):
            yield from source.fetch(name, max(low - 1, 0), high)


def _by_scan(source: Any, targets: Targets, found: Found) -> Iterator[Any]:
    names = {name.decode() for name in targets.rsids}
    for record in source:
        chromosome = record.chrom.encode()
        if chromosome in targets.names:
            found.contigs.add(targets.names[chromosome])
        wanted = targets.spelled.get(chromosome, ())
        near = any(
            record.pos <= high and (record.stop >= low or targets.length_blocks)
            for low, high in wanted
        )
        if near or (record.id and not names.isdisjoint(record.id.split(";"))):
            yield record
