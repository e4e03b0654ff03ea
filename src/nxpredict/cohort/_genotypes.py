"""Genotypes of a study: from table columns and files to the catalogue's genotype predictors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.catalog import Catalog, Predictor, RepeatLocus, Variant
from nxpredict.cohort._rows import count_rows, row_numbers
from nxpredict.cohort._schema import PredictorSpec
from nxpredict.errors import DataError, Fault, FaultLog
from nxpredict.genotypes import (
    CallsTable,
    ColumnCoding,
    calls_from_columns,
    choose_long,
    contested_columns,
    derive,
    merge_calls,
    read_calls,
    recognise_columns,
)
from nxpredict.study import ColumnReading, GenotypeSource


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Genotype cells of one column that cannot be read, for the same reason."""

    code: str
    locus: str
    column: str
    message: str
    hint: str
    positions: npt.NDArray[np.intp]


def all_loci(catalog: Catalog, long_alleles: str | None = None) -> list[Variant | RepeatLocus]:
    """Return every locus of the catalogue, with the study's choice of long repeat alleles."""
    return choose_long([*catalog.variants.values(), *catalog.repeats.values()], long_alleles)


def declared_coding(locus: Variant | RepeatLocus, reading: ColumnReading) -> ColumnCoding | None:
    """Return how the study file says that a locus is written; None when it names no column."""
    columns = tuple(c for c in (reading.column, reading.second_column) if c is not None)
    if not columns:
        return None
    notation = "repeats" if isinstance(locus, RepeatLocus) else "alleles"
    known = recognise_columns(columns, [locus]).get(locus.name)
    coding = known or ColumnCoding(columns, notation)  # type: ignore[arg-type]
    return replace(coding, columns=columns, **reading.genotype)  # type: ignore[arg-type]


def find_codings(
    headers: Iterable[str], catalog: Catalog, known: Iterable[str]
) -> dict[str, ColumnCoding]:
    """Return the loci that headers name, apart from those already known."""
    known = set(known)
    return recognise_columns(
        headers, [locus for locus in all_loci(catalog) if locus.name not in known]
    )


def report_contested(
    headers: Iterable[str], catalog: Catalog, known: Iterable[str], file: str, faults: FaultLog
) -> None:
    """Report the loci that several columns claim, apart from those already known."""
    known = set(known)
    loci = [locus for locus in all_loci(catalog) if locus.name not in known]
    for name, columns in contested_columns(headers, loci).items():
        faults.error(
            "ambiguous-column",
            f"several columns are called like the locus '{name}': {', '.join(columns)}",
            f"say which one by `predictors: {{{name}: {{column: ...}}}}`",
            file=file,
        )


def _label(predictor: Predictor, catalog: Catalog, long_alleles: str | None) -> str:
    """Return the predictor's label; which repeat alleles count as long is the study's choice."""
    repeats = [catalog.repeats[n] for n in predictor.derived_from if n in catalog.repeats]
    if long_alleles is None or not repeats:
        return predictor.label
    chosen = choose_long(repeats, long_alleles)[0]
    return f"{predictor.label.partition(' (')[0]} ({chosen.long_label})"  # type: ignore[union-attr]


def genotype_specs(
    catalog: Catalog, loci: Iterable[str], long_alleles: str | None = None
) -> dict[str, PredictorSpec]:
    """Return the genotype predictors that can be derived from some loci."""
    available = set(loci)
    return {
        name: PredictorSpec(
            name,
            _label(predictor, catalog, long_alleles),
            predictor.family,
            predictor.kind,
            predictor.role,
            low=predictor.low,
            high=predictor.high,
            locus=";".join(predictor.derived_from),
        )
        for name, predictor in catalog.predictors.items()
        if predictor.derived_from and available.issuperset(predictor.derived_from)
    }


def column_calls(
    frame: pd.DataFrame,
    codings: Mapping[str, ColumnCoding],
    catalog: Catalog,
    ids: Sequence[str],
    *,
    file: str | None = None,
    long_alleles: str | None = None,
) -> tuple[CallsTable, list[CellProblem]]:
    """Read genotype columns; cells that hold no genotype are gathered by column and reason.

    Raises
    ------
    DataError
        When a coding is incomplete.
    """
    calls = calls_from_columns(
        frame,
        codings,
        all_loci(catalog, long_alleles),
        patient_ids=ids,
        file=file,
        first_row=0,
    )
    groups: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for fault in calls.faults:
        groups[fault.code, fault.column or ""].append(fault)
    locus_of = {"+".join(coding.columns): locus for locus, coding in codings.items()}
    problems = [
        CellProblem(
            code,
            locus_of.get(column, column),
            column,
            found[0].message,
            found[0].hint,
            np.unique(np.array([fault.row for fault in found], dtype=np.intp)),
        )
        for (code, column), found in groups.items()
    ]
    return calls, problems


def read_genotypes(
    frame: pd.DataFrame,
    ids: pd.Series,
    codings: Mapping[str, ColumnCoding],
    source: GenotypeSource,
    catalog: Catalog,
    *,
    file: str,
    faults: FaultLog,
) -> CallsTable | None:
    """Read all genotypes of a study's patients, with faults for what cannot be read.

    Parameters
    ----------
    frame : DataFrame, shape (n, ...)
    ids : Series of str, shape (n,)
    codings : mapping of str to ColumnCoding
        Genotype columns of the table.
    source : GenotypeSource
        Genotype files and what the study says of them.
    catalog : Catalog
    file : str
        Name of the table.
    faults : FaultLog

    Returns
    -------
    CallsTable or None
        None without any source.
    """
    patients = ids.fillna("").to_list()
    tables: list[CallsTable] = []
    if codings:
        try:
            calls, problems = column_calls(
                frame, codings, catalog, patients, file=file, long_alleles=source.long_alleles
            )
            tables.append(calls)
            _report(problems, row_numbers(frame), file, faults)
        except DataError as error:
            faults.extend(error.faults)
    if source.files:
        try:
            known = [patient for patient in dict.fromkeys(patients) if patient]
            found = read_files(source, catalog, known)
            faults.extend(map(without_folder, found.faults))
            tables.append(found)
        except DataError as error:
            faults.extend(map(without_folder, error.faults))
    if not tables:
        return None
    calls = tables[0] if len(tables) == 1 else merge_calls(*tables)
    # Who is in no file stays told, though the table's own columns know the patient.
    calls = replace(calls, unmatched_patients=tables[-1].unmatched_patients)
    faults.extend(map(without_folder, calls.warnings))
    return calls


def without_folder(fault: Fault) -> Fault:
    """Return a fault that names its file without the folder."""
    return fault if fault.file is None else replace(fault, file=Path(fault.file).name)


def read_files(
    source: GenotypeSource,
    catalog: Catalog,
    ids: Sequence[str] | Callable[[Sequence[str]], Sequence[str]],
) -> CallsTable:
    """Read the genotype files of some patients as the study says."""
    return read_calls(
        source.files,
        all_loci(catalog, source.long_alleles),
        patient_ids=ids,
        absent_is_reference=source.absent_is_reference,
        id_map=source.id_map,
        build=source.build,
        strand=source.strand,
        failed_filter=source.failed_filter,
        id_column=source.id_column,
    )


def _report(
    problems: Iterable[CellProblem], rows: npt.NDArray[np.int_], file: str, faults: FaultLog
) -> None:
    for problem in problems:
        found = rows[problem.positions]
        faults.error(
            problem.code,
            f"{problem.message} in {count_rows(found)}",
            problem.hint,
            file=file,
            row=int(found[0]),
            column=problem.column,
        )


def derived_predictors(
    calls: CallsTable,
    ids: Sequence[str],
    specs: Iterable[PredictorSpec],
    catalog: Catalog,
) -> pd.DataFrame:
    """Return the genotype predictors of some patients, one row each, in order."""
    wanted = [catalog.predictors[s.name] for s in specs if s.locus is not None]
    return derive(calls, ids, predictors=wanted).reset_index(drop=True)
