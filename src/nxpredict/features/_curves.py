"""Bent functions of continuous predictors, for effects that a straight line misses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DISTINCT_MINIMUM = 6
"""With fewer distinct values a column has no shape to speak of."""

SEEN_MINIMUM = 30
SHAPE_NAMES = ("bow", "kink", "step")
SHAPES = len(SHAPE_NAMES)

CHUNK = 256
"""Rows evaluated at a time, so that they stay in the cache."""


def _shapes(z: FloatArray) -> FloatArray:
    """Return a bow, a kink and a step of standardised values, shape (..., 3)."""
    bent = np.empty((*z.shape, SHAPES))
    np.multiply(z, z, out=bent[..., 0])
    np.abs(z, out=bent[..., 1])
    np.tanh(2.0 * z, out=bent[..., 2])
    return bent


@dataclass(frozen=True, slots=True)
class Curves:
    """A bow, a kink and a step of each continuous column, freed of its straight line.

    Parameters
    ----------
    columns : ndarray of int64, shape (c,)
        Encoded columns that have curves.
    lines : ndarray, shape (c, 2, 3)
        Intercept and slope of each shape's regression on the column itself.
    scales : ndarray, shape (c, 3)
        Standard deviation of what is left.

    Notes
    -----
    Taking the line out keeps main effects and curves apart, so each can be shrunk by a scale
    of its own.
    """

    columns: NDArray[np.int64]
    lines: FloatArray
    scales: FloatArray

    @property
    def size(self) -> int:
        """Number of curve columns."""
        return SHAPES * len(self.columns)

    @property
    def sources(self) -> NDArray[np.int64]:
        """For each curve column the encoded column it is made of."""
        return np.repeat(self.columns, SHAPES)

    @property
    def shapes(self) -> tuple[str, ...]:
        """For each curve column the name of its shape."""
        return SHAPE_NAMES * len(self.columns)

    @classmethod
    def learn(cls, values: FloatArray, missing: BoolArray) -> Curves:
        """Choose the columns and learn their lines from standardised training values.

        Without curves at all when more columns than patients would have them.
        """
        columns, lines, scales = [], [], []
        for j in range(values.shape[1]):
            z = np.sort(values[~missing[:, j], j])
            if z.size < SEEN_MINIMUM or np.unique(z).size < DISTINCT_MINIMUM:
                continue
            design = np.column_stack([np.ones_like(z), z])
            shapes = _shapes(z)
            line = np.linalg.lstsq(design, shapes, rcond=None)[0]
            spread = (shapes - design @ line).std(axis=0)
            if (spread > 1e-6).all():
                columns.append(j)
                lines.append(line)
                scales.append(spread)
        if len(columns) > len(values):
            # Hardly anything could be learned of so many, and it would take long.
            columns, lines, scales = [], [], []
        return cls(
            np.array(columns, dtype=np.int64),
            np.array(lines).reshape(-1, 2, SHAPES),
            np.array(scales).reshape(-1, SHAPES),
        )

    def evaluate(self, values: FloatArray, missing: BoolArray | None = None) -> FloatArray:
        """Return the curve columns, shape (n, 3 c); 0 where the value is missing."""
        found = np.empty((len(values), len(self.columns), SHAPES))
        lines = self.lines / self.scales[:, None]
        for start in range(0, len(values), CHUNK):
            rows = slice(start, start + CHUNK)
            z = values[rows, self.columns]
            bent = found[rows]
            np.divide(_shapes(z), self.scales, out=bent)
            bent -= lines[:, 0]
            bent -= lines[:, 1] * z[..., None]
            if missing is not None:
                bent[missing[rows, self.columns]] = 0.0
        return found.reshape(len(values), self.size)

    def to_state(self) -> dict[str, Any]:
        """Return what was learned as plain values."""
        return {
            "columns": self.columns.tolist(),
            "lines": self.lines.tolist(),
            "scales": self.scales.tolist(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Curves:
        """Rebuild from `to_state`."""
        return cls(
            np.array(state["columns"], dtype=np.int64),
            np.array(state["lines"], dtype=np.float64).reshape(-1, 2, SHAPES),
            np.array(state["scales"], dtype=np.float64).reshape(-1, SHAPES),
        )
