"""Which products of two predictors are worth a place in the model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nxpredict.features import EncodedTable, Pairs, TableEncoder
from nxpredict.models._design import ArmDesign, model_inputs
from nxpredict.models._likelihood import Likelihood
from nxpredict.models._sampler import ridge_mode

FloatArray = NDArray[np.float64]

IDLE_SHARE = 0.01
"""Share of the log-odds' scatter, and of the arms' differences in it, that may be let go."""


def choose_pairs(
    encoder: TableEncoder,
    encoded: EncodedTable,
    arm: NDArray[np.int64],
    likelihood: Likelihood,
    layout: ArmDesign,
    limit: int,
) -> tuple[Pairs, int]:
    """Return the products whose score tests, given a model without products, are largest.

    And how many were left out: whoever learns how rare an effect of a product is has to count
    them as well.

    The score of a product is tested twice: on the response, and on the difference between
    arms (Rao 1948, Proc Camb Phil Soc 44:50); the larger one counts. Products of two columns
    of one predictor are left out. Of a product beyond the `limit`, next to nothing would be
    learned anyway.
    """
    if layout.structure == "average" or limit == 0:
        return Pairs.none(), 0
    design = layout.matrix(model_inputs(encoded), arm)
    predictor = design @ ridge_mode(design, likelihood, layout.groups())
    residual, weight = likelihood.score(predictor), likelihood.weights(predictor)
    factors = [np.ones_like(predictor)]
    if layout.structure == "interactions":
        factors += list(layout.contrasts[arm].T)
    values = encoded.values
    squares = values**2
    scores = np.zeros((values.shape[1], values.shape[1]))
    for factor in factors:
        top = values.T @ (values * (factor * residual)[:, None])
        bottom = squares.T @ (squares * (factor**2 * weight)[:, None])
        scores = np.maximum(scores, top**2 / np.maximum(bottom, 1e-9))
    source = encoder.source_codes_
    left, right = np.triu_indices(len(source), 1)
    possible = source[left] != source[right]
    left, right = left[possible], right[possible]
    best = np.sort(np.argsort(-scores[left, right], kind="stable")[:limit])
    return Pairs(left[best], right[best]), len(left) - len(best)


def busy_pairs(slopes: FloatArray, first: int) -> NDArray[np.int64]:
    """Return which products to keep: all but those that together do next to nothing.

    Parameters
    ----------
    slopes : ndarray, shape (A, S, inputs)
        Draws; inputs have a standard deviation of about 1, so that squares add up to variances.
    first : int
        The first product among the inputs.

    Returns
    -------
    ndarray of int64
        Counted from `first`, ascending. Without the others neither the predictor nor the arms'
        differences lose more than `IDLE_SHARE` of their mean square.
    """
    middle = slopes.mean(axis=0)
    share = np.zeros(slopes.shape[2] - first)
    for part in (middle[None], slopes - middle):
        square = (part**2).mean(axis=(0, 1))
        share = np.maximum(share, square[first:] / max(float(square.sum()), 1e-12))
    order = np.argsort(share, kind="stable")
    idle = int(np.searchsorted(np.cumsum(share[order]), IDLE_SHARE, side="right"))
    return np.sort(order[idle:])
