"""What happened to whom, and what may be claimed from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.cohort import Cohort, observed_shares
from nxpredict.errors import UsageError
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._links import Link, link_of
from nxpredict.evaluation._numbers import FloatArray, IntArray
from nxpredict.evaluation._propensity import estimated_propensity
from nxpredict.study import ResponseScale

ALLOCATIONS = ("randomised", "observational", "pooled-indirect")
Column = Sequence[Any] | np.ndarray[Any, Any] | pd.Series


@dataclass(frozen=True, slots=True)
class FixedRule:
    """A rule for choosing between two arms that was written down before this cohort.

    Attributes
    ----------
    name : str
    arm, versus : str
        The arm given where the score exceeds the cut, and the one given where it does not.
    score : array of float64, shape (n,)
        Computed without any response; NaN where the rule has nothing to go by.
    cut : float
    """

    name: str
    arm: str
    versus: str
    score: FloatArray
    cut: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The patients on whom out-of-fold predictions are judged.

    Attributes
    ----------
    X : DataFrame, shape (n, predictors)
    y : array-like of {0, 1}, or of numbers, length n
    arm : array-like of str, length n
        Arm received.
    arms : sequence of str
        All arms, in the order of the results.
    reference : str
        Benefits are "arm versus reference".
    allocation : {"randomised", "observational", "pooled-indirect"}
        Decides what may be claimed. Randomised: known probabilities, or the shares observed
        within `site`. Observational: probabilities estimated out of fold, and an overlap gate.
        Pooled-indirect: no contrast.
    site : array-like, length n, optional
    nuisance : sequence of str
        Columns of X that are adjusted for but not tested (ancestry).
    subgroups : mapping of str to sequence, optional
        Name -> each patient's label.
    rules : sequence of FixedRule
        Published rules that the learned one is compared with.
    period : array of int64, shape (n,), optional
        When a row was, in a crossover.
    carried : float, 0..1
        Share of an arm that the wash-out of a crossover may leave to the next period.
    scale : ResponseScale
        What the response is measured in; of `y`, more is better.

    Raises
    ------
    UsageError
        When `allocation`, `reference`, the arms or a rule do not fit.
    """

    X: pd.DataFrame
    y: Column
    arm: Column
    arms: Sequence[str]
    reference: str
    allocation: str
    site: Column | None = None
    nuisance: Sequence[str] = ()
    subgroups: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    rules: Sequence[FixedRule] = ()
    period: IntArray | None = None
    carried: float = 1.0
    scale: ResponseScale = ResponseScale()  # noqa: RUF009  (frozen)

    def __post_init__(self) -> None:
        if self.allocation not in ALLOCATIONS:
            raise UsageError(f"allocation must be one of {', '.join(ALLOCATIONS)}.")
        if self.reference not in self.arms or set(np.asarray(self.arm, dtype=str)) - set(self.arms):
            raise UsageError("reference and every patient's arm must be among the arms.")
        for rule in self.rules:
            if {rule.arm, rule.versus} - set(self.arms) or len(rule.score) != len(self.X):
                raise UsageError(f"Rule '{rule.name}' needs two of the arms and a score a patient.")

    @classmethod
    def of(cls, cohort: Cohort, allocation: str) -> Comparison:
        """Return a cohort's patients, without subgroups and rules."""
        return cls(
            cohort.inputs,
            cohort.y,
            cohort.arm,
            cohort.arms.names,
            cohort.arms.reference,
            allocation,
            cohort.site,
            cohort.nuisance,
            period=cohort.period,
            carried=cohort.carried,
            scale=cohort.scale,
        )

    @property
    def outcome(self) -> FloatArray:
        """The responses, shape (n,)."""
        return np.asarray(self.y, dtype=np.float64)

    @property
    def link(self) -> Link:
        """The scale on which predictions are calibrated."""
        return link_of(self.scale.continuous)

    @property
    def as_written(self) -> FloatArray:
        """The responses as in the table, shape (n,)."""
        return self.scale.turned(self.outcome)

    @property
    def received(self) -> IntArray:
        """Code of the arm that each patient had, shape (n,)."""
        codes = {name: a for a, name in enumerate(self.arms)}
        return np.array([codes[a] for a in np.asarray(self.arm, dtype=str)], dtype=np.int64)

    def take(self, rows: IntArray) -> Comparison:
        """Return some patients, without subgroups and rules."""
        return replace(
            self,
            X=self.X.iloc[rows].reset_index(drop=True),
            y=self.outcome[rows],
            arm=np.asarray(self.arm)[rows],
            site=None if self.site is None else np.asarray(self.site)[rows],
            subgroups={},
            rules=(),
            period=None if self.period is None else self.period[rows],
        )

    def propensity(self, out: OutOfFold) -> FloatArray | None:
        """Return P(arm) of each patient, shape (n, arms); None when no contrast may be claimed."""
        if self.allocation == "pooled-indirect":
            return None
        if out.propensity is not None:
            return out.propensity
        if self.allocation == "observational":
            found = [estimated_propensity(self.X, self.received, fold) for fold in out.fold]
            return np.asarray(np.mean(found, axis=0))
        return observed_shares(np.asarray(self.arm, dtype=str), self.arms, self.site).to_numpy()
