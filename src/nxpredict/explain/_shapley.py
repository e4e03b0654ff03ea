"""Shapley values of what is deployed: the calibrated probability of response under each arm."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from nxpredict.errors import UsageError
from nxpredict.explain._explanation import Explanation
from nxpredict.explain._walk import Codes, FloatArray, IntArray, orders, walk

Method = Literal["permutation", "exact"]

ROWS_A_CALL = 40_000
"""Rows put to the model at once: enough to hide the cost of a call, few enough to stay small."""

REPEATED = 4
"""Patients walked a second time, by other orders, to state the error."""

NEGLIGIBLE = 1e-12
"""Rounding of the model's arithmetic; a predictor that it does not use gets exactly zero."""


class Responder(Protocol):
    """Anything that predicts one probability an arm."""

    def predict_response(self, X: pd.DataFrame, /) -> pd.DataFrame:
        """Return one column an arm."""
        ...


@runtime_checkable
class DrawsResponses(Protocol):
    """A model that also says how sure it is, by draws (posterior, refits) of the same numbers."""

    def predict_draws(self, X: pd.DataFrame, /) -> FloatArray:
        """Return probabilities of shape (draws, n, arms)."""
        ...


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
    codes = Codes.of(X, background)
    of_background = model.predict_response(codes.decode(codes.background))
    base = np.asarray(of_background, dtype=np.float64)
    position = orders(len(background), len(codes.names), walks, random_state)
    if method == "exact":
        values, error = _exact(model, codes), 0.0
        draws = _estimated(model, codes, base, position, intervals)[1] if intervals else None
    else:
        values, draws = _estimated(model, codes, base, position, intervals)
        again = orders(len(background), len(codes.names), walks, random_state + 1)
        error = _error(model, codes, base, values, again)
    return Explanation(
        arms=tuple(map(str, of_background.columns)),
        names=codes.names,
        values=values,
        base=base.mean(axis=0),
        method=method,
        error=error,
        draws=draws,
    )


def _ask(model: Responder, table: pd.DataFrame) -> FloatArray:
    return np.asarray(model.predict_response(table), dtype=np.float64)


def _exact(model: Responder, codes: Codes) -> FloatArray:
    """Enumerate coalitions with shap, on codes that are decoded before the model sees them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

        masker = shap.maskers.Independent(codes.background, max_samples=len(codes.background))

        def predict(rows: IntArray) -> FloatArray:
            return _ask(model, codes.decode(np.asarray(rows, dtype=np.intp)))

        found = shap.ExactExplainer(predict, masker)(codes.patients)
    return _clean(np.swapaxes(np.asarray(found.values, dtype=np.float64), 1, 2))


def _estimated(
    model: Responder, codes: Codes, base: FloatArray, position: IntArray, intervals: bool
) -> tuple[FloatArray, FloatArray | None]:
    """Return values, and the same for each draw of the model where they are wanted and had."""
    if not (intervals and isinstance(model, DrawsResponses)):
        return _sampled(model, codes, base, position), None
    of_background = model.predict_draws(codes.decode(codes.background))
    draws = _drawn(model, codes, of_background, position)
    if np.allclose(of_background.mean(axis=0), base, rtol=0, atol=NEGLIGIBLE):
        # The deployed probability is the mean of the draws: asking again would say the same.
        return _clean(draws.mean(axis=0)), draws
    return _sampled(model, codes, base, position), draws


def _sampled(model: Responder, codes: Codes, base: FloatArray, position: IntArray) -> FloatArray:
    return _walked(lambda table: _ask(model, table), base, codes, position)


def _drawn(
    model: DrawsResponses, codes: Codes, of_background: FloatArray, position: IntArray
) -> FloatArray:
    """Return the values under every draw, shape (draws, n, A, P)."""

    def in_columns(drawn: FloatArray) -> FloatArray:
        return drawn.transpose(1, 2, 0).reshape(drawn.shape[1], -1)

    values = _walked(
        lambda table: in_columns(model.predict_draws(table)),
        in_columns(of_background),
        codes,
        position,
    )
    n_draws, _, n_arms = of_background.shape
    by_draw = values.reshape(len(values), n_arms, n_draws, -1)
    return np.ascontiguousarray(by_draw.transpose(2, 0, 1, 3))


def _walked(
    ask: Callable[[pd.DataFrame], FloatArray], base: FloatArray, codes: Codes, position: IntArray
) -> FloatArray:
    """Walk all patients, a block a call, and return what each predictor adds, (n, outputs, P)."""
    n, n_predictors = codes.patients.shape
    size = max(1, ROWS_A_CALL // position.size)
    out = np.empty((n, base.shape[1], n_predictors))
    for start in range(0, n, size):
        block = slice(start, min(start + size, n))
        steps = walk(codes.patients[block], codes.background, position)
        answers = np.concatenate([base, ask(codes.decode(steps.rows))])
        credited = (steps.credit @ answers).reshape(-1, n_predictors, base.shape[1])
        out[block] = credited.transpose(0, 2, 1)
    return _clean(out)


def _error(
    model: Responder, codes: Codes, base: FloatArray, values: FloatArray, position: IntArray
) -> float:
    """Return the mean standard error of a value, from walking some patients by other orders."""
    some = np.unique(np.linspace(0, len(values) - 1, REPEATED).round().astype(np.intp))
    if not len(values):
        return 0.0
    again = _sampled(model, replace(codes, patients=codes.patients[some]), base, position)
    # The difference of two independent estimates has the variance of both.
    return float(np.sqrt(np.mean((again - values[some]) ** 2) / 2))


def _clean(values: FloatArray) -> FloatArray:
    return np.where(np.abs(values) < NEGLIGIBLE, 0.0, values)
