"""A cohort with all that is needed to judge any strategy on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._decision import CHOICE_THRESHOLDS, round_thresholds
from nxpredict.evaluation._difference import Difference
from nxpredict.evaluation._hidden import hidden_confounding
from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval, mean_and_error
from nxpredict.evaluation._policy import best_single_arm, choose
from nxpredict.evaluation._scores import doubly_robust_scores
from nxpredict.evaluation._within import WithinPatients, within_patients
from nxpredict.study import ResponseScale


@dataclass(frozen=True)
class Scored:
    """Out-of-fold predictions joined with what happened.

    Attributes
    ----------
    out : OutOfFold
    X : DataFrame, shape (n, predictors)
    y : array of float64, shape (n,)
        Of which more is better.
    arm : array of int64, shape (n,)
        Code of the arm received.
    propensity : array of float64, shape (n, arms)
        P(arm) given the predictors.
    reference : int
        Code of the reference.
    level : float
        Of the intervals, 0..1.
    random_state : int
    period : array of int64, shape (n,), or None
    carried : float
        See `Comparison`.
    """

    out: OutOfFold
    X: pd.DataFrame
    y: FloatArray
    arm: IntArray
    propensity: FloatArray
    reference: int
    level: float
    random_state: int
    scale: ResponseScale = ResponseScale()  # noqa: RUF009  (frozen)
    period: IntArray | None = None
    carried: float = 1.0

    @classmethod
    def of(
        cls, out: OutOfFold, comparison: Comparison, level: float, random_state: int = 0
    ) -> Scored | None:
        """Join predictions with what happened; None when no contrast may be claimed."""
        out = out.ordered(comparison.arms)
        propensity = comparison.propensity(out)
        if propensity is None:
            return None
        reference = list(comparison.arms).index(comparison.reference)
        received, y = comparison.received, comparison.outcome
        return cls(
            out,
            comparison.X,
            y,
            received,
            propensity,
            reference,
            level,
            random_state,
            comparison.scale,
            comparison.period,
            comparison.carried,
        )

    @property
    def thresholds(self) -> FloatArray:
        """Differences in response at which a drug might be worth its burden."""
        if not self.scale.continuous:
            return CHOICE_THRESHOLDS
        return round_thresholds(float(self.y.std()))

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms in the order of their codes."""
        return self.out.arms

    @property
    def others(self) -> tuple[int, ...]:
        """Codes of the arms that are compared with the reference."""
        return tuple(a for a in range(len(self.arms)) if a != self.reference)

    def contrast(self, arm: int) -> str:
        """Return the name ``ARM_vs_REF``."""
        return f"{self.arms[arm]}_vs_{self.arms[self.reference]}"

    def difference(self, values: FloatArray, arm: int) -> Interval:
        """Return the mean of `values` under an arm minus that under the reference."""
        gap = values[:, arm] - values[:, self.reference]
        return Interval.normal(*mean_and_error(gap, self.out.clusters), self.level)

    def average_difference(self, arm: int, other: int) -> Difference:
        """Return the average difference of two arms, in a crossover within patients."""
        if (crossover := self.within_patients(arm, other)) is not None:
            return crossover.average
        gap = self.mean_scores[:, arm] - self.mean_scores[:, other]
        return Difference.normal(*mean_and_error(gap, self.out.clusters))

    def hidden_confounding(self, a: int, weights: FloatArray | None = None) -> dict[str, Any]:
        """Return what a hidden reason would have to do to the difference of `a` and the reference.

        `weights`, shape (n,), are of patients: those of a target population.
        """
        return hidden_confounding(
            self.mean_scores,
            self.y,
            self.arm,
            self.propensity,
            a=a,
            reference=self.reference,
            continuous=self.scale.continuous,
            weights=weights,
            level=self.level,
        )

    def within_patients(self, arm: int, other: int) -> WithinPatients | None:
        """Return what patients who had several arms say of two; None without periods."""
        if self.period is None or self.out.clusters is None:
            return None
        return within_patients(
            self.y - np.mean(self.out.prediction, axis=(0, 2)),
            self.arm,
            self.out.clusters,
            self.period,
            a=arm,
            reference=other,
            n_arms=len(self.arms),
            carried=self.carried,
        )

    def scores(self, repeat: int) -> FloatArray:
        """Return the doubly robust scores with the nuisance of one repeat, shape (n, arms)."""
        return doubly_robust_scores(self.out.prediction[repeat], self.y, self.arm, self.propensity)

    @cached_property
    def mean_scores(self) -> FloatArray:
        """The scores averaged over repeats, shape (n, arms)."""
        found = [self.scores(repeat) for repeat in range(self.out.repeats)]
        return np.asarray(np.mean(found, axis=0))

    def contrast_of(self, repeat: int, arm: int) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return score and predicted benefit of `arm` against the reference, and the folds."""
        scores, predicted = self.scores(repeat), self.out.prediction[repeat]
        return (
            scores[:, arm] - scores[:, self.reference],
            predicted[:, arm] - predicted[:, self.reference],
            self.out.fold[repeat],
        )

    def single(self, repeat: int, among: list[int]) -> IntArray:
        """Return the arm of `among` that looked better in each patient's training folds."""
        return best_single_arm(self.y, self.arm, self.propensity, self.out.fold[repeat], among)

    def given(self, repeat: int, among: Sequence[int]) -> tuple[IntArray, IntArray]:
        """Return the arm of `among` that the rule, and that one for all, gives each patient."""
        arms = sorted(among)
        single = self.single(repeat, arms)
        return choose(self.out.prediction[repeat], single, arms), single
