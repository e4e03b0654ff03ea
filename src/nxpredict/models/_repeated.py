"""Patients who were seen several times: what they share, and what time and the last drug add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit, logsumexp

from nxpredict.models._design import Group, arm_contrasts
from nxpredict.models._fitting import TrainingData
from nxpredict.models._likelihood import Bernoulli
from nxpredict.models._sampler import laplace_evidence

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REACH = 5.0
"""Standard deviations between patients that the quadrature covers to either side."""

STEP = 0.5
"""Distance of its nodes, in log-odds: well under what many periods of a patient tell apart."""

ATTENUATION = (16 * np.sqrt(3) / (15 * np.pi)) ** 2
"""Log-odds within a patient shrink by sqrt(1 + this * variance) when averaged over patients."""

SPREADS = (0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.5, 3.2)
"""Standard deviations between patients that are compared, in log-odds."""


@dataclass(frozen=True)
class RepeatedBernoulli(Bernoulli):
    """Responses that are 1 or 0, several of each patient, whose log-odds share a normal part.

    The predictor m is the log-odds *averaged over patients*, so that coefficients mean what they
    mean in a parallel trial. Within a patient the log-odds are c m + spread * z, z standard normal
    and integrated out on a fine grid (the trapezoidal rule), with c = sqrt(1 + 0.346 spread^2),
    which makes the average over z equal expit(m) to about a hundredth (Zeger, Liang and Albert
    1988, Biometrics 44:1049).

    Parameters
    ----------
    y : ndarray of 0 and 1, shape (n,)
    patient : ndarray of int64, shape (n,)
        Codes 0, 1, ... of who a row belongs to.
    spread : float
        Standard deviation between patients, log-odds; 0: rows are independent.

    Examples
    --------
    >>> import numpy as np
    >>> both = RepeatedBernoulli(np.array([1.0, 1.0]), np.array([0, 0]), spread=2.0)
    >>> bool(np.exp(both.value(np.zeros(2))) > 0.25)
    True
    """

    patient: IntArray
    spread: float

    @classmethod
    def given(
        cls, y: FloatArray, patient: IntArray, design: FloatArray, groups: list[Group]
    ) -> RepeatedBernoulli:
        """Return the likelihood whose spread has the largest evidence under a first design."""
        tried = [cls(y, patient, spread) for spread in SPREADS]
        return max(tried, key=lambda likelihood: laplace_evidence(design, likelihood, groups))

    @property
    def stretch(self) -> float:
        """What the averaged log-odds are multiplied by within a patient."""
        return float(np.sqrt(1 + ATTENUATION * self.spread**2))

    def value(self, predictor: FloatArray) -> float:
        """Return the log-likelihood."""
        return float(logsumexp(self._joint(self._within(predictor)), axis=1).sum())

    def score(self, predictor: FloatArray) -> FloatArray:
        """Return its derivative by each row's predictor, shape (n,)."""
        residual, posterior, _ = self._parts(predictor)
        found: FloatArray = self.stretch * (posterior * residual).sum(axis=1)
        return found

    def weights(self, predictor: FloatArray) -> FloatArray:
        """Return minus its second derivative by each row's predictor, shape (n,)."""
        found: FloatArray = self._curvature(predictor).diagonal()
        return found

    def information(self, design: FloatArray, predictor: FloatArray) -> FloatArray:
        """Return minus its second derivative by the coefficients of a design, shape (p, p)."""
        found: FloatArray = design.T @ (self._curvature(predictor) @ design)
        return found

    def of_patients(self, predictor: FloatArray, rows: IntArray) -> FloatArray:
        """Return the log-likelihood of all that each row's patient responded, shape (rows, S)."""
        of, patient = np.unique(self.patient[rows], return_inverse=True)
        together = _sums(patient)
        total = np.full((len(of), predictor.shape[1]), -np.inf)
        y = self.y[rows, None]
        for node, weight in zip(*self._nodes, strict=True):
            log_odds = self.stretch * predictor + self.spread * node
            at_node = together @ (y * log_odds - np.logaddexp(0.0, log_odds))
            total = np.logaddexp(total, at_node + weight)
        found: FloatArray = total[patient]
        return found

    @cached_property
    def _nodes(self) -> tuple[FloatArray, FloatArray]:
        """Quadrature nodes of a standard normal variable and their log-weights."""
        if self.spread == 0:
            return np.zeros(1), np.zeros(1)
        count = max(16, int(np.ceil(2 * REACH * self.spread / STEP)))
        nodes = np.linspace(-REACH, REACH, count)
        return nodes, -(nodes**2) / 2 - logsumexp(-(nodes**2) / 2)

    @cached_property
    def _together(self) -> sparse.csr_array:
        return _sums(self.patient)

    @cached_property
    def _pairs(self) -> tuple[IntArray, IntArray]:
        """All pairs of rows of one patient, each row with itself included."""
        same = (self._together.T @ self._together).tocoo()
        return same.row, same.col

    def _within(self, predictor: FloatArray) -> FloatArray:
        """Return log-odds at each node, shape (n, nodes)."""
        found: FloatArray = self.stretch * predictor[:, None] + self.spread * self._nodes[0]
        return found

    def _joint(self, log_odds: FloatArray) -> FloatArray:
        """Return log P(responses and node) of each patient, shape (patients, nodes)."""
        row = self.y[:, None] * log_odds - np.logaddexp(0.0, log_odds)
        found: FloatArray = self._together @ row + self._nodes[1]
        return found

    def _parts(self, predictor: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return residuals, each row's posterior of the nodes, and probabilities, (n, nodes)."""
        log_odds = self._within(predictor)
        joint = self._joint(log_odds)
        posterior = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))[self.patient]
        p = expit(log_odds)
        return self.y[:, None] - p, posterior, p

    def _curvature(self, predictor: FloatArray) -> sparse.csr_array:
        """Return minus the second derivatives by the predictors of all pairs of rows, (n, n)."""
        residual, posterior, p = self._parts(predictor)
        residual = residual - (posterior * residual).sum(axis=1, keepdims=True)
        one, other = self._pairs
        shared = -np.einsum("rq,rq,rq->r", posterior[one], residual[one], residual[other])
        shared[one == other] += (posterior * p * (1 - p)).sum(axis=1)[one[one == other]]
        size = (len(self.y), len(self.y))
        return sparse.csr_array((self.stretch**2 * shared, (one, other)), shape=size)


def _sums(patient: IntArray) -> sparse.csr_array:
    """Return the matrix that adds up the rows of each patient."""
    n = len(patient)
    return sparse.csr_array((np.ones(n), (patient, np.arange(n))), shape=(patient.max() + 1, n))


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Columns beside the design that are part of `fit` only: 0 means an average period.

    Parameters
    ----------
    columns : ndarray of float64, shape (n, q)
        Contrasts of the periods; contrasts of the arm taken in the period before, 0 in a first
        period.
    families : tuple of str
        ``period`` or ``carry_over`` for each column.
    """

    columns: FloatArray
    families: tuple[str, ...]

    @classmethod
    def of(cls, data: TrainingData, carry_over: bool) -> Adjustment:
        """Return the columns for patients in periods; none where there are no periods."""
        if data.period is None or data.patient is None:
            return cls(np.empty((len(data.y), 0)), ())
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

    def describe(self, draws: FloatArray, data: TrainingData) -> dict[str, Any]:
        """Return what time and the last arm add, in log-odds over the average period.

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


def previous_arm(patient: IntArray, period: IntArray, arm: IntArray) -> IntArray:
    """Return the arm that the row's patient had one period before, -1 where there is none.

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
