"""The linear predictor of every draw taken apart into terms of one or two predictors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nxpredict.features import EncodedTable, Pairs, TableEncoder
from nxpredict.models._draws import ArmDraws

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Link = Literal["logit", "identity"]


@dataclass(frozen=True, slots=True)
class PredictorTerms:
    """A linear predictor as a weighted sum of products of two factors, each of one predictor.

    ``constants + ((factors[:, left] * factors[:, right]) @ weights)``, over the first axis of
    `weights`, are the linear predictors. A term of one predictor has the factor 1 beside it.

    Parameters
    ----------
    constants : ndarray of float64, shape (A, S)
    weights : ndarray of float64, shape (k, A, S)
    left, right : ndarray of int64, shape (k,)
        The factors that each term multiplies.
    sources : ndarray of int64, shape (f,)
        The column of the table that each factor is made of; -1 for the factor 1 and for what
        no column of the table changes.
    factors : ndarray of float64, shape (n, f)
    link : {"logit", "identity"}
        Whether the predictor is the log-odds of the response or its mean.

    Examples
    --------
    >>> first, second, factors = np.array([0]), np.array([1]), np.array([[1.0, 3.0]])
    >>> terms = PredictorTerms(
    ...     constants=np.array([[0.5]]), weights=np.array([[[2.0]]]), left=first, right=second,
    ...     sources=np.array([-1, 0]), factors=factors, link="identity")
    >>> terms.predictors().tolist(), terms.touching(0).tolist()
    ([[[6.5]]], [0])
    """

    constants: FloatArray
    weights: FloatArray
    left: IntArray
    right: IntArray
    sources: IntArray
    factors: FloatArray
    link: Link

    def predictors(self) -> FloatArray:
        """Return the linear predictors in every arm and draw, shape (n, A, S)."""
        products = self.factors[:, self.left] * self.factors[:, self.right]
        return self.constants + np.tensordot(products, self.weights, axes=1)

    def touching(self, column: int) -> IntArray:
        """Return the terms that change with a column of the table."""
        mine = self.sources == column
        return np.flatnonzero(mine[self.left] | mine[self.right])


def terms_of(
    draws: ArmDraws,
    encoded: EncodedTable,
    encoder: TableEncoder,
    names: Sequence[str],
    link: Link,
    scale: tuple[float, float],
) -> PredictorTerms:
    """Take the linear predictors of encoded patients apart, for a table with columns `names`.

    `scale` is the centre and the unit that the draws are measured in.

    A product that lacks a value counts by its gap (`Pairs.gaps`), which is the product with 1
    in place of what is missing, less the product with 0 there.
    """
    pairs = encoder.pairs_
    centre, unit = scale
    alone = [encoded.values, encoded.curves, encoded.indicators, encoded.missing]
    known = np.where(encoded.missing, 1.0, encoded.values)
    one = np.ones((len(known), 1))
    first_known = 1 + sum(part.shape[1] for part in alone)
    single = np.arange(1, first_known)
    return PredictorTerms(
        constants=centre + unit * draws.intercept,
        weights=unit * _weights(draws, pairs),
        left=np.concatenate([single, 1 + pairs.left, first_known + pairs.left]),
        right=np.concatenate([0 * single, 1 + pairs.right, first_known + pairs.right]),
        sources=_sources(encoder, list(names)),
        factors=np.concatenate([one, *alone, known], axis=1, dtype=np.float64),
        link=link,
    )


def _weights(draws: ArmDraws, pairs: Pairs) -> FloatArray:
    """Return the weights of single factors, products with 0 and products with 1 for missing."""
    slopes, products = np.split(draws.slopes, [draws.slopes.shape[2] - pairs.size], axis=2)
    missing, gaps = np.split(draws.missing, [draws.missing.shape[2] - pairs.size], axis=2)
    parts = [slopes, missing, products - gaps, gaps]
    return np.ascontiguousarray(np.moveaxis(np.concatenate(parts, axis=2), 2, 0))


def _sources(encoder: TableEncoder, names: list[str]) -> IntArray:
    """Return, for each factor, the place of its predictor among `names`; -1 where it has none."""
    values = encoder.sources_
    curves = [values[column] for column in encoder.curves_.sources]
    made_of = (*values, *curves, *encoder.indicator_columns_, *values, *values)
    place = {name: k for k, name in enumerate(names)}
    return np.array([-1, *(place.get(name, -1) for name in made_of)])
