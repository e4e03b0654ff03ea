"""The doubly robust score: a number a patient and arm, behind every measure of benefit."""

from __future__ import annotations

import numpy as np

from nxpredict.evaluation._numbers import FloatArray, IntArray


def doubly_robust_scores(
    prediction: FloatArray, y: FloatArray, arm: IntArray, propensity: FloatArray
) -> FloatArray:
    """Return the augmented inverse-probability score of each patient under each arm.

    Parameters
    ----------
    prediction : array of float64, shape (n, arms)
        Out-of-fold P(response) under each arm.
    y : array of float64 in {0, 1}, shape (n,)
    arm : array of int64, shape (n,)
        Code of the arm received.
    propensity : array of float64, shape (n, arms)
        P(arm) given the predictors, known or estimated.

    Returns
    -------
    array of float64, shape (n, arms)

    Notes
    -----
    Gamma[i, a] = m_a(x_i) + 1{A_i = a} (y_i - m_a(x_i)) / e_a(x_i)   (Robins, Rotnitzky & Zhao
    1994).

    Its mean given x is P(response under a | x) when either m or e is right; e is right by design
    in a randomised trial, so m only sets the precision.

    Examples
    --------
    >>> p = np.array([[0.5, 0.5]])
    >>> doubly_robust_scores(p, np.array([1.0]), np.array([0]), p).tolist()
    [[1.5, 0.5]]
    """
    scores = prediction.copy()
    rows = np.arange(len(y))
    own = prediction[rows, arm]
    scores[rows, arm] += (y - own) / propensity[rows, arm]
    return scores
