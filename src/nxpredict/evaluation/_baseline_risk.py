"""The outlook of patients whatever arm they have, for tests that adjust for it."""

from __future__ import annotations

import numpy as np

from nxpredict.evaluation._folds import assign_folds, quarters
from nxpredict.evaluation._logistic import expit, ridge_logistic
from nxpredict.evaluation._numbers import FloatArray, IntArray

_FOLDS = 5
_RIDGES = (300.0, 100.0, 30.0, 10.0, 3.0)
_FIRST_RIDGE = 10.0
_HEAVIEST = 1000.0
"""An adaptive ridge penalises no column more than this many times as much as it would."""
_MOST_COLUMNS = 0.25
"""Curves take part up to this many columns a patient: with more it takes very long."""
_CONSTANT = 1e-8


def baseline_risk(
    straight: FloatArray,
    curves: FloatArray,
    y: FloatArray,
    *,
    continuous: bool = False,
    random_state: int = 0,
    clusters: IntArray | None = None,
) -> FloatArray:
    """Return the response blind to the arm, each fifth of patients predicted by the others.

    Parameters
    ----------
    straight : array of float64, shape (n, p)
        Encoded predictors.
    curves : array of float64, shape (n, c)
        Their bent functions; left out where there would be more than a column to four patients.
    y : array of float64, shape (n,)
        0 and 1, or standardised numbers when `continuous`.
    continuous : bool
    random_state : int
        Of the folds.
    clusters : array of int64, shape (n,), optional
        Rows of one cluster are predicted together.

    Returns
    -------
    array of float64, shape (n,)
        0..1, or the mean when `continuous`.

    Notes
    -----
    Ridge regression (logistic, or of a mean) of y on the straight columns, and an adaptive ridge on
    those and the curves, each with five penalties: of these ten the one that predicts best. A
    predictor of which the outlook is a U would else be told in part, among many that are straight,
    and what is left over would pass for a benefit that differs.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(600, 1))
    >>> bow = (x**2 - 1) / np.sqrt(2)
    >>> y = (rng.random(600) < np.where(np.abs(x[:, 0]) > 1, 0.8, 0.2)).astype(float)
    >>> risk = baseline_risk(x, bow, y)
    >>> bool(risk[np.abs(x[:, 0]) > 2].min() > 0.6)
    True
    """
    from threadpoolctl import threadpool_limits

    who = range(len(y)) if clusters is None else clusters.tolist()
    fold = assign_folds(quarters(y).tolist(), who, folds=_FOLDS, seed=random_state)
    with threadpool_limits(limits=1):
        found = _predictors(straight, y, fold, continuous=continuous, adaptive=False)
        bent = np.column_stack([straight, curves])
        if curves.size and bent.shape[1] <= len(y) * _MOST_COLUMNS:
            own = _predictors(bent, y, fold, continuous=continuous, adaptive=True)
            found = np.concatenate([found, own])
    loss = (y - found) ** 2 if continuous else np.logaddexp(0, found) - y * found
    best: FloatArray = found[int(np.argmin(loss.mean(axis=1)))]
    return best if continuous else expit(best)


def _predictors(
    design: FloatArray, y: FloatArray, fold: IntArray, *, continuous: bool, adaptive: bool
) -> FloatArray:
    """Return the linear predictors of the patients left out, shape (penalties, n).

    An adaptive ridge weighs the penalty by what a first fit found: small for columns that matter.
    """
    if design.shape[1] > len(y):
        # A ridge penalty does not change when axes are turned: n directions say all of p > n.
        vectors, sizes, _ = np.linalg.svd(design, full_matrices=False)
        design = vectors * sizes
    found = np.empty((len(_RIDGES), len(y)))
    inputs = np.column_stack([np.ones(len(y)), design])
    for k in range(_FOLDS):
        train, test = fold != k, fold == k
        weight, beta = np.ones(design.shape[1]), np.zeros(inputs.shape[1])
        if adaptive:
            beta = _ridge(inputs[train], y[train], _FIRST_RIDGE * weight, beta, continuous)
            squares = beta[1:] ** 2
            squares += _CONSTANT + squares.mean() / _HEAVIEST
            weight = squares.mean() / squares
        for c, ridge in enumerate(_RIDGES):
            beta = _ridge(inputs[train], y[train], ridge * weight, beta, continuous)
            found[c, test] = inputs[test] @ beta
    return found


def _ridge(
    design: FloatArray, y: FloatArray, penalty: FloatArray, start: FloatArray, continuous: bool
) -> FloatArray:
    weight = np.append(0.0, penalty)
    if not continuous:
        return ridge_logistic(design, y, weight, start=start)
    found = np.linalg.solve(design.T @ design + np.diag(weight), design.T @ y)
    return np.asarray(found, dtype=np.float64)
