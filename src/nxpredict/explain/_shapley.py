"""Shapley values of what is deployed: the calibrated probability of response under each arm."""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
import pandas as pd

from nxpredict.errors import UsageError
from nxpredict.explain._additive import AddsTerms, Sums
from nxpredict.explain._explanation import Explanation
from nxpredict.explain._tables import Responder, Tables
from nxpredict.explain._walk import Codes, FloatArray, IntArray, orders

Method = Literal["permutation", "exact"]

REPEATED = 4
"""Patients walked a second time, by other orders, to state the error."""

NEGLIGIBLE = 1e-12
"""Rounding of the model's arithmetic; a predictor that it does not use gets exactly zero."""


def explain_response(
    model: Responder,
    X: pd.DataFrame,
    background: pd.DataFrame,
    *,
    random_state: int = 0,
    method: Method = "permutation",
    walks: int = 100,
    intervals: bool = False,
) -> Explanation:
    """Explain the predicted response under every arm against one shared background.

    Interventional Shapley values of ``model.predict_response``: predictors that are "out" take the
    values of a background row. All arms share the background and the design, so the values of a
    difference between arms are the difference of their values.

    Parameters
    ----------
    model : Responder
        With `predict_response`; with `predict_draws` too when `intervals` is asked for.
    X : DataFrame, n rows
        Typed patients as they come from the door; missing values stay missing.
    background : DataFrame, B rows
        Typed rows with the predictors to explain. Columns of `X` beyond them are not used.
    random_state : int
        Fixes the sampled orders. They are the same for every patient, so that a patient's
        explanation does not depend on who else is in the batch.
    method : {"permutation", "exact"}
        `permutation` walks sampled orders: exact for pairwise interactions, with a stated error
        beyond. `exact` enumerates all ``2 ** P`` coalitions with `shap.ExactExplainer`.
    walks : int
        Orders sampled, at least; every background row is walked from equally often.
    intervals : bool
        Repeat over the model's draws, where it has them.

    Returns
    -------
    Explanation

    Raises
    ------
    UsageError
        When a predictor of the background is not in `X`, or there is no background.

    Examples
    --------
    >>> class Model:
    ...     def predict_response(self, X):
    ...         return pd.DataFrame({"a": 0.5 + 0.1 * X["age"], "b": 0.5 - 0.1 * X["age"]})
    >>> patients = pd.DataFrame({"age": [1.0], "noise": [7.0]})
    >>> background = pd.DataFrame({"age": [0.0, 1.0], "noise": [0.0, 3.0]})
    >>> found = explain_response(Model(), patients, background)
    >>> found.contrast("a", "b").values.round(3)
    array([[0.1, 0. ]])
    """
    absent = [str(name) for name in background.columns if name not in X.columns]
    if absent:
        raise UsageError(
            "The patients lack predictors of the model's background: " + ", ".join(absent) + ".",
            "Give the columns, empty where unknown.",
        )
    if not len(background):
        raise UsageError("The model has no background rows to explain against.", "Train it again.")
    names = tuple(map(str, background.columns))
    given = X[list(names)].reset_index(drop=True)
    walker = _walker(model, given, background)
    everyone = np.arange(len(X))
    position = orders(len(background), len(names), walks, random_state)
    draws = None
    if intervals:
        values, draws = walker.values_and_draws(everyone, position)
    elif method == "permutation":
        values = walker.values(everyone, position)
    error = 0.0
    if method == "exact":
        values = _exact(model, Codes.of(given, background))
    else:
        again = orders(len(background), len(names), walks, random_state + 1)
        error = _error(walker, values, again)
    of_background = model.predict_response(background)
    return Explanation(
        arms=tuple(map(str, of_background.columns)),
        names=names,
        values=_clean(values),
        base=np.asarray(of_background, dtype=np.float64).mean(axis=0),
        method=method,
        error=error,
        draws=draws,
    )


def _walker(model: Responder, X: pd.DataFrame, background: pd.DataFrame) -> Sums | Tables:
    """Return the fast walks where the log-odds add up, and else those that build tables."""
    if isinstance(model, AddsTerms):
        return Sums(model, X, background)
    return Tables(model, X, background)


def _exact(model: Responder, codes: Codes) -> FloatArray:
    """Enumerate coalitions with shap, on codes that are decoded before the model sees them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

        masker = shap.maskers.Independent(codes.background, max_samples=len(codes.background))

        def predict(rows: IntArray) -> FloatArray:
            table = codes.decode(np.asarray(rows, dtype=np.intp))
            return np.asarray(model.predict_response(table), dtype=np.float64)

        found = shap.ExactExplainer(predict, masker)(codes.patients)
    return np.swapaxes(np.asarray(found.values, dtype=np.float64), 1, 2)


def _error(walker: Sums | Tables, values: FloatArray, position: IntArray) -> float:
    """Return the mean standard error of a value, from walking some patients by other orders."""
    if not len(values):
        return 0.0
    some = np.unique(np.linspace(0, len(values) - 1, REPEATED).round().astype(np.intp))
    again = walker.values(some, position)
    # The difference of two independent estimates has the variance of both.
    return float(np.sqrt(np.mean((again - values[some]) ** 2) / 2))


def _clean(values: FloatArray) -> FloatArray:
    return np.where(np.abs(values) < NEGLIGIBLE, 0.0, values)
