"""Numbers with their uncertainty, and the one way they are written down."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

SIGNIFICANT_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the two ends of its interval; NaN where it cannot be computed.

    Parameters
    ----------
    estimate, lower, upper : float

    Examples
    --------
    >>> Interval(0.5, 0.4, 0.6).to_dict()
    {'estimate': 0.5, 'lower': 0.4, 'upper': 0.6}
    """

    estimate: float = math.nan
    lower: float = math.nan
    upper: float = math.nan

    @classmethod
    def normal(
        cls,
        estimate: float,
        error: float,
        level: float,
        *,
        low: float = -math.inf,
        high: float = math.inf,
    ) -> Interval:
        """Return `estimate` -+ a normal quantile times `error`, cut at `low` and `high`."""
        reach = normal_quantile(0.5 + level / 2) * error
        return cls(
            estimate, _within(estimate - reach, low, high), _within(estimate + reach, low, high)
        )

    def error(self, level: float) -> float:
        """Return the standard error of a normal interval that was not cut."""
        return (self.upper - self.lower) / (2 * normal_quantile(0.5 + level / 2))

    def to_dict(self) -> dict[str, float]:
        """Return the three numbers by name."""
        return {"estimate": self.estimate, "lower": self.lower, "upper": self.upper}


def _within(value: float, low: float, high: float) -> float:
    return value if math.isnan(value) else min(max(value, low), high)


def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile.

    Examples
    --------
    >>> round(normal_quantile(0.975), 4)
    1.96
    """
    from scipy.special import ndtri

    return float(ndtri(probability))


def share_interval(share: float, size: float, level: float = 0.95) -> Interval:
    """Return a share with Wilson's interval (Wilson 1927), wide enough at 0 of n and n of n.

    Parameters
    ----------
    share : float
        0..1.
    size : float
        How many it is a share of, above 0.
    level : float
        Of the interval, 0..1.

    Examples
    --------
    >>> round(share_interval(0.0, 20).upper, 3)
    0.161
    """
    z = normal_quantile(0.5 + level / 2)
    centre = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    reach = z / (1 + z**2 / size) * math.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    # Rounding may push an end that is the share itself past it.
    lower, upper = max(0.0, centre - reach), min(1.0, centre + reach)
    return Interval(share, min(share, lower), max(share, upper))


def two_sided_p(estimate: float, error: float) -> float:
    """Return the p-value of a normal estimate against zero; 1 without an error.

    Examples
    --------
    >>> round(two_sided_p(1.96, 1.0), 3)
    0.05
    """
    from scipy.special import ndtr

    return 2 * float(ndtr(-abs(estimate) / error)) if error > 0 else 1.0


def mean_interval(intervals: list[Interval]) -> Interval:
    """Average the same interval over repeats of cross-validation, end by end.

    Repeats differ in how patients were split and not in the patients, so averaging removes the
    noise of the split and leaves the sampling error, which every repeat's width already
    estimates.
    """
    table = np.array([[i.estimate, i.lower, i.upper] for i in intervals])
    usable = table[np.isfinite(table).all(axis=1)]
    if not len(usable):
        return Interval()
    return Interval(*(float(v) for v in usable.mean(axis=0)))


def mean_and_error(values: FloatArray, clusters: IntArray | None = None) -> tuple[float, float]:
    """Return the mean and its standard error, rows of one cluster counted as one observation.

    Parameters
    ----------
    values : array of float64, shape (n,)
    clusters : array of int64, shape (n,), optional
        Codes 0..G-1 of what was sampled together (a patient with two periods).

    Notes
    -----
    Error = sqrt(G / (G - 1) * sum_g (sum_{i in g} (v_i - mean))^2) / n; with one row a cluster
    this is the usual s / sqrt(n).

    Examples
    --------
    >>> mean_and_error(np.array([0.0, 1.0]))
    (0.5, 0.5)
    """
    n = len(values)
    if n == 0:
        return math.nan, math.nan
    mean = float(values.mean())
    centred = values - mean
    sums = centred if clusters is None else np.bincount(clusters, weights=centred)
    count = len(sums)
    if count < 2:
        return mean, math.nan
    return mean, float(np.sqrt(count / (count - 1) * np.sum(sums**2)) / n)


def rounded(value: Any) -> Any:
    """Return `value` as JSON values with 10 significant digits; NaN and infinity become None.

    Examples
    --------
    >>> rounded({"a": np.float64(1 / 3), "b": [float("nan"), np.int64(2)]})
    {'a': 0.3333333333, 'b': [None, 2]}
    """
    if isinstance(value, Interval):
        return rounded(value.to_dict())
    if isinstance(value, Mapping):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return rounded(value.tolist())
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        return float(f"{number:.{SIGNIFICANT_DIGITS}g}") + 0.0 if math.isfinite(number) else None
    return value
