"""Patients of whom a number was seen several times: what their numbers share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nxpredict.models._fitting import TrainingData
from nxpredict.models._likelihood import LEAST_NOISE, Gaussian, ridge_evidence
from nxpredict.models._repeated import arms_of_patients, member_sums

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Series = tuple[IntArray, tuple[int, ...]]

RATIOS = (0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 4.0, 7.0, 12.0)
"""Variances between patients that are compared, over that within a patient and arm."""

OWN_RATIOS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)
"""Variances between arms of one patient that are compared, over the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedGaussian(Gaussian):
    """Numbers, several of each patient, that share a normal part of the patient and one of the arm.

    The rows of a patient scatter around the predictor with the covariance V = variance (I +
    between J + own B), J being 1 everywhere and B where two rows have the same arm (a random
    intercept of the patient, and one of the arm in the patient; Laird and Ware 1982, Biometrics
    38:963). Both are integrated out in closed form: rows times the inverse of the Cholesky factor
    of V scatter independently.

    Parameters
    ----------
    y : ndarray, shape (n,)
        With mean 0 and variance 1.
    variance : float
        Within a patient and arm.
    patient, arm : ndarray of int64, shape (n,)
        Codes 0, 1, ... of who a row belongs to, and of what that patient had.
    between, own : float
        Variances of the parts shared, over `variance`.
    whitener : sparse array, shape (n, n)
        Inverse Cholesky factors of V / variance.

    Examples
    --------
    >>> import numpy as np
    >>> y, same = np.array([1.0, 1.0]), np.array([0, 0])
    >>> both = RepeatedGaussian.shared(y, same, same, between=1.0)
    >>> both.score(np.zeros(2)).round(3).tolist()
    [0.333, 0.333]
    """

    patient: IntArray
    arm: IntArray
    between: float
    own: float
    whitener: sparse.csr_array

    @classmethod
    def shared(
        cls, y: FloatArray, patient: IntArray, arm: IntArray, *, between: float, own: float = 0.0
    ) -> RepeatedGaussian:
        """Return the likelihood with a variance of 1 within a patient and arm."""
        whitener, _ = _whitener(_series(patient, arm), between, own)
        return cls(y=y, patient=patient, arm=arm, between=between, own=own, whitener=whitener)

    @classmethod
    def of_series(
        cls, data: TrainingData, patient: IntArray, design: FloatArray
    ) -> RepeatedGaussian:
        """Return the likelihood whose variances have the largest evidence under a first design.

        What patients show in one arm only is told from chance where they had it more than once.
        """
        series = _series(patient, data.arm)

        def best(tried: Iterable[tuple[float, float]]) -> tuple[float, float]:
            return max(tried, key=lambda two: _evidence(series, two, data.y, design)[0])

        between, own = best((ratio, 0.0) for ratio in RATIOS)
        if any(len(set(pattern)) < len(pattern) for _, pattern in series):
            own = best((between, ratio) for ratio in OWN_RATIOS)[1]
            between = best((ratio, own) for ratio in RATIOS)[0]
        found = cls.shared(data.y, patient, data.arm, between=between, own=own)
        return replace(found, variance=_evidence(series, (between, own), data.y, design)[1])

    def describe(self) -> dict[str, float]:
        """Return the standard deviations that were learned, in those of the response."""
        return {
            "patient_sd": float(np.sqrt(self.between * self.variance)),
            "patient_arm_sd": float(np.sqrt(self.own * self.variance)),
        }

    def value(self, predictor: FloatArray) -> float:
        """Return the log-likelihood, up to a constant."""
        rest = self.whitener @ (self.y - predictor)
        return float(-0.5 * (rest @ rest) / self.variance)

    def score(self, predictor: FloatArray) -> FloatArray:
        """Return its derivative by each row's mean, shape (n,)."""
        rest = self.whitener @ (self.y - predictor)
        found: FloatArray = self.whitener.T @ rest / self.variance
        return found

    def weights(self, predictor: FloatArray) -> FloatArray:
        """Return minus its second derivative by each row's mean, shape (n,)."""
        found: FloatArray = self.whitener.power(2).sum(axis=0) / self.variance
        return found

    def information(self, design: FloatArray, predictor: FloatArray) -> FloatArray:
        """Return the information matrix of the coefficients, shape (p, p)."""
        white = self.whitener @ design
        found: FloatArray = white.T @ white / self.variance
        return found

    def of_patients(self, predictor: FloatArray, rows: IntArray) -> FloatArray:
        """Return the log-likelihood of all that each row's patient showed, shape (rows, S)."""
        rest = self.whitener[rows][:, rows] @ (self.y[rows, None] - predictor)
        member = np.unique(self.patient[rows], return_inverse=True)[1]
        found: FloatArray = (member_sums(member) @ (-0.5 * rest**2 / self.variance))[member]
        return found

    def refined(self, predictor: FloatArray, parameters: float) -> RepeatedGaussian:
        """Return the likelihood with the variance of what is left, by its degrees of freedom."""
        rest = self.whitener @ (self.y - predictor)
        freedom = max(len(self.y) - parameters, 1.0)
        return replace(self, variance=max(float(rest @ rest) / freedom, LEAST_NOISE))


def _series(patient: IntArray, arm: IntArray) -> list[Series]:
    """Return the rows of each patient, and which of them have the same arm."""
    cell = arms_of_patients(patient, arm)
    order = np.argsort(patient, kind="stable")
    starts = np.flatnonzero(np.diff(patient[order])) + 1
    return [
        (rows, tuple(np.unique(cell[rows], return_inverse=True)[1].tolist()))
        for rows in np.split(order, starts)
    ]


def _whitener(series: list[Series], between: float, own: float) -> tuple[sparse.csr_array, float]:
    """Return the inverse Cholesky factors of I + between J + own B, and log det of them all."""
    known: dict[tuple[int, ...], tuple[FloatArray, float]] = {}
    row, column, values, volume = [], [], [], 0.0
    for rows, pattern in series:
        if pattern not in known:
            same = np.equal.outer(pattern, pattern)
            covariance = np.eye(len(pattern)) + between + own * same
            factor: FloatArray = np.linalg.cholesky(covariance).astype(np.float64)
            known[pattern] = (
                np.linalg.inv(factor).astype(np.float64),
                2 * float(np.log(np.diag(factor)).sum()),
            )
        block, size = known[pattern]
        row.append(np.repeat(rows, len(rows)))
        column.append(np.tile(rows, len(rows)))
        values.append(block.ravel())
        volume += size
    n = sum(len(rows) for rows, _ in series)
    places = np.concatenate(row), np.concatenate(column)
    return sparse.csr_array((np.concatenate(values), places), shape=(n, n)), volume


def _evidence(
    series: list[Series], ratios: tuple[float, float], y: FloatArray, design: FloatArray
) -> tuple[float, float]:
    """Return twice log P(y), less a constant, and the variance at which it is largest."""
    whitener, volume = _whitener(series, *ratios)
    misfit, variance = ridge_evidence(whitener @ y, whitener @ design)
    return -misfit - volume, variance
