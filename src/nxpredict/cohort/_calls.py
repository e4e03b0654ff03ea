"""Genotypes on their own: of a study, whatever else its table holds, and of new patients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from nxpredict.catalog import Catalog
from nxpredict.cohort._batch import read_ids
from nxpredict.cohort._genotypes import derived_predictors, read_files, read_genotypes
from nxpredict.cohort._match import match_columns
from nxpredict.cohort._schema import Schema
from nxpredict.cohort._table import read_table
from nxpredict.errors import FaultLog
from nxpredict.genotypes import CallsTable
from nxpredict.study import ColumnReading, GenotypeSource, ParallelDesign, TableSource


def read_study_calls(
    table: TableSource,
    *,
    catalog: Catalog,
    design: ParallelDesign,
    predictors: Mapping[str, ColumnReading],
    genotypes: GenotypeSource,
    faults: FaultLog,
) -> tuple[CallsTable | None, list[str] | None]:
    """Read the genotype calls of a study's patients.

    Parameters
    ----------
    table : TableSource
    catalog : Catalog
    design : ParallelDesign
        Names the columns of the identifier and the site.
    predictors : mapping of str to ColumnReading
        What the study file declares, loci among it.
    genotypes : GenotypeSource
    faults : FaultLog
        Gets what cannot be read.

    Returns
    -------
    CallsTable or None
        None when the study names no genotypes.
    list of str or None
        Site of each patient of the calls table, where there are sites.

    Raises
    ------
    DataError
        When the table cannot be read.
    """
    raw = read_table(table.path, separator=table.separator, decimal=table.decimal)
    faults.extend(raw.faults)
    ids = read_ids(raw.frame, design.id)
    ignored = FaultLog()
    matching = match_columns(
        raw.frame,
        file=raw.file,
        catalog=catalog,
        reserved={design.id: "the identifier", design.arm: "the arm"},
        predictors=predictors,
        additional={},
        faults=ignored,
    )
    calls = read_genotypes(
        raw.frame, ids, matching.loci, genotypes, catalog, file=raw.file, faults=faults
    )
    if calls is None or design.site is None or design.site not in raw.frame.columns:
        return calls, None
    site_of = dict(zip(ids.fillna(""), raw.frame[design.site].fillna("").astype(str), strict=True))
    return calls, [site_of.get(str(patient), "") for patient in np.asarray(calls.patient_ids)]


def genotype_look_up(
    source: GenotypeSource, schema: Schema, ids: Sequence[str], catalog: Catalog
) -> Callable[[pd.Series], pd.DataFrame]:
    """Read the genotype files of new patients once.

    Parameters
    ----------
    source : GenotypeSource
    schema : Schema
        Of the training study; decides what is derived, and how.
    ids : sequence of str
        All patients that will be asked for.
    catalog : Catalog

    Returns
    -------
    callable
        From patient identifiers to the genotype predictors of the schema, one row each.

    Raises
    ------
    DataError
        When a file cannot be read, or matches no patient.
    """
    calls = read_files(source, catalog, ids)

    def look_up(wanted: pd.Series) -> pd.DataFrame:
        patients = wanted.fillna("").to_list()
        return derived_predictors(calls, patients, schema.predictors, catalog, schema.long_alleles)

    return look_up
