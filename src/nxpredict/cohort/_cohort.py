"""A study's patients, validated: what training and evaluation work on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._schema import Schema
from nxpredict.errors import Fault
from nxpredict.study import ArmSet, ResponseScale

HALF_LIVES = 5
NEXT_TO_NOTHING = 0.5**HALF_LIVES
"""Share of a drug left by a wash-out that counts as long enough."""


@dataclass(frozen=True)
class Cohort:
    """Patients of one study, sorted by identifier, so that the order of rows never matters.

    In a crossover a row is one period of a patient, sorted by period within a patient.

    Attributes
    ----------
    X : DataFrame, shape (n, n_predictors)
        Typed predictors, index 0 to n-1: float64, or text for categorical ones.
    y : ndarray of int or float, shape (n,)
        1 response, 0 none; a continuous response as a number of which more is better.
    unknown : ndarray of bool, shape (n,)
        Whose response is not known and counts as none (``response.missing: failure``).
    arm : ndarray of str objects, shape (n,)
        Our arm names.
    groups : ndarray of int, shape (n,)
        Rows with the same number stay together in every split.
    site : ndarray of str objects, shape (n,), or None
        Empty text where the table has none.
    propensity : DataFrame, shape (n, n_arms), or None
        Probability of each arm given the design; None unless randomised.
    ids : Series of str, shape (n,)
        Patient identifiers; they never leave the machine by way of a model or a log.
    schema : Schema
    arms : ArmSet
    issues : tuple of Fault
        Warnings and notes.
    facts : dict
        Plain values for ``nxpredict check`` and the report; no patient's value.
    fingerprint : str
        SHA-256 of the validated content.
    scale : ResponseScale
        What the response is measured in.
    stopped, treated : ndarray of float64, shape (n,), or None
        Who stopped for adverse events, and who took enough of the drug: 1, 0, NaN where not
        known; None where the study does not declare it.
    period : ndarray of int, shape (n,), or None
        1, 2 and so on in a crossover.
    carried : float, 0..1
        Share of an arm that the wash-out of a crossover may leave to the next period.
    """

    X: pd.DataFrame
    y: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    unknown: npt.NDArray[np.bool_]
    arm: npt.NDArray[np.object_]
    groups: npt.NDArray[np.int64]
    site: npt.NDArray[np.object_] | None
    propensity: pd.DataFrame | None
    ids: pd.Series
    schema: Schema
    arms: ArmSet
    issues: tuple[Fault, ...]
    facts: Mapping[str, Any]
    fingerprint: str
    stopped: npt.NDArray[np.float64] | None = None
    treated: npt.NDArray[np.float64] | None = None
    period: npt.NDArray[np.int64] | None = None
    carried: float = 0.0
    scale: ResponseScale = ResponseScale()  # noqa: RUF009  (frozen)

    @property
    def inputs(self) -> pd.DataFrame:
        """What a model may learn from: every predictor but those that only guard safety."""
        return self.X[[spec.name for spec in self.schema.predictors if spec.role != "safety"]]

    @property
    def nuisance(self) -> tuple[str, ...]:
        """Inputs that are adjusted for and never a reason to choose (ancestry)."""
        return tuple(spec.name for spec in self.schema.predictors if spec.role == "nuisance")

    @property
    def learner_options(self) -> dict[str, Any]:
        """What a learner is made with on account of the design."""
        made: dict[str, Any] = {"arms": self.arms.names, "nuisance": self.nuisance}
        return made | ({"carry_over": self.carry_over} if self.repeats else {})

    @property
    def repeats(self) -> dict[str, npt.NDArray[np.int64]]:
        """What a learner's `fit` is told beside arms: who and when, in a crossover."""
        return {} if self.period is None else {"groups": self.groups, "period": self.period}

    @property
    def carry_over(self) -> bool:
        """Whether an arm may still act in the period after its own."""
        return self.carried > NEXT_TO_NOTHING

    @property
    def clusters(self) -> npt.NDArray[np.int64] | None:
        """Whose row a row is, in a crossover; None where every row is a patient."""
        return None if self.period is None else self.groups

    @property
    def one_row_each(self) -> npt.NDArray[np.intp]:
        """The first row of each patient."""
        return np.unique(self.groups, return_index=True)[1]

    @property
    def patients(self) -> str:
        """SHA-256 of who is in it and who had the same arm, whatever else is read of them.

        Identifiers alone do not tell: every other study calls its first patient 1.
        """
        return fingerprint({"id": self.ids, "arm": pd.factorize(self.arm)[0]})

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        arms = ", ".join(f"{name} {np.count_nonzero(self.arm == name)}" for name in self.arms.names)
        rows = "patients" if self.period is None else "periods of patients"
        return f"<Cohort of {len(self)} {rows} ({arms}), {self.X.shape[1]} predictors>"


def fingerprint(columns: Mapping[str, object]) -> str:
    """Return the SHA-256 of named columns, whatever their order.

    Examples
    --------
    >>> a, b = np.array([1.0]), ["x"]
    >>> fingerprint({"a": a, "b": b}) == fingerprint({"b": b, "a": a})
    True
    """
    digest = hashlib.sha256()
    for name in sorted(columns):
        values = np.asarray(columns[name])
        digest.update(f"{name}\0{values.shape}\0".encode())
        if values.dtype.kind in "fiub":
            # Adding zero turns -0.0 into 0.0, which is the same number.
            digest.update((values.astype("<f8") + 0.0).tobytes())
        else:
            texts = ["\1" if pd.isna(v) else str(v) for v in values.ravel()]
            digest.update("\0".join(texts).encode())
        digest.update(b"\2")
    return digest.hexdigest()
