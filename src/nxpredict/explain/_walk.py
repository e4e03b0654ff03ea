"""Walks from background rows to patients: the sampling design, and what it asks the model.

A *walk* starts at one background row and turns its predictors, in some order, into those of a
patient. The change of the prediction at each step is credited to the predictor that changed; the
mean over background rows and orders is the Shapley value (Strumbelj and Kononenko 2014). Orders
come in pairs, one the other reversed, in which pairwise interactions cancel (Mitchell and others
2022), and are cyclic shifts of each other, so that each predictor is met equally often early and
late. A step that changes nothing is not put to the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

IntArray = NDArray[np.intp]
FloatArray = NDArray[np.float64]


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


def orders(n_background: int, n_predictors: int, walks: int, seed: int) -> IntArray:
    """Return the position of every predictor in every walk.

    Every background row is walked from equally often, at least `walks` times in all. Orders come
    in reversed pairs: of the same row where it is walked from twice, of neighbouring rows else.

    Parameters
    ----------
    n_background, n_predictors, walks, seed : int

    Returns
    -------
    ndarray of int, shape (W, n_predictors)
        Walk `w` starts at background row ``w % n_background``.

    Examples
    --------
    >>> position = orders(4, 3, walks=8, seed=0)
    >>> bool((position[:4] + position[4:] == 2).all())
    True
    """
    rng = np.random.default_rng(seed)
    a_row = -(-walks // n_background)
    rounds = []
    for _ in range(a_row // 2):
        forth = _balanced(n_background, n_predictors, rng)
        rounds += [forth, n_predictors - 1 - forth]
    if a_row % 2:
        half = _balanced(-(-n_background // 2), n_predictors, rng)
        pairs = np.stack([half, n_predictors - 1 - half], axis=1)
        rounds.append(pairs.reshape(-1, n_predictors)[:n_background])
    return np.concatenate(rounds)


def _balanced(n: int, n_predictors: int, rng: np.random.Generator) -> IntArray:
    """Return n orders in which each predictor stands in each position about equally often."""
    blocks = []
    for start in range(0, n, n_predictors):
        first = rng.permutation(n_predictors)
        shift = rng.permutation(n_predictors)[: n - start, None]
        blocks.append((first + shift) % n_predictors)
    return np.concatenate(blocks)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps at which a walk changes a row, for a block of patients.

    Parameters
    ----------
    rows : ndarray of int, shape (m, P)
        The coded row after each step that changed it: what the model is asked about.
    credit : sparse matrix, shape (n * P, B + m)
        What the answers for background rows and steps, stacked, add to each patient's predictors.
    """

    rows: IntArray
    credit: sparse.csr_array


def walk(patients: IntArray, background: IntArray, position: IntArray) -> Steps:
    """Walk every patient of a block.

    Parameters
    ----------
    patients : ndarray of int, shape (n, P)
    background : ndarray of int, shape (B, P)
    position : ndarray of int, shape (W, P)
        As of `orders`.
    """
    n, n_predictors = patients.shape
    n_background, n_walks = len(background), len(position)
    start = np.resize(background, position.shape)
    turned = position[:, None, :] <= np.arange(n_predictors)[:, None]
    rows = np.where(turned[None], patients[:, None, None, :], start[None, :, None, :])
    at_step = np.argsort(position, axis=1)
    differs = patients[:, None, :] != start[None]
    changed = np.take_along_axis(differs, np.broadcast_to(at_step, differs.shape), axis=2)
    who, which, when = np.nonzero(changed)
    now = np.arange(len(who)) + n_background
    first = np.ones(len(who), dtype=bool)
    first[1:] = (who[1:] != who[:-1]) | (which[1:] != which[:-1])
    before = np.where(first, which % n_background, now - 1)
    target = who * n_predictors + at_step[which, when]
    share = np.full(len(who), 1.0 / n_walks)
    credit = sparse.coo_array(
        (
            np.concatenate([share, -share]),
            (np.concatenate([target, target]), np.concatenate([now, before])),
        ),
        shape=(n * n_predictors, n_background + len(who)),
    )
    return Steps(rows[changed], credit.tocsr())
