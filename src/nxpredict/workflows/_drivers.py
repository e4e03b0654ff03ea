"""What drives a trained model, and whether it would if it were trained again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from nxpredict.bundle import Bundle
from nxpredict.cohort import Cohort
from nxpredict.explain import (
    Drivers,
    agreement_table,
    driver_table,
    explain_response,
    interaction_table,
    summarise_drivers,
)
from nxpredict.models import ArmModel
from nxpredict.workflows._progress import Step

EXPLAINED_STEPS = 6_000
EXPLAINED_LEAST, EXPLAINED_MOST = 40, 300
"""Patients explained for the cohort's drivers: so many steps of walks, whatever the predictors."""

REFITS = 20
REFIT_PATIENTS = 60

Contrast = tuple[str, str]


def explain_cohort(
    bundle: Bundle, cohort: Cohort, *, seed: int, jobs: int, progress: Step
) -> Drivers:
    """Average the explanations of an even sample of the cohort, and fit again to see if they stay.

    Parameters
    ----------
    bundle : Bundle
    cohort : Cohort
    seed : int
    jobs : int
        Processes for the refits.
    progress : callable
        Told refits done, and in all.
    """
    patients = _sample(cohort, bundle, EXPLAINED_STEPS // max(len(bundle.inputs), 1))
    with threadpool_limits(limits=1):
        explanation = explain_response(
            bundle.model, patients, bundle.background, random_state=seed, intervals=True
        )
    drivers = summarise_drivers(explanation, patients, bundle.arms.contrasts)
    few = _sample(cohort, bundle, REFIT_PATIENTS)
    here = _tables(bundle.model, bundle, few)
    refits = _refits(bundle, cohort, few, seed, jobs, progress)
    return replace(
        drivers,
        agreement={
            contrast: agreement_table(table, [refit[contrast] for refit in refits])
            for contrast, table in here.items()
        },
        refits=len(refits),
        interactions=_interactions(drivers, bundle, patients),
    )


def _interactions(
    drivers: Drivers, bundle: Bundle, patients: pd.DataFrame
) -> dict[Contrast, pd.DataFrame]:
    """Return, for each difference, its two strongest predictors together."""
    found = {}
    for contrast, table in drivers.contrasts.items():
        pair = [str(name) for name in table.index[table["mean_absolute"] > 0][:2]]
        if len(pair) == 2:
            found[contrast] = interaction_table(
                bundle.model, patients, bundle.background, (pair[0], pair[1]), contrast
            )
    return found


def _sample(cohort: Cohort, bundle: Bundle, wanted: int) -> pd.DataFrame:
    """Return evenly spread patients of a cohort, with the columns that the model reads."""
    wanted = min(max(wanted, EXPLAINED_LEAST), EXPLAINED_MOST)
    rows = np.unique(np.linspace(0, len(cohort) - 1, wanted).astype(int))
    return cohort.X.iloc[rows][bundle.inputs].reset_index(drop=True)


def _refits(
    bundle: Bundle, cohort: Cohort, patients: pd.DataFrame, seed: int, jobs: int, progress: Step
) -> list[dict[Contrast, pd.DataFrame]]:
    """Fit the learner to patients drawn again, with replacement, and explain each fit."""
    from joblib import Parallel, delayed

    rng = np.random.default_rng([seed, REFITS])
    tasks = (
        delayed(_refit)(bundle, cohort, _drawn_again(cohort, rng), patients) for _ in range(REFITS)
    )
    found = []
    for drivers in Parallel(n_jobs=jobs, return_as="generator")(tasks):
        found.append(drivers)
        progress(len(found), REFITS)
    return found


def _refit(
    bundle: Bundle, cohort: Cohort, rows: NDArray[np.intp], patients: pd.DataFrame
) -> dict[Contrast, pd.DataFrame]:
    X = cohort.X[list(bundle.model.feature_columns_)].iloc[rows].reset_index(drop=True)
    propensity = None if cohort.propensity is None else cohort.propensity.iloc[rows]
    with threadpool_limits(limits=1):
        model = clone(bundle.model)
        model.fit(X, cohort.y[rows], arm=cohort.arm[rows], propensity=propensity)
        return _tables(model, bundle, patients)


def _tables(
    model: ArmModel, bundle: Bundle, patients: pd.DataFrame
) -> dict[Contrast, pd.DataFrame]:
    """Return the drivers of each difference, without intervals."""
    background = bundle.background
    found = explain_response(model, patients, background, walks=len(background))
    return {c: driver_table(found.contrast(*c), patients) for c in bundle.arms.contrasts}


def _drawn_again(cohort: Cohort, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return rows of groups drawn with replacement, in which every arm and response occurs."""
    _, group = np.unique(np.asarray(cohort.groups), return_inverse=True)
    members = pd.Series(np.arange(len(group))).groupby(group).indices
    while True:
        chosen = rng.integers(0, len(members), len(members))
        rows = np.concatenate([members[k] for k in chosen])
        arms_seen = set(cohort.arm[rows]) == set(cohort.arms.names)
        if arms_seen and len(np.unique(cohort.y[rows])) > 1:
            return np.asarray(rows, dtype=np.intp)
