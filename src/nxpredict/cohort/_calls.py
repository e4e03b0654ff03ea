"""Genotypes on their own: of a study, whatever else its table holds, and of new patients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from nxpredict.catalog import Catalog
from nxpredict.cohort._batch import read_batch, read_ids
from nxpredict.cohort._counted import with_counted
from nxpredict.cohort._genotypes import (
    derived_predictors,
    read_files,
    read_genotypes,
    without_folder,
)
from nxpredict.cohort._match import match_loci
from nxpredict.cohort._people import check_ids, require_columns
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.cohort._table import RawTable, read_table
from nxpredict.errors import DataError, Fault, FaultLog
from nxpredict.genotypes import CallsTable
from nxpredict.study import ColumnReading, Design, GenotypeSource, TableSource


@dataclass(frozen=True, slots=True)
class StudyCalls:
    """Genotype calls of a study, with what their quality is judged by.

    Parameters
    ----------
    calls : CallsTable
    site, ancestry : list of str or None
        One entry a patient of `calls`; None where the table has no such column.
    """

    calls: CallsTable
    site: list[str | None] | None
    ancestry: list[str | None] | None


def read_study_calls(
    table: TableSource,
    *,
    catalog: Catalog,
    design: Design,
    predictors: Mapping[str, ColumnReading],
    genotypes: GenotypeSource,
    faults: FaultLog,
) -> StudyCalls | None:
    """Read the genotype calls of a study's patients.

    Parameters
    ----------
    table : TableSource
    catalog : Catalog
    design : Design
        Names the columns of the identifier and the site.
    predictors : mapping of str to ColumnReading
        What the study file declares, loci among it.
    genotypes : GenotypeSource
    faults : FaultLog
        Gets what cannot be read.

    Returns
    -------
    StudyCalls or None
        None when the study names no genotypes.

    Raises
    ------
    DataError
        When the table cannot be read.
    """
    raw = read_table(table.path, separator=table.separator, decimal=table.decimal)
    faults.extend(raw.faults)
    roles = {design.id: "design.id"} | ({design.site: "design.site"} if design.site else {})
    present = require_columns(raw, roles, faults)
    ids = read_ids(raw.frame, design.id)
    if design.id in present:
        check_ids(ids, raw, design, faults)
    matching = match_loci(
        raw.frame,
        file=raw.file,
        catalog=catalog,
        reserved=dict.fromkeys((*roles, design.arm), "another role"),
        predictors=predictors,
        faults=faults,
    )
    calls = read_genotypes(
        raw.frame, ids, matching.loci, genotypes, catalog, file=raw.file, faults=faults
    )
    calls = with_counted(
        calls,
        raw.frame,
        ids.fillna("").to_list(),
        matching.specs.values(),
        catalog,
        file=raw.file,
        decimal=raw.decimal,
    )
    if calls is None:
        return None
    site = read_ids(raw.frame, design.site) if design.site in present else None
    ancestry = _ancestry(raw, matching.specs.get("ancestry"))
    return StudyCalls(calls, _by_patient(site, ids, calls), _by_patient(ancestry, ids, calls))


def _ancestry(table: RawTable, spec: PredictorSpec | None) -> pd.Series | None:
    """Return each row's ancestry in the catalogue's words; None without the column."""
    if spec is None or spec.column is None:
        return None
    return read_batch(table.frame, Schema("", (spec,)), file=table.file).X[spec.name]


def _by_patient(
    values: pd.Series | None, ids: pd.Series, calls: CallsTable
) -> list[str | None] | None:
    if values is None:
        return None
    known = dict(
        zip(ids.fillna(""), values.astype(object).where(values.notna(), None), strict=True)
    )
    return [known.get(patient) for patient in calls.patient_ids]


@dataclass(frozen=True, slots=True)
class GenotypeLookUp:
    """From patient identifiers to genotype predictors, one row each.

    Parameters
    ----------
    predictors : DataFrame
        Indexed by patient.
    warnings : tuple of Fault
        What was noticed while the files were read.
    """

    predictors: pd.DataFrame
    warnings: tuple[Fault, ...]

    def __call__(self, wanted: pd.Series) -> pd.DataFrame:
        """Return the predictors of some patients in order, missing where nothing is known."""
        found = self.predictors.reindex(pd.Index(wanted.fillna(""), dtype=object))
        return found.reset_index(drop=True)


def genotype_look_up(
    source: GenotypeSource,
    schema: Schema,
    ids: Sequence[str] | Callable[[Sequence[str]], Sequence[str]],
    catalog: Catalog,
) -> GenotypeLookUp:
    """Read the genotype files of new patients once.

    Parameters
    ----------
    source : GenotypeSource
    schema : Schema
        Of the training study; decides what is derived, and how.
    ids : sequence of str, or function
        All patients that will be asked for; or a function that is given the names of all samples
        and returns the patients that may be among them, so that the others need no memory.
    catalog : Catalog

    Returns
    -------
    GenotypeLookUp
        With the genotype predictors of the schema.

    Raises
    ------
    DataError
        When a file cannot be read, holds what is no genotype, or matches no patient.
    """
    calls = read_files(replace(source, long_alleles=schema.long_alleles), catalog, ids)
    if calls.faults:
        raise DataError(map(without_folder, calls.faults))
    patients = calls.patient_ids.tolist()
    known = derived_predictors(calls, patients, schema.predictors, catalog)
    known.index = pd.Index(patients, dtype=object)

    return GenotypeLookUp(known, tuple(map(without_folder, calls.warnings)))
