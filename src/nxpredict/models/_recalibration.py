"""A fitted model moved to a new cohort by a map of its predictor; nothing is learned anew.

The predictor l is on the scale that was learned: log-odds, or the standardised mean of a number.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nxpredict.models._base import ArmModel
from nxpredict.models._calibration import stretched

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The map l'_a = intercept_a + slope * m + spread * (l_a - m), m the mean of l over arms.

    Parameters
    ----------
    intercepts : tuple of float
        One an arm, on the scale of l.
    slope : float
        Stretches what all arms share.
    spread : float
        Stretches the difference between arms, and so the benefit.

    Examples
    --------
    >>> shift = Recalibration((0.5, 0.5), slope=1.0, spread=0.5)
    >>> shift.apply(np.array([[1.0, -1.0]])).tolist()
    [[1.0, 0.0]]
    """

    intercepts: tuple[float, ...]
    slope: float = 1.0
    spread: float = 1.0

    @classmethod
    def identity(cls, n_arms: int) -> Recalibration:
        """Return the map that changes nothing."""
        return cls((0.0,) * n_arms)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recalibration:
        """Read what `to_dict` wrote."""
        return cls(tuple(data["intercepts"]), float(data["slope"]), float(data["spread"]))

    def linear(self, log_odds: FloatArray) -> FloatArray:
        """Return the map without intercepts; arms are the first axis."""
        return stretched(log_odds, self.slope, self.spread)

    def apply(self, log_odds: FloatArray) -> FloatArray:
        """Return mapped log-odds, shape (n, arms)."""
        mapped: FloatArray = self.linear(log_odds.T).T + np.array(self.intercepts)
        return mapped

    @property
    def scatter(self) -> float:
        """By what draws scatter more about their mean: flatter predictions are no surer ones."""
        return max(1.0, self.slope, self.spread)

    def of_draws(self, log_odds: FloatArray) -> FloatArray:
        """Return mapped draws of log-odds, shape (n, arms, draws)."""
        mean = log_odds.mean(axis=2, keepdims=True)
        moved = self.linear(np.moveaxis(mean, 1, 0)) + np.array(self.intercepts)[:, None, None]
        found: FloatArray = np.moveaxis(moved, 0, 1) + self.scatter * (log_odds - mean)
        return found

    def of_responses(self, centre: float, unit: float) -> Recalibration:
        """Return the same map of means centre + unit * l, in their own unit.

        Examples
        --------
        >>> Recalibration((0.5,), slope=0.5, spread=0.5).of_responses(10.0, 4.0).intercepts
        (7.0,)
        """
        moved = tuple(unit * value + (1 - self.slope) * centre for value in self.intercepts)
        return replace(self, intercepts=moved)

    def after(self, first: Recalibration) -> Recalibration:
        """Return the one map that does `first` and then this one."""
        moved = self.linear(np.array(first.intercepts)) + np.array(self.intercepts)
        return Recalibration(
            tuple(float(v) for v in moved), self.slope * first.slope, self.spread * first.spread
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the map as plain values."""
        return {
            "intercepts": list(self.intercepts),
            "slope": self.slope,
            "spread": self.spread,
        }


def recalibrated(model: ArmModel, change: Recalibration) -> ArmModel:
    """Return a copy of a fitted model, of any learner, whose draws were moved by the map.

    Parameters
    ----------
    model : ArmModel
    change : Recalibration
        Intercepts in the order of ``model.arms_``.

    Returns
    -------
    ArmModel

    Raises
    ------
    ValueError
        When the model has another number of arms.
    """
    if len(change.intercepts) != len(model.arms_):
        raise ValueError("one intercept is needed for each arm of the model")
    new = copy.copy(model)
    new._move(change)
    return new
