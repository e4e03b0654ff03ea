"""What drives the predictions over a cohort: sizes, directions and shapes, no single patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.explain._explanation import Contributions, Explanation

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
    """

    contrasts: dict[tuple[str, str], pd.DataFrame]
    outlook: pd.DataFrame


def summarise_drivers(
    explanation: Explanation,
    X: pd.DataFrame,
    contrasts: Iterable[tuple[str, str]],
    *,
    level: float = 0.90,
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
    """
    of_draws = _each_draw(explanation)
    return Drivers(
        contrasts={
            (arm, reference): driver_table(
                explanation.contrast(arm, reference),
                X,
                draws=[d.contrast(arm, reference) for d in of_draws],
                level=level,
            )
            for arm, reference in contrasts
        },
        outlook=driver_table(
            explanation.outlook(), X, draws=[d.outlook() for d in of_draws], level=level
        ),
    )


def driver_table(
    parts: Contributions,
    X: pd.DataFrame,
    *,
    draws: Iterable[Contributions] = (),
    level: float = 0.90,
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
        Index: predictors. `mean_absolute`: mean absolute contribution (probability). `swing`: mean
        contribution where the value is high minus where it is low (`high` and `low` say what that
        is: above and up to the median, or two labels), with `lower` and `upper` (NaN without
        draws) and `distinguishable` (the interval leaves zero out; NaN without draws).

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
        low, high, names = _ends(X[name], parts.values[:, j])
        swing = _gap(parts.values[:, j], low, high)
        row: dict[str, object] = {
            "mean_absolute": float(np.abs(parts.values[:, j]).mean()) if len(X) else 0.0,
            "swing": swing,
            "lower": np.nan,
            "upper": np.nan,
            "low": names[0],
            "high": names[1],
            "distinguishable": np.nan,
        }
        if len(drawn) and np.isfinite(swing):
            gaps = [_gap(one[:, j], low, high) for one in drawn]
            tails = np.quantile(gaps, [(1 - level) / 2, (1 + level) / 2])
            lower, upper = min(tails[0], swing), max(tails[1], swing)
            row |= {
                "lower": lower,
                "upper": upper,
                "distinguishable": bool(lower > 0 or upper < 0),
            }
        rows[name] = row
    frame = pd.DataFrame.from_dict(rows, orient="index")
    return frame.sort_values("mean_absolute", ascending=False, kind="stable")


def _each_draw(explanation: Explanation) -> list[Explanation]:
    if explanation.draws is None:
        return []
    return [
        Explanation(
            explanation.arms, explanation.names, values, explanation.base, explanation.method, 0.0
        )
        for values in explanation.draws
    ]


def _gap(values: FloatArray, low: BoolArray, high: BoolArray) -> float:
    if not low.any() or not high.any():
        return float("nan")
    return float(values[high].mean() - values[low].mean())


def _ends(
    column: pd.Series, contribution: FloatArray
) -> tuple[BoolArray, BoolArray, tuple[object, object]]:
    """Return who is low, who is high, and what that means, leaving missing values out."""
    given = column.notna().to_numpy()
    nobody = np.zeros(len(column), dtype=bool)
    if not given.any():
        return nobody, nobody, (None, None)
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=float)
        found = np.unique(values[given])
        if len(found) == 2:
            return values == found[0], values == found[1], (float(found[0]), float(found[1]))
        middle = float(np.median(values[given]))
        if middle == found[-1]:
            middle = float(found[-2]) if len(found) > 1 else middle
        return given & (values <= middle), given & (values > middle), (middle, middle)
    mean = pd.Series(contribution[given]).groupby(column[given].to_numpy(dtype=object)).mean()
    least, most = mean.idxmin(), mean.idxmax()
    return (column == least).to_numpy(), (column == most).to_numpy(), (least, most)
