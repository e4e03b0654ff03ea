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
    """The map l'_a = intercept_a + slope * m + spread * (l_a - m) + by_arm_a * l_a.

    m is the mean of l over arms.

    Parameters
    ----------
    intercepts : tuple of float
        One an arm, on the scale of l.
    slope : float
        Stretches what all arms share.
    spread : float
        Stretches the difference between arms, and so the benefit.
    by_arm : tuple of float
        What each arm's own slope has more than that; empty when nothing.

    Examples
    --------
    >>> shift = Recalibration((0.5, 0.5), slope=1.0, spread=0.5)
    >>> shift.apply(np.array([[1.0, -1.0]])).tolist()
    [[1.0, 0.0]]
    >>> Recalibration((0.0, 0.0), by_arm=(-0.5, 0.5)).apply(np.array([[1.0, 2.0]])).tolist()
    [[0.5, 3.0]]
    """

    intercepts: tuple[float, ...]
    slope: float = 1.0
    spread: float = 1.0
    by_arm: tuple[float, ...] = ()

    @classmethod
    def identity(cls, n_arms: int) -> Recalibration:
        """Return the map that changes nothing."""
        return cls((0.0,) * n_arms)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recalibration:
        """Read what `to_dict` wrote; before slopes by arm it wrote none."""
        return cls(
            tuple(data["intercepts"]),
            float(data["slope"]),
            float(data["spread"]),
            tuple(data.get("by_arm", ())),
        )

    def linear(self, log_odds: FloatArray) -> FloatArray:
        """Return the map without intercepts; arms are the first axis."""
        shared = stretched(log_odds, self.slope, self.spread)
        if not self.by_arm:
            return shared
        own = np.reshape(self.by_arm, (-1, *[1] * (log_odds.ndim - 1)))
        found: FloatArray = shared + own * log_odds
        return found

    def apply(self, log_odds: FloatArray) -> FloatArray:
        """Return mapped log-odds, shape (n, arms)."""
        mapped: FloatArray = self.linear(log_odds.T).T + np.array(self.intercepts)
        return mapped

    @property
    def scatter(self) -> float:
        """By what draws scatter more about their mean: flatter predictions are no surer ones."""
        return max(1.0, max(self.slope, self.spread) + max(self.by_arm, default=0.0))

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
        fixed = centre - self.linear(np.full(len(self.intercepts), centre))
        moved = unit * np.array(self.intercepts) + fixed
        return replace(self, intercepts=tuple(moved.tolist()))

    def part(self, share: float) -> Recalibration:
        """Return the map that goes this share of the way from no change to this one.

        A slope of 0 stays: it stands for a ranking that was upside down.

        Examples
        --------
        >>> Recalibration((0.5, -0.5), slope=0.5, spread=2.0).part(0.5)
        Recalibration(intercepts=(0.25, -0.25), slope=0.75, spread=1.5, by_arm=())
        """
        slope, spread = (value and 1 + share * (value - 1) for value in (self.slope, self.spread))
        return Recalibration(
            tuple(share * value for value in self.intercepts),
            slope,
            spread,
            tuple(share * value for value in self.by_arm),
        )

    def upright(self) -> Recalibration:
        """Return the map with no slope below 0, which would turn a ranking upside down.

        Examples
        --------
        >>> Recalibration((0.0, 0.0), slope=-0.5, by_arm=(-0.2, 0.2)).upright()
        Recalibration(intercepts=(0.0, 0.0), slope=0.0, spread=1.0, by_arm=(0.0, 0.2))
        """
        slope, spread = max(self.slope, 0.0), max(self.spread, 0.0)
        least = 0.0 - min(slope, spread)
        by_arm = tuple(max(value, least) for value in self.by_arm)
        return Recalibration(self.intercepts, slope, spread, by_arm)

    def after(self, first: Recalibration) -> Recalibration:
        """Return the one map that does `first` and then this one.

        Exact unless one has slopes by arm and the other a slope that is not its spread.
        """
        moved = self.linear(np.array(first.intercepts)) + np.array(self.intercepts)
        zeros = (0.0,) * len(first.intercepts)
        pairs = zip(self.by_arm or zeros, first.by_arm or zeros, strict=True)
        return Recalibration(
            tuple(moved.tolist()),
            self.slope * first.slope,
            self.spread * first.spread,
            tuple(b * first.spread + self.spread * a + a * b for b, a in pairs)
            if self.by_arm or first.by_arm
            else (),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the map as plain values."""
        return {
            "intercepts": list(self.intercepts),
            "slope": self.slope,
            "spread": self.spread,
            "by_arm": list(self.by_arm),
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

    Examples
    --------
    >>> from nxpredict.models import make_model
    >>> model = make_model("average", random_state=1)
    >>> model = model.fit(np.eye(4), [0, 1, 1, 0], arm=["a", "b", "a", "b"])
    >>> higher = recalibrated(model, Recalibration((1.0, 1.0))).predict_response(np.eye(4))
    >>> higher.gt(model.predict_response(np.eye(4))).to_numpy().all().item()
    True
    """
    if len(change.intercepts) != len(model.arms_):
        raise ValueError("one intercept is needed for each arm of the model")
    new = copy.copy(model)
    new._move(change)
    return new
