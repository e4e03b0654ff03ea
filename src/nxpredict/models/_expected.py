"""What published work leads one to expect of single predictors, as a direction to start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.features import EncodedTable, TableEncoder
from nxpredict.models._fitting import TrainingData

FloatArray = NDArray[np.float64]

FIRST_TRUST = 0.5
"""Share of the expected effects that is believed before any data."""


@dataclass(frozen=True, slots=True)
class ExpectedEffect:
    """How much one predictor is expected to add to the log-odds of response under one arm.

    Parameters
    ----------
    arm, column : str
    log_odds : float
        For one standard deviation, one unit, or the condition met.
    per_sd : bool
        Whether the unit is one standard deviation of the cohort.
    equals : float or str, optional
        The condition: the column has this value.
    at_least, below : float, optional
        The condition: the column is at least this, or below it.

    Examples
    --------
    >>> effect = ExpectedEffect("naltrexone", "drinks", 0.4, at_least=10.0)
    >>> effect.values(pd.Series([4.0, 12.0, np.nan])).tolist()
    [-0.2, 0.2, 0.0]
    """

    arm: str
    column: str
    log_odds: float
    per_sd: bool = False
    equals: float | str | None = None
    at_least: float | None = None
    below: float | None = None

    def values(self, column: pd.Series[Any]) -> FloatArray:
        """Return the expected log-odds of patients, centred, 0 where missing; shape (n,)."""
        missing = column.isna().to_numpy()
        if self.equals is not None:
            found = (column == self.equals).to_numpy(dtype=np.float64)
        else:
            found = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
            missing = missing | np.isnan(found)
            if self.at_least is not None:
                found = (found >= self.at_least).astype(np.float64)
            elif self.below is not None:
                found = (found < self.below).astype(np.float64)
        if missing.all():
            return np.zeros(len(column))
        found = found - found[~missing].mean()
        spread = found[~missing].std() if self.per_sd else 1.0
        return np.where(missing, 0.0, self.log_odds * found / (spread if spread > 0 else 1.0))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def expected_interactions(
    expected: Sequence[ExpectedEffect],
    encoder: TableEncoder,
    encoded: EncodedTable,
    data: TrainingData,
    contrasts: FloatArray,
) -> FloatArray:
    """Return the expected arm-by-value coefficients, shape ((A - 1) values,), in design order.

    A condition becomes the slopes that fit it best over the training patients. Effects of
    arms or columns that are not there are left out.
    """
    sources = np.array(encoder.sources_, dtype=str)
    per_arm = np.zeros((len(data.arms), len(sources)))
    for effect in expected:
        own = np.flatnonzero(sources == effect.column)
        if effect.arm in data.arms and own.size:
            values = effect.values(data.frame[effect.column])
            slopes = np.linalg.lstsq(encoded.values[:, own], values, rcond=None)[0]
            per_arm[data.arms.index(effect.arm), own] += slopes
    interactions: FloatArray = (np.linalg.pinv(contrasts) @ per_arm).ravel()
    return interactions
