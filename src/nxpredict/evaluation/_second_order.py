"""Products and squares of predictors that tell who got which arm beyond the predictors alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nxpredict.evaluation._numbers import IntArray, normal_quantile
from nxpredict.features import TableEncoder

SIGNIFICANCE = 0.05
MOST = 10


def second_order(X: pd.DataFrame, arm: IntArray) -> pd.DataFrame:
    """Return the products and squares by which patients of the arms differ, named `a x b`.

    Parameters
    ----------
    X : DataFrame, shape (n, predictors)
    arm : array of int64, shape (n,)

    Returns
    -------
    DataFrame, shape (n, k)
        The ten strongest at most of those whose score test against a logistic regression on the
        predictors alone is significant at 0.05 (Bonferroni over products, squares and arms); of
        products of standardised columns, a missing value as the mean. The response has no part.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(500, 3)), columns=["a", "b", "c"])
    >>> arm = (rng.random(500) < 1 / (1 + np.exp(-1.5 * X["a"] * X["b"]))).astype(np.int64)
    >>> list(second_order(X, arm))
    ['a x b']
    """
    from sklearn.linear_model import LogisticRegression

    encoder = TableEncoder().fit(X)
    values = encoder.transform(X)
    varies = values.std(axis=0) > 0
    z = (values - values.mean(axis=0))[:, varies] / values.std(axis=0)[varies]
    names = np.array(encoder.get_feature_names_out(), dtype=object)[varies]
    n, count = z.shape
    if count == 0:
        return pd.DataFrame(index=X.index)
    p = LogisticRegression(max_iter=500).fit(z, arm).predict_proba(z)
    basis = np.linalg.qr(np.column_stack([np.ones(n), z]))[0]
    strength = np.zeros((count, count))
    for a in range(p.shape[1]):
        residual = (np.asarray(arm) == a) - p[:, a]
        residual = residual - basis @ (basis.T @ residual)
        score = z.T @ (z * residual[:, None])
        error = np.sqrt((z**2).T @ (z**2 * residual[:, None] ** 2))
        strength = np.maximum(strength, np.abs(score) / np.maximum(error, 1e-12))
    first, second = np.triu_indices(count)
    found = strength[first, second]
    tests = len(found) * p.shape[1]
    order = np.argsort(-found, kind="stable")[:MOST]
    kept = order[found[order] > normal_quantile(1 - SIGNIFICANCE / 2 / tests)]
    return pd.DataFrame(
        {
            f"{names[i]} x {names[j]}": z[:, i] * z[:, j]
            for i, j in zip(first[kept], second[kept], strict=True)
        },
        index=X.index,
    )
