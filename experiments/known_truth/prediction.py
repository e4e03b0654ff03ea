"""What a method hands back for new patients, and the numbers that peers can read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from cohorts import Training
from patients import Array

LEVEL = 0.90
Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)


@dataclass(frozen=True)
class Prediction:
    """Benefit of the second arm over the first, and what else a method offers.

    Attributes
    ----------
    benefit : array, shape (m,)
    lower, upper : array, shape (m,), optional
        90 % interval of the benefit.
    prob_better : array, shape (m,), optional
        Probability that the benefit is above 0.
    p : array, shape (m, 2), optional
        P(response) under each arm.
    """

    benefit: Array
    lower: Array | None = None
    upper: Array | None = None
    prob_better: Array | None = None
    p: Array | None = None


Predict = Callable[[pd.DataFrame], Prediction]
Method = Callable[[Training], Predict]


def normal(benefit: Array, se: Array, p: Array | None = None) -> Prediction:
    """Return a prediction whose uncertainty is normal with standard error `se`."""
    from scipy.special import ndtr

    better = ndtr(benefit / np.maximum(se, 1e-9))
    return Prediction(benefit, benefit - Z * se, benefit + Z * se, better, p)


class Numbers:
    """Numbers from a table: medians for gaps, a flag per column with gaps, one column a label.

    The most frequent label is left out. Everything is learned from the training table.
    """

    def __init__(self, X: pd.DataFrame) -> None:
        numeric = X.select_dtypes("number").columns
        self.medians = X[numeric].median()
        self.flags = [name for name in numeric if X[name].isna().any()]
        counts = {name: X[name].value_counts() for name in X.columns.difference(numeric)}
        self.labels = {name: list(count.index[1:]) for name, count in counts.items()}
        table = self._table(X)
        self.columns = [name for name in table if table[name].nunique() > 1]
        self.mean = table[self.columns].mean().to_numpy()
        self.sd = table[self.columns].std(ddof=0).to_numpy()

    def __call__(self, X: pd.DataFrame) -> Array:
        """Return standardised columns, shape (n, k)."""
        return (self._table(X)[self.columns].to_numpy() - self.mean) / self.sd

    def _table(self, X: pd.DataFrame) -> pd.DataFrame:
        table = X[self.medians.index].fillna(self.medians).astype(float)
        gaps = X[self.flags].isna().astype(float).add_suffix(" is missing")
        labels = {
            f"{name} {label}": (X[name] == label).astype(float)
            for name, known in self.labels.items()
            for label in known
        }
        return pd.concat([table, gaps, pd.DataFrame(labels, index=X.index)], axis=1)
