"""Walks of any model at all: every row that a walk passes is put to it as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from nxpredict.explain._walk import Codes, FloatArray, IntArray, walk

ROWS_A_CALL = 40_000
"""Rows put to the model at once: enough to hide the cost of a call, few enough to stay small."""

ROUNDING = 1e-12


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


class Tables:
    """Walks of a model that is only known by its answers.

    Parameters
    ----------
    model : Responder
    patients, background : DataFrame
        With the columns of `background`.
    """

    def __init__(self, model: Responder, patients: pd.DataFrame, background: pd.DataFrame) -> None:
        self.model = model
        self.codes = Codes.of(patients, background)
        self.base = self._ask(self.codes.decode(self.codes.background))

    def _ask(self, table: pd.DataFrame) -> FloatArray:
        return np.asarray(self.model.predict_response(table), dtype=np.float64)

    def values(self, rows: IntArray, position: IntArray) -> FloatArray:
        """Return the values of some patients, shape (n, A, P)."""
        return self._walked(self._ask, self.base, rows, position)

    def values_and_draws(
        self, rows: IntArray, position: IntArray
    ) -> tuple[FloatArray, FloatArray | None]:
        """Return the values, and the same under every draw, (S, n, A, P), where there are any."""
        model = self.model
        if not isinstance(model, DrawsResponses):
            return self.values(rows, position), None

        def in_columns(table: pd.DataFrame) -> FloatArray:
            drawn = model.predict_draws(table)
            return drawn.transpose(1, 2, 0).reshape(drawn.shape[1], -1)

        base = in_columns(self.codes.decode(self.codes.background))
        found = self._walked(in_columns, base, rows, position)
        by_draw = found.reshape(len(rows), self.base.shape[1], -1, found.shape[2])
        draws = np.ascontiguousarray(by_draw.transpose(2, 0, 1, 3))
        if np.allclose(base.reshape(*self.base.shape, -1).mean(axis=2), self.base, atol=ROUNDING):
            # The deployed probability is the mean of the draws: asking again would say the same.
            return draws.mean(axis=0), draws
        return self.values(rows, position), draws

    def _walked(
        self,
        ask: Callable[[pd.DataFrame], FloatArray],
        base: FloatArray,
        rows: IntArray,
        position: IntArray,
    ) -> FloatArray:
        """Walk patients, a block a call, and return what each predictor adds, (n, outputs, P)."""
        n_predictors = position.shape[1]
        size = max(1, ROWS_A_CALL // position.size)
        out = np.empty((len(rows), base.shape[1], n_predictors))
        for start in range(0, len(rows), size):
            block = self.codes.patients[rows[start : start + size]]
            steps = walk(block, self.codes.background, position)
            answers = np.concatenate([base, ask(self.codes.decode(steps.rows))])
            credited = (steps.credit @ answers).reshape(-1, n_predictors, base.shape[1])
            out[start : start + size] = credited.transpose(0, 2, 1)
        return out
