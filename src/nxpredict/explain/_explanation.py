"""What an explanation holds, and what follows from it by linearity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contributions:
    """Additive parts of one quantity, such as the difference between two arms.

    Parameters
    ----------
    names : tuple of str
        Predictors, or groups of them.
    values : ndarray, shape (n, P)
        Contributions, in probability; row sums are prediction minus `base`.
    base : float
        The quantity averaged over the background.
    lower, upper : ndarray of shape (n, P), optional
        Interval of each contribution over the model's draws; None when the model has no draws.
    """

    names: tuple[str, ...]
    values: FloatArray
    base: float
    lower: FloatArray | None = None
    upper: FloatArray | None = None

    @property
    def distinguishable(self) -> NDArray[np.bool_] | None:
        """Where the interval leaves zero out; None when there is no interval."""
        if self.lower is None or self.upper is None:
            return None
        return np.asarray((self.lower > 0) | (self.upper < 0))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Shapley values of every arm's response probability.

    Parameters
    ----------
    arms : tuple of str, length A
    names : tuple of str, length P
        Predictors.
    values : ndarray, shape (n, A, P)
        Contributions, in probability. ``base + values.sum(axis=2)`` is the prediction.
    base : ndarray, shape (A,)
        Mean prediction over the background.
    method : str
        `exact` or `permutation`.
    error : float
        Standard error of a value from sampling orders (root mean square); 0 when exact.
    draws : ndarray of shape (D, n, A, P), optional
        The same values for each draw of the model.

    Examples
    --------
    >>> found = Explanation(
    ...     arms=("a", "b"), names=("age", "sex"),
    ...     values=np.array([[[0.1, 0.0], [0.3, 0.1]]]), base=np.array([0.4, 0.5]),
    ...     method="exact", error=0.0)
    >>> difference = found.contrast("b", "a")
    >>> difference.values.round(2), round(difference.base, 2)
    (array([[0.2, 0.1]]), 0.1)
    """

    arms: tuple[str, ...]
    names: tuple[str, ...]
    values: FloatArray
    base: FloatArray
    method: str
    error: float
    draws: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.values)

    def contrast(self, arm: str, reference: str, *, level: float = 0.90) -> Contributions:
        """Return what moves P(response | arm) minus P(response | reference).

        Parameters
        ----------
        arm, reference : str
        level : float in (0, 1)
            Of the intervals.
        """
        weights = np.zeros(len(self.arms))
        weights[self.arms.index(arm)] += 1.0
        weights[self.arms.index(reference)] -= 1.0
        return self._combine(weights, level)

    def outlook(self, *, level: float = 0.90) -> Contributions:
        """Return what moves the response probability whatever the arm: the plain mean over arms."""
        return self._combine(np.full(len(self.arms), 1.0 / len(self.arms)), level)

    def take(self, rows: slice | NDArray[np.intp]) -> Explanation:
        """Return the explanation of some of the patients."""
        draws = None if self.draws is None else self.draws[:, rows]
        return replace(self, values=self.values[rows], draws=draws)

    def to_frame(self) -> pd.DataFrame:
        """Return columns `row`, `arm`, `predictor`, `contribution`; `row` counts from 0."""
        n, n_arms, n_names = self.values.shape
        return pd.DataFrame(
            {
                "row": np.repeat(np.arange(n), n_arms * n_names),
                "arm": np.tile(np.repeat(list(self.arms), n_names), n),
                "predictor": np.tile(list(self.names), n * n_arms),
                "contribution": self.values.ravel(),
            }
        )

    def to_shap(self, arm: str, reference: str | None = None, data: Any = None) -> Any:
        """Return a `shap.Explanation` of one arm, or of a difference, for the plots of shap."""
        import shap

        if reference is None:
            k = self.arms.index(arm)
            values, base = self.values[:, k], float(self.base[k])
        else:
            parts = self.contrast(arm, reference)
            values, base = parts.values, parts.base
        return shap.Explanation(
            values=values,
            base_values=np.full(len(values), base),
            data=data,
            feature_names=list(self.names),
        )

    def _combine(self, weights: FloatArray, level: float) -> Contributions:
        values = np.einsum("nap,a->np", self.values, weights)
        base = float(self.base @ weights)
        if self.draws is None:
            return Contributions(self.names, values, base)
        drawn = np.einsum("dnap,a->dnp", self.draws, weights)
        tails = [(1 - level) / 2, (1 + level) / 2]
        lower, upper = np.quantile(drawn, tails, axis=0)
        # Draws are centred near, not on, the deployed probability: an interval holds its estimate.
        return Contributions(
            self.names, values, base, np.minimum(lower, values), np.maximum(upper, values)
        )
