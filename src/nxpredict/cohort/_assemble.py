"""The last step of the door: who is analysed, judged together and put in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._allocation import allocation_probabilities
from nxpredict.cohort._batch import read_ids
from nxpredict.cohort._beside import Floats, report_unknown
from nxpredict.cohort._cohort import Cohort, fingerprint
from nxpredict.cohort._facts import cohort_facts, genotype_quality
from nxpredict.cohort._leaks import check_leaks, report_arm_copies
from nxpredict.cohort._matcher import Matching
from nxpredict.cohort._people import People, check_sites, check_sizes
from nxpredict.cohort._schema import Schema
from nxpredict.cohort._table import RawTable
from nxpredict.errors import FaultLog
from nxpredict.genotypes import CallsTable
from nxpredict.study import ArmSet, Beside, ParallelDesign, ResponseDefinition


def assemble(
    table: RawTable,
    X: pd.DataFrame,
    schema: Schema,
    ids: pd.Series,
    people: People,
    after: tuple[Floats | None, Floats | None],
    *,
    arms: ArmSet,
    design: ParallelDesign,
    response: ResponseDefinition,
    beside: Beside,
    eligibility: Sequence[str],
    allow_leak: Collection[str],
    matching: Matching,
    calls: CallsTable | None,
    faults: FaultLog,
) -> Cohort:
    """Return the cohort of the analysed patients, sorted by identifier.

    Raises
    ------
    DataError
        With every fault gathered before and here.
    """
    kept = np.flatnonzero(people.analysed)
    kept = kept[np.argsort(ids.fillna("").to_numpy(dtype=object)[kept], kind="stable")]
    codes, y = people.codes[kept], people.y[kept]
    X = X.iloc[kept].reset_index(drop=True)
    check_sizes(codes, y, arms, faults, file=table.file, column=design.arm)
    site = _sites(table, design, kept)
    if site is not None and design.site is not None and design.allocation != "pooled-indirect":
        check_sites(codes, site, faults, file=table.file, column=design.site)
    _require_predictors(schema, table.file, faults)
    stopped, treated = (None if values is None else values[kept] for values in after)
    report_unknown((stopped, treated), beside, table.file, faults)
    leaks = check_leaks(X, y, stopped, allow_leak, schema=schema, file=table.file, faults=faults)
    if design.allocation == "randomised":
        report_arm_copies(X, codes, allow_leak, schema, table.file, faults)
    faults.raise_if_errors()

    arm = np.array(arms.names, dtype=object)[codes]
    own_ids = ids.iloc[kept].reset_index(drop=True)
    own_calls = None if calls is None else calls.take(own_ids)
    quality = None if own_calls is None else genotype_quality(own_calls, X, site)
    if quality is not None:
        faults.extend(quality.warnings)
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
    return Cohort(
        X=X,
        y=y.astype(np.int64),
        unknown=people.unknown[kept],
        arm=arm,
        groups=np.arange(len(X)),
        site=site,
        propensity=allocation_probabilities(design, arms, arm, site),
        ids=own_ids,
        schema=schema,
        arms=arms,
        issues=tuple(faults),
        facts=facts,
        fingerprint=_fingerprint(
            X, y=y, arm=arm, id=own_ids, site=site, stopped=stopped, treated=treated
        ),
        stopped=stopped,
        treated=treated,
    )


def _fingerprint(X: pd.DataFrame, **columns: object) -> str:
    content: dict[str, object] = {f"x:{name}": X[name] for name in X}
    return fingerprint(
        content | {name: values for name, values in columns.items() if values is not None}
    )


def _sites(
    table: RawTable, design: ParallelDesign, kept: npt.NDArray[np.intp]
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
