"""Shapley values of what is deployed: the calibrated probability of response under each arm."""

from __future__ import annotations

import warnings
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from nxpredict.errors import UsageError
from nxpredict.explain._explanation import Explanation
from nxpredict.explain._walk import BoolArray, Codes, FloatArray, IntArray, orders, steps

Method = Literal["permutation", "exact"]

ROWS_A_CALL = 40_000
"""Rows put to the model at once: enough to hide the cost of a call, few enough to stay small."""

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
    rounds: int = 2,
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
    rounds : int
        Repetitions of the sampled design, at least two for a stated error.
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
    base = model.predict_response(codes.decode(codes.background))
    arms = tuple(map(str, base.columns))
    if method == "exact":
        values, error = _exact(model, codes), 0.0
    else:
        values, error = _sampled(model, codes, random_state, rounds)
    draws = None
    if intervals and isinstance(model, DrawsResponses):
        draws = _drawn(model, codes, random_state)
    return Explanation(
        arms=arms,
        names=codes.names,
        values=values,
        base=np.asarray(base, dtype=np.float64).mean(axis=0),
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


def _sampled(model: Responder, codes: Codes, seed: int, rounds: int) -> tuple[FloatArray, float]:
    """Walk sampled orders; the error is the standard error between rounds, averaged."""
    n_background, n_predictors = codes.background.shape
    design = orders(n_background, n_predictors, rounds, seed)
    position = design.reshape(-1, n_predictors)
    base = _ask(model, codes.decode(codes.background))
    blocks = []
    for start in _blocks(len(codes.patients), position.size):
        rows, changed = steps(codes.patients[start], codes.background, position)
        asked = _ask(model, codes.decode(rows[changed]))
        blocks.append(_credit(asked, base, changed, position, rounds))
    by_round = np.concatenate(blocks, axis=1) if blocks else np.zeros((1, 0, base.shape[1], 0))
    values = _clean(by_round.mean(axis=0))
    if rounds < 2:
        return values, float("nan")
    spread = by_round.std(axis=0, ddof=1) / np.sqrt(rounds)
    return values, float(spread.mean()) if spread.size else 0.0


def _drawn(model: DrawsResponses, codes: Codes, seed: int) -> FloatArray:
    """Walk one round of orders once for every draw of the model."""
    n_background, n_predictors = codes.background.shape
    position = orders(n_background, n_predictors, 1, seed).reshape(-1, n_predictors)
    base = model.predict_draws(codes.decode(codes.background))
    blocks = []
    for start in _blocks(len(codes.patients), position.size * max(1, len(base) // 8)):
        rows, changed = steps(codes.patients[start], codes.background, position)
        asked = model.predict_draws(codes.decode(rows[changed]))
        credited = [_credit(asked[d], base[d], changed, position, 1)[0] for d in range(len(base))]
        blocks.append(np.stack(credited))
    return _clean(np.concatenate(blocks, axis=1))


def _blocks(n: int, rows_a_patient: int) -> list[slice]:
    size = max(1, ROWS_A_CALL // max(1, rows_a_patient))
    return [slice(start, start + size) for start in range(0, n, size)]


def _credit(
    asked: FloatArray, base: FloatArray, changed: BoolArray, position: IntArray, rounds: int
) -> FloatArray:
    """Return the mean change per predictor, shape (rounds, n, A, P), from the answers in order."""
    n, n_walks, n_predictors = changed.shape
    start = np.resize(np.arange(len(base)), n_walks)
    answers = np.concatenate([base, asked])
    latest = np.where(changed, np.cumsum(changed).reshape(changed.shape) - 1 + len(base), -1)
    latest = np.maximum(np.maximum.accumulate(latest, axis=2), start[None, :, None])
    path = np.concatenate([np.broadcast_to(start[None, :, None], (n, n_walks, 1)), latest], axis=2)
    change = np.diff(answers[path], axis=2)
    credit = np.take_along_axis(change, position[None, :, :, None], axis=2)
    by_round = credit.reshape(n, rounds, n_walks // rounds, n_predictors, -1).mean(axis=2)
    return np.moveaxis(by_round, (0, 1, 2, 3), (1, 0, 3, 2))


def _clean(values: FloatArray) -> FloatArray:
    return np.where(np.abs(values) < NEGLIGIBLE, 0.0, values)
