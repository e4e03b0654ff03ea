"""Logistic regression for judging predictions, not for making them."""

from __future__ import annotations

import numpy as np

from nxpredict.evaluation._numbers import FloatArray, IntArray

_TINY_RIDGE = 1e-8


def logit(p: FloatArray) -> FloatArray:
    """Return the log odds, probabilities kept within 1e-6 of 0 and 1.

    Examples
    --------
    >>> logit(np.array([0.5])).tolist()
    [0.0]
    """
    inside = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)


def expit(x: FloatArray) -> FloatArray:
    """Return the probability that belongs to log odds `x`."""
    from scipy.special import expit as inverse

    return np.asarray(inverse(x), dtype=np.float64)


def fit_logistic(
    design: FloatArray,
    y: FloatArray,
    *,
    offset: FloatArray | None = None,
    clusters: IntArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return maximum-likelihood coefficients and their robust (sandwich) covariance.

    Parameters
    ----------
    design : array of float64, shape (n, k)
    y : array of float64 in {0, 1}, shape (n,)
    offset : array of float64, shape (n,), optional
    clusters : array of int64, shape (n,), optional
        Rows of one cluster enter the sandwich as one.

    Notes
    -----
    Covariance A^-1 B A^-1 with A
    the information and B the sum of squared scores, times G / (G - 1) (White 1980; Liang & Zeger
    1986). A ridge of 1e-8 keeps separated data finite.
    """
    shift = np.zeros(len(y)) if offset is None else offset
    ridge = np.full(design.shape[1], _TINY_RIDGE * len(y))
    beta = ridge_logistic(design, y, ridge, offset=shift)
    p = expit(shift + design @ beta)
    information = design.T @ (design * (p * (1 - p))[:, None]) + np.diag(ridge)
    inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
    return beta, sandwich(inverse, design * (y - p)[:, None], clusters)


def ridge_logistic(
    design: FloatArray,
    y: FloatArray,
    ridge: FloatArray,
    *,
    offset: FloatArray | None = None,
    start: FloatArray | None = None,
) -> FloatArray:
    """Return the coefficients b that minimise -log likelihood + sum(ridge b^2) / 2.

    Parameters
    ----------
    design : array of float64, shape (n, k)
    y : array of float64 in {0, 1}, shape (n,)
    ridge : array of float64, shape (k,)
    offset : array of float64, shape (n,), optional
    start : array of float64, shape (k,), optional

    Notes
    -----
    Newton steps, halved while they do not improve.
    """
    shift = np.zeros(len(y)) if offset is None else offset
    beta = np.zeros(design.shape[1]) if start is None else start

    def loss(b: FloatArray) -> float:
        eta = shift + design @ b
        return float(np.sum(np.logaddexp(0.0, eta) - y * eta) + 0.5 * ridge @ b**2)

    current = loss(beta)
    for _ in range(50):
        p = expit(shift + design @ beta)
        gradient = design.T @ (y - p) - ridge * beta
        information = design.T @ (design * (p * (1 - p))[:, None]) + np.diag(ridge)
        step = np.linalg.solve(information, gradient)
        scale = 1.0
        while (new := loss(beta + scale * step)) > current + 1e-12 and scale > 1e-4:
            scale /= 2
        beta = beta + scale * step
        if abs(current - new) < 1e-10 * (1 + abs(new)):
            break
        current = new
    return np.asarray(beta, dtype=np.float64)


def sandwich(inverse: FloatArray, scores: FloatArray, clusters: IntArray | None) -> FloatArray:
    """Return the robust covariance: `inverse` is that of the information, `scores` are by row."""
    if clusters is not None:
        scores = np.stack([np.bincount(clusters, weights=s) for s in scores.T], axis=1)
        scores = scores[np.unique(clusters)]
    count = len(scores)
    return np.asarray(inverse @ (scores.T @ scores) @ inverse * count / max(count - 1, 1))
