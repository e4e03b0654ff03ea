"""Label cautions of the drugs compared: present, absent or not assessed, patient by patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.catalog import ANY_DRUG, Catalog
from nxpredict.study import ArmSet

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cautions:
    """Which cautions apply to which patient.

    Parameters
    ----------
    names : tuple of str
        ``drug:code`` of each caution.
    present, not_assessed : ndarray of bool, shape (n, n_cautions)
        The third state, absent, is neither.
    scope : tuple of str
        Codes whose presence puts a patient outside what may be scored.
    out_of_scope : ndarray of bool, shape (n, n_scope)
        Where they are present.
    blocked : ndarray of bool, shape (n, n_arms)
        Where an arm may not be preferred: a blocking caution of one of its drugs is present, or
        was not assessed and the cohort was not screened for it.
    """

    names: tuple[str, ...]
    present: Flags
    not_assessed: Flags
    scope: tuple[str, ...]
    out_of_scope: Flags
    blocked: Flags


def assess_cautions(
    X: pd.DataFrame, arms: ArmSet, catalog: Catalog, eligibility: Sequence[str]
) -> Cautions:
    """Assess every caution of every drug that the catalogue knows among the arms.

    What the cohort was screened for is absent in whoever was not asked.
    """
    cautions = catalog.cautions_for(arms.names)
    # Column by column in memory, as they are written and read.
    present = np.zeros((len(X), len(cautions)), dtype=bool, order="F")
    unknown = np.zeros((len(X), len(cautions)), dtype=bool, order="F")
    blocked = np.zeros((len(X), len(arms)), dtype=bool)
    for k, caution in enumerate(cautions):
        met = caution.met(X)
        present[:, k] = met == 1.0
        if set(caution.covered_by).isdisjoint(eligibility):
            unknown[:, k] = np.isnan(met)
        if caution.blocks:
            drugs = [catalog.drugs_in(arm) for arm in arms.names]
            concerned = [
                caution.drug in known or (caution.drug == ANY_DRUG and known != ())
                for known in drugs
            ]
            blocked[:, concerned] |= (present[:, k] | unknown[:, k])[:, None]
    scope = [caution.level == "scope" for caution in cautions]
    return Cautions(
        names=tuple(f"{caution.drug}:{caution.code}" for caution in cautions),
        present=present,
        not_assessed=unknown,
        scope=tuple(caution.code for caution in cautions if caution.level == "scope"),
        out_of_scope=present[:, scope],
        blocked=blocked,
    )
