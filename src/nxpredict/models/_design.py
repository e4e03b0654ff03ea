"""The linear predictor: arms, main effects, and arm-by-predictor interactions, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nxpredict.features import EncodedTable

FloatArray = NDArray[np.float64]
Structure = Literal["average", "risk", "interactions"]

INTERCEPT_SD = 10.0


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


def model_inputs(encoded: EncodedTable) -> FloatArray:
    """Return the columns that slopes belong to: values, curves, missingness indicators."""
    return np.concatenate([encoded.values, encoded.curves, encoded.indicators], axis=1)


@dataclass(frozen=True, slots=True)
class ArmDesign:
    """Layout of the coefficients, in groups that each have a prior scale of their own.

    Parameters
    ----------
    n_arms, n_values, n_curves, n_indicators : int
        Arms, standardised columns, curve columns and missingness indicators.
    structure : {"average", "risk", "interactions"}
        ``average`` has arms only, ``risk`` adds main effects, ``interactions`` adds
        arm-by-predictor terms.
    """

    n_arms: int
    n_values: int
    n_curves: int
    n_indicators: int
    structure: Structure

    @property
    def n_inputs(self) -> int:
        """Columns of `model_inputs`."""
        return self.n_values + self.n_curves + self.n_indicators

    @property
    def groups(self) -> dict[str, int]:
        """Sizes of the groups of coefficients, in their order; empty groups left out."""
        contrasts = self.n_arms - 1
        sizes = {"intercept": 1, "arm": contrasts}
        if self.structure != "average":
            sizes |= {
                "main": self.n_values,
                "main_curve": self.n_curves,
                "main_missing": self.n_indicators,
            }
        if self.structure == "interactions":
            sizes |= {
                "interaction": self.n_values * contrasts,
                "interaction_curve": self.n_curves * contrasts,
            }
        return {name: size for name, size in sizes.items() if size}

    def matrix(self, encoded: EncodedTable, arm: NDArray[np.int64]) -> FloatArray:
        """Return the design matrix for patients seen under `arm`, shape (n, coefficients)."""
        of_arm = arm_contrasts(self.n_arms)[arm]
        parts = [np.ones((len(arm), 1)), of_arm]
        if self.structure != "average":
            parts.append(model_inputs(encoded))
        if self.structure == "interactions":
            for block in (encoded.values, encoded.curves):
                parts += [block * of_arm[:, [k]] for k in range(self.n_arms - 1)]
        return np.concatenate(parts, axis=1)

    def variances(self, scales: dict[str, float]) -> FloatArray:
        """Return the prior variance of each coefficient from the scale (SD) of its group."""
        known = {"intercept": INTERCEPT_SD, **scales}
        return np.concatenate(
            [np.full(size, known[name] ** 2) for name, size in self.groups.items()]
        )

    def per_arm(self, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return intercepts (..., A) and slopes (..., A, inputs) of the log-odds in each arm."""
        contrasts = arm_contrasts(self.n_arms)
        lead = coefficients.shape[:-1]
        intercept = coefficients[..., :1] + coefficients[..., 1 : self.n_arms] @ contrasts.T
        slopes = np.zeros((*lead, self.n_arms, self.n_inputs))
        start = self.n_arms
        if self.structure != "average":
            slopes += coefficients[..., None, start : start + self.n_inputs]
            start += self.n_inputs
        if self.structure == "interactions":
            at = 0
            for width in (self.n_values, self.n_curves):
                stop = start + width * (self.n_arms - 1)
                pairs = coefficients[..., start:stop].reshape(*lead, self.n_arms - 1, width)
                slopes[..., at : at + width] += np.einsum("ac,...cd->...ad", contrasts, pairs)
                start, at = stop, at + width
        return intercept, slopes
