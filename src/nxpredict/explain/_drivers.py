"""What drives the predictions over a cohort: sizes, directions and shapes, no single patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from nxpredict.explain._explanation import Contributions, Explanation

FEW_VALUES = 6
"""Numbers with at most so many different values are shown value by value."""

GROUPS = 8
SMALLEST_GROUP = 15
"""Other numbers are cut at quantiles into so many groups, of so many patients at least."""

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Drivers:
    """Cohort-level drivers.

    Parameters
    ----------
    contrasts : dict of (arm, reference) to DataFrame
        One row a predictor, as of `driver_table`, for each difference between arms.
    outlook : DataFrame
        The same for the response probability whatever the arm.
    profiles : dict of (arm, reference) to DataFrame
        Mean contribution by value, as of `profile_table`, for each difference between arms.
    agreement : dict of (arm, reference) to DataFrame
        How the drivers of refits agree, as of `agreement_table`; empty when nothing was refitted.
    refits : int
        Their number.
    interactions : dict of (arm, reference) to DataFrame
        The two strongest together, as of `interaction_table`; empty when not asked for.
    """

    contrasts: dict[tuple[str, str], pd.DataFrame]
    outlook: pd.DataFrame
    profiles: dict[tuple[str, str], pd.DataFrame]
    agreement: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    refits: int = 0
    interactions: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)


def summarise_drivers(
    explanation: Explanation,
    X: pd.DataFrame,
    contrasts: Iterable[tuple[str, str]],
    *,
    level: float = 0.95,
) -> Drivers:
    """Summarise the explanation of a cohort.

    Parameters
    ----------
    explanation : Explanation
        Of the rows of `X`.
    X : DataFrame
        Typed patients, with the columns that were explained.
    contrasts : iterable of (arm, reference)
    level : float in (0, 1)
        Of the intervals, which need the model's draws.

    Returns
    -------
    Drivers

    Examples
    --------
    >>> X = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0]})
    >>> values = np.array([[[0.0], [0.1]], [[0.0], [0.1]], [[0.0], [0.3]], [[0.0], [0.3]]])
    >>> found = Explanation(("a", "b"), ("age",), values, np.zeros(2), method="exact", error=0.0)
    >>> drivers = summarise_drivers(found, X, [("b", "a")])
    >>> drivers.contrasts["b", "a"]["swing"].round(2).tolist()
    [0.2]
    """
    each = _each_draw(explanation)
    tables, profiles = {}, {}
    for arm, reference in contrasts:
        parts = explanation.contrast(arm, reference)
        draws = [d.contrast(arm, reference) for d in each]
        tables[arm, reference] = driver_table(parts, X, draws=draws, level=level)
        profiles[arm, reference] = profile_table(parts, X, draws=draws, level=level)
    outlook = driver_table(explanation.outlook(), X, draws=[d.outlook() for d in each], level=level)
    return Drivers(tables, outlook, profiles)


def driver_table(
    parts: Contributions,
    X: pd.DataFrame,
    *,
    draws: Iterable[Contributions] = (),
    level: float = 0.95,
) -> pd.DataFrame:
    """Return size and direction of each predictor's contribution, largest first.

    Parameters
    ----------
    parts : Contributions, of n patients
    X : DataFrame, n rows
    draws : iterable of Contributions
        The same by draw of the model; empty = no intervals.
    level : float in (0, 1)

    Returns
    -------
    DataFrame
        Index: predictors. `mean_absolute`: mean absolute contribution (probability), with
        `mean_absolute_lower` and `mean_absolute_upper` (NaN without draws); never below zero, so
        that only `swing` can tell a predictor from zero. `swing`: mean
        contribution where the value is high minus where it is low (`high` and `low` say what that
        is: above and up to the median, or two labels), with `lower` and `upper` (NaN without
        draws), `distinguishable` (the interval leaves zero out; NaN without draws) and
        `certainty`, the probability that the direction is right. Of more than two labels the two
        farthest apart are compared, and interval and certainty allow for having picked them
        (Bonferroni).

    Examples
    --------
    >>> X = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0]})
    >>> parts = Contributions(("age",), np.array([[-0.2], [-0.1], [0.1], [0.2]]), 0.0)
    >>> driver_table(parts, X)[["mean_absolute", "swing", "low", "high"]]
         mean_absolute  swing   low  high
    age           0.15    0.3  35.0  35.0
    """
    drawn = np.array([d.values for d in draws])
    rows = {}
    for j, name in enumerate(parts.names):
        low, high, names, pairs = _ends(X[name], parts.values[:, j])
        swing = _gap(parts.values[:, j], low, high)
        row: dict[str, object] = {
            **_size(parts.values[:, j], drawn[:, :, j] if len(drawn) else None, level),
            "swing": swing,
            "lower": np.nan,
            "upper": np.nan,
            "low": names[0],
            "high": names[1],
            "distinguishable": np.nan,
            "certainty": np.nan,
        }
        if len(drawn) and np.isfinite(swing):
            gaps = np.array([_gap(one[:, j], low, high) for one in drawn])
            row |= _sure(swing, float(gaps.std(ddof=1)), level, pairs)
        rows[name] = row
    frame = pd.DataFrame.from_dict(rows, orient="index")
    return frame.sort_values("mean_absolute", ascending=False, kind="stable")


def profile_table(
    parts: Contributions,
    X: pd.DataFrame,
    *,
    draws: Iterable[Contributions] = (),
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the mean contribution of each predictor by its value.

    Parameters
    ----------
    parts, X, draws, level
        As of `driver_table`.

    Returns
    -------
    DataFrame
        One row a predictor and group: `predictor`, `low`, `high` (equal: one value; else above
        `low` up to `high`, None where open; both None: not recorded), `n`, `middle` (mean value
        of the group, NaN for labels), `mean`, `lower`, `upper` (NaN without draws). Numbers of
        more than six values are cut at quantiles, so that no row is one patient's value.

    Examples
    --------
    >>> X = pd.DataFrame({"sex": [0.0, 1.0, 1.0, np.nan]})
    >>> parts = Contributions(("sex",), np.array([[-0.2], [0.1], [0.1], [0.0]]), 0.0)
    >>> profile_table(parts, X)[["low", "high", "n", "mean"]].values.tolist()
    [[0.0, 0.0, 1, -0.2], [1.0, 1.0, 2, 0.1], [None, None, 1, 0.0]]
    """
    drawn = np.array([d.values for d in draws])
    tails = [(1 - level) / 2, (1 + level) / 2]
    rows = []
    for j, name in enumerate(parts.names):
        for low, high, members in _groups(X[name]):
            mean = float(parts.values[members, j].mean())
            lower = upper = np.nan
            if len(drawn):
                ends = np.quantile(drawn[:, members, j].mean(axis=1), tails)
                lower, upper = min(ends[0], mean), max(ends[1], mean)
            middle = _middle(X[name][members])
            rows.append((name, low, high, int(members.sum()), middle, mean, lower, upper))
    columns = ["predictor", "low", "high", "n", "middle", "mean", "lower", "upper"]
    frame = pd.DataFrame(rows, columns=columns)
    ends_of_groups = [pd.Series([row[k] for row in rows], dtype=object) for k in (1, 2)]
    return frame.assign(low=ends_of_groups[0], high=ends_of_groups[1])


def _groups(column: pd.Series) -> Iterable[tuple[object, object, BoolArray]]:
    """Yield the ends and the members of the groups of a column's values, none of them empty."""
    missing = column.isna().to_numpy()
    values = column[~missing].unique().tolist()
    if len(values) <= FEW_VALUES or not pd.api.types.is_numeric_dtype(column):
        for value in sorted(values):
            yield value, value, (column == value).to_numpy()
    else:
        count = max(2, min(GROUPS, int((~missing).sum()) // SMALLEST_GROUP))
        cuts = sorted(set(column.quantile([k / count for k in range(1, count)]).tolist()))
        place = np.searchsorted(cuts, column.to_numpy(dtype=float))
        for k, (low, high) in enumerate(pairwise([None, *cuts, None])):
            if (members := (place == k) & ~missing).any():
                yield low, high, members
    if missing.any():
        yield None, None, missing


def _each_draw(explanation: Explanation) -> list[Explanation]:
    if explanation.draws is None:
        return []
    return [
        Explanation(
            explanation.arms, explanation.names, values, explanation.base, explanation.method, 0.0
        )
        for values in explanation.draws
    ]


def _size(values: FloatArray, drawn: FloatArray | None, level: float) -> dict[str, object]:
    """Return the mean absolute contribution and, with draws, its interval."""
    size = float(np.abs(values).mean()) if len(values) else 0.0
    lower = upper = np.nan
    if drawn is not None and len(values):
        tails = [(1 - level) / 2, (1 + level) / 2]
        ends = np.quantile(np.abs(drawn).mean(axis=1), tails)
        lower, upper = min(float(ends[0]), size), max(float(ends[1]), size)
    return {
        "mean_absolute": size,
        "mean_absolute_lower": lower,
        "mean_absolute_upper": upper,
    }


def _gap(values: FloatArray, low: BoolArray, high: BoolArray) -> float:
    if not low.any() or not high.any():
        return float("nan")
    return float(values[high].mean() - values[low].mean())


def _sure(swing: float, spread: float, level: float, pairs: int) -> dict[str, object]:
    """Return interval and certainty of a swing picked among so many pairs.

    By a normal distribution: with some hundred draws steadier than their own quantiles.
    """
    half = float(ndtri(1 - (1 - level) / 2 / pairs)) * spread
    if spread > 0:
        certainty = max(0.5, 1.0 - pairs * float(ndtr(-abs(swing) / spread)))
    else:
        certainty = 1.0 if swing else 0.5
    return {
        "lower": swing - half,
        "upper": swing + half,
        "distinguishable": bool(abs(swing) > half),
        "certainty": certainty,
    }


def _middle(values: pd.Series) -> float:
    return float(values.mean()) if pd.api.types.is_numeric_dtype(values) else float("nan")


def _ends(
    column: pd.Series, contribution: FloatArray
) -> tuple[BoolArray, BoolArray, tuple[object, object], int]:
    """Return who is low, who is high, what that means, and among how many pairs it was picked."""
    given = column.notna().to_numpy()
    nobody = np.zeros(len(column), dtype=bool)
    if not given.any():
        return nobody, nobody, (None, None), 1
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=float)
        found = np.unique(values[given])
        if len(found) == 2:
            ends = (float(found[0]), float(found[1]))
            return values == ends[0], values == ends[1], ends, 1
        middle = float(np.median(values[given]))
        if middle == found[-1]:
            middle = float(found[-2]) if len(found) > 1 else middle
        return given & (values <= middle), given & (values > middle), (middle, middle), 1
    mean = pd.Series(contribution[given]).groupby(column[given].to_numpy(dtype=object)).mean()
    least, most = mean.idxmin(), mean.idxmax()
    pairs = max(1, len(mean) * (len(mean) - 1) // 2)
    return (column == least).to_numpy(), (column == most).to_numpy(), (least, most), pairs
