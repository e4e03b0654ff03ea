"""How the predictors of a cohort were distributed, without remembering a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.bundle._background import (
    OTHER,
    level_counts,
    middle_means,
    well_seen,
)
from nxpredict.cohort import Schema
from nxpredict.study import SMALLEST_CELL

CELLS = 10
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Distribution:
    """Shares of the patients of a cohort in the cells of one predictor.

    Parameters
    ----------
    edges : tuple of float
        Inner ends of the cells of a continuous predictor, none of which is anybody's value.
    levels : tuple of float or str
        Of another predictor; a level that is not among them counts as ``other`` where that is
        one, else as none.
    shares : tuple of float
        Of the patients with a value, by cell.

    Examples
    --------
    >>> age = Distribution(edges=(30.0, 50.0), levels=(), shares=(0.2, 0.5, 0.3))
    >>> age.count(pd.Series([25.0, 40.0, np.nan, 60.0, 61.0])).tolist()
    [1, 1, 2]
    """

    edges: tuple[float, ...]
    levels: tuple[float | str, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        cells = len(self.edges) + 1 if self.edges else len(self.levels)
        if cells != len(self.shares) or not all(share >= 0 for share in self.shares):
            raise ValueError("a distribution needs one share for each cell")
        if (np.diff(self.edges) <= 0).any() or (self.edges and self.levels):
            raise ValueError("a distribution has rising edges, or levels")

    def count(self, values: pd.Series) -> npt.NDArray[np.int64]:
        """Return how many of some typed values lie in each cell."""
        seen = int(values.notna().sum())
        if self.edges:
            # A dozen comparisons of whole columns are faster than a search for each value.
            numbers = values.to_numpy(dtype=np.float64)
            above = [np.count_nonzero(numbers >= edge) for edge in self.edges]
            return -np.diff([seen, *above, 0])
        counts = np.array([int((values == level).sum()) for level in self.levels], dtype=np.int64)
        if OTHER in self.levels:
            pooled = self.levels.index(OTHER)
            counts[pooled] += seen - counts.sum()
        return counts

    def to_dict(self) -> dict[str, Any]:
        """Return the distribution as plain values."""
        return {name: list(values) for name, values in asdict(self).items()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Distribution:
        """Read what `to_dict` wrote."""
        return cls(
            tuple(float(edge) for edge in content["edges"]),
            tuple(v if isinstance(v, str) else float(v) for v in content["levels"]),
            tuple(float(share) for share in content["shares"]),
        )


def make_distributions(X: pd.DataFrame, schema: Schema) -> dict[str, dict[str, Any]]:
    """Return the `Distribution` of each predictor of a model as plain values.

    A continuous predictor is cut into at most ten cells of ten patients at least, halfway between
    the averages of neighbouring steps of its sorted values; rare levels are pooled or left out.

    Parameters
    ----------
    X : DataFrame
        Typed predictors of the cohort.
    schema : Schema
        Says which columns are predictors, and their kinds.

    Returns
    -------
    dict of str to dict
        Predictors seen in fewer than twenty patients are left out.

    Examples
    --------
    >>> from nxpredict.cohort import PredictorSpec
    >>> age = PredictorSpec("age", "Age", "clinical", "continuous", column="age")
    >>> X, schema = pd.DataFrame({"age": np.arange(100.0)}), Schema("id", (age,))
    >>> found = make_distributions(X, schema)["age"]
    >>> found["edges"], found["shares"]
    ([19.5, 39.5, 59.5, 79.5], [0.2, 0.2, 0.2, 0.2, 0.2])
    """
    found = {}
    for spec, values in well_seen(X, schema):
        cells = _cells(values) if spec.kind == "continuous" else _levels(values)
        if cells is not None:
            found[spec.name] = cells.to_dict()
    return found


def _cells(values: pd.Series) -> Distribution | None:
    ordered = np.sort(values.to_numpy(dtype=np.float64))
    means = middle_means(ordered, min(CELLS, len(ordered) // (2 * SMALLEST_CELL)))
    edges = np.unique((means[:-1] + means[1:]) / 2)
    while len(edges):
        counts = np.bincount(
            np.searchsorted(edges, ordered, side="right"), minlength=len(edges) + 1
        )
        if counts.min() >= SMALLEST_CELL:
            return Distribution(tuple(edges.tolist()), (), _shares(counts))
        edges = np.delete(edges, min(int(counts.argmin()), len(edges) - 1))
    return None


def _levels(values: pd.Series) -> Distribution | None:
    levels, counts = level_counts(values)
    if not len(levels):
        return None
    return Distribution((), tuple(levels.tolist()), _shares(counts))


def _shares(counts: npt.NDArray[np.int64]) -> tuple[float, ...]:
    return tuple((counts / counts.sum()).round(_DIGITS).tolist())
