"""Walks from background rows to patients: the sampling design, and what it asks the model.

A *walk* starts at one background row and turns its predictors, in some order, into those of a
patient. The change of the prediction at each step is credited to the predictor that changed; the
mean over background rows and orders is the Shapley value (Strumbelj and Kononenko 2014). Every
order is walked forwards and backwards, which cancels pairwise interactions exactly (Mitchell and
others 2022), and orders are cyclic shifts of each other, so that each predictor is met equally
often early and late.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

IntArray = NDArray[np.intp]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Codes:
    """Patients and background as integer codes per column, so that masking needs no types.

    Parameters
    ----------
    patients : ndarray of int, shape (n, P)
    background : ndarray of int, shape (B, P)
    values : tuple of ExtensionArray or ndarray
        Per column, what each code stands for; missing is a value like any other.
    names : tuple of str
    """

    patients: IntArray
    background: IntArray
    values: tuple[pd.Series, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, X: pd.DataFrame, background: pd.DataFrame) -> Codes:
        """Encode the columns of `background`, in its order, for both tables."""
        names = tuple(map(str, background.columns))
        columns, values = [], []
        for name in names:
            both = pd.concat([X[name], background[name]], ignore_index=True)
            code, unique = pd.factorize(both, use_na_sentinel=False)
            columns.append(code)
            values.append(pd.Series(unique, dtype=both.dtype))
        codes = np.column_stack(columns).astype(np.intp)
        return cls(codes[: len(X)], codes[len(X) :], tuple(values), names)

    def decode(self, codes: IntArray) -> pd.DataFrame:
        """Return the typed table that rows of codes stand for."""
        return pd.DataFrame(
            {
                name: values.take(codes[:, j]).array
                for j, (name, values) in enumerate(zip(self.names, self.values, strict=True))
            }
        )


def orders(n_walks: int, n_predictors: int, rounds: int, seed: int) -> IntArray:
    """Return the position of every predictor in every walk.

    Parameters
    ----------
    n_walks : int
        Background rows; each is walked from once forwards and once backwards a round.
    n_predictors : int
    rounds : int
        Independent repetitions of the design; their spread states the error.
    seed : int

    Returns
    -------
    ndarray of int, shape (rounds, 2, n_walks, n_predictors)
        ``[r, 1]`` is ``[r, 0]`` reversed.

    Examples
    --------
    >>> position = orders(4, 3, rounds=1, seed=0)
    >>> bool((position[0, 0] + position[0, 1] == 2).all())
    True
    """
    rng = np.random.default_rng(seed)
    out = np.empty((rounds, 2, n_walks, n_predictors), dtype=np.intp)
    for r in range(rounds):
        for start in range(0, n_walks, n_predictors):
            block = min(n_predictors, n_walks - start)
            first = rng.permutation(n_predictors)
            shifts = rng.permutation(n_predictors)[:block, None]
            out[r, 0, start : start + block] = (first + shifts) % n_predictors
        out[r, 1] = n_predictors - 1 - out[r, 0]
    return out


def steps(
    patients: IntArray, background: IntArray, position: IntArray
) -> tuple[IntArray, BoolArray]:
    """Return the coded rows after each step of each walk, and which steps changed anything.

    Parameters
    ----------
    patients : ndarray of int, shape (n, P)
    background : ndarray of int, shape (B, P)
    position : ndarray of int, shape (W, P)
        `W` is a multiple of `B`; walk `w` starts at background row ``w % B``.

    Returns
    -------
    rows : ndarray of int, shape (n, W, P, P)
        ``rows[i, w, k]`` is the row once the predictors at positions 0..k have been turned.
    changed : ndarray of bool, shape (n, W, P)
        False where step `k` left the row as it was, so that the model need not be asked again.
    """
    n_predictors = position.shape[1]
    start = np.resize(background, position.shape)
    turned = position[:, None, :] <= np.arange(n_predictors)[:, None]
    rows = np.where(turned[None], patients[:, None, None, :], start[None, :, None, :])
    differs = patients[:, None, :] != start[None]
    at_step = np.argsort(position, axis=1)
    changed = np.take_along_axis(differs, np.broadcast_to(at_step, differs.shape), axis=2)
    return rows, changed
