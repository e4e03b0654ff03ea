"""Who was likely to get which arm, where nobody drew lots: estimated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nxpredict.evaluation._numbers import BoolArray, FloatArray, IntArray
from nxpredict.evaluation._second_order import second_order
from nxpredict.features import TableEncoder

LEAST_PROPENSITY = 1e-3
RIDGES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Inverse strengths of the ridge that are compared."""


def estimated_propensity(X: pd.DataFrame, arm: IntArray, fold: IntArray) -> FloatArray:
    """Return P(arm | predictors) by ridge multinomial logistic regression, out of fold.

    Parameters
    ----------
    X : DataFrame, shape (n, predictors)
    arm : array of int64, shape (n,)
        Arm codes 0..A-1.
    fold : array of int64, shape (n,)

    Returns
    -------
    array of float64, shape (n, A)

    Notes
    -----
    Of a few ridges that one is taken whose probabilities balance the predictors best: the mean
    weighted standardised difference is smallest (as McCaffrey, Ridgeway and Morral 2004, Psychol
    Methods 9:403, stop their trees). Products and squares that tell the arms apart take part
    like predictors (`second_order`). The response has no part in any of it.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        more = second_order(X, arm).to_numpy()
        values = np.column_stack([TableEncoder().fit(X).transform(X), more])
        values = values[:, values.std(axis=0) > 0]
        values = values / values.std(axis=0)
        tried = [np.clip(p, LEAST_PROPENSITY, 1.0) for p in _by_ridge(X, more, arm, fold)]
    return min(tried, key=lambda p: _imbalance(values, arm, p))


def _imbalance(values: FloatArray, arm: IntArray, propensity: FloatArray) -> float:
    gaps = [weighted_gaps(values, arm == a, p) for a, p in enumerate(propensity.T)]
    return float(np.abs(gaps).mean())


def weighted_gaps(
    values: FloatArray, own: BoolArray, p: FloatArray, weights: FloatArray | float = 1.0
) -> FloatArray:
    """Return the difference in every column between an arm and all else, weighted by 1 / P."""
    weight = weights * np.where(own, 1 / p, 1 / np.clip(1 - p, LEAST_PROPENSITY, 1))
    found: FloatArray = np.average(values[own], axis=0, weights=weight[own]) - np.average(
        values[~own], axis=0, weights=weight[~own]
    )
    return found


def _by_ridge(X: pd.DataFrame, more: FloatArray, arm: IntArray, fold: IntArray) -> list[FloatArray]:
    """Return the probabilities out of fold under every ridge, the strongest first."""
    from sklearn.linear_model import LogisticRegression

    found = [np.empty((len(arm), int(arm.max()) + 1)) for _ in RIDGES]
    for k in np.unique(fold):
        train, test = fold != k, fold == k
        encoder = TableEncoder().fit(X[train])
        known = np.column_stack([encoder.transform(X[train]), more[train]])
        new = np.column_stack([encoder.transform(X[test]), more[test]])
        for p, inverse in zip(found, RIDGES, strict=True):
            model = LogisticRegression(C=inverse, max_iter=500).fit(known, arm[train])
            p[test] = model.predict_proba(new)
    return found
