"""Two predictors together: the mean predicted difference at low and high values of both."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.explain._tables import DrawsResponses, Responder

FloatArray = NDArray[np.float64]
Value = float | str
QUARTILES = (0.25, 0.75)


def interaction_table(
    model: Responder,
    X: pd.DataFrame,
    background: pd.DataFrame,
    pair: tuple[str, str],
    contrast: tuple[str, str],
    *,
    level: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Return the partial dependence of a difference on two predictors, and what pairing adds.

    Parameters
    ----------
    model : Responder
        With `predict_draws` for intervals.
    X : DataFrame
        Typed patients, from whom low and high values are taken: the quartiles of numbers, the
        two ends of binaries, the two most frequent labels.
    background : DataFrame
        Rows over which everything else is averaged. What is missing there is filled evenly with
        what `X` knows: a draw's stand-in for a missing value is one patient's, and would not
        average out.
    pair : (str, str)
        Predictors.
    contrast : (arm, reference)
    level : float in (0, 1)
    random_state : int
        Decides which row is filled with which value.

    Returns
    -------
    DataFrame
        Its `attrs` name the pair. Five rows: `first` and `second` (values of the pair),
        `estimate`, `lower`, `upper` of the mean predicted difference at these values; the last
        row, with both values missing, is the
        interaction: the effect of the first at the high value of the second minus its effect at
        the low one.
    """
    corners = list(product(_ends(X[pair[0]]), _ends(X[pair[1]])))
    arms = [str(arm) for arm in model.predict_response(background.head(1)).columns]
    weights = np.array([(arm == contrast[0]) - (arm == contrast[1]) for arm in arms], dtype=float)
    rng = np.random.default_rng(random_state)
    known = background.apply(lambda column: _filled(column, X[column.name].dropna(), rng))
    tables = [known.assign(**{pair[0]: a, pair[1]: b}) for a, b in corners]
    found = _differences(model, pd.concat(tables, ignore_index=True), weights)
    means = found.reshape(len(found), len(corners), -1).mean(axis=2)
    crossing = means[:, 3] - means[:, 2] - means[:, 1] + means[:, 0]
    numbers = np.column_stack([means, crossing])
    lower, upper = np.quantile(numbers[1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
    estimate = numbers[0]
    table = pd.DataFrame(
        {
            "first": pd.Series([*(c[0] for c in corners), None], dtype=object),
            "second": pd.Series([*(c[1] for c in corners), None], dtype=object),
            "estimate": estimate,
            "lower": np.minimum(lower, estimate),
            "upper": np.maximum(upper, estimate),
        }
    )
    table.attrs = {"first": pair[0], "second": pair[1]}
    return table


def _differences(model: Responder, table: pd.DataFrame, weights: FloatArray) -> FloatArray:
    """Return the deployed difference of each row, then the same under each draw, (1 + S, n)."""
    deployed = np.asarray(model.predict_response(table), dtype=np.float64) @ weights
    if not isinstance(model, DrawsResponses):
        return np.stack([deployed, np.full_like(deployed, np.nan)])
    return np.concatenate([deployed[None], model.predict_draws(table) @ weights])


def _filled(column: pd.Series, known: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Fill gaps with values evenly spread over the known ones, in random order."""
    gaps = np.flatnonzero(column.isna())
    if not len(gaps) or known.empty:
        return column
    spread = ((np.arange(len(gaps)) + 0.5) / len(gaps) * len(known)).astype(int)
    values = known.sort_values().to_numpy()[rng.permutation(spread)]
    filled = column.copy()
    filled.iloc[gaps] = values
    return filled


def _ends(column: pd.Series) -> tuple[Value, Value]:
    given = column.dropna()
    if pd.api.types.is_numeric_dtype(column):
        found = sorted(given.unique().tolist())
        if len(found) > 2:
            return float(given.quantile(QUARTILES[0])), float(given.quantile(QUARTILES[1]))
        return float(found[0]), float(found[-1])
    labels = given.value_counts().index
    return str(labels[0]), str(labels[min(1, len(labels) - 1)])
