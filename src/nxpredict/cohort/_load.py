"""From a study and its files to a `Cohort`, or to every fault of both at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.catalog import Catalog
from nxpredict.cohort._assemble import assemble
from nxpredict.cohort._batch import read_batch, read_ids
from nxpredict.cohort._beside import read_beside
from nxpredict.cohort._cohort import Cohort
from nxpredict.cohort._counted import with_counted
from nxpredict.cohort._genotypes import derived_predictors, genotype_specs, read_genotypes
from nxpredict.cohort._match import match_columns
from nxpredict.cohort._matcher import Matching
from nxpredict.cohort._outcome import without_codes
from nxpredict.cohort._people import check_ids, column_roles, read_people, require_columns
from nxpredict.cohort._periods import (
    check_orders,
    check_wash_out,
    read_periods,
    values_of_patients,
)
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.cohort._screen import screen_columns, without_empty
from nxpredict.cohort._table import RawTable, read_table
from nxpredict.cohort._timeline import in_period
from nxpredict.errors import DataError, Fault, FaultLog, closest
from nxpredict.genotypes import CallsTable
from nxpredict.study import (
    AdditionalPredictor,
    ArmSet,
    Beside,
    ColumnReading,
    CrossoverDesign,
    Design,
    GenotypeSource,
    ResponseDefinition,
    ResponseReading,
    TableSource,
)


def load(
    table: TableSource | RawTable,
    *,
    catalog: Catalog,
    arms: ArmSet,
    design: Design,
    response: ResponseDefinition,
    reading: ResponseReading = ResponseReading(),  # noqa: B008  (frozen)
    beside: Beside = Beside(),  # noqa: B008  (frozen)
    predictors: Mapping[str, ColumnReading] | None = None,
    additional: Mapping[str, AdditionalPredictor] | None = None,
    eligibility: Sequence[str] = (),
    allow_leak: Collection[str] = (),
    genotypes: GenotypeSource | None = None,
    faults: Iterable[Fault] = (),
) -> Cohort:
    """Read and check a study's patients.

    Parameters
    ----------
    table : TableSource or RawTable
        The file, or a table already read.
    catalog : Catalog
    arms : ArmSet
    design : Design
    response : ResponseDefinition
    reading : ResponseReading, optional
        How the table writes the response.
    beside : Beside, optional
        Tolerability and adherence.
    predictors : mapping of str to ColumnReading, optional
        How the table names and codes catalogue predictors and loci.
    additional : mapping of str to AdditionalPredictor, optional
    eligibility : sequence of str
        Catalogue codes, kept as facts.
    allow_leak : collection of str
        Predictors that may predict the response with AUC 0.95 or more.
    genotypes : GenotypeSource, optional
        Genotype files and what the study says of them.
    faults : iterable of Fault
        What the study file already showed, so that all is reported together.

    Returns
    -------
    Cohort

    Raises
    ------
    DataError
        With every fault of study and data.
    AccessError
        When a file cannot be opened.
    """
    found = FaultLog(faults)
    raw = _open(table, found)
    raw = without_codes(raw, {*response.columns, *beside.columns}, reading.missing_codes)
    present = require_columns(raw, column_roles(design, response, beside), found)
    matching = match_columns(
        raw.frame,
        file=raw.file,
        catalog=catalog,
        reserved=_reserved(design, response, beside),
        predictors=predictors or {},
        additional=additional or {},
        faults=found,
    )
    ids = _ids(raw, design, present, found)
    columns = _Reading(raw, ids, matching, catalog, found)
    X, schema = columns.predictors(design.id, genotypes or GenotypeSource())
    _check_leak_names(allow_leak, schema, found)
    male = X["sex"].to_numpy(dtype="float64") if "sex" in X else None
    period, carried = _periods(raw, design, arms, catalog, ids, present, found)
    if period is not None:
        X = values_of_patients(X, ids, period, raw.file, found)
    told = design.id in present and (period is None) != isinstance(design, CrossoverDesign)
    rows = None if not told else ids if period is None else in_period(ids, period)
    people = read_people(
        raw, arms, design, response, present, found, reading=reading, ids=rows, male=male
    )
    after = read_beside(raw, beside, present, found)
    if people is None or not told:
        raise DataError(found)
    if period is not None and isinstance(design, CrossoverDesign):
        check_orders(raw, design, ids, period, people.codes, found)
    return assemble(
        raw,
        X,
        schema,
        ids,
        people,
        after,
        period,
        arms=arms,
        design=design,
        response=response,
        beside=beside,
        eligibility=eligibility,
        allow_leak=allow_leak,
        matching=matching,
        calls=columns.calls,
        carried=carried,
        faults=found,
    )


def _ids(raw: RawTable, design: Design, present: Collection[str], faults: FaultLog) -> pd.Series:
    """Return the identifiers, checked where the table has them."""
    ids = read_ids(raw.frame, design.id)
    if design.id in present:
        check_ids(ids, raw, design, faults)
    return ids


def _periods(
    raw: RawTable,
    design: Design,
    arms: ArmSet,
    catalog: Catalog,
    ids: pd.Series,
    present: Collection[str],
    faults: FaultLog,
) -> tuple[npt.NDArray[np.int64] | None, float]:
    """Return the periods of a crossover, where readable, and what share of an arm may be left."""
    if not isinstance(design, CrossoverDesign):
        return None, 0.0
    carried = check_wash_out(design, arms, catalog, faults)
    readable = {design.id, design.period} <= set(present)
    return (read_periods(raw, design, ids, faults) if readable else None), carried


def _open(table: TableSource | RawTable, faults: FaultLog) -> RawTable:
    if isinstance(table, TableSource):
        try:
            table = read_table(table.path, separator=table.separator, decimal=table.decimal)
        except DataError as error:
            faults.extend(error.faults)
            raise DataError(faults) from None
    faults.extend(table.faults)
    return table


def _reserved(design: Design, response: ResponseDefinition, beside: Beside) -> dict[str, str]:
    """Return the columns that can be no predictor, with what they are."""
    names = {"design.id": "the identifier"}
    reserved = {
        column: names.get(role, f"the {role.removeprefix('design.')}")
        for column, role in design.roles.items()
    }
    return reserved | beside.columns | dict.fromkeys(response.outcome_columns, "the response")


def _check_leak_names(names: Collection[str], schema: Schema, faults: FaultLog) -> None:
    for name in names:
        if name not in schema.names:
            faults.error(
                "unknown-predictor",
                f"allow_leak names '{name}', which is no predictor of this study",
                closest(name, schema.names) or "remove it",
            )


class _Reading:
    """The predictors of one table, with the genotypes of its files."""

    def __init__(
        self,
        table: RawTable,
        ids: pd.Series,
        matching: Matching,
        catalog: Catalog,
        faults: FaultLog,
    ) -> None:
        self.table = table
        self.ids = ids
        self.matching = matching
        self.catalog = catalog
        self.faults = faults
        self.calls: CallsTable | None = None

    def predictors(self, id_column: str, source: GenotypeSource) -> tuple[pd.DataFrame, Schema]:
        """Return the typed predictors, in the order of the table, and how they were read."""
        table, matching = self.table, self.matching
        specs = screen_columns(
            table.frame,
            matching,
            catalog=self.catalog,
            file=table.file,
            decimal=table.decimal,
            faults=self.faults,
        )
        columns = list(specs.values())
        derived = self._genotypes(specs, source)
        self.calls = with_counted(
            self.calls,
            table.frame,
            self.ids.fillna("").to_list(),
            columns,
            self.catalog,
            file=table.file,
            decimal=table.decimal,
        )
        order = {name: i for i, name in enumerate(self.catalog.predictors)}
        names = sorted(specs, key=lambda name: order.get(name, len(order)))
        schema = Schema(id_column, tuple(specs[name] for name in names))
        batch = read_batch(
            table.frame, schema, decimal=table.decimal, file=table.file, genotypes=derived
        )
        self.faults.extend(batch.faults)
        kept = without_empty(batch.X, schema.predictors, table.file, self.faults)
        loci = {name: matching.loci[name] for name in sorted(matching.loci)}
        specs_kept = tuple(schema.spec(name) for name in kept)
        return batch.X[kept], Schema(
            id_column, specs_kept, loci, source.long_alleles, table.decimal
        )

    def _genotypes(
        self, specs: dict[str, PredictorSpec], source: GenotypeSource
    ) -> pd.DataFrame | None:
        """Add the genotype predictors to `specs` and return their values."""
        table, codings = self.table, self.matching.loci
        self.calls = read_genotypes(
            table.frame,
            self.ids,
            codings,
            source,
            self.catalog,
            file=table.file,
            faults=self.faults,
        )
        if self.calls is None:
            return None
        loci = {*self.catalog.variants, *self.catalog.repeats} if source.files else set(codings)
        found = genotype_specs(self.catalog, loci, source.long_alleles)
        patients = self.ids.fillna("").to_list()
        derived = derived_predictors(self.calls, patients, found.values(), self.catalog)
        for name in list(found):
            if name in specs and derived[name].isna().all():
                del found[name]
            elif name in specs:
                self.faults.warn(
                    "genotype-twice",
                    f"'{name}' stands in a column and follows from genotypes; these are used",
                    "remove the column or the genotypes",
                    file=table.file,
                    column=specs[name].column,
                )
        specs |= found
        return derived[list(found)]
