"""What adds to a response beside predictors and arm: columns of the fit that no score has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nxpredict.models._design import Group, arm_contrasts
from nxpredict.models._fitting import TrainingData

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEAST_SPREAD = 1e-6
"""Of log probabilities; less is rounding."""

LEAST_SHARE = 0.1
"""Of the spread of log probabilities; if less is left, the predictors tell all there is to tell."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Columns beside the design that are part of `fit` only: 0 means an average period.

    Parameters
    ----------
    columns : ndarray of float64, shape (n, q)
        Contrasts of the periods; contrasts of the arm taken in the period before, 0 in a first
        period. Without periods, where the known probabilities of the arms differ between patients,
        standardised contrasts of their logarithms: whatever decided who was likely to get which
        arm (a site with a ratio of its own) may decide the response as well (Rosenbaum and Rubin
        1983, Biometrika 70:41). Of these only what the predictors do not tell: a ratio that
        follows a predictor is adjusted for by that predictor.
    families : tuple of str
        ``period``, ``carry_over`` or ``allocation`` for each column.
    """

    columns: FloatArray
    families: tuple[str, ...]

    @classmethod
    def of(cls, data: TrainingData, known: FloatArray, carry_over: bool) -> Adjustment:
        """Return the columns for patients in periods, or who had unlike chances of the arms.

        `known`, shape (n, k), are the standardised predictors.
        """
        if data.period is None or data.patient is None:
            unlike = _unlike_chances(data, known)
            return cls(unlike, ("allocation",) * unlike.shape[1])
        _, place = np.unique(data.period, return_inverse=True)
        columns = [arm_contrasts(place.max() + 1)[place]]
        before = previous_arm(data.patient, data.period, data.arm)
        if carry_over and (before >= 0).any():
            left = arm_contrasts(len(data.arms))[before]
            columns.append(np.where(before[:, None] >= 0, left, 0.0))
        families = ("period", "carry_over")
        names = [
            name for name, c in zip(families, columns, strict=False) for _ in range(c.shape[1])
        ]
        return cls(np.concatenate(columns, axis=1), tuple(names))

    def groups(self, start: int) -> list[Group]:
        """Return the groups of the columns, when the first of them is column `start`."""
        return [
            Group(family, start + np.flatnonzero([name == family for name in self.families]))
            for family in dict.fromkeys(self.families)
        ]

    def out_of_sight(self, draws: FloatArray) -> FloatArray:
        """Return what a patient's unlike chances add to the predictor in each draw, shape (n, S).

        Predictions are averaged over it; they are for an average period and nothing carried over.
        """
        mine = np.array([name == "allocation" for name in self.families], dtype=bool)
        return np.asarray(self.columns[:, mine] @ draws[:, mine].T)

    def describe(self, draws: FloatArray, data: TrainingData) -> dict[str, Any]:
        """Return what time and the last arm add to the predictor, over the average period.

        ``period`` by period, and ``carry_over`` by arm, each as posterior mean and 90 % interval.
        """
        found: dict[str, Any] = {}
        if data.period is not None and "period" in self.families:
            names = [str(period) for period in np.unique(data.period)]
            found["period"] = self._by_level("period", names, draws)
        if "carry_over" in self.families:
            found["carry_over"] = self._by_level("carry_over", data.arms, draws)
        return found

    def _by_level(
        self, family: str, names: Sequence[str], draws: FloatArray
    ) -> dict[str, dict[str, float]]:
        mine = np.array([name == family for name in self.families])
        levels = draws[:, mine] @ arm_contrasts(len(names)).T
        low, high = np.quantile(levels, [0.05, 0.95], axis=0)
        return {
            name: {
                "estimate": float(levels[:, k].mean()),
                "lower": float(low[k]),
                "upper": float(high[k]),
            }
            for k, name in sorted(enumerate(names), key=lambda one: one[1])
        }


def _unlike_chances(data: TrainingData, known: FloatArray) -> FloatArray:
    """Return contrasts of the log probabilities of the arms that the predictors do not tell.

    Standardised, and only those that vary.
    """
    if data.propensity is None:
        return np.empty((len(data.y), 0))
    contrasts = np.log(data.propensity) @ arm_contrasts(len(data.arms))
    contrasts = _varying(contrasts - contrasts.mean(axis=0), LEAST_SPREAD)
    if not contrasts.size:
        return contrasts
    return _varying(contrasts - _told(known - known.mean(axis=0), contrasts), LEAST_SHARE)


def _varying(columns: FloatArray, least: float) -> FloatArray:
    """Return the columns with more than the least spread, standardised."""
    spread = columns.std(axis=0)
    found: FloatArray = columns[:, spread > least] / spread[spread > least]
    return found


def _told(known: FloatArray, contrasts: FloatArray) -> FloatArray:
    """Return what predictors tell of contrasts, as far as they tell it of patients left out.

    A ridge regression; many predictors would tell anything of the patients that it is fitted to.
    """
    inverse = np.linalg.inv(known.T @ known + np.eye(known.shape[1]))
    fitted = known @ (inverse @ (known.T @ contrasts))
    own = ((known @ inverse) * known).sum(axis=1, keepdims=True)
    left_out = contrasts - (contrasts - fitted) / (1 - own)
    size = (left_out**2).sum(axis=0)
    share = np.divide(
        (left_out * contrasts).sum(axis=0), size, out=np.zeros_like(size), where=size > 0
    )
    return np.asarray(np.clip(share, 0, 1) * left_out)


def previous_arm(patient: IntArray, period: IntArray, arm: IntArray) -> IntArray:
    """Return the arm that the row's patient had one period before, -1 where there is none.

    Parameters
    ----------
    patient, period, arm : array of int64, shape (n,)
        Codes of who was seen, when (consecutive periods differ by 1) and with what; no patient
        twice in a period.

    Returns
    -------
    array of int64, shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> previous_arm(np.array([0, 0, 1]), np.array([2, 1, 2]), np.array([5, 6, 7])).tolist()
    [6, -1, -1]
    """
    had = dict(zip(zip(patient.tolist(), period.tolist(), strict=True), arm.tolist(), strict=True))
    return np.array(
        [had.get((who, when - 1), -1) for who, when in zip(patient, period, strict=True)],
        dtype=np.int64,
    )
