"""The genotypes of a study alone, whatever else its table holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nxpredict.catalog import Catalog
from nxpredict.cohort._batch import read_ids
from nxpredict.cohort._genotypes import read_genotypes
from nxpredict.cohort._match import match_columns
from nxpredict.cohort._table import read_table
from nxpredict.errors import FaultLog
from nxpredict.genotypes import CallsTable
from nxpredict.study import ColumnReading, ParallelDesign, TableSource


def read_study_calls(
    table: TableSource,
    *,
    catalog: Catalog,
    design: ParallelDesign,
    predictors: Mapping[str, ColumnReading],
    genotypes: Sequence[Path],
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
    genotypes : sequence of Path
        Genotype files.
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
