"""How much of a model must change: each step tested against all changes together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nxpredict.evaluation._logistic import sandwich
from nxpredict.evaluation._numbers import FloatArray, IntArray
from nxpredict.evaluation._recalibration_kinds import Kind
from nxpredict.models import Recalibration

STEPS = ("none", "intercept", "slope", "per_arm", "effect_scale", "slope_per_arm")
"""From the least to the most that may change; each of the first five holds the one before."""
LARGEST = "everything"
"""What each is tested against: it holds them all, and is no step itself."""

SIGNIFICANCE = 0.05


@dataclass(frozen=True, slots=True)
class ClosedTest:
    """What the tests say.

    Attributes
    ----------
    step : str
        The first that is not rejected.
    p : dict of str to float
        Of each step against all changes together.
    variance : float
        What all changes together leave of a number; 1 of a probability.
    inflation : float
        By what clusters make likelihood ratios larger, on average; 1 without clusters.
    """

    step: str
    p: dict[str, float]
    variance: float
    inflation: float = 1.0


def parameters(step: str, n_arms: int) -> int:
    """Return how many numbers a step learns.

    Examples
    --------
    >>> [parameters(step, 2) for step in STEPS]
    [0, 1, 2, 3, 4, 4]
    """
    sizes = (0, 1, 2, 1 + n_arms, 2 + n_arms, 2 * n_arms, 1 + 2 * n_arms)
    return sizes[(*STEPS, LARGEST).index(step)]


def largest_design(predictor: FloatArray, arm: IntArray) -> FloatArray:
    """Return the columns of everything that may change.

    An intercept an arm, the mean over arms, what the own arm has more than it, and what the
    slope of every arm but the first has more than that of the first.
    """
    n, n_arms = predictor.shape
    member = np.eye(n_arms)[arm]
    own, middle = predictor[np.arange(n), arm], predictor.mean(axis=1)
    return np.column_stack([member, middle, own - middle, member[:, 1:] * own[:, None]])


def closed_test(
    kind: Kind,
    fits: Mapping[str, Recalibration],
    predictor: FloatArray,
    y: FloatArray,
    arm: IntArray,
    clusters: IntArray | None,
) -> ClosedTest:
    """Test every step against all changes together by their likelihood ratio.

    Parameters
    ----------
    kind : Kind
    fits : mapping
        The maximum-likelihood change of each step, and of `LARGEST`.
    predictor : array of float64, shape (n, arms)
    y : array of float64, shape (n,)
    arm : array of int64, shape (n,)
    clusters : array of int64, shape (n,), or None
        Rows of one cluster are not independent. The ratio then is not chi-square: it is divided
        by what clusters make of it, with degrees of freedom to match (Rao and Scott 1984, Ann
        Stat 12:46; Satterthwaite), and compared with F for the number of clusters.
    """
    n, n_arms = predictor.shape
    rows = np.arange(n)
    scores = {
        step: float(kind.score(fit.apply(predictor)[rows, arm], y).sum())
        for step, fit in fits.items()
    }
    most = parameters(LARGEST, n_arms)
    left = n - most
    variance = kind.variance(scores[LARGEST], left)
    gap = None
    if clusters is not None:
        gap = _Clustered.of(kind, fits[LARGEST], predictor, y, arm, clusters, variance)
    p = {}
    for step in STEPS:
        ratio = max(2 * (scores[LARGEST] - scores[step]) / variance, 0.0)
        extra = most - parameters(step, n_arms)
        p[step] = (
            kind.p_value(ratio, extra, left) if gap is None else gap.p_value(ratio, step, n_arms)
        )
    # The last two do not hold each other: where both are rejected, the better of them.
    better = max(STEPS[-2:], key=lambda step: p[step])
    step = next((s for s in STEPS if p[s] > SIGNIFICANCE), better)
    return ClosedTest(step, p, variance, 1.0 if gap is None else gap.inflation(n_arms))


@dataclass(frozen=True, slots=True)
class _Clustered:
    """Covariances of all coefficients: if rows were independent, and as they are."""

    naive: FloatArray
    robust: FloatArray
    clusters: int

    @classmethod
    def of(
        cls,
        kind: Kind,
        fit: Recalibration,
        predictor: FloatArray,
        y: FloatArray,
        arm: IntArray,
        clusters: IntArray,
        variance: float,
    ) -> _Clustered:
        design = largest_design(predictor, arm)
        residual, weight = kind.residual(fit.apply(predictor)[np.arange(len(y)), arm], y)
        information = design.T @ (design * weight[:, None])
        inverse: FloatArray = np.linalg.pinv(information, rcond=1e-9).astype(np.float64)
        robust = sandwich(inverse, design * residual[:, None], clusters)
        return cls(variance * inverse, robust, len(np.unique(clusters)))

    def p_value(self, ratio: float, step: str, n_arms: int) -> float:
        """Return P(as large a ratio) when what a step leaves alone needs no change."""
        from scipy.stats import f

        spread = self._spread(_left_alone(step, n_arms))
        total, square = float(np.trace(spread)), float(np.trace(spread @ spread))
        if total <= 0 or square <= 0:
            return 1.0
        freedom = total**2 / square
        return float(f.sf(ratio / total, freedom, max(self.clusters - 1, 1)))

    def inflation(self, n_arms: int) -> float:
        """Return the mean over all that may change of how much more it varies than by rows."""
        free = _left_alone("none", n_arms)
        return max(float(np.trace(self._spread(free))) / int(np.linalg.matrix_rank(free)), 1.0)

    def _spread(self, free: FloatArray) -> FloatArray:
        found: FloatArray = np.linalg.pinv(free @ self.naive @ free.T, rcond=1e-9) @ (
            free @ self.robust @ free.T
        )
        return found


def _left_alone(step: str, n_arms: int) -> FloatArray:
    """Return the combinations of all coefficients that a step keeps at no change."""
    each = np.eye(parameters(LARGEST, n_arms))
    equal = np.diff(each[:n_arms], axis=0)
    slope, spread = each[n_arms : n_arms + 2]
    kept: dict[str, FloatArray] = {
        "none": each[: n_arms + 2],
        "intercept": np.vstack([equal, slope, spread]),
        "slope": np.vstack([equal, slope - spread]),
        "per_arm": (slope - spread)[None],
        "effect_scale": each[:0],
    }
    if step == "slope_per_arm":
        return kept["per_arm"]
    return np.vstack([kept[step], each[n_arms + 2 :]])
