"""Posterior draws of the log-odds in each arm."""

from __future__ import annotations

from collections.abc import Sequence
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
    intercept : ndarray, shape (S, A)
    slopes : ndarray, shape (S, A, inputs)
        On the columns of `model_inputs`.
    missing : ndarray, shape (S, A, values)
        What a missing value adds in place of the 0 that stands for it: the slope times a
        plausible value, drawn anew in every draw.
    """

    intercept: FloatArray
    slopes: FloatArray
    missing: FloatArray

    def of_arms(self, order: Sequence[int]) -> ArmDraws:
        """Return the draws with the arms in another order."""
        arms = list(order)
        return ArmDraws(self.intercept[:, arms], self.slopes[:, arms], self.missing[:, arms])

    def log_odds(self, encoded: EncodedTable) -> FloatArray:
        """Return log-odds of patients, shape (n, S, A)."""
        s, a = self.intercept.shape
        found = model_inputs(encoded) @ self.slopes.reshape(s * a, -1).T
        if encoded.missing.any():
            found += encoded.missing.astype(np.float64) @ self.missing.reshape(s * a, -1).T
        odds: FloatArray = found.reshape(-1, s, a) + self.intercept
        return odds
