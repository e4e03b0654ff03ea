"""Predictors that are nearly one and the same, drawn together: one at a time they hardly move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nxpredict.models._design import Group

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ALIKE = 0.9
"""Correlation, weighted by information, from which one coefficient holds another in its place."""

FAMILIES = ("main_value", "interaction_value")


@dataclass(frozen=True, slots=True)
class PairStep:
    """Two groups, with all of their common Gibbs step that depends on the expansion only.

    With H their block of the Hessian and V the prior covariance of one of the ``K * K`` pairs of
    grid values: posterior covariance M = (H + V^-1)^-1, and log marginal likelihood
    ``constant + score' M score / 2``.
    """

    places: tuple[int, int]
    columns: IntArray
    rows: FloatArray
    covariances: FloatArray
    factors: FloatArray
    constant: FloatArray


def pair_steps(groups: Sequence[Group], hessian: FloatArray, grid: FloatArray) -> list[PairStep]:
    """Return a step for every two groups of one family that are alike.

    Of more pairs than groups the most alike.

    Parameters
    ----------
    groups : sequence of Group
    hessian : ndarray, shape (p, p)
    grid : ndarray, shape (K,)
        Prior standard deviations.
    """
    owner = np.full(len(hessian), -1)
    for k, group in enumerate(groups):
        if group.family in FAMILIES:
            owner[group.columns] = k
    size = np.sqrt(np.diag(hessian))
    alike = np.triu(np.abs(hessian) > ALIKE * np.outer(size, size), 1)
    found: dict[tuple[int, int], float] = {}
    for left, right in np.argwhere(alike):
        places = (int(owner[left]), int(owner[right]))
        one = min(places) >= 0 and groups[places[0]].family == groups[places[1]].family
        if one and places[0] != places[1]:
            likeness = abs(float(hessian[left, right])) / float(size[left] * size[right])
            found[places] = max(found.get(places, 0.0), likeness)
    most_alike = sorted(found, key=lambda places: -found[places])[: len(groups)]
    return [_prepare(groups, places, hessian, grid) for places in most_alike]


def _prepare(
    groups: Sequence[Group], places: tuple[int, int], hessian: FloatArray, grid: FloatArray
) -> PairStep:
    first, second = (groups[place].columns for place in places)
    columns = np.concatenate([first, second])
    of_first, of_second = (part.ravel() for part in np.meshgrid(grid, grid, indexing="ij"))
    spread = np.concatenate(
        [
            np.repeat(of_first[:, None], len(first), 1),
            np.repeat(of_second[:, None], len(second), 1),
        ],
        axis=1,
    )
    precision = hessian[np.ix_(columns, columns)] + np.eye(len(columns)) * spread[:, None] ** -2.0
    covariances = np.linalg.inv(precision)
    factors = np.linalg.cholesky(covariances)
    volume = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    constant = volume - np.log(spread).sum(axis=1)
    return PairStep(places, columns, hessian[columns], covariances, factors, constant)


def visit_pair(
    step: PairStep,
    groups: Sequence[Group],
    coefficients: FloatArray,
    residual: FloatArray,
    weights: Mapping[str, FloatArray],
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """Draw two groups and their prior variances anew, in place; return which, per chain."""
    columns, family = step.columns, groups[step.places[0]].family
    old = coefficients[:, columns]
    score = residual[:, columns] + old @ step.rows[:, columns]
    common = np.log(weights[family])
    evidence = step.constant + 0.5 * np.einsum("cd,kde,ce->ck", score, step.covariances, score)
    evidence += (common[:, :, None] + common[:, None, :]).reshape(evidence.shape)
    chosen = (evidence - np.log(rng.standard_exponential(evidence.shape))).argmax(axis=1)
    middle = np.einsum("cde,ce->cd", step.covariances[chosen], score)
    noise = rng.standard_normal(score.shape)
    new = middle + np.einsum("cde,ce->cd", step.factors[chosen], noise)
    residual -= (new - old) @ step.rows
    coefficients[:, columns] = new
    size = common.shape[1]
    return chosen // size, chosen % size
