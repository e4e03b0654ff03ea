"""The predictors of one table, with the genotypes of its files."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from nxpredict.cohort._batch import read_batch
from nxpredict.cohort._counted import with_counted
from nxpredict.cohort._declared import Declared
from nxpredict.cohort._genotypes import derived_predictors, genotype_specs, read_genotypes
from nxpredict.cohort._matcher import Matching
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.cohort._screen import screen_columns, well_filled
from nxpredict.cohort._table import RawTable
from nxpredict.errors import FaultLog
from nxpredict.genotypes import CallsTable


class Predictors(NamedTuple):
    """Typed predictors in the order of the table, how they were read, and the calls of loci."""

    X: pd.DataFrame
    schema: Schema
    calls: CallsTable | None


def read_predictors(
    table: RawTable, ids: pd.Series, matching: Matching, told: Declared, faults: FaultLog
) -> Predictors:
    """Read the predictors that were found in a table, and those that follow from genotypes."""
    file, catalog, patients = table.file, told.catalog, ids.fillna("").to_list()
    specs = screen_columns(
        table.frame, matching, catalog=catalog, file=file, decimal=table.decimal, faults=faults
    )
    columns = list(specs.values())
    calls = read_genotypes(
        table.frame, ids, matching.loci, told.genotypes, catalog, file=file, faults=faults
    )
    derived = None
    if calls is not None:
        derived = _derived(calls, patients, specs, matching, told, file, faults)
    calls = with_counted(
        calls, table.frame, patients, columns, catalog, file=file, decimal=table.decimal
    )
    order = {name: i for i, name in enumerate(catalog.predictors)}
    names = sorted(specs, key=lambda name: order.get(name, len(order)))
    schema = Schema(told.design.id, tuple(specs[name] for name in names))
    batch = read_batch(table.frame, schema, decimal=table.decimal, file=file, genotypes=derived)
    faults.extend(batch.faults)
    schema = replace(
        schema,
        predictors=tuple(well_filled(batch.X, ids, schema.predictors, catalog, file, faults)),
        loci={name: matching.loci[name] for name in sorted(matching.loci)},
        long_alleles=told.genotypes.long_alleles,
        decimal=table.decimal,
    )
    return Predictors(batch.X[list(schema.names)], schema, calls)


def _derived(
    calls: CallsTable,
    patients: list[str],
    specs: dict[str, PredictorSpec],
    matching: Matching,
    told: Declared,
    file: str,
    faults: FaultLog,
) -> pd.DataFrame:
    """Add the genotype predictors to `specs` and return their values."""
    catalog, source = told.catalog, told.genotypes
    loci = {*catalog.variants, *catalog.repeats} if source.files else set(matching.loci)
    found = genotype_specs(catalog, loci, source.long_alleles)
    derived = derived_predictors(calls, patients, found.values(), catalog)
    for name in list(found):
        if name in specs and derived[name].isna().all():
            del found[name]
        elif name in specs:
            faults.warn(
                "genotype-twice",
                f"'{name}' stands in a column and follows from genotypes; these are used",
                "remove the column or the genotypes",
                file=file,
                column=specs[name].column,
            )
    specs |= found
    return derived[list(found)]
