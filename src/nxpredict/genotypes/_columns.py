"""Genotypes that stand in columns of the study table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog import RepeatLocus, Variant
from nxpredict.errors import Fault
from nxpredict.genotypes._calls import MISSING, REASON_CODES, CallsTable
from nxpredict.genotypes._cells import PROBLEMS, Cell, Notation, is_missing, parse_cell
from nxpredict.genotypes._coding import ColumnCoding, check_codings, resolved
from nxpredict.genotypes._loci import COMPLEMENT, Locus
from nxpredict.genotypes._merge import Accumulator
from nxpredict.genotypes._record import Orientation, Record, interpret


def calls_from_columns(
    frame: pd.DataFrame,
    columns: Mapping[str, ColumnCoding],
    loci: Sequence[Locus],
    *,
    patient_ids: Sequence[str] | None = None,
    file: str | None = None,
    first_row: int = 2,
) -> CallsTable:
    """Read genotypes from table columns.

    Parameters
    ----------
    frame : DataFrame
        One row a patient; cells as text or as typed.
    columns : mapping of str to ColumnCoding
        By locus name; `recognise_columns` drafts it from the headers.
    loci : sequence of Variant or RepeatLocus
        All loci; those without a column are ``not_tested`` with reason ``absent-column``.
    patient_ids : sequence of str, optional
        One a row; the index of `frame` by default.
    file : str, optional
        Name for faults and the source column.
    first_row : int
        Row number of the first patient as a spreadsheet counts.

    Returns
    -------
    CallsTable
        ``faults`` names every cell that cannot be a genotype (row and column, never the value);
        such a call is Indeterminate.

    Raises
    ------
    DataError
        When a declared column is missing or a coding is incomplete.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> from nxpredict.genotypes import recognise_columns
    >>> loci = list(load_catalog().variants.values())
    >>> table = pd.DataFrame({"rs1799971": ["A/G", "GG", ""]}, index=["p1", "p2", "p3"])
    >>> calls = calls_from_columns(table, recognise_columns(table.columns, loci), loci)
    >>> calls.loci["OPRM1_rs1799971"].dosage.tolist()
    [1.0, 2.0, nan]
    """
    ids = [str(i) for i in (frame.index if patient_ids is None else patient_ids)]
    patients = np.array(list(dict.fromkeys(ids)), dtype=object)
    place = {patient: i for i, patient in enumerate(patients)}
    rows = np.array([place[patient] for patient in ids], np.intp)
    nth = pd.Series(rows).groupby(rows).cumcount().to_numpy()
    builder = Accumulator(patients, loci)
    for locus in loci:
        builder.explain_absence(locus.name, np.arange(len(patients)), "absent-column")
    records, faults = column_records(frame, columns, loci, file=file, first_row=first_row)
    for record in records:
        calls = interpret(record)
        calls.source[:] = builder.source(record.place)
        for k in range(int(nth.max(initial=-1)) + 1):
            chosen = np.flatnonzero(nth == k)
            builder.add(rows[chosen], calls.take(chosen))
    return builder.finish(CallsTable(patients, {}, faults=tuple(faults)))


def column_records(
    frame: pd.DataFrame,
    columns: Mapping[str, ColumnCoding],
    loci: Sequence[Locus],
    *,
    file: str | None,
    first_row: int = 2,
) -> tuple[list[Record], list[Fault]]:
    """Return one record a locus that has columns, and the faults of its cells."""
    columns = {name: resolved(coding, name, loci) for name, coding in columns.items()}
    check_codings(frame, columns, loci, file)
    faults: list[Fault] = []
    records = [
        _record(frame, columns[locus.name], locus, file, first_row, faults)
        for locus in loci
        if locus.name in columns
    ]
    return records, faults


def _record(
    frame: pd.DataFrame,
    coding: ColumnCoding,
    locus: Locus,
    file: str | None,
    first_row: int,
    faults: list[Fault],
) -> Record:
    cells, which = _cells(frame, coding)
    alleles, codes, reason = _encode(cells, coding, locus)
    problem = np.array([cell.problem or "" for cell in cells], dtype=object)
    for kind in sorted(set(problem) - {""}):
        wrong = np.flatnonzero(problem[which] == kind)
        faults += [_cell_fault(kind, coding, file, first_row + int(row)) for row in wrong]
    phased = np.array([cell.phased for cell in cells], bool)
    record = Record(
        locus=locus,
        alleles=alleles,
        codes=codes[which],
        place=f"{file or 'table'}:{'+'.join(coding.columns)}",
        phased=phased[which],
        reason=reason[which],
        orientation=_strand(coding),
    )
    for row in np.flatnonzero(_unexpected(record)):
        faults.append(_cell_fault("unexpected-allele", coding, file, first_row + int(row)))
    return record


def _cells(frame: pd.DataFrame, coding: ColumnCoding) -> tuple[list[Cell], NDArray[np.intp]]:
    """Parse each different cell text once; return the cells and which one stands in each row."""
    texts = [_text(frame[column]) for column in coding.columns]
    notation = coding.notation or "alleles"
    if len(texts) == 1:
        codes, unique = pd.factorize(texts[0])
        cells = [parse_cell(str(text), notation) for text in unique]
    else:
        codes, unique = pd.factorize(texts[0] + "\t" + texts[1])
        pairs = [str(text).split("\t") for text in unique]
        cells = [_two(first, second, notation) for first, second in pairs]
    return cells, np.asarray(codes, np.intp)


def _text(column: pd.Series[str]) -> pd.Series[str]:
    text = column.astype("str")
    return text.where(column.notna(), "")


def _two(first: str, second: str, notation: Notation) -> Cell:
    """Read one allele from each of two cells; a spreadsheet may write counts as ``4.0``."""
    if notation == "repeats":
        first, second = (re.sub(r"\.0+\Z", "", text.strip()) for text in (first, second))
    cells = [
        parse_cell("" if is_missing(text, notation) else f"{text.strip()}/.", notation)
        for text in (first, second)
    ]
    if notation == "fragment_bp":
        cells = [parse_cell(text, notation) for text in (first, second)]
    problems = [cell.problem for cell in cells if cell.problem]
    if problems:
        return Cell(problem=problems[0])
    alleles = [cell.first for cell in cells]
    if alleles[0] is None:
        alleles.reverse()
    return Cell(alleles[0], alleles[1])


def _encode(
    cells: list[Cell], coding: ColumnCoding, locus: Locus
) -> tuple[tuple[str, ...], NDArray[np.int16], NDArray[np.int8]]:
    names = [_allele(text, coding, locus) for cell in cells for text in (cell.first, cell.second)]
    words: dict[str, int] = {}
    flat = [MISSING if name is None else words.setdefault(name, len(words)) for name in names]
    codes = np.array(flat, np.int16).reshape(len(cells), 2)
    problems = [cell.problem for cell in cells]
    unreadable, odd = REASON_CODES["unreadable-cell"], REASON_CODES["unexpected-allele"]
    known = {None: 0, "unexpected-allele": odd}
    reason = np.array([known.get(problem, unreadable) for problem in problems], np.int8)
    return tuple(words), codes, reason


def _allele(text: str | None, coding: ColumnCoding, locus: Locus) -> str | None:
    """Return an allele as letters or repeat counts, whatever the notation."""
    if text is None:
        return None
    if isinstance(locus, RepeatLocus):
        return _repeats_of(float(text), coding, locus)
    if coding.notation == "vcf":
        pair = (locus.reference_allele, locus.effect_allele)
        return pair[int(text)] if int(text) < 2 else f"<{text}>"
    if coding.notation == "dosage":
        counted = str(coding.counted)
        return counted if text == "1" else _other(counted, locus)
    return text


def _other(counted: str, locus: Variant) -> str:
    """Return the allele that `counted` is not, on the same strand."""
    pair = [locus.reference_allele, locus.effect_allele]
    if counted not in pair:
        pair = [allele.translate(COMPLEMENT) for allele in pair]
    return pair[1 - pair.index(counted)]


def _repeats_of(number: float, coding: ColumnCoding, locus: RepeatLocus) -> str:
    if coding.notation == "fragment_bp":
        assert coding.reference_fragment_bp is not None  # noqa: S101
        change = (number - coding.reference_fragment_bp) / locus.unit_bp
        number = locus.reference_repeats + change
        if abs(number - round(number)) <= 0.1:
            number = round(number)
    return f"{number:g}"


def _strand(coding: ColumnCoding) -> Orientation:
    if coding.notation in {"vcf", "repeats", "fragment_bp"}:
        return "forward"
    return coding.strand


def _unexpected(record: Record) -> NDArray[np.bool_]:
    """Tell which cells hold letters that the locus does not have on either strand."""
    calls = interpret(record)
    wrong = [REASON_CODES["unexpected-allele"], REASON_CODES["unclear-repeat-count"]]
    before = np.zeros(len(calls.reason), np.int8) if record.reason is None else record.reason
    odd = np.isin(calls.reason, wrong) & (before == 0)
    locus = record.locus
    if isinstance(locus, Variant) and locus.palindromic:
        fits = np.array(
            [a in {locus.reference_allele, locus.effect_allele} for a in record.alleles]
            + [True, True]
        )
        odd |= (before == 0) & ~fits[record.codes].all(axis=1)
    return np.asarray(odd, bool)


def _cell_fault(code: str, coding: ColumnCoding, file: str | None, row: int) -> Fault:
    message, hint = PROBLEMS[code]
    return Fault(code, message, hint, file, row, "+".join(coding.columns))
