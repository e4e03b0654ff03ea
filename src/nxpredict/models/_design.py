"""The linear predictor: main effects, arms, and arm-by-predictor interactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nxpredict.features import EncodedTable

FloatArray = NDArray[np.float64]
Structure = Literal["average", "risk", "interactions"]


def arm_contrasts(n_arms: int) -> FloatArray:
    """Return orthonormal contrasts of the arms, shape (n_arms, n_arms - 1).

    With independent normal coefficients on these columns every pair of arms has the same
    prior, so that no arm is special and relabelling arms changes nothing.

    Examples
    --------
    >>> arm_contrasts(2).round(3)
    array([[ 0.707],
           [-0.707]])
    """
    basis = np.zeros((n_arms, n_arms - 1))
    for k in range(1, n_arms):
        basis[:k, k - 1] = 1.0
        basis[k, k - 1] = -k
        basis[:, k - 1] /= np.sqrt(k * (k + 1))
    return basis


@dataclass(frozen=True, slots=True)
class ArmDesign:
    """Layout of the coefficients: intercept, arms, main effects, interactions.

    Parameters
    ----------
    n_arms, n_predictors, n_indicators : int
        Arms, encoded predictors and missingness indicators.
    structure : {"average", "risk", "interactions"}
        ``average`` has arms only, ``risk`` adds main effects, ``interactions`` adds
        arm-by-predictor terms.
    """

    n_arms: int
    n_predictors: int
    n_indicators: int
    structure: Structure

    @property
    def blocks(self) -> tuple[int, int, int, int]:
        """Sizes of intercept, arms, main effects (with indicators) and interactions."""
        contrasts = self.n_arms - 1
        main = 0 if self.structure == "average" else self.n_predictors + self.n_indicators
        pairs = self.n_predictors * contrasts if self.structure == "interactions" else 0
        return 1, contrasts, main, pairs

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return sum(self.blocks)

    def matrix(self, encoded: EncodedTable, arm: NDArray[np.int64]) -> FloatArray:
        """Return the design matrix for patients seen under `arm`, shape (n, size)."""
        n = len(arm)
        of_arm = arm_contrasts(self.n_arms)[arm]
        parts = [np.ones((n, 1)), of_arm]
        if self.structure != "average":
            parts += [encoded.values, encoded.indicators]
        if self.structure == "interactions":
            parts += [encoded.values * of_arm[:, [k]] for k in range(self.n_arms - 1)]
        return np.concatenate(parts, axis=1)

    def variances(self, arm: float, main: float, interaction: float) -> FloatArray:
        """Return the prior variance of each coefficient from three prior scales (SD)."""
        intercept, arms, mains, pairs = self.blocks
        return np.concatenate(
            [
                np.full(intercept, 10.0**2),
                np.full(arms, arm**2),
                np.full(mains, main**2),
                np.full(pairs, interaction**2),
            ]
        )

    def per_arm(self, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return intercepts (..., A) and slopes (..., A, d + k) of the log-odds in each arm."""
        contrasts = arm_contrasts(self.n_arms)
        d, k = self.n_predictors, self.n_indicators
        lead = coefficients.shape[:-1]
        intercept = coefficients[..., :1] + coefficients[..., 1 : self.n_arms] @ contrasts.T
        slopes = np.zeros((*lead, self.n_arms, d + k))
        start = self.n_arms
        if self.structure != "average":
            slopes += coefficients[..., None, start : start + d + k]
            start += d + k
        if self.structure == "interactions":
            pairs = coefficients[..., start:].reshape(*lead, self.n_arms - 1, d)
            slopes[..., :d] += np.einsum("ac,...cd->...ad", contrasts, pairs)
        return intercept, slopes
