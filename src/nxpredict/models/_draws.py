"""Posterior draws of the log-odds in each arm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nxpredict.features import EncodedTable, Pairs
from nxpredict.models._design import input_parts

FloatArray = NDArray[np.float64]

NOBODY_DIFFERS = 1e-18
"""Variance of benefits between patients, on the scale of the predictor, that is none."""


def draw_inputs(encoded: EncodedTable, pairs: Pairs) -> NDArray[np.float32]:
    """Return what draws are linear in: 1, `model_inputs`, and what is missing of values and pairs.

    Where nothing is missing the last part is left out: all zeros. In single precision: its
    rounding is a millionth of what one draw differs from the next, and it is twice as fast.
    """
    parts: list[NDArray[Any]] = [np.ones((len(encoded.values), 1)), *input_parts(encoded)]
    if encoded.missing.any():
        parts += [encoded.missing, pairs.gaps(encoded.values, encoded.missing)]
    return np.concatenate(parts, axis=1, dtype=np.float32, casting="unsafe")


@dataclass(frozen=True)
class ArmDraws:
    """Draws of the linear predictor of every arm.

    Parameters
    ----------
    intercept : ndarray, shape (A, S)
    slopes : ndarray, shape (A, S, inputs)
        On the columns of `model_inputs`.
    missing : ndarray, shape (A, S, values + pairs)
        What a missing value adds in place of the 0 that stands for it: the slope times a
        plausible value, drawn anew in every draw; so for the gaps of pairs.
    """

    intercept: FloatArray
    slopes: FloatArray
    missing: FloatArray

    def of_arms(self, order: Sequence[int]) -> ArmDraws:
        """Return the draws with the arms in another order."""
        arms = list(order)
        return ArmDraws(self.intercept[arms], self.slopes[arms], self.missing[arms])

    def mapped(
        self,
        linear: Callable[[FloatArray], FloatArray],
        constant: float,
        scatter: Callable[[FloatArray], FloatArray],
    ) -> ArmDraws:
        """Return the draws with their mean moved by a linear map across arms and a constant.

        Their scatter about the mean has a map of its own: a recalibration makes nobody surer.
        """
        intercept, slopes = (
            linear(mean) + scatter(draws - mean)
            for draws, mean in (
                (part, part.mean(axis=1, keepdims=True)) for part in (self.intercept, self.slopes)
            )
        )
        return ArmDraws(intercept + constant, slopes, linear(self.missing))

    def certainty_of_size(self, inputs: NDArray[np.float32]) -> float:
        """Return how surely it is known by how much benefits differ between patients, 0 to 1.

        With s the slope of a draw's benefits on the mean benefits, over patients and all arms:
        E(s)^2 / E(s^2) over draws; 1 where no benefit differs.
        """
        x = self.without_gaps(inputs).astype(np.float64)
        x = x[:, 1:] - x[:, 1:].mean(axis=0)
        own = self.slopes - self.slopes.mean(axis=0)
        size = np.einsum("asp,ap->s", own, own.mean(axis=1) @ x.T @ x) / len(x)
        if size.mean() < NOBODY_DIFFERS:
            return 1.0
        return float(size.mean() ** 2 / (size**2).mean())

    @cached_property
    def _weights(self) -> NDArray[np.float32]:
        """Half the coefficients of `draw_inputs`, shape (A, k, S)."""
        all_three = [self.intercept[:, :, None], self.slopes, self.missing]
        half = np.concatenate(all_three, axis=2) / 2
        return np.ascontiguousarray(half.transpose(0, 2, 1), dtype=np.float32)

    def without_gaps(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return `draw_inputs` as if nothing stood in for what is missing."""
        return inputs[:, : 1 + self.slopes.shape[2]]

    def predictors(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return linear predictors of patients, shape (n, A, S), from `draw_inputs`."""
        found = self._halves(inputs)
        found *= np.float32(2.0)
        return found.transpose(1, 0, 2)

    def probabilities(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return probabilities whose log-odds are the predictors, shape (n, A, S)."""
        found = self._halves(inputs)
        # expit(x) = (1 + tanh(x / 2)) / 2, three times as fast.
        np.tanh(found, out=found)
        found += np.float32(1.0)
        found *= np.float32(0.5)
        return found.transpose(1, 0, 2)

    def _halves(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return half the linear predictors, shape (A, n, S).

        One product an arm, so that the order of the arms cannot change a bit.
        """
        found: NDArray[np.float32] = inputs @ self._weights[:, : inputs.shape[1]]
        return found
