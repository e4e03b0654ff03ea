"""Products of two encoded columns, for effects that need two predictors at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CHUNK = 256
"""Rows multiplied at a time."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Products of pairs of standardised columns; nothing about them is learned from data.

    Parameters
    ----------
    left, right : ndarray of int64, shape (q,)
        The encoded columns that are multiplied.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
    >>> Pairs(np.array([0]), np.array([1])).evaluate(values).ravel()
    array([ 1., -1., -1.,  1.])
    """

    left: IntArray
    right: IntArray

    @property
    def size(self) -> int:
        """Number of products."""
        return len(self.left)

    @classmethod
    def none(cls) -> Pairs:
        """Return no pairs at all."""
        nothing = np.empty(0, dtype=np.int64)
        return cls(nothing, nothing)

    def take(self, which: IntArray) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.left[which], self.right[which])

    def evaluate(self, values: FloatArray) -> FloatArray:
        """Return the products, shape (n, q); 0 where either value is missing (and so is 0)."""
        return self._products(values, None)

    def gaps(self, values: FloatArray, missing: NDArray[np.bool_]) -> FloatArray:
        """Return what a plausible value is multiplied by where one is missing, shape (n, q).

        The other value of the product, or 1 where both are missing; 0 where none is.
        """
        return self._products(np.where(missing, 1.0, values), missing)

    def _products(self, values: FloatArray, only: NDArray[np.bool_] | None) -> FloatArray:
        """Return products, a few rows at a time so that they stay in the cache.

        With `only`, those where either factor is marked; 0 elsewhere.
        """
        product = np.empty((len(values), self.size))
        for start in range(0, len(values), CHUNK):
            rows = slice(start, start + CHUNK)
            here = product[rows]
            np.take(values[rows], self.left, axis=1, out=here)
            here *= np.take(values[rows], self.right, axis=1)
            if only is not None:
                marked = np.take(only[rows], self.left, axis=1)
                marked |= np.take(only[rows], self.right, axis=1)
                here *= marked
        return product

    def to_state(self) -> dict[str, Any]:
        """Return what was learned as plain values."""
        return {"left": self.left.tolist(), "right": self.right.tolist()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Pairs:
        """Rebuild from `to_state`."""
        return cls(
            np.array(state["left"], dtype=np.int64), np.array(state["right"], dtype=np.int64)
        )
