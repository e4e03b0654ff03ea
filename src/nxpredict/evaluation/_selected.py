"""Average responses when only some patients can be compared, and why depends on predictors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._numbers import BoolArray, FloatArray, IntArray
from nxpredict.features import TableEncoder

LOWEST_KEPT = 0.05


def selected_scores(
    X: pd.DataFrame,
    y: FloatArray,
    arm: IntArray,
    kept: BoolArray,
    e: FloatArray,
    fold: IntArray,
    *,
    continuous: bool = False,
) -> FloatArray:
    """Return doubly robust scores as if all patients were like those kept, shape (n, arms).

    Parameters
    ----------
    X : DataFrame, shape (n, predictors)
    y : array of float64, shape (n,)
        1, 0 or, if `continuous`, a number; of those who are not kept it does not matter.
    arm : array of int64, shape (n,)
    kept : array of bool, shape (n,)
        Whose response was seen, say, or who took the drug.
    e : array of float64, shape (n, arms)
        P(arm) given the predictors.
    fold : array of int64, shape (n,)

    Notes
    -----
    Gamma[i, a] = m_a(x) + 1{A = a, kept} (y - m_a(x)) / (e_a(x) r_a(x)), with the response m of
    those kept and the probability r of being kept, both by ridge regression out of fold, logistic
    but for a number (Robins, Rotnitzky & Zhao 1994). Right when being kept depends on arm and
    predictors alone.
    """
    from threadpoolctl import threadpool_limits

    n_arms, regress = e.shape[1], _fit_mean if continuous else _fit
    scores = np.empty((len(y), n_arms))
    with threadpool_limits(limits=1):
        for k in np.unique(fold):
            train, test = fold != k, np.flatnonzero(fold == k)
            encoder = TableEncoder().fit(X[train])
            values = encoder.transform(X)
            seen = train & kept
            response = regress(_with_arm(values, arm, n_arms)[seen], y[seen])
            stays = _fit(_with_arm(values, arm, n_arms)[train], kept[train].astype(float))
            for a in range(n_arms):
                design = _with_arm(values[test], np.full(len(test), a), n_arms)
                m = response(design)
                own = (arm[test] == a) & kept[test]
                r = np.maximum(stays(design), LOWEST_KEPT)
                scores[test, a] = m + own * (y[test] - m) / (e[test, a] * r)
    return scores


def _with_arm(values: FloatArray, arm: IntArray, n_arms: int) -> FloatArray:
    return np.hstack([values, np.eye(n_arms)[arm]])


def _fit(design: FloatArray, y: FloatArray) -> Any:
    """Return P(y = 1) as a function of a design; the plain share when y is constant."""
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(y)) < 2:
        return lambda new: np.full(len(new), y.mean() if len(y) else 0.5)
    model = LogisticRegression(C=0.1, max_iter=500).fit(design, y)
    return lambda new: model.predict_proba(new)[:, 1]


def _fit_mean(design: FloatArray, y: FloatArray) -> Any:
    """Return the mean of y as a function of a design."""
    from sklearn.linear_model import Ridge

    return Ridge(alpha=10.0).fit(design, y).predict
