"""A regression forest as plain arrays: no pickle, and the same prediction wherever it is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEAF = -1
FEWEST_LEAF = 10


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees grown on half samples, a few on each half; missing values go where they fit best.

    Parameters
    ----------
    feature, left, right : ndarray of int64, shape (trees, nodes)
        Column that is split, -1 in a leaf; and the nodes below.
    threshold, value : ndarray of float64, shape (trees, nodes)
        Values up to the threshold go left; the prediction in a leaf.
    missing_left : ndarray of bool, shape (trees, nodes)
        Whether a missing value goes left.
    """

    feature: IntArray
    left: IntArray
    right: IntArray
    threshold: FloatArray
    value: FloatArray
    missing_left: NDArray[np.bool_]

    @classmethod
    def grow(cls, X: FloatArray, y: FloatArray, *, halves: int, trees: int, seed: int) -> Forest:
        """Grow `trees` trees on each of `halves` random halves of the patients.

        Half sampling: between halves, predictions scatter as they would between new cohorts of
        the full size (Athey, Tibshirani and Wager 2019, Ann Stat 47:1148, section 4).
        """
        rng = np.random.default_rng(seed)
        grown = []
        for _ in range(halves):
            half = rng.permutation(len(y))[: max(len(y) // 2, 1)]
            for _ in range(trees):
                rows = rng.choice(half, len(half))
                tree = DecisionTreeRegressor(
                    min_samples_leaf=max(min(FEWEST_LEAF, len(half) // 4), 1),
                    max_features=0.4,
                    random_state=int(rng.integers(2**31)),
                )
                grown.append(tree.fit(X[rows], y[rows]).tree_)
        most = max(tree.node_count for tree in grown)

        def stacked(name: str, fill: float) -> NDArray[np.float64]:
            out = np.full((len(grown), most), fill)
            for row, tree in zip(out, grown, strict=True):
                row[: tree.node_count] = np.ravel(getattr(tree, name))
            return out

        leaf = stacked("children_left", LEAF) == LEAF
        return cls(
            np.where(leaf, LEAF, stacked("feature", LEAF)).astype(np.int64),
            stacked("children_left", LEAF).astype(np.int64),
            stacked("children_right", LEAF).astype(np.int64),
            stacked("threshold", 0.0),
            stacked("value", 0.0),
            stacked("missing_go_to_left", 0.0).astype(bool),
        )

    def predict(self, X: FloatArray, halves: int) -> FloatArray:
        """Return the mean prediction of the trees of each half, shape (n, halves).

        Parameters
        ----------
        X : ndarray of float64, shape (n, d)
            NaN where missing.
        """
        n, trees = len(X), len(self.feature)
        # Trees are grown on single precision, so a value must be compared in it.
        seen = X.astype(np.float32).astype(np.float64)
        rows, each = np.arange(n)[:, None], np.arange(trees)[None, :]
        node = np.zeros((n, trees), dtype=np.int64)
        while True:
            feature = self.feature[each, node]
            inner = feature != LEAF
            if not inner.any():
                break
            value = seen[rows, np.where(inner, feature, 0)]
            goes_left = np.where(
                np.isnan(value), self.missing_left[each, node], value <= self.threshold[each, node]
            )
            below = np.where(goes_left, self.left[each, node], self.right[each, node])
            node = np.where(inner, below, node)
        found: FloatArray = self.value[each, node].reshape(n, halves, -1).mean(axis=2)
        return found
