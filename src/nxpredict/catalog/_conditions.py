"""A condition on one predictor: the one rule behind cautions and moderators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog._predictors import Predictor

ANY_DRUG = "any"
"""The drug of a fact that concerns every drug of the catalogue."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Equal to a label, below a bound, or at least a bound.

    Parameters
    ----------
    label : str, optional
        Canonical label that has to be met.
    code : float or str, optional
        That label as it stands in a typed table: the level's index for binary and ordinal
        predictors, the label itself for categorical ones.
    below, at_least : float, optional
        Bound in the predictor's canonical unit, or a level's index for ordinal predictors.

    Examples
    --------
    >>> Condition(below=30).holds(pd.Series([20.0, 30.0, np.nan]))
    array([ 1.,  0., nan])
    """

    label: str | None = None
    code: float | str | None = None
    below: float | None = None
    at_least: float | None = None

    def __post_init__(self) -> None:
        if sum(part is not None for part in (self.code, self.below, self.at_least)) != 1:
            raise ValueError("a condition is one of: equals, below, at_least")

    @classmethod
    def read(cls, table: Mapping[str, Any], predictor: Predictor) -> Condition:
        """Read ``equals``, ``below`` or ``at_least`` of a TOML table for one predictor."""
        label = table.get("equals")
        return cls(
            label=label,
            code=None if label is None else predictor.code(label),
            below=_bound(table.get("below"), predictor),
            at_least=_bound(table.get("at_least"), predictor),
        )

    @property
    def bounds(self) -> dict[str, Any]:
        """What a typed table's value has to be: one of equals, below, at_least."""
        known = {"equals": self.code, "below": self.below, "at_least": self.at_least}
        return {name: value for name, value in known.items() if value is not None}

    def holds(self, values: pd.Series) -> NDArray[np.float64]:
        """Return 1 where the condition holds, 0 where it does not, NaN where the value is missing.

        Parameters
        ----------
        values : Series of shape (n,)
            One column of a typed table.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        if self.below is not None:
            met = values < self.below
        elif self.at_least is not None:
            met = values >= self.at_least
        else:
            met = values == self.code
        found = met.to_numpy(dtype=np.float64, na_value=0.0)
        return np.where(values.isna(), np.nan, found)


def _bound(bound: float | str | None, predictor: Predictor) -> float | None:
    if bound is None:
        return None
    return float(predictor.code(bound) if isinstance(bound, str) else bound)
