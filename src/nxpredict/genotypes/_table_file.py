"""A table of genotypes given as a source of its own: CSV, TSV, PLINK .raw, Parquet, adVNTR BED."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from nxpredict.catalog import RepeatLocus
from nxpredict.errors import DataError, Fault, counted
from nxpredict.genotypes._array import person_of
from nxpredict.genotypes._build import chromosome_name
from nxpredict.genotypes._calls import MISSING
from nxpredict.genotypes._cells import parse_cell
from nxpredict.genotypes._coding import ColumnCoding
from nxpredict.genotypes._columns import column_records
from nxpredict.genotypes._headers import contested_columns, recognise_columns
from nxpredict.genotypes._loci import Locus, span
from nxpredict.genotypes._numbers import whole_number
from nxpredict.genotypes._open import chunks
from nxpredict.genotypes._parquet import arrow_to_frame, is_parquet
from nxpredict.genotypes._record import Orientation, Reading, Record

_ID_NAMES = ("patient_id", "iid", "sample_id", "sample", "subject_id", "subject", "patient", "id")


def genotype_columns(start: bytes, loci: Sequence[Locus]) -> bool:
    """Tell whether a text table's header names genotype columns."""
    line = start.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    headers = line.strip().replace('"', "").split(_mark(line))
    return bool(recognise_columns(headers, loci) or contested_columns(headers, loci))


def _mark(line: str) -> str | None:
    """Return the separator of a header line; None for runs of spaces."""
    return next((mark for mark in ("\t", ";", ",") if mark in line), None)


def read_table_file(
    path: Path, loci: Sequence[Locus], *, strand: Orientation, id_column: str | None = None
) -> Reading:
    """Read genotype columns of a table file; the patient id is found by its header.

    `id_column` goes before the usual names.
    """
    data = b"".join(chunks(path))
    frame = _frame(data, path)
    frame.columns = [str(name).strip() for name in frame.columns]
    key = _id_column(frame, id_column, path)
    ids = frame[key].astype("str").tolist()
    if len(set(ids)) < len(ids):
        what = "a patient stands in two rows"
        hint = "keep one row a patient"
        raise DataError([Fault("duplicate-sample", what, hint, str(path), None, key)])
    _refuse_contested(frame, loci, path)
    columns = {
        name: coding if coding.strand != "unknown" else replace(coding, strand=strand)
        for name, coding in recognise_columns(frame.columns, loci).items()
    }
    if not is_parquet(data) and not data.endswith((b"\n", b"\r")):
        _refuse_cut(frame, columns, path)
    records, faults = column_records(frame, columns, loci, file=str(path))
    found = {record.locus.name for record in records}
    return Reading(
        path=path,
        samples=tuple(ids),
        records=records,
        absent={locus.name: "absent-column" for locus in loci if locus.name not in found},
        array=True,
        faults=tuple(faults),
    )


def _id_column(frame: pd.DataFrame, declared: str | None, path: Path) -> str:
    names = ([] if declared is None else [declared.strip()]) + list(_ID_NAMES)
    by_lower = {name.lower(): name for name in reversed(list(frame.columns))}
    key = next((by_lower[name.lower()] for name in names if name.lower() in by_lower), None)
    if key is None:
        what = f"expected a column of patient ids ({', '.join(names[:4])})"
        raise DataError([Fault("no-id-column", what, f"name it {names[0]}", str(path), 1)])
    return key


def _refuse_cut(frame: pd.DataFrame, columns: dict[str, ColumnCoding], path: Path) -> None:
    """Refuse half a genotype in the last cell of a file that lacks its last line end."""
    last = str(frame.columns[-1])
    coding = next((c for c in columns.values() if c.columns == (last,)), None)
    if coding is None or frame.empty:
        return
    cell = parse_cell(frame[last].iloc[-1], coding.notation or "alleles")
    if cell.problem or (cell.first is not None and cell.second is None):
        what = "the last row is cut short"
        raise DataError([Fault("cut-short", what, _WHOLE, str(path), len(frame) + 1, last)])


def _refuse_contested(frame: pd.DataFrame, loci: Sequence[Locus], path: Path) -> None:
    faults = [
        Fault(
            "ambiguous-column",
            f"several columns are called like the locus '{name}': {', '.join(columns)}",
            "keep one of them",
            str(path),
        )
        for name, columns in contested_columns(frame.columns, loci).items()
    ]
    if faults:
        raise DataError(faults)


def _frame(data: bytes, path: Path) -> pd.DataFrame:
    try:
        if is_parquet(data):
            table = pa_parquet.ParquetFile(io.BytesIO(data)).read()
            _refuse_repeated(table.column_names, path)
            return arrow_to_frame(table)
        return _text_frame(data.decode("utf-8-sig").replace("\0", "\ufffd"), path)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        what = "the table is not UTF-8 text"
        raise DataError([Fault("bad-table", what, "save it as UTF-8", str(path), row)]) from None
    except (ValueError, OSError, pa.ArrowException, csv.Error) as error:
        what = f"the table cannot be read ({type(error).__name__})"
        raise DataError([Fault("bad-table", what, "write it as CSV again", str(path))]) from None


def _refuse_repeated(header: Sequence[str], path: Path) -> None:
    if len(set(header)) < len(header):
        what, hint = "a column name stands twice", "give each column its own name"
        raise DataError([Fault("duplicate-column", what, hint, str(path), 1)])


def _text_frame(text: str, path: Path) -> pd.DataFrame:
    """Return the cells as text; rows of another length than the header are an error."""
    mark = _mark(text.split("\n", 1)[0])
    if mark:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        rows = [(lines.line_num, [cell.strip() for cell in row]) for row in lines if row]
    else:
        rows = [(i, line.split()) for i, line in enumerate(text.splitlines(), 1) if line.strip()]
    header = rows[0][1]
    _refuse_repeated(header, path)
    ragged = [number for number, row in rows if len(row) != len(header)]
    if ragged:
        what = (
            f"{counted(len(ragged), 'row does', 'rows do')} not have the {len(header)} fields of "
            "the header"
        )
        raise DataError([Fault("ragged-rows", what, _WHOLE, str(path), ragged[0])])
    return pd.DataFrame([row for _, row in rows[1:]], columns=header, dtype="str")


_WHOLE = "the file may be cut short: write it again, with every field of every row"


ADVNTR_BED = b"#CHROM\tStart\tEnd\tVNTR_ID\tGene\tMotif\tRefCopy"


def read_advntr_bed(path: Path, loci: Sequence[Locus]) -> Reading:
    """Read adVNTR's BED output of one person: repeat counts R1 and R2 by place and motif."""
    text = b"".join(chunks(path)).decode("utf-8", "replace")
    records = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split("\t")
        if line.startswith("#") or not line.strip():
            continue
        if len(parts) not in {8, 9} or min(map(whole_number, parts[1:3])) < 0:
            what = "expected nine columns: place, VNTR, motif and two counts"
            raise DataError([Fault("bad-vntr-row", what, "run adVNTR again", str(path), number)])
        place = f"{path.name}:{number}"
        repeats = (locus for locus in loci if isinstance(locus, RepeatLocus))
        own = (locus for locus in repeats if _same_repeat(parts, locus))
        records += [_vntr_record(parts[7:], locus, place) for locus in own]
    found = {record.locus.name for record in records}
    absent = {locus.name: "absent-record" for locus in loci if locus.name not in found}
    return Reading(path, (person_of(path),), records, absent, only_repeats=True)


def _same_repeat(parts: list[str], locus: RepeatLocus) -> bool:
    here = chromosome_name(parts[0]) == locus.chromosome and len(parts[5]) == locus.unit_bp
    spans = (span(locus, "GRCh37"), span(locus, "GRCh38"))
    start, end = map(whole_number, parts[1:3])
    return here and any(start <= last and end >= first for first, last in spans)


def _vntr_record(counts: list[str], locus: RepeatLocus, place: str) -> Record:
    texts = [None if text in {"None", "."} else text for text in counts]
    texts += [None] * (2 - len(texts))
    known = tuple(dict.fromkeys(text for text in texts if text is not None))
    codes = sorted((MISSING if t is None else known.index(t) for t in texts), reverse=True)
    return Record(locus, known, np.array([codes], np.int16), place, orientation="forward")
