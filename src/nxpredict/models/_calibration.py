"""Recalibration of the arm probabilities and of the size of the benefit, in one shrunken map.

With l_a the linear predictor under arm a (log-odds; of a continuous response its standardised
mean) and m its mean over arms, the calibrated predictor is

    l'_a = intercept + slope * m + spread * (l_a - m)

`intercept` and `slope` are shared by all arms (separate maps per arm wreck the contrast in
small trials); `spread` stretches or shrinks the difference between arms and so moves them
all. The three numbers are learned from what each patient is predicted from the others, by a
regression whose normal prior sits at (0, 1, 1): they move only as far as the data say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nxpredict.models._draws import ArmDraws
from nxpredict.models._fitting import TrainingData
from nxpredict.models._likelihood import Likelihood

FloatArray = NDArray[np.float64]

PRIOR_SD = np.array([0.1, 0.12, 0.1])
"""Of intercept, slope and spread. The last is the least believed: where chance makes the arms look
alike, predictions from the other patients say so too, and the truth says the opposite."""
IDENTITY = np.array([0.0, 1.0, 1.0])
CALIBRATION_MINIMUM = 100
"""Fewer patients than this cannot teach a recalibration anything."""
LOO_BLOCK = 1024
"""Patients whose draws are held at once."""


def stretched(log_odds: FloatArray, slope: float, spread: float) -> FloatArray:
    """Return slope * m + spread * (l_a - m); arms are the first axis."""
    middle = log_odds.mean(axis=0)
    found: FloatArray = slope * middle + spread * (log_odds - middle)
    return found


@dataclass(frozen=True, slots=True)
class ArmCalibration:
    """The shared map of log-odds; the identity by default.

    Parameters
    ----------
    intercept : float
        On the scale of the linear predictor.
    slope, spread : float
        Factors, 0 or more: of what all arms share, and of the difference between arms.

    Examples
    --------
    >>> import numpy as np
    >>> shrunk = ArmCalibration(0.0, 1.0, 0.5)
    >>> shrunk.linear(np.array([1.0, -1.0]))
    array([ 0.5, -0.5])
    """

    intercept: float = 0.0
    slope: float = 1.0
    spread: float = 1.0

    def linear(self, log_odds: FloatArray) -> FloatArray:
        """Return the map without its intercept; arms are the first axis."""
        return stretched(log_odds, self.slope, self.spread)

    @classmethod
    def learn(
        cls,
        predictor: FloatArray,
        likelihood: Likelihood,
        arm: NDArray[np.int64],
        shift: FloatArray | float = 0.0,
    ) -> ArmCalibration:
        """Learn the map from out-of-fold predictors, shape (n, A), and what happened.

        `shift`, shape (n,), is what the period of a row added.
        """
        middle = predictor.mean(axis=1)
        own = predictor[np.arange(len(arm)), arm] - middle
        design = np.column_stack([np.ones_like(middle), middle, own])
        theta = IDENTITY.copy()
        precision = 1.0 / PRIOR_SD**2
        for _ in range(50):
            found = design @ theta + shift
            gradient = design.T @ likelihood.score(found) - precision * (theta - IDENTITY)
            hessian = likelihood.information(design, found) + np.diag(precision)
            step = np.linalg.solve(hessian, gradient)
            theta = theta + step
            if np.abs(step).max() < 1e-10:
                break
        # A negative factor would turn every ranking upside down on little evidence.
        return cls(float(theta[0]), max(float(theta[1]), 0.0), max(float(theta[2]), 0.0))


def learn_calibration(
    draws: ArmDraws,
    inputs: NDArray[np.float32],
    data: TrainingData,
    likelihood: Likelihood,
    shift: FloatArray,
) -> ArmCalibration:
    """Learn the map from what each patient is predicted from the others; `leave_one_out`."""
    if len(data.y) < CALIBRATION_MINIMUM:
        return ArmCalibration()
    others = leave_one_out(draws, inputs, data, likelihood, shift)
    return ArmCalibration.learn(others, likelihood, data.arm, shift.mean(axis=1))


def leave_one_out(
    draws: ArmDraws,
    inputs: NDArray[np.float32],
    data: TrainingData,
    likelihood: Likelihood,
    shift: FloatArray,
) -> FloatArray:
    """Return the predictor of every row as if learned from the other patients, shape (n, A).

    The draws are weighted by the inverse likelihood of all that the patient responded, with the
    weights truncated (Ionides 2008, J Comput Graph Stat 17:295): no refit is needed. What stands
    in for missing inputs was no part of what was learned, so it has no part in the weights; what
    the period of a row adds in every draw (`shift`, shape (n, S)) was.
    """
    found = np.empty((len(data.arm), len(draws.intercept)))
    for rows in _blocks(data):
        mean = likelihood.mean(draws.predictors(inputs[rows]).astype(np.float64))
        likely = draws.predictors(draws.without_gaps(inputs[rows]))
        own = likely[np.arange(len(likely)), data.arm[rows]].astype(np.float64)
        surprise = -likelihood.of_patients(own + shift[rows], rows)
        weights = np.exp(surprise - surprise.max(axis=1, keepdims=True))
        most = weights.mean(axis=1, keepdims=True) * np.sqrt(weights.shape[1])
        weights = np.minimum(weights, most)
        weights /= weights.sum(axis=1, keepdims=True)
        found[rows] = likelihood.link(np.einsum("nas,ns->na", mean, weights))
    return found


def _blocks(data: TrainingData) -> list[NDArray[np.int64]]:
    """Return the rows in blocks of whole patients."""
    n = len(data.arm)
    if data.patient is None:
        return np.array_split(np.arange(n), range(LOO_BLOCK, n, LOO_BLOCK))
    order = np.argsort(data.patient, kind="stable")
    first = np.searchsorted(data.patient[order], np.unique(data.patient))
    starts = np.searchsorted(first, range(LOO_BLOCK, n, LOO_BLOCK))
    return np.array_split(order, np.unique(first[starts[starts < len(first)]]))
