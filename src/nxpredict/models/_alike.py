"""Predictors that are nearly one and the same, drawn together: one at a time they hardly move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nxpredict.models._design import Group
from nxpredict.models._inplace import subtract_product

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ALIKE = 0.9
"""Correlation, weighted by information, from which one coefficient holds another in its place."""

PARTNERS = 2
MOST_STEPS = 64
"""Of a group, and of all: each costs as much as some visits of single groups."""

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
    """Return a step for groups of one family that are alike; the most alike, where many are.

    Parameters
    ----------
    groups : sequence of Group
    hessian : ndarray, shape (p, p)
    grid : ndarray, shape (K,)
        Prior standard deviations.
    """
    mine = [k for k, group in enumerate(groups) if group.family in FAMILIES]
    columns = np.concatenate([groups[k].columns for k in mine] or [np.empty(0, dtype=np.int64)])
    owner = np.repeat(mine, [len(groups[k].columns) for k in mine])
    block = np.abs(hessian[np.ix_(columns, columns)])
    size = np.sqrt(np.diag(block))
    found: dict[tuple[int, int], float] = {}
    for left, right in np.argwhere(np.triu(block > ALIKE * np.outer(size, size), 1)):
        places = (int(owner[left]), int(owner[right]))
        one = groups[places[0]].family == groups[places[1]].family
        if one and places[0] != places[1]:
            likeness = float(block[left, right] / (size[left] * size[right]))
            found[places] = max(found.get(places, 0.0), likeness)
    chosen: list[tuple[int, int]] = []
    partners: Counter[int] = Counter()
    for places in sorted(found, key=lambda places: -found[places]):
        if max(partners[place] for place in places) < PARTNERS and len(chosen) < MOST_STEPS:
            chosen.append(places)
            partners.update(places)
    return [_prepare(groups, places, hessian, grid) for places in chosen]


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
    fit = (score.T * (step.covariances @ score.T)).sum(axis=1)
    evidence = step.constant + 0.5 * fit.T
    evidence += (common[:, :, None] + common[:, None, :]).reshape(evidence.shape)
    chosen = (evidence - np.log(rng.standard_exponential(evidence.shape))).argmax(axis=1)
    middle = np.einsum("cde,ce->cd", step.covariances[chosen], score)
    noise = rng.standard_normal(score.shape)
    new = middle + np.einsum("cde,ce->cd", step.factors[chosen], noise)
    subtract_product(residual, new - old, step.rows)
    coefficients[:, columns] = new
    size = common.shape[1]
    return chosen // size, chosen % size
