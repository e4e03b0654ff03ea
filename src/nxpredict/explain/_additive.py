"""The same walks where the log-odds of every draw are a sum of terms: no table is built.

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
from nxpredict.models import LogOddsTerms

BLOCK = 64
"""Patients who walk together: enough to hide the cost of a step, few enough for the cache."""


@runtime_checkable
class AddsLogOdds(Protocol):
    """A model whose log-odds, in every arm and draw, are terms of one or two predictors."""

    def log_odds_terms(self, X: pd.DataFrame, /) -> LogOddsTerms:
        """Return the terms; only their factors depend on the rows of `X`.

        ``expit`` of their log-odds are the probabilities of `predict_draws`, and the mean over
        draws is the deployed probability.
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
    """Walks on half log-odds: expit(x) is (1 + tanh(x / 2)) / 2, and tanh is the faster.

    Parameters
    ----------
    model : AddsLogOdds
    patients, background : DataFrame
        With the same columns.
    """

    def __init__(
        self, model: AddsLogOdds, patients: pd.DataFrame, background: pd.DataFrame
    ) -> None:
        self.model = model
        self.patients = patients
        terms = model.log_odds_terms(background)
        self.shape = terms.constants.shape
        self.background = terms.factors
        self.start = terms.log_odds().reshape(len(background), -1) / 2
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
            found = self._credit(factors, position, lambda tangent: tangent)
            by_draw = found.reshape(*found.shape[:2], n_arms, n_draws)
            draws[:, block] = by_draw.transpose(3, 1, 2, 0)
        return draws.mean(axis=0), draws

    def _mean(self, tangent: FloatArray) -> FloatArray:
        by_arm: FloatArray = tangent.reshape(-1, *self.shape).mean(axis=2)
        return by_arm

    def _blocks(self, rows: IntArray) -> Iterator[tuple[slice, FloatArray]]:
        """Yield the place and the factors of consecutive patients, shape (f, n)."""
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            terms = self.model.log_odds_terms(self.patients.iloc[rows[block]])
            yield block, np.ascontiguousarray(terms.factors.T)

    def _credit(
        self, factors: FloatArray, position: IntArray, of: Callable[[FloatArray], FloatArray]
    ) -> FloatArray:
        """Return what each predictor adds to `of` the probabilities of a block, (P, n, ...)."""
        width = of(self.start[:1]).shape[1]
        total = np.zeros((len(self.turns), factors.shape[1], width))
        for which, order in enumerate(np.argsort(position, axis=1)):
            row = which % len(self.background)
            before = of(np.tanh(self.start[[row]]))
            for turned, tangent in self._walk(factors, row, order):
                now = of(tangent)
                total[turned] += now - before
                before = now
        total *= 0.5 / len(position)
        return total

    def _walk(
        self, factors: FloatArray, row: int, order: IntArray
    ) -> Iterator[tuple[int, FloatArray]]:
        """Yield who was turned, and tanh of the half log-odds of the block after that."""
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
                yield turned, np.tanh(level)


def _turn(terms: LogOddsTerms, column: int) -> Turn:
    touched = terms.touching(column)
    return Turn(
        factors=np.flatnonzero(terms.sources == column),
        left=terms.left[touched],
        right=terms.right[touched],
        weights=terms.weights[touched].reshape(len(touched), terms.constants.size) / 2,
    )
