"""The last step of the door: who is analysed, judged together and put in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._allocation import allocation_probabilities
from nxpredict.cohort._batch import read_ids
from nxpredict.cohort._beside import Floats, report_unknown
from nxpredict.cohort._cohort import Cohort, fingerprint
from nxpredict.cohort._facts import cohort_facts, genotype_quality
from nxpredict.cohort._leaks import Leak, check_leaks, report_arm_copies, sides
from nxpredict.cohort._matcher import Matching
from nxpredict.cohort._people import People, check_sites, check_sizes
from nxpredict.cohort._schema import Schema
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
    carry_over: bool,
    faults: FaultLog,
) -> Cohort:
    """Return the cohort of the analysed patients, sorted by identifier and period.

    Raises
    ------
    DataError
        With every fault gathered before and here.
    """
    kept = _kept(people, ids, period)
    codes, y = people.codes[kept], people.y[kept]
    own_ids = ids.iloc[kept].reset_index(drop=True)
    patient = np.asarray(pd.factorize(own_ids)[0], dtype=np.int64)
    when = None if period is None else period[kept]
    first = np.unique(patient, return_index=True)[1]
    X = X.iloc[kept].reset_index(drop=True)
    site = _sites(table, design, kept[first][patient])
    check_sizes(codes, y, patient, arms, response.scale, faults, file=table.file, column=design.arm)
    if site is not None and design.site is not None and design.allocation != "pooled-indirect":
        check_sites(codes, site, faults, file=table.file, column=design.site)
    stopped, treated = (None if values is None else values[kept] for values in after)
    report_unknown((stopped, treated), beside, table.file, faults)
    known = (X, sides(y, response.scale), codes, stopped)
    leaks = _leaks(known, first, design, schema, allow_leak, table.file, faults)
    faults.raise_if_errors()

    arm = np.array(arms.names, dtype=object)[codes]
    own_calls, quality = _genotypes(calls, own_ids, X, site, first, faults)
    facts = cohort_facts(
        table,
        schema,
        X,
        y,
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
    facts["design"] |= _periods(design, patient, when, carry_over)
    content = {"y": y, "arm": arm, "id": own_ids, "site": site, "period": when}
    return Cohort(
        X=X,
        y=y if response.scale.continuous else y.astype(np.int64),
        unknown=people.unknown[kept],
        arm=arm,
        groups=patient,
        site=site,
        propensity=allocation_probabilities(design, arms, arm, site if when is None else when),
        ids=own_ids,
        schema=schema,
        arms=arms,
        issues=tuple(faults),
        facts=facts,
        fingerprint=_fingerprint(X, stopped=stopped, treated=treated, **content),
        stopped=stopped,
        treated=treated,
        period=when,
        carry_over=carry_over,
        scale=response.scale,
    )


def _kept(
    people: People, ids: pd.Series, period: npt.NDArray[np.int64] | None
) -> npt.NDArray[np.intp]:
    """Return the rows that are analysed, by identifier and, within a patient, by period."""
    kept = np.flatnonzero(people.analysed)
    if period is not None:
        kept = kept[np.argsort(period[kept], kind="stable")]
    return kept[np.argsort(ids.fillna("").to_numpy(dtype=object)[kept], kind="stable")]


def _leaks(
    rows: tuple[pd.DataFrame, Floats, npt.NDArray[np.intp], Floats | None],
    first: npt.NDArray[np.intp],
    design: Design,
    schema: Schema,
    allow_leak: Collection[str],
    file: str,
    faults: FaultLog,
) -> list[Leak]:
    """Report a table without predictors, and predictors that tell what was known later only.

    `rows` are predictors, response, arm and tolerability; the `first` row of a patient is judged.
    """
    X, y, codes, stopped = rows
    _require_predictors(schema, file, faults)
    told = None if stopped is None else stopped[first]
    X = X.iloc[first]
    found = check_leaks(X, y[first], told, allow_leak, schema=schema, file=file, faults=faults)
    if design.allocation == "randomised":
        report_arm_copies(X, codes[first], allow_leak, schema, file, faults)
    return found


def _genotypes(
    calls: CallsTable | None,
    ids: pd.Series,
    X: pd.DataFrame,
    site: npt.NDArray[np.object_] | None,
    first: npt.NDArray[np.intp],
    faults: FaultLog,
) -> tuple[CallsTable | None, GenotypeQc | None]:
    """Return the calls of the patients, from the `first` row of each, and how good they are."""
    if calls is None:
        return None, None
    own = calls.take(ids[first])
    quality = genotype_quality(own, X.iloc[first], None if site is None else site[first])
    faults.extend(quality.warnings)
    return own, quality


def _periods(
    design: Design,
    patient: npt.NDArray[np.int64],
    period: npt.NDArray[np.int64] | None,
    carry_over: bool,
) -> dict[str, Any]:
    """Return what is said of the periods of a crossover; nothing of other designs."""
    if period is None or not isinstance(design, CrossoverDesign):
        return {}
    return {
        "patients": len(np.unique(patient)),
        "periods": len(np.unique(period)),
        "wash_out_days": design.wash_out_days,
        "carry_over": carry_over,
    }


def _fingerprint(X: pd.DataFrame, **columns: object) -> str:
    content: dict[str, object] = {f"x:{name}": X[name] for name in X}
    return fingerprint(
        content | {name: values for name, values in columns.items() if values is not None}
    )


def _sites(
    table: RawTable, design: Design, kept: npt.NDArray[np.intp]
) -> npt.NDArray[np.object_] | None:
    if design.site is None:
        return None
    labels = read_ids(table.frame, design.site).fillna("")
    return labels.to_numpy(dtype=object)[kept]


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
