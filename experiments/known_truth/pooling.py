"""Pool the lines of many cohorts; every measure is a ratio of two sums over cohorts.

Standard errors come from resampling cohorts within each generator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from patients import Array

COHORT = ["generator", "n", "repetition"]
RESAMPLES = 500
HETEROGENEOUS = 0.02  # least sd of the true benefit for the share of slopes that are right
NOTHING = 1e-9  # a sum below it is no denominator: where arms are equal there is no prize
Column = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class Ratio:
    """A measure: the sum of `top` over the sum of `bottom`, then `finish`."""

    top: Column
    bottom: Column
    finish: Callable[[Array], Array] = np.asarray


def _values(lines: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as numbers; NaN where no method offers it."""
    return lines.get(name, pd.Series(np.nan, index=lines.index)).astype(float)


def _column(name: str) -> Column:
    return lambda lines: _values(lines, name)


def _mean(name: str) -> Ratio:
    return Ratio(_column(name), lambda lines: _values(lines, name).notna().astype(float))


def _slope_right(lines: pd.DataFrame) -> pd.Series:
    right = _values(lines, "slope").between(0.67, 1.5)
    return right.astype(float).where(lines["true_sd"] >= HETEROGENEOUS)


def _stated_somewhere(lines: pd.DataFrame) -> pd.Series:
    return _values(lines, "stated").where(lines["true_sd"] + lines["mean_true"].abs() > 1e-6)


MEASURES: dict[str, Ratio] = {
    "gain": Ratio(_column("regret"), _column("prize"), lambda share: 1 - share),
    "regret": _mean("regret"),
    "harm": _mean("harm"),
    "pehe": _mean("pehe"),
    "pehe_ratio": Ratio(
        lambda lines: lines["pehe"] ** 2, lambda lines: lines["true_sd"] ** 2, np.sqrt
    ),
    "slope": Ratio(_column("covariance"), _column("variance")),
    "slope_right": Ratio(_slope_right, lambda lines: _slope_right(lines).notna().astype(float)),
    "mean_error": Ratio(
        lambda lines: lines["mean_error"] ** 2,
        lambda lines: lines["mean_error"].notna().astype(float),
        np.sqrt,
    ),
    **{
        f"{key}{part}": _mean(f"{key}{part}")
        for part in ("", "_largest", "_gaps", "_complete")
        for key in ("coverage", "width", "winkler")
    },
    "pehe_gaps": _mean("pehe_gaps"),
    "pehe_complete": _mean("pehe_complete"),
    "arm_rmse": _mean("arm_rmse"),
    "right_sign": Ratio(
        lambda lines: _values(lines, "stated_right").where(_stated_somewhere(lines).notna()),
        _stated_somewhere,
    ),
    "stated": _mean("stated"),
    "fit_seconds": _mean("fit_seconds"),
    "predict_seconds": _mean("predict_seconds"),
}


def check(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines, once it is sure that all methods saw the same cohorts.

    Raises
    ------
    ValueError
        If a cohort's truth differs between methods, or a line stands twice.
    """
    if lines.duplicated([*COHORT, "method"]).any():
        raise ValueError("a cohort stands twice for a method; remove one of the lines")
    truth = lines.groupby(COHORT)[["best", "better_single", "true_sd"]]
    spread = (truth.max() - truth.min()).max(axis=1)
    if (spread > 1e-4).any():
        raise ValueError(f"methods saw different cohorts: {list(spread[spread > 1e-4].index)[:3]}")
    return lines.sort_values([*COHORT, "method"], ignore_index=True)


def weights(cohorts: pd.DataFrame, seed: int = 1) -> Array:
    """Return how much each cohort counts: first row all once, then the resamples.

    Of k cohorts of a generator k - 1 are drawn, so that the spread is not understated; a single
    cohort has no spread (NaN).
    """
    rng = np.random.default_rng(seed)
    drawn = np.ones((1 + RESAMPLES, len(cohorts)))
    for _, part in cohorts.reset_index(drop=True).groupby("generator"):
        k = len(part)
        picked = rng.multinomial(k - 1, np.full(k, 1 / k), size=RESAMPLES)
        drawn[1:, part.index] = picked * (k / (k - 1)) if k > 1 else np.nan
    return drawn


def pooled(lines: pd.DataFrame, ratio: Ratio, drawn: Array) -> Array:
    """Return a measure for each row of weights; NaN where no cohort offers it."""
    top, bottom = (part(lines).to_numpy(dtype=float) for part in (ratio.top, ratio.bottom))
    known = np.isfinite(top) & np.isfinite(bottom)
    over = drawn[:, known] @ bottom[known]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(over > NOTHING, drawn[:, known] @ top[known] / over, np.nan)
        return ratio.finish(share)


def summary(lines: pd.DataFrame) -> dict[str, float]:
    """Return every measure of one method with its standard error."""
    drawn = weights(lines)
    row: dict[str, float] = {"cohorts": len(lines)}
    for name, ratio in MEASURES.items():
        found = pooled(lines, ratio, drawn)
        row[name] = float(found[0])
        row[f"{name}_se"] = _spread(found[1:])
    return row


def paired(ours: pd.DataFrame, peer: pd.DataFrame) -> dict[str, float]:
    """Return how ours differs from a peer on the cohorts that both have seen."""
    both = ours.merge(peer[COHORT], on=COHORT), peer.merge(ours[COHORT], on=COHORT)
    first, second = (part.sort_values(COHORT, ignore_index=True) for part in both)
    drawn = weights(first)
    row: dict[str, float] = {"cohorts": len(first)}
    for name in ("gain", "harm", "slope_right"):
        row |= _with_se(
            f"{name}_difference",
            pooled(first, MEASURES[name], drawn) - pooled(second, MEASURES[name], drawn),
        )
    for name in ("pehe_ratio", "winkler", "arm_rmse", "fit_seconds", "predict_seconds"):
        quotient = pooled(first, MEASURES[name], drawn) / pooled(second, MEASURES[name], drawn)
        row |= _with_se(f"{name.removesuffix('_ratio')}_quotient", quotient)
    return row


def _with_se(name: str, found: Array) -> dict[str, float]:
    return {name: float(found[0]), f"{name}_se": _spread(found[1:])}


def _spread(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.std(ddof=1)) if len(known) > 1 else float("nan")
