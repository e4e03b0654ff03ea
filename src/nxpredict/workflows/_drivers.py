"""What drives a trained model, and whether the models of the folds say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
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

EXPLAINED_STEPS = 6_000
EXPLAINED_LEAST, EXPLAINED_MOST = 40, 300
"""Patients explained for the cohort's drivers: so many steps of walks, whatever the predictors."""

PATIENTS_A_FOLD = 60

Contrast = tuple[str, str]
DriverTables = dict[Contrast, pd.DataFrame]


def explain_cohort(
    bundle: Bundle, cohort: Cohort, looks: Sequence[DriverTables], *, seed: int
) -> Drivers:
    """Average the explanations of an even sample of the cohort, beside those of the fold models.

    Parameters
    ----------
    bundle : Bundle
    cohort : Cohort
    looks : sequence of DriverTables
        What `look_at_drivers` said of the models that cross-validation fitted.
    seed : int
    """
    patients = _sample(cohort, bundle.inputs, EXPLAINED_STEPS // max(len(bundle.inputs), 1))
    with threadpool_limits(limits=1):
        explanation = explain_response(
            bundle.model, patients, bundle.background, random_state=seed, intervals=True
        )
        here = look_at_drivers(
            bundle.model,
            patients=few_patients(cohort, bundle.inputs),
            background=bundle.background,
            contrasts=bundle.arms.contrasts,
        )
    drivers = summarise_drivers(explanation, patients, bundle.arms.contrasts)
    return replace(
        drivers,
        agreement={
            contrast: agreement_table(table, [look[contrast] for look in looks])
            for contrast, table in here.items()
            if looks
        },
        refits=len(looks),
        interactions=_interactions(drivers, bundle, patients),
    )


def look_at_drivers(
    model: ArmModel,
    *,
    patients: pd.DataFrame,
    background: pd.DataFrame,
    contrasts: Sequence[Contrast],
) -> DriverTables:
    """Return the drivers of each difference of one fitted model, without intervals."""
    found = explain_response(model, patients, background, walks=len(background))
    return {c: driver_table(found.contrast(*c), patients) for c in contrasts}


def few_patients(cohort: Cohort, inputs: Sequence[str]) -> pd.DataFrame:
    """Return the patients on whom the models of the folds are compared."""
    return _sample(cohort, inputs, PATIENTS_A_FOLD)


def _sample(cohort: Cohort, inputs: Sequence[str], wanted: int) -> pd.DataFrame:
    """Return evenly spread patients of a cohort, with the columns that the model reads."""
    wanted = min(max(wanted, EXPLAINED_LEAST), EXPLAINED_MOST)
    patients = cohort.X[list(inputs)].iloc[cohort.one_row_each]
    rows = np.unique(np.linspace(0, len(patients) - 1, wanted).astype(int))
    return patients.iloc[rows].reset_index(drop=True)


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
