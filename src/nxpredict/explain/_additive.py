"""The same walks where the linear predictor of every draw is a sum of terms: no table is built.

A term is made of one predictor or of two. Turning a predictor changes the terms it is part of and
no others; all patients of a block walk together, so that one small matrix product a step gives
what the change adds to every draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from nxpredict.explain._walk import FloatArray, IntArray
from nxpredict.models import PredictorTerms

BLOCK = 64
"""Patients who walk together: enough to hide the cost of a step, few enough for the cache."""


@runtime_checkable
class AddsTerms(Protocol):
    """A model whose predictor, in every arm and draw, is made of terms of one or two columns."""

    def predictor_terms(self, X: pd.DataFrame, /) -> PredictorTerms:
        """Return the terms; only their factors depend on the rows of `X`.

        Through their link they are the responses of `predict_draws`, and the mean over draws is
        the deployed prediction.
        """
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """What turning one predictor changes: its own factors, and terms with half their weights."""

    factors: IntArray
    left: IntArray
    right: IntArray
    weights: FloatArray


class Sums:
    """Walks on half predictors: expit(x) is (1 + tanh(x / 2)) / 2, and tanh is the faster.

    Where the predictor is itself the response nothing bends, and orders make no difference.

    Parameters
    ----------
    model : AddsTerms
    patients, background : DataFrame
        With the same columns.
    """

    def __init__(self, model: AddsTerms, patients: pd.DataFrame, background: pd.DataFrame) -> None:
        self.model = model
        self.patients = patients
        terms = model.predictor_terms(background)
        self.shape = terms.constants.shape
        self.background = terms.factors
        self.start = terms.predictors().reshape(len(background), -1) / 2
        bends = terms.link == "logit"
        self.bend: Callable[[FloatArray], FloatArray] = np.tanh if bends else np.copy
        self.height = 0.5 if bends else 2.0
        self.turns = [_turn(terms, column) for column in range(background.shape[1])]

    def values(self, rows: IntArray, position: IntArray) -> FloatArray:
        """Return the values of some patients, shape (n, A, P)."""
        out = np.empty((len(rows), self.shape[0], len(self.turns)))
        for block, factors in self._blocks(rows):
            out[block] = self._credit(factors, position, self._mean).transpose(1, 2, 0)
        return out

    def values_and_draws(self, rows: IntArray, position: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the values, and the same under every draw, shape (S, n, A, P)."""
        n_arms, n_draws = self.shape
        draws = np.empty((n_draws, len(rows), n_arms, len(self.turns)))
        for block, factors in self._blocks(rows):
            found = self._credit(factors, position, lambda bent: bent)
            by_draw = found.reshape(*found.shape[:2], n_arms, n_draws)
            draws[:, block] = by_draw.transpose(3, 1, 2, 0)
        return draws.mean(axis=0), draws

    def _mean(self, bent: FloatArray) -> FloatArray:
        by_arm: FloatArray = bent.reshape(-1, *self.shape).mean(axis=2)
        return by_arm

    def _blocks(self, rows: IntArray) -> Iterator[tuple[slice, FloatArray]]:
        """Yield the place and the factors of consecutive patients, shape (f, n)."""
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            terms = self.model.predictor_terms(self.patients.iloc[rows[block]])
            yield block, np.ascontiguousarray(terms.factors.T)

    def _credit(
        self, factors: FloatArray, position: IntArray, of: Callable[[FloatArray], FloatArray]
    ) -> FloatArray:
        """Return what each predictor adds to `of` the responses of a block, (P, n, ...)."""
        width = of(self.start[:1]).shape[1]
        total = np.zeros((len(self.turns), factors.shape[1], width))
        for which, order in enumerate(np.argsort(position, axis=1)):
            row = which % len(self.background)
            before = of(self.bend(self.start[[row]]))
            for turned, bent in self._walk(factors, row, order):
                now = of(bent)
                total[turned] += now - before
                before = now
        total *= self.height / len(position)
        return total

    def _walk(
        self, factors: FloatArray, row: int, order: IntArray
    ) -> Iterator[tuple[int, FloatArray]]:
        """Yield who was turned, and the bent half predictors of the block after that."""
        n = factors.shape[1]
        hybrid = np.repeat(self.background[row][:, None], n, axis=1)
        level = np.repeat(self.start[[row]], n, axis=0)
        for turned in order:
            turn = self.turns[turned]
            if len(turn.left):
                change = -hybrid[turn.left] * hybrid[turn.right]
                hybrid[turn.factors] = factors[turn.factors]
                change += hybrid[turn.left] * hybrid[turn.right]
                level += change.T @ turn.weights
                yield turned, self.bend(level)


def _turn(terms: PredictorTerms, column: int) -> Turn:
    touched = terms.touching(column)
    return Turn(
        factors=np.flatnonzero(terms.sources == column),
        left=terms.left[touched],
        right=terms.right[touched],
        weights=terms.weights[touched].reshape(len(touched), terms.constants.size) / 2,
    )
