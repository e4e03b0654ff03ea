"""Named streams of random numbers, and the copula that ties the clinical variables together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from nxpredict.synthetic._parameters import FloatArray, Variable


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return the stream of one purpose, so that adding a draw elsewhere never moves this one.

    Parameters
    ----------
    seed : int
        The scenario's seed.
    *names : str
        What the numbers are for, such as ``"cohort", "genotypes"``.

    Examples
    --------
    >>> bool(stream(1, "a").random() == stream(1, "a").random())
    True
    >>> bool(stream(1, "a").random() == stream(1, "b").random())
    False
    """
    entropy = [seed, *"/".join(names).encode()]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def correlation_matrix(names: Sequence[str], pairs: Mapping[tuple[str, str], float]) -> FloatArray:
    """Return the correlation matrix nearest to the pairs given; pairs not given are 0.

    Negative eigenvalues, which pairwise correlations from different sources may bring, are raised
    to a small positive number and the diagonal is scaled back to 1.

    Examples
    --------
    >>> correlation_matrix(["a", "b"], {("a", "b"): 0.5}).round(3).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    matrix = np.eye(len(names))
    position = {name: k for k, name in enumerate(names)}
    for (first, second), r in pairs.items():
        i, j = position[first], position[second]
        matrix[i, j] = matrix[j, i] = r
    values, vectors = np.linalg.eigh(matrix)
    if values.min() < 1e-6:
        matrix = (vectors * np.maximum(values, 1e-6)) @ vectors.T
        scale = np.sqrt(np.diag(matrix))
        matrix = matrix / np.outer(scale, scale)
    return np.asarray(matrix, dtype=np.float64)


def latent_normals(
    size: int,
    names: Sequence[str],
    pairs: Mapping[tuple[str, str], float],
    rng: np.random.Generator,
) -> FloatArray:
    """Draw correlated standard normals, shape (size, len(names))."""
    lower = np.linalg.cholesky(correlation_matrix(names, pairs))
    return np.asarray(rng.standard_normal((size, len(names))) @ lower.T, dtype=np.float64)


def quantile(variable: Variable, latent: FloatArray) -> FloatArray:
    """Turn latent normals into values of a numeric variable, not yet rounded.

    Examples
    --------
    >>> age = Variable("age", "normal", mean=46.0, sd=11.0, low=18.0, high=75.0)
    >>> quantile(age, np.array([-9.0, 0.0, 9.0])).round().tolist()
    [18.0, 46.0, 75.0]
    """
    u = special.ndtr(latent)
    if variable.distribution == "normal":
        value = _truncated_normal(u, variable.mean, variable.sd, variable.low, variable.high)
    elif variable.distribution == "lognormal":
        low, high = np.log(variable.low), np.log(variable.high)
        value = np.exp(_truncated_normal(u, np.log(variable.median), variable.log_sd, low, high))
    elif variable.distribution == "beta":
        value = variable.high * _beta(u, variable.mean / variable.high, variable.sd / variable.high)
    elif variable.distribution == "geometric":
        value = np.floor(np.log1p(-u) / np.log(variable.mean / (1.0 + variable.mean)))
        value = np.minimum(value, variable.high)
    else:
        raise ValueError(f"{variable.name}: no quantile for {variable.distribution!r}")
    if variable.tail:
        tail = variable.tail
        below = tail["low"] + (tail["high"] - tail["low"]) * u / tail["share"]
        value = np.where(u < tail["share"], below, value)
    return value


def level(variable: Variable, latent: FloatArray) -> NDArray[np.intp]:
    """Cut latent normals into the positions of the variable's levels, by their shares.

    Examples
    --------
    >>> smoker = Variable("smoker", "levels", levels=("no", "yes"), shares=(0.45, 0.55))
    >>> level(smoker, np.array([-2.0, 2.0])).tolist()
    [0, 1]
    """
    cuts = special.ndtri(np.cumsum(variable.shares)[:-1])
    return np.asarray(np.searchsorted(cuts, latent), dtype=np.intp)


def _truncated_normal(u: FloatArray, mean: float, sd: float, low: float, high: float) -> FloatArray:
    floor, ceiling = special.ndtr((np.array([low, high]) - mean) / sd)
    value = mean + sd * special.ndtri(floor + u * (ceiling - floor))
    return np.asarray(np.clip(value, low, high), dtype=np.float64)


def _beta(u: FloatArray, mean: float, sd: float) -> FloatArray:
    concentration = mean * (1.0 - mean) / sd**2 - 1.0
    shape = (mean * concentration, (1.0 - mean) * concentration)
    return np.asarray(special.betaincinv(*shape, u), dtype=np.float64)


def intercept_for(linear: FloatArray, mean: float) -> float:
    """Return the number that, added to `linear`, makes the mean of the logistic function `mean`.

    Examples
    --------
    >>> round(intercept_for(np.array([-1.0, 1.0]), 0.5), 6)
    0.0
    """

    def excess(a: float) -> float:
        return float(special.expit(a + linear).mean()) - mean

    return float(optimize.brentq(excess, -90.0, 90.0))
