"""What patients who had both arms say of the average difference, each compared with themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nxpredict.evaluation._carry_over import EFFECT, allow_for_carry_over
from nxpredict.evaluation._difference import Difference
from nxpredict.evaluation._numbers import BoolArray, FloatArray, IntArray
from nxpredict.models import previous_arm
from nxpredict.study import ResponseScale

_SAME = 1e-8


@dataclass(frozen=True, slots=True)
class WithinPatients:
    """The average difference between two arms of a crossover, in several ways.

    Attributes
    ----------
    patients : int
        Who had both arms.
    within : Difference
        Each patient compared with himself or herself, period adjusted for; right when nothing is
        carried over.
    carry_over : Difference
        What having had the one arm rather than the other in the period before adds; NaN where
        the design cannot tell it from the arms, as with two periods.
    first_period : Difference
        Between patients, free of carry-over.
    average : Difference
        All of it together, carry-over allowed for (`allow_for_carry_over`).
    """

    patients: int
    within: Difference
    carry_over: Difference
    first_period: Difference
    average: Difference

    def to_dict(self, level: float) -> dict[str, Any]:
        """Return what stands beside the average in evaluation.json."""
        beside = {name: getattr(self, name) for name in ("within", "carry_over", "first_period")}
        intervals = {name: value.interval(level) for name, value in beside.items()}
        return {"patients": self.patients, **intervals}


@dataclass(frozen=True, slots=True)
class _Estimate:
    """A weighted sum of the responses, and what each patient adds to its error.

    `weights`, shape (n,), are of the rows; `errors`, shape (patients,), have a sum of squares
    that is its variance.
    """

    weights: FloatArray
    value: float
    errors: FloatArray

    @classmethod
    def of(
        cls, weights: FloatArray, y: FloatArray, residual: FloatArray, patient: IntArray
    ) -> _Estimate:
        sums = np.bincount(patient, weights=weights * residual)
        count = len(np.unique(patient[weights != 0]))
        errors = sums * np.sqrt(count / (count - 1)) if count > 1 else np.full(len(sums), np.nan)
        return cls(weights, float(weights @ y), errors)

    @property
    def difference(self) -> Difference:
        return Difference.normal(self.value, float(np.sqrt(self.errors @ self.errors)))


def within_patients(
    y: FloatArray,
    arm: IntArray,
    patient: IntArray,
    period: IntArray,
    *,
    a: int,
    reference: int,
    n_arms: int,
    carried: float = 1.0,
) -> WithinPatients:
    """Return the average difference between two arms of a crossover.

    Parameters
    ----------
    y : array of float64, shape (n,)
        Less what predictors tell of the patient, if that is known: comparisons between patients
        are then more precise.
    arm : array of int64, shape (n,)
        Code of the arm of a row.
    patient : array of int64, shape (n,)
        Codes 0, 1, ... of who a row belongs to.
    period : array of int64, shape (n,)
    a, reference : int
        Codes of the arms compared.
    n_arms : int
    carried : float, 0..1
        Share of an arm that the wash-out may leave to the next period.

    Notes
    -----
    Least squares of y on arm and period with an intercept a patient; robust errors by patient
    (Senn 2002, Cross-over Trials in Clinical Research).

    Examples
    --------
    >>> two = {"arm": np.array([0, 1, 1, 0]), "patient": np.array([0, 0, 1, 1])}
    >>> y, period = np.array([0.0, 1.0, 1.0, 0.0]), np.array([1, 2, 1, 2])
    >>> found = within_patients(y, period=period, a=1, reference=0, n_arms=2, **two)
    >>> round(found.within.estimate, 6)
    1.0
    """
    arms = np.eye(n_arms)[arm]
    periods = (period[:, None] == np.unique(period)).astype(np.float64)
    had = previous_arm(patient, period, arm)
    before = (had[:, None] == np.arange(n_arms)).astype(np.float64)
    difference = np.eye(n_arms)[a] - np.eye(n_arms)[reference]
    seen = np.zeros((patient.max() + 1, n_arms), dtype=bool)
    seen[patient, arm] = True
    first = period == period.min()
    within = _least_squares([arms, periods], y, patient, difference)
    between = _between(y, patient, first & (arm == a), first & (arm == reference))
    adjusted = _least_squares([arms, before, periods], y, patient, difference)
    free = min((between, adjusted), key=lambda e: np.nan_to_num(e.difference.errors[0], nan=np.inf))
    # What a row has before it counts with the row's weight, half of a gap for either arm.
    bias = abs(float(within.weights @ before @ difference)) / 2
    both = np.stack([within.errors, free.errors])
    return WithinPatients(
        patients=int((seen[:, a] & seen[:, reference]).sum()),
        within=within.difference,
        carry_over=_least_squares([before, arms, periods], y, patient, difference).difference,
        first_period=between.difference,
        average=allow_for_carry_over(
            np.array([within.value, free.value]),
            both @ both.T,
            bias * carried * EFFECT * float(y.std()),
        ),
    )


def _least_squares(
    blocks: list[FloatArray], y: FloatArray, patient: IntArray, contrast: FloatArray
) -> _Estimate:
    """Return a contrast of the first block's coefficients; NaN where the data cannot tell it."""
    design = _centred(np.column_stack(blocks), patient)
    response = _centred(y[:, None], patient)[:, 0]
    wanted = np.concatenate([contrast, np.zeros(design.shape[1] - len(contrast))])
    inverse = np.linalg.pinv(design.T @ design, rcond=_SAME)
    if np.abs(wanted @ inverse @ (design.T @ design) - wanted).max() > 1e-6:
        return _unknown(patient)
    residual = response - design @ (inverse @ (design.T @ response))
    return _Estimate.of(design @ (inverse @ wanted), response, residual, patient)


def _between(y: FloatArray, patient: IntArray, one: BoolArray, other: BoolArray) -> _Estimate:
    """Return the difference of the mean of some rows and of some others, one a patient."""
    if one.sum() < 2 or other.sum() < 2:
        return _unknown(patient)
    weights = one / one.sum() - other / other.sum()
    residual = y - np.where(one, y[one].mean(), y[other].mean())
    return _Estimate.of(weights, y, residual, patient)


def _unknown(patient: IntArray) -> _Estimate:
    nowhere = np.full(patient.max() + 1, np.nan)
    return _Estimate(np.zeros(len(patient)), np.nan, nowhere)


def _centred(values: FloatArray, patient: IntArray) -> FloatArray:
    """Return values less the mean of their patient."""
    counts = np.bincount(patient)
    means = np.stack([np.bincount(patient, weights=v) / counts for v in values.T], axis=1)
    return np.asarray(values - means[patient])


def within_sentences(contrast: str, found: WithinPatients, scale: ResponseScale) -> list[str]:
    """Return a sentence where two of the ways disagree by more than chance."""
    within, first = found.within, found.first_period
    gap = within.estimate - first.estimate
    spread = np.hypot(within.errors[0], first.errors[0])
    if not (np.isfinite(gap) and abs(gap) > 1.96 * spread):
        return []
    unit = f" {scale.unit}, positive where better" if scale.continuous else " points"
    sentence = (
        f"Crossover, {contrast.replace('_vs_', ' versus ')}: patients compared with themselves say "
        f"{scale.difference(within.estimate, '+')}{unit}, the first period alone "
        f"{scale.difference(first.estimate, '+')}. An arm may still have acted in the period after "
        "its own; the first period is free of that, and the average allows for it."
    )
    return [sentence]
