"""What a model may remember of its cohort without remembering a patient.

Every number kept is an average over at least five of at least ten patients, or a level that at
least ten share: the smallest cell that cohort reports show, too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from nxpredict.cohort import PredictorSpec, Schema
from nxpredict.study import SMALLEST_CELL

OTHER = "other"


def make_background(
    X: pd.DataFrame, schema: Schema, n: int = 200, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw reference patients for Shapley values, none of whom exists.

    A continuous predictor becomes a quantile grid: its sorted values are cut into steps of at least
    ten patients, and a step is the mean of its middle half, which an extreme value cannot move.
    Other predictors keep the levels that at least ten patients share; rarer labels are pooled as
    ``other``. Columns are drawn independently, so that no row is anybody's, and as evenly as `n`
    allows. Missing values appear at their rate in the cohort.

    Parameters
    ----------
    X : DataFrame of shape (n_patients, n_predictors)
        Typed predictors of the cohort.
    schema : Schema
        Says which columns are predictors, and their kinds.
    n : int
        Rows to draw.
    rng : numpy.random.Generator
        Source of the drawing order.

    Returns
    -------
    DataFrame of shape (n, n_predictors)
        Typed like `X`; columns with the role ``predictor`` only.

    Examples
    --------
    >>> age = PredictorSpec("age", "Age", "clinical", "continuous", column="age")
    >>> X, schema = pd.DataFrame({"age": np.arange(100.0)}), Schema("id", (age,))
    >>> drawn = make_background(X, schema, 20, rng=np.random.default_rng(0))
    >>> len(drawn), sorted(set(drawn["age"]))[:3]
    (20, [4.5, 14.5, 24.5])
    """
    specs = [spec for spec in schema.predictors if spec.role == "predictor"]
    return pd.DataFrame({spec.name: _draw(X[spec.name], spec, n, rng) for spec in specs})


def make_ranges(X: pd.DataFrame, schema: Schema) -> dict[str, tuple[float, float]]:
    """Return the training range of each numeric predictor, from its 1st to its 99th percentile.

    No single patient's value is kept: a continuous percentile is the mean of the middle half of the
    lowest (highest) 2 % of values, of ten patients at least, so with fewer than 500 patients the
    range is a little narrower than its name. A range of levels ends where at least ten patients
    are on or beyond the level. A predictor seen in fewer than twenty patients has no range.

    Parameters
    ----------
    X : DataFrame
        Typed predictors of the cohort.
    schema : Schema
        Says which columns are predictors, and their kinds.

    Returns
    -------
    dict of str to (float, float)
        Lowest and highest value in the unit of the predictor.

    Examples
    --------
    >>> age = PredictorSpec("age", "Age", "clinical", "continuous", column="age")
    >>> make_ranges(pd.DataFrame({"age": np.arange(100.0)}), Schema("id", (age,)))
    {'age': (4.5, 94.5)}
    """
    ranges = {}
    for spec, values in well_seen(X, schema):
        if spec.kind != "categorical":
            ordered = np.sort(values.to_numpy(dtype=float))
            ranges[spec.name] = (_end(ordered, spec.kind), _end(ordered[::-1], spec.kind))
    return ranges


def well_seen(X: pd.DataFrame, schema: Schema) -> Iterator[tuple[PredictorSpec, pd.Series]]:
    """Give the predictors of a model that twenty patients or more have, with their values."""
    for spec in schema.predictors:
        values = X[spec.name].dropna()
        if spec.role == "predictor" and len(values) >= 2 * SMALLEST_CELL:
            yield spec, values


def _end(ordered: npt.NDArray[np.float64], kind: str) -> float:
    """Return the percentile at the start of `ordered`."""
    if kind != "continuous":
        return float(ordered[SMALLEST_CELL - 1])
    group = max(SMALLEST_CELL, round(0.02 * len(ordered)))
    return _middle_mean(ordered[:group])


def _middle_mean(values: npt.NDArray[np.float64]) -> float:
    return float(stats.trim_mean(values, 0.25))


def _draw(column: pd.Series, spec: PredictorSpec, n: int, rng: np.random.Generator) -> pd.Series:
    observed = column.dropna()
    drawn = np.full(n, np.nan, dtype=object)
    values, counts = level_counts(observed) if spec.kind != "continuous" else _steps(observed, n)
    if len(values):
        absent = len(column) - len(observed)
        n_absent = round(n * absent / len(column)) if absent >= SMALLEST_CELL else 0
        places = (np.arange(n - n_absent) + 0.5) / (n - n_absent)
        chosen = np.searchsorted(np.cumsum(counts) / counts.sum(), places)
        drawn[rng.permutation(n)[n_absent:]] = values[chosen]
    return pd.Series(drawn, dtype="str" if spec.kind == "categorical" else "float64")


def _steps(observed: pd.Series, n: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the averaged steps of a quantile grid, and the patients in each."""
    count = min(len(observed) // SMALLEST_CELL, n)
    if count == 0:
        return np.empty(0), np.empty(0, dtype=np.int64)
    ordered = np.sort(observed.to_numpy(dtype=float))
    sizes = np.array([len(step) for step in np.array_split(ordered, count)])
    return middle_means(ordered, count), sizes


def middle_means(ordered: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return the mean of the middle half of each of `count` steps of sorted values."""
    return np.array([_middle_mean(step) for step in np.array_split(ordered, count)])


def level_counts(observed: pd.Series) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Return the levels that enough patients share, rare labels pooled, and their counts."""
    counts = observed.value_counts().sort_index()
    rare = counts < SMALLEST_CELL
    kept = counts[~rare]
    if rare.any() and isinstance(observed.iloc[0], str):
        pooled = int(counts[rare].sum()) + int(kept.get(OTHER, 0))
        if pooled >= SMALLEST_CELL:
            kept = pd.concat([kept.drop(OTHER, errors="ignore"), pd.Series({OTHER: pooled})])
    return np.array(kept.index, dtype=object), np.array(kept, dtype=np.int64)
