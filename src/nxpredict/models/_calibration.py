"""Recalibration of the arm probabilities and of the size of the benefit, in one shrunken map.

With l_a the log-odds under arm a and m their mean over arms, the calibrated log-odds are

    l'_a = intercept + slope * m + spread * (l_a - m)

`intercept` and `slope` are shared by all arms (separate maps per arm wreck the contrast in
small trials); `spread` stretches or shrinks the difference between arms and so moves them
all. The three numbers are learned from out-of-fold log-odds by a logistic regression whose
normal prior sits at (0, 1, 1): they move only as far as the data say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from nxpredict.models._draws import ArmDraws
from nxpredict.models._fitting import TrainingData

FloatArray = NDArray[np.float64]

PRIOR_SD = np.array([0.1, 0.12, 0.25])
IDENTITY = np.array([0.0, 1.0, 1.0])
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
    def learn(cls, log_odds: FloatArray, y: FloatArray, arm: NDArray[np.int64]) -> ArmCalibration:
        """Learn the map from out-of-fold log-odds, shape (n, A), and what happened."""
        middle = log_odds.mean(axis=1)
        own = log_odds[np.arange(len(arm)), arm] - middle
        design = np.column_stack([np.ones_like(middle), middle, own])
        theta = IDENTITY.copy()
        precision = 1.0 / PRIOR_SD**2
        for _ in range(50):
            p = expit(design @ theta)
            gradient = design.T @ (y - p) - precision * (theta - IDENTITY)
            hessian = (design * (p * (1 - p))[:, None]).T @ design + np.diag(precision)
            step = np.linalg.solve(hessian, gradient)
            theta = theta + step
            if np.abs(step).max() < 1e-10:
                break
        # A negative factor would turn every ranking upside down on little evidence.
        return cls(float(theta[0]), max(float(theta[1]), 0.0), max(float(theta[2]), 0.0))


def leave_one_out(draws: ArmDraws, inputs: NDArray[np.float32], data: TrainingData) -> FloatArray:
    """Return log-odds of every patient as if learned from the others, shape (n, A).

    The draws are weighted by the inverse likelihood of the patient's own response, with the
    weights truncated (Ionides 2008, J Comput Graph Stat 17:295): no refit is needed. What stands
    in for missing inputs was no part of what was learned, so it has no part in the weights.
    """
    found = np.empty((len(data.y), len(data.arms)))
    for start in range(0, len(data.y), LOO_BLOCK):
        rows = slice(start, start + LOO_BLOCK)
        p = draws.probabilities(inputs[rows]).astype(np.float64)
        likely = draws.probabilities(draws.without_gaps(inputs[rows])).astype(np.float64)
        own = likely[np.arange(len(p)), data.arm[rows]]
        y = data.y[rows, None]
        weights = 1.0 / np.maximum(y * own + (1 - y) * (1 - own), 1e-6)
        most = weights.mean(axis=1, keepdims=True) * np.sqrt(weights.shape[1])
        weights = np.minimum(weights, most)
        weights /= weights.sum(axis=1, keepdims=True)
        found[rows] = logit(np.einsum("nas,ns->na", p, weights))
    return found
