"""Whether the benefit differs between patients beyond what baseline risk alone gives.

A score test that needs no effect model: nothing about the benefit is fitted, so nothing has to be
held out. `docs/verdict.md` has its measured type I error and power.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nxpredict.evaluation._baseline_risk import baseline_risk
from nxpredict.evaluation._numbers import FloatArray, IntArray
from nxpredict.features import TableEncoder, as_typed

_DRAWS = 2000
_BLOCKS = 20
"""Draws are made in blocks, so that memory does not grow with patients times draws."""
_CONSTANT = 1e-8


@dataclass(frozen=True, slots=True)
class HeterogeneityTest:
    """What the score test found for one contrast.

    Attributes
    ----------
    p : float
        P-value of the combined test, 0..1.
    p_many, p_single : float
        P-values of its two parts: many small modifiers, one strong modifier.
    """

    p: float
    p_many: float
    p_single: float


def heterogeneity_test(
    X: pd.DataFrame,
    y: FloatArray,
    treated: FloatArray,
    propensity: FloatArray,
    *,
    nuisance: Sequence[str] = (),
    clusters: IntArray | None = None,
    continuous: bool = False,
    weights: FloatArray | None = None,
    random_state: int = 0,
) -> HeterogeneityTest:
    """Test that the benefit is a function of baseline risk alone.

    Parameters
    ----------
    X : DataFrame, shape (n, predictors)
        Missing values are taken as the mean.
    y : array of float64, shape (n,)
        0 and 1, or numbers when `continuous`.
    treated : array of float64 in {0, 1}, shape (n,)
        1 for the arm, 0 for the reference.
    propensity : array of float64, shape (n,)
        P(treated) given the predictors.
    nuisance : sequence of str
        Columns along which the benefit may differ under the null (ancestry); they are adjusted
        for, not tested.
    clusters : array of int64, shape (n,), optional
    weights : array of float64, shape (n,), optional
        Positive; every sum over patients then carries them, as in another population.
    random_state : int

    Returns
    -------
    HeterogeneityTest

    Notes
    -----
    With m(x) the `baseline_risk` and u = treated - propensity, regress y - m on u g(x),
    g = (1, m, m^2, nuisance): the benefit under the null. It holds one risk difference for all, one
    risk ratio and, to second order, one odds ratio. With residual r, predictor j's score is
    U_j = sum_i u_i z_ij r_i, u z_j being freed of u g. Two statistics: sum_j (U_j / s_j)^2 over
    predictors (a variance component test, as SKAT: Wu et al. 2011) and max_j abs(U_j / s_j) over
    predictors and their curves. Both are compared with the same 2,000 Rademacher draws
    U_j* = sum_i xi_i u_i z_ij r_i (a wild bootstrap; one xi a cluster), and the smaller of the two
    p-values is itself compared with its draws, so that taking the smaller costs what it should.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X, treated = pd.DataFrame({"age": rng.normal(size=400)}), np.tile([0.0, 1.0], 200)
    >>> y = np.where((treated == 1) & (X["age"] > 0), 1.0, rng.random(400) < 0.3)
    >>> heterogeneity_test(X, y, treated, np.full(400, 0.5)).p < 0.01
    True
    """
    frame = as_typed(X)
    encoder = TableEncoder().fit_typed(frame)
    encoded = encoder.encode(frame)
    held = np.isin(np.array(encoder.sources_, dtype=object), list(nuisance))
    if continuous:
        y = (y - y.mean()) / y.std()
    straight = np.column_stack([encoded.values, encoded.indicators])
    risk = baseline_risk(
        straight,
        encoded.curves,
        y,
        continuous=continuous,
        random_state=random_state,
        clusters=clusters,
    )
    centred = risk - risk.mean()
    g = np.column_stack([np.ones(len(y)), centred, centred**2, encoded.values[:, held]])
    lines, curves = encoded.values[:, ~held], encoded.curves[:, ~held[encoder.curves_.sources]]
    root = np.ones(len(y)) if weights is None else np.sqrt(weights / weights.mean())
    u, outcome = root * (treated - propensity), root * (y - risk)
    return _score_test(lines, curves, g, outcome, u, clusters, random_state)


def _score_test(
    lines: FloatArray,
    curves: FloatArray,
    g: FloatArray,
    outcome: FloatArray,
    u: FloatArray,
    clusters: IntArray | None,
    random_state: int,
) -> HeterogeneityTest:
    basis = _orthonormal(u[:, None] * g)
    free = np.maximum(1 - np.sum(basis**2, axis=1), _CONSTANT)
    residual = (outcome - basis @ (basis.T @ outcome)) / np.sqrt(free)
    tested = u[:, None] * np.column_stack([lines, curves])
    tested = tested - basis @ (basis.T @ tested)
    varies = tested.std(axis=0) > _CONSTANT
    straight = (np.arange(tested.shape[1]) < lines.shape[1])[varies]
    if not straight.any():
        return HeterogeneityTest(float("nan"), float("nan"), float("nan"))
    part = tested[:, varies] * residual[:, None]
    if clusters is not None:
        part = np.stack([np.bincount(clusters, weights=column) for column in part.T], axis=1)
    rng = np.random.default_rng(random_state)
    sums = [part.sum(axis=0, keepdims=True)]
    for _ in range(_BLOCKS):
        signs = rng.integers(0, 2, size=(_DRAWS // _BLOCKS, len(part)), dtype=np.int8)
        sums.append((signs * 2.0 - 1.0) @ part)
    z = np.concatenate(sums) / np.sqrt(np.sum(part**2, axis=0))
    ranks = _upper_ranks(np.stack([np.sum(z[:, straight] ** 2, axis=1), np.abs(z).max(axis=1)]))
    smallest = ranks.min(axis=0)
    p = float(np.mean(smallest <= smallest[0]))
    return HeterogeneityTest(p, float(ranks[0, 0]), float(ranks[1, 0]))


def _orthonormal(columns: FloatArray) -> FloatArray:
    """Return an orthonormal basis of the columns, those that add nothing left out."""
    lengths = np.sqrt(np.sum(columns**2, axis=0))
    kept = columns[:, lengths > _CONSTANT] / lengths[lengths > _CONSTANT]
    vectors, sizes, _ = np.linalg.svd(kept, full_matrices=False)
    return np.asarray(vectors[:, sizes > _CONSTANT])


def _upper_ranks(statistics: FloatArray) -> FloatArray:
    """Return for each value the share of its row that is at least as large (itself included)."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(-statistics, method="max", axis=1) / statistics.shape[1])
