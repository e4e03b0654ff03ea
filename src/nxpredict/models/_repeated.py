"""Patients who were seen several times: what their responses share, in all arms and in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit, logsumexp

from nxpredict.models._averaging import ATTENUATION
from nxpredict.models._design import Group
from nxpredict.models._fitting import TrainingData
from nxpredict.models._likelihood import Bernoulli
from nxpredict.models._sampler import laplace_evidence

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REACH = 5.0
"""Standard deviations between patients that the quadrature covers to either side."""

STEP, OWN_STEP = 0.5, 0.8
"""Distances of its nodes, in log-odds: under what many periods of a patient, or an arm, tell."""

FEWEST_NODES = 8
"""At this distance, 1.4 standard deviations, a normal density is still summed to 1e-4."""

SPREADS = (0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.5, 3.2)
"""Standard deviations between patients that are compared, in log-odds."""

OWN = (0.0, 0.4, 0.8, 1.2, 1.6)
"""Standard deviations between arms of one patient that are compared, beyond what predictors say."""


@dataclass(frozen=True)
class RepeatedBernoulli(Bernoulli):
    """Responses that are 1 or 0, several of each patient, whose log-odds share normal parts.

    The predictor m is the log-odds *averaged over patients*, so that coefficients mean what they
    mean in a parallel trial. Within a patient the log-odds are c m + spread * z + own * v, with z
    standard normal for each patient and v for each arm of a patient: patients differ in how they
    respond to an arm beyond what predictors tell. Both are integrated out on a fine grid (the
    trapezoidal rule), with c = sqrt(1 + 0.346 (spread^2 + own^2)), which makes the average over
    them equal expit(m) to about a hundredth (Zeger, Liang and Albert 1988, Biometrics 44:1049).

    Parameters
    ----------
    y : ndarray of 0 and 1, shape (n,)
    patient : ndarray of int64, shape (n,)
        Codes 0, 1, ... of who a row belongs to.
    arm : ndarray of int64, shape (n,)
        Codes 0, 1, ... of what the patient had.
    spread : float
        Standard deviation between patients, log-odds; 0: rows are independent.
    own : float
        Standard deviation between arms of a patient, log-odds.

    Examples
    --------
    >>> import numpy as np
    >>> same = np.array([0, 0])
    >>> both = RepeatedBernoulli(np.array([1.0, 1.0]), same, same, spread=2.0)
    >>> bool(np.exp(both.value(np.zeros(2))) > 0.25)
    True
    """

    patient: IntArray
    arm: IntArray
    spread: float
    own: float = 0.0

    @classmethod
    def given(
        cls, data: TrainingData, patient: IntArray, design: FloatArray, groups: list[Group]
    ) -> RepeatedBernoulli:
        """Return the likelihood whose spreads have the largest evidence under a first design.

        What patients show in one arm only is told from chance where they had it more than once.
        """
        start = cls(data.y, patient, data.arm, 0.0)

        def best(tried: Iterable[RepeatedBernoulli]) -> RepeatedBernoulli:
            return max(tried, key=lambda likelihood: laplace_evidence(design, likelihood, groups))

        alone = best(replace(start, spread=spread) for spread in SPREADS)
        if len(np.unique(start._cell)) == len(data.y):
            return alone
        found = best(replace(alone, own=own) for own in OWN)
        if found.own == 0:
            return alone
        smaller = [spread for spread in SPREADS if spread <= alone.spread]
        return best(replace(found, spread=spread) for spread in smaller[-3:])

    def describe(self) -> dict[str, float]:
        """Return the standard deviations that were learned, log-odds."""
        return {"patient_sd": self.spread, "patient_arm_sd": self.own}

    @property
    def stretch(self) -> float:
        """What the averaged log-odds are multiplied by within a patient."""
        return float(np.sqrt(1 + ATTENUATION * (self.spread**2 + self.own**2)))

    def value(self, predictor: FloatArray) -> float:
        """Return the log-likelihood."""
        _, patients = self._joint(self._within(predictor))
        return float(logsumexp(patients, axis=1).sum())

    def score(self, predictor: FloatArray) -> FloatArray:
        """Return its derivative by each row's predictor, shape (n,)."""
        residual, of_patient, in_arm, _ = self._parts(predictor)
        found: FloatArray = self.stretch * np.einsum("rq,rqk,rqk->r", of_patient, in_arm, residual)
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
        cells, cell = np.unique(self._cell[rows], return_inverse=True)
        of, patient = np.unique(self.patient[rows], return_inverse=True)
        first = np.unique(cell, return_index=True)[1]
        in_cell, in_patient = member_sums(cell), member_sums(patient[first])
        total = np.full((len(of), predictor.shape[1]), -np.inf)
        y = self.y[rows, None]
        for node, weight in zip(*self._nodes, strict=True):
            at_node = np.full((len(cells), predictor.shape[1]), -np.inf)
            for inner, share in zip(*self._inner, strict=True):
                log_odds = self.stretch * predictor + (self.spread * node + self.own * inner)
                row = y * log_odds - np.logaddexp(0.0, log_odds)
                at_node = np.logaddexp(at_node, in_cell @ row + share)
            total = np.logaddexp(total, in_patient @ at_node + weight)
        found: FloatArray = total[patient]
        return found

    @cached_property
    def _cell(self) -> IntArray:
        return arms_of_patients(self.patient, self.arm)

    @cached_property
    def _nodes(self) -> tuple[FloatArray, FloatArray]:
        return _grid(self.spread, STEP)

    @cached_property
    def _inner(self) -> tuple[FloatArray, FloatArray]:
        return _grid(self.own, OWN_STEP)

    @cached_property
    def _rows_of_cell(self) -> sparse.csr_array:
        return member_sums(self._cell)

    @cached_property
    def _cells_of_patient(self) -> sparse.csr_array:
        return member_sums(self.patient[np.unique(self._cell, return_index=True)[1]])

    @cached_property
    def _pairs(self) -> tuple[IntArray, IntArray]:
        """All pairs of rows of one patient, each row with itself included."""
        together = member_sums(self.patient)
        same = (together.T @ together).tocoo()
        return same.row, same.col

    def _within(self, predictor: FloatArray) -> FloatArray:
        """Return log-odds at each pair of nodes, shape (n, Q, K)."""
        nodes = self.spread * self._nodes[0][:, None] + self.own * self._inner[0]
        found: FloatArray = self.stretch * predictor[:, None, None] + nodes
        return found

    def _joint(self, log_odds: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log P(responses and nodes): of each arm of a patient, and of each patient.

        Shapes (cells, Q, K), given the patient's node, and (patients, Q).
        """
        row = self.y[:, None, None] * log_odds - np.logaddexp(0.0, log_odds)
        summed = self._rows_of_cell @ row.reshape(len(row), -1)
        cells = summed.reshape(-1, *row.shape[1:]) + self._inner[1]
        return cells, self._cells_of_patient @ logsumexp(cells, axis=2) + self._nodes[1]

    def _parts(self, predictor: FloatArray) -> tuple[FloatArray, ...]:
        """Return each row's residuals, its posterior of the nodes, and probabilities.

        Shapes (n, Q, K); (n, Q) of the patient's node and (n, Q, K) of the arm's given that one;
        (n, Q, K).
        """
        log_odds = self._within(predictor)
        cells, patients = self._joint(log_odds)
        of_patient = np.exp(patients - logsumexp(patients, axis=1, keepdims=True))[self.patient]
        in_arm = np.exp(cells - logsumexp(cells, axis=2, keepdims=True))[self._cell]
        p = expit(log_odds)
        return self.y[:, None, None] - p, of_patient, in_arm, p

    def _curvature(self, predictor: FloatArray) -> sparse.csr_array:
        """Return minus the second derivatives by the predictors of all pairs of rows, (n, n)."""
        residual, of_patient, in_arm, p = self._parts(predictor)
        one, other = self._pairs
        mean = np.einsum("rqk,rqk->rq", in_arm, residual)
        around = mean - np.einsum("rq,rq->r", of_patient, mean)[:, None]
        shared = -np.einsum("rq,rq,rq->r", of_patient[one], around[one], around[other])
        noise = np.einsum("rq,rqk,rqk->r", of_patient, in_arm, p * (1 - p))
        shared[one == other] += noise[one[one == other]]
        if self.own > 0:
            # Rows of one arm also share what the arm does in this patient.
            same = self._cell[one] == self._cell[other]
            joint = np.sqrt(of_patient[:, :, None] * in_arm) * (residual - mean[:, :, None])
            joint = joint.reshape(len(joint), -1)
            shared[same] -= np.einsum("rq,rq->r", joint[one[same]], joint[other[same]])
        size = (len(self.y), len(self.y))
        return sparse.csr_array((self.stretch**2 * shared, (one, other)), shape=size)


def _grid(spread: float, step: float) -> tuple[FloatArray, FloatArray]:
    """Return quadrature nodes of a standard normal variable and their log-weights."""
    if spread == 0:
        return np.zeros(1), np.zeros(1)
    count = max(FEWEST_NODES, int(np.ceil(2 * REACH * spread / step)))
    nodes = np.linspace(-REACH, REACH, count)
    return nodes, -(nodes**2) / 2 - logsumexp(-(nodes**2) / 2)


def arms_of_patients(patient: IntArray, arm: IntArray) -> IntArray:
    """Return codes 0, 1, ... of each arm of each patient, in the order of the patients."""
    both = patient * (arm.max() + 1) + arm
    return np.unique(both, return_inverse=True)[1].astype(np.int64)


def member_sums(member: IntArray) -> sparse.csr_array:
    """Return the matrix that adds up the rows of each member."""
    n = len(member)
    return sparse.csr_array((np.ones(n), (member, np.arange(n))), shape=(member.max() + 1, n))
