"""Compare one prediction with the truth; README.md has the formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from patients import Array
from prediction import LEVEL, Prediction

HARM = 0.01
STATED = 0.90
FEWEST = 50  # patients for a measure of a part of them

Line = dict[str, float | int | str | None]


def measure(found: Prediction, X: pd.DataFrame, p: Array) -> Line:
    """Return every measure of one method in one cohort of new patients."""
    if not np.isfinite(found.benefit).all():
        raise ValueError("a method predicted a benefit that is not finite")
    true = p[:, 1] - p[:, 0]
    gaps = X.isna().any(axis=1).to_numpy()
    return (
        _rule(found.benefit, p)
        | _size(found.benefit, true)
        | _parts(found, true, gaps)
        | _preferences(found.prob_better, true)
        | {"arm_rmse": None if found.p is None else _root_mean_square(found.p - p)}
    )


def _rule(benefit: Array, p: Array) -> Line:
    """Value of giving each patient the arm predicted better; a tie is settled by a coin."""
    given = np.select([benefit > 0, benefit < 0], [p[:, 1], p[:, 0]], p.mean(axis=1)).mean()
    best, single = p.max(axis=1).mean(), p.mean(axis=0).max()
    return {
        "value": given,
        "best": best,
        "better_single": single,
        "regret": best - given,
        "prize": best - single,
        "harm": int(given < single - HARM),
    }


def _size(benefit: Array, true: Array) -> Line:
    covariance = float(np.cov(true, benefit)[0, 1])
    variance = float(benefit.var(ddof=1))
    return {
        "pehe": _root_mean_square(benefit - true),
        "true_sd": float(true.std()),
        "covariance": covariance,
        "variance": variance,
        "slope": covariance / variance if variance > 1e-12 else None,
        "mean_error": float((benefit - true).mean()),
        "mean_true": float(true.mean()),
    }


def _parts(found: Prediction, true: Array, gaps: NDArray[np.bool_]) -> Line:
    """Return interval measures for all, for the largest true benefits, and by missingness."""
    everyone = np.ones(len(true), dtype=bool)
    largest = np.zeros(len(true), dtype=bool)
    if true.std() > 1e-6:
        largest[np.argsort(-np.abs(true), kind="stable")[: len(true) // 4]] = True
    parts = {"": everyone, "_largest": largest, "_gaps": gaps, "_complete": ~gaps}
    line: Line = {"gaps": float(gaps.mean())}
    for name, part in parts.items():
        line |= {f"{key}{name}": value for key, value in _intervals(found, true, part).items()}
    for name in ("_gaps", "_complete"):
        part = parts[name]
        error = found.benefit[part] - true[part]
        line[f"pehe{name}"] = _root_mean_square(error) if part.sum() >= FEWEST else None
    return line


def _intervals(found: Prediction, true: Array, part: NDArray[np.bool_]) -> Line:
    if found.lower is None or found.upper is None or part.sum() < FEWEST:
        return {"coverage": None, "width": None, "winkler": None}
    lower, upper, target = found.lower[part], found.upper[part], true[part]
    outside = np.maximum(lower - target, 0) + np.maximum(target - upper, 0)
    return {
        "coverage": float((outside == 0).mean()),
        "width": float((upper - lower).mean()),
        "winkler": float((upper - lower + 2 / (1 - LEVEL) * outside).mean()),
    }


def _preferences(prob_better: Array | None, true: Array) -> Line:
    if prob_better is None:
        return {"stated": None, "stated_right": None}
    second, first = prob_better >= STATED, prob_better <= 1 - STATED
    right = (second & (true > 0)) | (first & (true < 0))
    return {"stated": int((first | second).sum()), "stated_right": int(right.sum())}


def _root_mean_square(values: Array) -> float:
    return float(np.sqrt((values**2).mean()))
