"""The last step of the door: who is analysed, judged together and put in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._allocation import allocation_probabilities
from nxpredict.cohort._analysed import AnalysedRows
from nxpredict.cohort._beside import Floats, report_unknown
from nxpredict.cohort._cohort import NEXT_TO_NOTHING, Cohort
from nxpredict.cohort._facts import cohort_facts, genotype_quality
from nxpredict.cohort._leaks import Leak, check_leaks, report_arm_copies, sides
from nxpredict.cohort._matcher import Matching
from nxpredict.cohort._people import People
from nxpredict.cohort._schema import Schema
from nxpredict.cohort._sizes import check_probabilities, check_sites, check_sizes
from nxpredict.cohort._table import RawTable
from nxpredict.errors import FaultLog
from nxpredict.genotypes import CallsTable, GenotypeQc
from nxpredict.study import ArmSet, Beside, CrossoverDesign, Design, ResponseDefinition


def assemble(
    table: RawTable,
    X: pd.DataFrame,
    schema: Schema,
    ids: pd.Series,
    people: People,
    after: tuple[Floats | None, Floats | None],
    period: npt.NDArray[np.int64] | None,
    *,
    arms: ArmSet,
    design: Design,
    response: ResponseDefinition,
    beside: Beside,
    eligibility: Sequence[str],
    allow_leak: Collection[str],
    matching: Matching,
    calls: CallsTable | None,
    carried: float,
    faults: FaultLog,
) -> Cohort:
    """Return the cohort of the analysed patients, sorted by identifier and period.

    Raises
    ------
    DataError
        With every fault gathered before and here.
    """
    rows = AnalysedRows.of(table, X, ids, people, after, period, design)
    _judge(rows, table.file, arms, design, response, beside, faults)
    if not len(rows.y):
        faults.raise_if_errors()
    leaks = _leaks(rows, design, response, schema, allow_leak, table.file, faults)
    faults.raise_if_errors()

    arm = np.array(arms.names, dtype=object)[rows.codes]
    own_calls, quality = _genotypes(calls, rows, faults)
    facts = cohort_facts(
        table,
        schema,
        rows.X,
        rows.y,
        arm,
        arms=arms,
        design=design,
        response=response,
        eligibility=eligibility,
        automatic=matching.automatic,
        unused=[c for c in matching.unused if c not in response.columns],
        leaks=leaks,
        dropped=people.dropped,
        calls=own_calls,
        quality=quality,
    )
    facts["response"] |= beside.describe()
    facts["design"] |= _periods(design, rows, carried)
    probabilities = allocation_probabilities(design, arms, arm, rows.stratum)
    return rows.cohort(
        arm,
        response.scale,
        schema=schema,
        arms=arms,
        propensity=probabilities,
        issues=tuple(faults),
        facts=facts,
        carried=carried,
    )


def _judge(
    rows: AnalysedRows,
    file: str,
    arms: ArmSet,
    design: Design,
    response: ResponseDefinition,
    beside: Beside,
    faults: FaultLog,
) -> None:
    """Report arms and sites with too few patients, and what is not known after treatment."""
    check_sizes(
        rows.codes,
        rows.y,
        rows.patient,
        arms,
        response.scale,
        faults,
        file=file,
        column=design.arm,
    )
    compared = design.allocation != "pooled-indirect"
    if rows.site is not None and design.site is not None and compared:
        check_sites(rows.codes, rows.site, faults, file=file, column=design.site)
    if design.probabilities is not None and rows.period is None:
        check_probabilities(rows.codes, arms, design.probabilities, faults, file, design.arm)
    report_unknown((rows.stopped, rows.treated), beside, file, faults)


def _leaks(
    rows: AnalysedRows,
    design: Design,
    response: ResponseDefinition,
    schema: Schema,
    allow_leak: Collection[str],
    file: str,
    faults: FaultLog,
) -> list[Leak]:
    """Report a table without predictors, and predictors that tell what was known later only.

    The first row of each patient is judged.
    """
    _require_predictors(schema, file, faults)
    first = rows.first
    X, y = rows.X.iloc[first], sides(rows.y, response.scale)[first]
    told = None if rows.stopped is None else rows.stopped[first]
    change = response.scale.change is not None
    found = check_leaks(
        X, y, told, allow_leak, schema=schema, change=change, file=file, faults=faults
    )
    if design.allocation == "randomised":
        report_arm_copies(X, rows.codes[first], allow_leak, schema, file, faults)
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


def _periods(design: Design, rows: AnalysedRows, carried: float) -> dict[str, Any]:
    """Return what is said of the periods of a crossover; nothing of other designs."""
    if rows.period is None or not isinstance(design, CrossoverDesign):
        return {}
    return {
        "patients": len(rows.first),
        "periods": len(np.unique(rows.period)),
        "wash_out_days": design.wash_out_days,
        "carry_over": carried > NEXT_TO_NOTHING,
        "carried": round(carried, 4),
    }


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
