"""The same walks where the log-odds of every draw are a sum over predictors: no table is built.

A walk then needs, at each step, one addition and one logistic function a draw; what the
predictors add is asked of the model once a patient and once a background row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from nxpredict.explain._walk import FloatArray, IntArray

BLOCK = 64
"""Patients whose parts are held at once."""

Parts = tuple[FloatArray, FloatArray]


@runtime_checkable
class AddsLogOdds(Protocol):
    """A model whose log-odds, in every arm and draw, are a constant plus a part a predictor."""

    def log_odds_parts(self, X: pd.DataFrame, /) -> Parts | None:
        """Return the constants (A, S) and the parts (n, columns of X, A, S); None if it is not so.

        ``expit(constants + parts.sum(axis=1))`` are the probabilities of `predict_draws`, and
        their mean over draws is the deployed probability.
        """
        ...


class Sums:
    """Walks on half log-odds: expit(x) is (1 + tanh(x / 2)) / 2, and tanh is the faster.

    Parameters
    ----------
    model : AddsLogOdds
    patients : DataFrame
    background : tuple of ndarray
        What the model says of the parts of the background, which has the columns of `patients`.
    """

    def __init__(self, model: AddsLogOdds, patients: pd.DataFrame, background: Parts) -> None:
        self.model = model
        self.patients = patients
        constants, self.background = _halved(background)
        self.shape = constants.shape
        self.start = constants.ravel() + self.background.sum(axis=1)

    def values(self, rows: IntArray, position: IntArray) -> FloatArray:
        """Return the values of some patients, shape (n, A, P)."""
        n_predictors = position.shape[1]
        onehot = _onehot(position) * (0.5 / len(position))
        out = np.empty((len(rows), self.shape[0], n_predictors))
        for i, steps in enumerate(self._steps(rows)):
            by_arm = np.stack(
                [t.reshape(-1, *self.shape).mean(axis=2) for t in self._walk(steps, position)]
            )
            out[i] = np.tensordot(np.diff(by_arm, axis=0), onehot, axes=([0, 1], [0, 1]))
        return out

    def values_and_draws(self, rows: IntArray, position: IntArray) -> Parts:
        """Return the values, and the same under every draw, shape (S, n, A, P)."""
        n_predictors = position.shape[1]
        onehot = _onehot(position).transpose(0, 2, 1) * (0.5 / len(position))
        out = np.zeros((len(rows), n_predictors, int(np.prod(self.shape))))
        step = np.empty((len(position), out.shape[2]))
        for i, steps in enumerate(self._steps(rows)):
            walked = self._walk(steps, position)
            before = next(walked).copy()
            for credited, now in zip(onehot, walked, strict=True):
                np.subtract(now, before, out=step)
                out[i] += credited @ step
                np.copyto(before, now)
        by_draw = out.reshape(len(rows), n_predictors, *self.shape).transpose(3, 0, 2, 1)
        return by_draw.mean(axis=0), np.ascontiguousarray(by_draw)

    def _steps(self, rows: IntArray) -> Iterator[FloatArray]:
        """Yield, a patient each, what turning each predictor adds from each background row."""
        for start in range(0, len(rows), BLOCK):
            found = self.model.log_odds_parts(self.patients.iloc[rows[start : start + BLOCK]])
            if found is None:
                raise TypeError("log_odds_parts answered for the background, not for patients")
            for mine in _halved(found)[1]:
                yield (mine - self.background).reshape(-1, mine.shape[-1])

    def _walk(self, steps: FloatArray, position: IntArray) -> Iterator[FloatArray]:
        """Yield tanh of the half log-odds of all walks before the first step and after each.

        The array that is yielded is overwritten by the next.
        """
        n_background, n_predictors = self.background.shape[:2]
        which = np.arange(len(position)) % n_background
        level = self.start[which]
        tangent, step = np.tanh(level), np.empty_like(level)
        yield tangent
        for turned in np.argsort(position, axis=1).T:
            np.take(steps, which * n_predictors + turned, axis=0, out=step, mode="clip")
            level += step
            yield np.tanh(level, out=tangent)


def _halved(found: Parts) -> Parts:
    constants, parts = found
    return constants / 2, (parts / 2).reshape(*parts.shape[:2], -1)


def _onehot(position: IntArray) -> FloatArray:
    """Return which predictor each walk turns at each step, shape (P, W, P)."""
    n_predictors = position.shape[1]
    return np.asarray(position[None] == np.arange(n_predictors)[:, None, None], dtype=np.float64)
