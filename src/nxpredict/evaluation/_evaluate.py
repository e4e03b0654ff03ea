"""From out-of-fold predictions to evaluation.json: the order of the work, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.errors import UsageError
from nxpredict.evaluation._answers import (
    average_answer,
    heterogeneity_answer,
    verdict_answer,
    verdict_facts,
)
from nxpredict.evaluation._arms import arm_results
from nxpredict.evaluation._contrasts import contrast_results
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._numbers import FloatArray, IntArray, rounded
from nxpredict.evaluation._propensity import (
    check_overlap,
    estimated_propensity,
    observed_shares,
    standardised_differences,
)
from nxpredict.evaluation._sample_size import riley_sample_size
from nxpredict.evaluation._scored import Scored
from nxpredict.evaluation._subgroups import subgroup_results, subgroup_table
from nxpredict.evaluation._verdict import pooled_indirect
from nxpredict.features import TableEncoder

ALLOCATIONS = ("randomised", "observational", "pooled-indirect")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the cohort says about the model, and the three answers.

    Attributes
    ----------
    average : dict
        ARM_vs_REF -> `estimate`, `lower`, `upper`, `established` (differs from zero, Holm over
        contrasts), `better` (the arm established as better than every other by more than the
        minimum benefit, if it is one of the two; else None).
    heterogeneity : dict
        ARM_vs_REF -> `test`, `p` (Holm-adjusted), `established`.
    verdict : dict
        `level`, `reasons`, `gain` (over the single arm that looked better in training), `switched`.
    per_arm, contrasts, subgroups, warnings
        As in evaluation.json.
    tables : dict of str to DataFrame
        `calibration`, `gates`, `clan`, `toc`, `policy`, `decision`, `subgroups`, `sites`,
        `overlap`, `balance`.
    """

    average: dict[str, Any]
    heterogeneity: dict[str, Any]
    verdict: dict[str, Any]
    per_arm: dict[str, Any]
    contrasts: dict[str, Any]
    subgroups: list[dict[str, Any]]
    warnings: list[str]
    tables: dict[str, pd.DataFrame] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return this room's part of evaluation.json as plain values; None where not known."""
        names = (
            "average",
            "heterogeneity",
            "verdict",
            "per_arm",
            "contrasts",
            "subgroups",
            "warnings",
        )
        return {name: rounded(getattr(self, name)) for name in names}


def evaluate(
    out_of_fold: OutOfFold,
    *,
    X: pd.DataFrame,
    y: Sequence[float] | np.ndarray[Any, Any] | pd.Series,
    arm: Sequence[str] | np.ndarray[Any, Any] | pd.Series,
    arms: Sequence[str],
    reference: str,
    allocation: str,
    minimum_benefit: float = 0.0,
    site: Sequence[Any] | np.ndarray[Any, Any] | pd.Series | None = None,
    nuisance: Sequence[str] = (),
    subgroups: Mapping[str, Sequence[Any]] | None = None,
    level: float = 0.95,
    random_state: int = 0,
) -> Evaluation:
    """Judge out-of-fold predictions: per arm, per contrast, and the three answers.

    Parameters
    ----------
    out_of_fold : OutOfFold
        From `cross_validate`, on the same rows.
    X : DataFrame, shape (n, predictors)
    y : array-like of {0, 1}, length n
    arm : array-like of str, length n
    arms : sequence of str
        All arms, in the order of the results.
    reference : str
        Benefits are "arm versus reference".
    allocation : {"randomised", "observational", "pooled-indirect"}
        Decides what may be claimed. Randomised: known probabilities, or the shares observed
        within `site`. Observational: probabilities estimated out of fold, and an overlap gate.
        Pooled-indirect: no contrast.
    minimum_benefit : float
        Smallest difference in response worth a preference, 0..1.
    site : array-like, length n, optional
    nuisance : sequence of str
        Columns of X that are adjusted for but not tested (ancestry).
    subgroups : mapping of str to sequence, optional
        Name -> each patient's label.
    level : float
        Of the intervals, 0..1.
    random_state : int

    Returns
    -------
    Evaluation

    Raises
    ------
    UsageError
        When `allocation`, `reference` or the arms do not fit.
    """
    if allocation not in ALLOCATIONS:
        raise UsageError(f"allocation must be one of {', '.join(ALLOCATIONS)}.")
    if reference not in arms or set(np.asarray(arm, dtype=str)) - set(arms):
        raise UsageError("reference and every patient's arm must be among the arms.")
    out = out_of_fold.ordered(arms)
    outcome = np.asarray(y, dtype=np.float64)
    codes = {name: a for a, name in enumerate(arms)}
    received = np.array([codes[a] for a in np.asarray(arm, dtype=str)], dtype=np.int64)
    sites = None if site is None else list(site)
    propensity = _propensity(out, X, received, allocation, sites)
    scored = None
    if propensity is not None:
        scored = Scored(
            out, X, outcome, received, propensity, codes[reference], level, random_state
        )
    per_arm, calibration = arm_results(
        out, outcome, received, level=level, random_state=random_state
    )
    groups = {"subgroups": subgroups or {}, "sites": {} if sites is None else {"site": sites}}
    grouped = {
        kind: subgroup_results(
            groupings,
            prediction=out.prediction,
            y=outcome,
            arm=received,
            arms=arms,
            reference=reference,
            scores=None if scored is None else scored.mean_scores,
            level=level,
        )
        for kind, groupings in groups.items()
    }
    result = Evaluation(
        average={},
        heterogeneity={},
        verdict=verdict_facts(pooled_indirect()),
        per_arm=per_arm,
        contrasts={},
        subgroups=grouped["subgroups"],
        warnings=_warnings(X, per_arm, allocation),
        tables={
            "calibration": calibration,
            "subgroups": subgroup_table(grouped["subgroups"]),
            "sites": subgroup_table(grouped["sites"]),
            "balance": standardised_differences(X, received, arms, propensity),
        },
    )
    if scored is None:
        return result
    return _with_contrasts(result, scored, minimum_benefit, nuisance)


def _propensity(
    out: OutOfFold, X: pd.DataFrame, arm: IntArray, allocation: str, site: list[Any] | None
) -> FloatArray | None:
    if allocation == "pooled-indirect":
        return None
    if out.propensity is not None:
        return out.propensity
    if allocation == "observational":
        found = [estimated_propensity(X, arm, fold) for fold in out.fold]
        return np.asarray(np.mean(found, axis=0))
    return observed_shares(arm, len(out.arms), site)


def _with_contrasts(
    result: Evaluation, scored: Scored, minimum: float, nuisance: Sequence[str]
) -> Evaluation:
    contrasts: dict[str, Any] = {}
    tables: dict[str, list[pd.DataFrame]] = {}
    for a in scored.others:
        facts, found = contrast_results(scored, a)
        contrasts[scored.contrast(a)] = facts
        for name, table in found.items():
            table.insert(0, "contrast", scored.contrast(a))
            tables.setdefault(name, []).append(table)
    overlap = check_overlap(scored.propensity, scored.arm, scored.arms)
    heterogeneity = heterogeneity_answer(scored, nuisance)
    return replace(
        result,
        average=average_answer(scored, minimum),
        heterogeneity=heterogeneity,
        verdict=verdict_answer(scored, overlap.adequate, heterogeneity, contrasts),
        contrasts=contrasts,
        tables=result.tables
        | {name: pd.concat(found, ignore_index=True) for name, found in tables.items()}
        | {"overlap": overlap.table},
    )


def _warnings(X: pd.DataFrame, per_arm: Mapping[str, Any], allocation: str) -> list[str]:
    found = []
    if allocation == "observational":
        found.append(
            "Treatment was not randomised: every difference between arms rests on there being no "
            "unmeasured reason for the choice of drug that also bears on the response."
        )
    columns = len(TableEncoder().fit(X).outputs_)
    for name, facts in per_arm.items():
        area, rate, n = facts["auc"].estimate, facts["response_rate"].estimate, facts["n"]
        if columns and 0.51 < area < 0.995 and 0 < rate < 1:
            needed = riley_sample_size(parameters=columns, prevalence=rate, auc=area).required
            if n < needed:
                found.append(
                    f"{n} patients on {name}; a model with {columns} parameters and an area under "
                    f"the ROC curve of {area:.2f} needs about {needed} (Riley criteria), and one "
                    "with interactions many more."
                )
    return found
