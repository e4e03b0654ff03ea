"""Posterior draws of the log-odds in each arm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nxpredict.features import EncodedTable
from nxpredict.models._design import model_inputs

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ArmDraws:
    """Draws of the linear predictor of every arm.

    Parameters
    ----------
    intercept : ndarray, shape (A, S)
    slopes : ndarray, shape (A, S, inputs)
        On the columns of `model_inputs`.
    missing : ndarray, shape (A, S, values)
        What a missing value adds in place of the 0 that stands for it: the slope times a
        plausible value, drawn anew in every draw.
    """

    intercept: FloatArray
    slopes: FloatArray
    missing: FloatArray

    def of_arms(self, order: Sequence[int]) -> ArmDraws:
        """Return the draws with the arms in another order."""
        arms = list(order)
        return ArmDraws(self.intercept[arms], self.slopes[arms], self.missing[arms])

    def mapped(self, linear: Callable[[FloatArray], FloatArray], constant: float = 0.0) -> ArmDraws:
        """Return the draws after a linear map across arms, and a constant added to all."""
        return ArmDraws(
            linear(self.intercept) + constant, linear(self.slopes), linear(self.missing)
        )

    def log_odds(self, encoded: EncodedTable) -> FloatArray:
        """Return log-odds of patients, shape (n, A, S)."""
        a, s = self.intercept.shape
        found = model_inputs(encoded) @ self.slopes.reshape(a * s, -1).T
        if encoded.missing.any():
            found += encoded.missing.astype(np.float64) @ self.missing.reshape(a * s, -1).T
        found += self.intercept.ravel()
        odds: FloatArray = found.reshape(-1, a, s)
        return odds
