"""Errors of what predictions pick out of patients whose other halves taught them."""

from __future__ import annotations

import numpy as np

from nxpredict.evaluation._numbers import FloatArray, IntArray, mean_and_error


def crossing(crossed: bool) -> float:
    """Return what the error of something that predictions picked out is multiplied by.

    Examples
    --------
    >>> crossing(False), round(crossing(True) ** 2, 6)
    (1.0, 2.0)
    """
    return float(np.sqrt(2.0)) if crossed else 1.0


def picked_mean(
    scores: FloatArray,
    weight: FloatArray,
    *,
    crossed: bool = True,
    clusters: IntArray | None = None,
) -> tuple[float, float]:
    """Return the mean of the scores that predictions picked out, and its standard error.

    Parameters
    ----------
    scores : array of float64, shape (n, k)
        Of k arms or contrasts.
    weight : array of float64, shape (n, k)
        How much each counts for a patient: 1 for the arm given, -1 for the one compared with.
    crossed : bool
        Whether the models that predicted learned from the other patients here (see `_benefit`).
    clusters : array of int64, shape (n,), optional
        Codes 0, 1, ... of rows that count as one.

    Notes
    -----
    Of v_i = sum_k w_ik s_ik, the predictions pick out c_i = sum_k (w_ik - mean w_k) (s_ik - mean
    s_k); the rest is what the same weights in any order would give. Where `crossed`, the variance
    of the mean of c counts once more.

    Examples
    --------
    >>> picked_mean(np.array([[0.0], [1.0]]), np.ones((2, 1)))
    (0.5, 0.5)
    """
    mean, error = mean_and_error(np.sum(weight * scores, axis=1), clusters)
    if not crossed:
        return mean, error
    picked = np.sum((weight - weight.mean(axis=0)) * (scores - scores.mean(axis=0)), axis=1)
    return mean, float(np.hypot(error, mean_and_error(picked, clusters)[1]))


def one_of(chosen: IntArray, arms: int) -> FloatArray:
    """Return 1 for the arm chosen and 0 for the others, shape (n, arms).

    Examples
    --------
    >>> one_of(np.array([1, 0]), 2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return np.asarray(np.eye(arms)[chosen])


def ties(benefit: FloatArray, fold: IntArray) -> IntArray:
    """Return equal codes for patients of one fold whose predicted benefit is the same.

    Examples
    --------
    >>> ties(np.array([0.1, 0.1, 0.1]), np.array([0, 0, 1])).tolist()
    [0, 0, 1]
    """
    # Rounded, for what is the same in a model may differ by the order of its sums.
    relative = np.round(benefit / max(float(np.abs(benefit).max(initial=0.0)), 1e-300), 9)
    _, codes = np.unique(np.column_stack([fold, relative]), axis=0, return_inverse=True)
    return np.asarray(codes, dtype=np.int64)


def shared(weight: FloatArray, tied: IntArray) -> FloatArray:
    """Return weights averaged over patients with the same code: no order of rows decides a tie.

    Examples
    --------
    >>> shared(np.array([1.0, 0.0, 1.0]), np.array([0, 0, 1])).tolist()
    [0.5, 0.5, 1.0]
    """
    return np.asarray((np.bincount(tied, weight) / np.bincount(tied))[tied])
