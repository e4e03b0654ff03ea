"""What patients who had both arms say of the average difference, each compared with themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval, mean_and_error

_SAME = 1e-8


def within_patients(
    y: FloatArray,
    arm: IntArray,
    patient: IntArray,
    period: IntArray,
    *,
    a: int,
    reference: int,
    n_arms: int,
    level: float = 0.95,
) -> dict[str, Any]:
    """Return the average difference between two arms of a crossover, in two ways.

    Parameters
    ----------
    y : array of float64, shape (n,)
    arm : array of int64, shape (n,)
        Code of the arm of a row.
    patient : array of int64, shape (n,)
        Codes 0, 1, ... of who a row belongs to.
    period : array of int64, shape (n,)
    a, reference : int
        Codes of the arms compared.
    n_arms : int
    level : float
        Of the intervals, 0..1.

    Returns
    -------
    dict
        `patients` (who had both arms), `within` (each patient compared with himself or herself,
        period adjusted for; right when nothing is carried over), `carry_over` (what having had
        `a` rather than the reference in the period before adds; not known where the design
        cannot tell it from the arms, as with two periods), `first_period` (between patients, free
        of carry-over).

    Notes
    -----
    Least squares of y on arm and period with an intercept a patient; robust errors by patient
    (Senn 2002, Cross-over Trials in Clinical Research). Neither is chosen by a test of carry-over,
    which would bias what is then reported (Freeman 1989, Stat Med 8:1421).

    Examples
    --------
    >>> two = {"arm": np.array([0, 1, 1, 0]), "patient": np.array([0, 0, 1, 1])}
    >>> y, period = np.array([0.0, 1.0, 1.0, 0.0]), np.array([1, 2, 1, 2])
    >>> found = within_patients(y, period=period, a=1, reference=0, n_arms=2, **two)
    >>> round(found["within"].estimate, 6)
    1.0
    """
    arms = np.eye(n_arms)[arm]
    periods = (period[:, None] == np.unique(period)).astype(np.float64)
    before = _before(arm, patient, period, n_arms)
    difference = np.eye(n_arms)[a] - np.eye(n_arms)[reference]
    seen = np.zeros((patient.max() + 1, n_arms), dtype=bool)
    seen[patient, arm] = True
    first = period == period.min()
    return {
        "patients": int((seen[:, a] & seen[:, reference]).sum()),
        "within": _estimate([arms, periods], y, patient, difference, level),
        "carry_over": _estimate([before, arms, periods], y, patient, difference, level),
        "first_period": _between(y[first & (arm == a)], y[first & (arm == reference)], level),
    }


def _before(arm: IntArray, patient: IntArray, period: IntArray, n_arms: int) -> FloatArray:
    """Return indicators of the arm that a row's patient had one period before."""
    place = {key: row for row, key in enumerate(zip(patient, period, strict=True))}
    found = np.zeros((len(arm), n_arms))
    for row, (who, when) in enumerate(zip(patient, period, strict=True)):
        if (earlier := place.get((who, when - 1))) is not None:
            found[row, arm[earlier]] = 1.0
    return found


def _estimate(
    blocks: list[FloatArray],
    y: FloatArray,
    patient: IntArray,
    contrast: FloatArray,
    level: float,
) -> Interval:
    """Return a contrast of the first block's coefficients; NaN where the data cannot tell it."""
    design = _centred(np.column_stack(blocks), patient)
    response = _centred(y[:, None], patient)[:, 0]
    weights = np.concatenate([contrast, np.zeros(design.shape[1] - len(contrast))])
    inverse = np.linalg.pinv(design.T @ design, rcond=_SAME)
    if np.abs(weights @ inverse @ (design.T @ design) - weights).max() > 1e-6:
        return Interval()
    residual = response - design @ (inverse @ (design.T @ response))
    # What a row adds to the estimate; the mean of it times n is the estimate itself.
    share = (design @ (inverse @ weights)) * len(y)
    _, error = mean_and_error(share * residual, patient)
    return Interval.normal(float(np.mean(share * response)), error, level)


def _centred(values: FloatArray, patient: IntArray) -> FloatArray:
    """Return values less the mean of their patient."""
    counts = np.bincount(patient)
    means = np.stack([np.bincount(patient, weights=v) / counts for v in values.T], axis=1)
    return np.asarray(values - means[patient])


def _between(one: FloatArray, other: FloatArray, level: float) -> Interval:
    (mean, error), (base, base_error) = mean_and_error(one), mean_and_error(other)
    return Interval.normal(mean - base, float(np.hypot(error, base_error)), level)


def within_sentences(contrast: str, facts: Mapping[str, Any], level: float) -> list[str]:
    """Return a sentence where the two ways disagree by more than chance."""
    within, first = facts["within"], facts["first_period"]
    gap = within.estimate - first.estimate
    spread = np.hypot(within.error(level), first.error(level))
    if not (np.isfinite(gap) and abs(gap) > 1.96 * spread):
        return []
    sentence = (
        f"Crossover, {contrast.replace('_vs_', ' versus ')}: patients compared with themselves say "
        f"{within.estimate:+.3f}, the first period alone {first.estimate:+.3f}. An arm may still "
        "have acted in the period after its own; the first period is free of that."
    )
    return [sentence]
