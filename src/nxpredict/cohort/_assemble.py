"""The last step of the door: who is analysed, judged together and put in order."""

from __future__ import annotations

from nxpredict.cohort._allocation import allocation_probabilities
from nxpredict.cohort._analysed import AnalysedRows, TableRead
from nxpredict.cohort._beside import report_unknown
from nxpredict.cohort._cohort import Cohort
from nxpredict.cohort._declared import Declared
from nxpredict.cohort._facts import cohort_facts, genotype_quality
from nxpredict.cohort._leaks import Leak, check_leaks, report_arm_copies, sides
from nxpredict.cohort._schema import Schema
from nxpredict.cohort._sizes import check_probabilities, check_sites, check_sizes
from nxpredict.errors import FaultLog
from nxpredict.genotypes import CallsTable, GenotypeQc


def assemble(read: TableRead, told: Declared, faults: FaultLog) -> Cohort:
    """Return the cohort of the analysed patients, sorted by identifier and period.

    Raises
    ------
    DataError
        With every fault gathered before and here.
    """
    rows = read.rows
    _judge(rows, read.table.file, told, faults)
    if not len(rows.y):
        faults.raise_if_errors()
    leaks = _leaks(read, told, faults)
    faults.raise_if_errors()
    calls, quality = _genotypes(read.calls, rows, faults)
    arm = rows.arm(told.arms)
    return rows.cohort(
        arm,
        told.response.scale,
        schema=read.schema,
        arms=told.arms,
        propensity=allocation_probabilities(told.design, told.arms, arm, rows.stratum),
        issues=tuple(faults),
        facts=cohort_facts(read, told, leaks=leaks, calls=calls, quality=quality),
        carried=read.carried,
    )


def _judge(rows: AnalysedRows, file: str, told: Declared, faults: FaultLog) -> None:
    """Report arms and sites with too few patients, and what is not known after treatment."""
    arms, design = told.arms, told.design
    check_sizes(
        rows.codes,
        rows.y,
        rows.patient,
        arms,
        told.response.scale,
        faults,
        file=file,
        column=design.arm,
    )
    compared = design.allocation != "pooled-indirect"
    if rows.site is not None and design.site is not None and compared:
        check_sites(rows.codes, rows.site, faults, file=file, column=design.site)
    if design.probabilities is not None and rows.period is None:
        check_probabilities(rows.codes, arms, design.probabilities, faults, file, design.arm)
    report_unknown((rows.stopped, rows.treated), told.beside, file, faults)


def _leaks(read: TableRead, told: Declared, faults: FaultLog) -> list[Leak]:
    """Report a table without predictors, and predictors that tell what was known later only.

    The first row of each patient is judged.
    """
    rows, schema, file, scale = read.rows, read.schema, read.table.file, told.response.scale
    _require_predictors(schema, file, faults)
    first = rows.first
    X, y = rows.X.iloc[first], sides(rows.y, scale)[first]
    stopped = None if rows.stopped is None else rows.stopped[first]
    found = check_leaks(
        X,
        y,
        stopped,
        told.allow_leak,
        schema=schema,
        change=scale.change is not None,
        file=file,
        faults=faults,
    )
    if told.design.allocation == "randomised":
        report_arm_copies(X, rows.codes[first], told.allow_leak, schema, file, faults)
    return found


def _genotypes(
    calls: CallsTable | None, rows: AnalysedRows, faults: FaultLog
) -> tuple[CallsTable | None, GenotypeQc | None]:
    """Return the calls of the patients, from the first row of each, and how good they are."""
    if calls is None:
        return None, None
    first = rows.first
    own = calls.take(rows.ids[first])
    site = None if rows.site is None else rows.site[first]
    quality = genotype_quality(own, rows.X.iloc[first], site)
    faults.extend(quality.warnings)
    return own, quality


def _require_predictors(schema: Schema, file: str, faults: FaultLog) -> None:
    if any(spec.role == "predictor" for spec in schema.predictors):
        return
    faults.error(
        "no-predictors",
        "no column of this table is a predictor",
        "name columns under `predictors` or `additional_predictors`; `nxpredict catalog` lists "
        "the names that are found by themselves",
        file=file,
    )
