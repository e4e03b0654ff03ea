"""The format of a source, told from its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nxpredict.errors import DataError, Fault
from nxpredict.genotypes._array import find_layout, read_array
from nxpredict.genotypes._bcf import read_bcf
from nxpredict.genotypes._loci import Locus
from nxpredict.genotypes._open import head, magic
from nxpredict.genotypes._parquet import is_parquet
from nxpredict.genotypes._plink import BED_MAGIC, read_bed
from nxpredict.genotypes._plink2 import PGEN_MAGIC, read_pgen
from nxpredict.genotypes._record import Orientation, Reading
from nxpredict.genotypes._table_file import (
    ADVNTR_BED,
    genotype_columns,
    read_advntr_bed,
    read_table_file,
)
from nxpredict.genotypes._vcf import read_vcf

_BESIDE = {".tbi", ".csi", ".bim", ".fam", ".pvar", ".psam", ".log", ".md"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_VCF_STARTS = (b"##fileformat=VCF", b"#CHROM\tPOS\tID\tREF\tALT")
_ZSTD = b"\x28\xb5\x2f\xfd"
_UNPACK = "unpack it (zstd -d, bunzip2 or unxz), or pack it with bgzip"
_KNOWN = "give a VCF, BCF, PLINK, consumer-array or VNTR file, or a table with genotype columns"


def read_source(
    path: Path,
    loci: Sequence[Locus],
    *,
    build: str | None,
    strand: Orientation,
    id_column: str | None = None,
) -> list[Reading]:
    """Read one source; a folder gives one reading a file, without going into its folders."""
    if path.is_dir():
        return _read_folder(path, loci, build, strand, id_column)
    return [_read_file(_data_file(path), loci, build, strand, id_column)]


def _data_file(path: Path) -> Path:
    """Return the genotype file of a PLINK prefix or of a bim, fam, pvar or psam file."""
    if path.suffix in _BESIDE or not path.exists():
        for ending in (".bed", ".pgen"):
            stem = path.with_suffix("") if path.suffix in _BESIDE else path
            candidate = stem.with_name(stem.name + ending)
            if candidate.is_file():
                return candidate
    return path


def _read_file(
    path: Path,
    loci: Sequence[Locus],
    build: str | None,
    strand: Orientation,
    id_column: str | None,
) -> Reading:
    start = magic(path)
    if start[:3] == BED_MAGIC:
        return read_bed(path, loci, build=build, strand=strand)
    if start[:2] == PGEN_MAGIC:
        return _plink_binary(path, start, loci, build, strand)
    start = head(path, 4096)
    if start[:3] == b"BCF":
        return read_bcf(path, loci, build=build)
    if start.removeprefix(_BYTE_ORDER_MARK).startswith(_VCF_STARTS):
        return read_vcf(path, loci, build=build)
    start = head(path, 1 << 16)
    if start.startswith(ADVNTR_BED):
        return read_advntr_bed(path, loci)
    if find_layout(start) is not None:
        return read_array(path, loci, build=build, strand=strand)
    if is_parquet(start) or genotype_columns(start, loci):
        return read_table_file(path, loci, strand=strand, id_column=id_column)
    raise _unknown(path, start)


def _plink_binary(
    path: Path, start: bytes, loci: Sequence[Locus], build: str | None, strand: Orientation
) -> Reading:
    if start[2:3] == b"\0":
        what = "this PLINK file is written person by person"
        hint = "convert it: plink --bfile NAME --make-bed --out NEW"
        raise DataError([Fault("individual-major-bed", what, hint, file=str(path))])
    return read_pgen(path, loci, build=build, strand=strand)


def _unknown(path: Path, start: bytes) -> DataError:
    lines = start.split()
    if not lines:
        what, hint = "the file is empty", "copy it again, or leave it out"
    elif start.startswith((b"\xff\xfe", b"\xfe\xff")):
        what, hint = "the file is UTF-16 text", "save it as UTF-8"
    elif len(lines) >= 2 and lines[0].isdigit() and (b"/" in lines[1] or lines[1] == b"None"):
        what = "adVNTR's text output names no place in the genome"
        hint = "run adVNTR with --outfmt bed or --outfmt vcf"
    elif start[16:20] == b"bgen":
        what = "this is a BGEN file, which nxpredict does not read"
        hint = "convert it: plink2 --bgen FILE ref-first --sample FILE --export vcf bgz"
    elif start[:4] == _ZSTD or start[:3] == b"BZh" or start[:5] == b"\xfd7zXZ":
        what, hint = "the file is packed in a way that nxpredict does not unpack", _UNPACK
    elif _is_ped(start.split(b"\n", 1)[0].split()):
        what = "this is a PLINK text file (.ped), which nxpredict does not read"
        hint = "convert it: plink --file NAME --make-bed --out NEW"
    elif start.removeprefix(_BYTE_ORDER_MARK).startswith(b"[Header]"):
        what = "this is a GenomeStudio final report, which may hold many samples"
        hint = "export PLINK or VCF, or one file a sample without the [Header] part"
    else:
        what, hint = "this is no genotype file that nxpredict knows", _KNOWN
    return DataError([Fault("unknown-genotype-format", what, hint, file=str(path))])


def _is_ped(parts: list[bytes]) -> bool:
    """Tell a row of six fixed fields and single-letter alleles."""
    alleles = parts[6:40]
    return len(alleles) >= 2 and all(len(p) == 1 and p in b"ACGTN01234-" for p in alleles)


def _read_folder(
    folder: Path,
    loci: Sequence[Locus],
    build: str | None,
    strand: Orientation,
    id_column: str | None,
) -> list[Reading]:
    """Read a folder of one-person files; faults name a file by its place in the name order."""
    paths = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix not in _BESIDE and not path.name.startswith(".")
    ]
    if not paths:
        what = "the folder holds no files"
        raise DataError([Fault("empty-folder", what, _KNOWN, file=str(folder))])
    readings: list[Reading] = []
    faults: list[Fault] = []
    for number, path in enumerate(paths, 1):
        shown = f"{folder} (file {number} of {len(paths)} by name)"
        try:
            reading = _read_file(path, loci, build, strand, id_column)
        except DataError as error:
            faults += [replace(fault, file=shown) for fault in error.faults]
            continue
        warnings = tuple(replace(fault, file=shown) for fault in reading.warnings)
        cells = tuple(replace(fault, file=shown) for fault in reading.faults)
        readings.append(replace(reading, shown=shown, warnings=warnings, faults=cells))
    if faults:
        raise DataError(faults)
    return readings
