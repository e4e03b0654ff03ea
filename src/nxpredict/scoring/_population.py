"""How unlike the patients scored are to the cohort that made the model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from nxpredict.bundle import Bundle
from nxpredict.scoring._score import outside_range

Tally = dict[str, npt.NDArray[np.int64]]
"""By predictor: patients scored, missing, below and above the training range, and in each cell."""

SMALLEST = 100
"""Patients from which on distributions are compared."""
SHIFTED = 0.25
"""A population stability index that is called a shift (Siddiqi 2006, Credit Risk Scorecards)."""
CHANCE = 0.999
MORE_MISSING = 0.20
OUTSIDE = 0.10
INSIDE_BY_DESIGN = 0.02
"""Share of a like cohort outside the range, which leaves out the outermost hundredths."""
RAREST = 0.01
"""A predictor that nobody lacked in training may still be missing in so many by chance."""
_FLOOR = 1e-4
_DIGITS = 4
_HEAD = 4


def tally(X: pd.DataFrame, scored: npt.NDArray[np.bool_], bundle: Bundle) -> Tally:
    """Count the patients of a block that are scored; sums of tallies are tallies."""
    known = X.columns
    X = X[scored] if not scored.all() else X
    X = X.reindex(columns=[*known, *(name for name in bundle.inputs if name not in known)])
    outside = outside_range(X, bundle)
    beyond = {name: outside[:, k] for k, name in enumerate(bundle.ranges)}
    counts: Tally = {}
    for name in bundle.inputs:
        head = np.zeros(_HEAD, dtype=np.int64)
        head[:2] = len(X), X[name].isna().sum()
        if name in beyond:
            low = X[name].to_numpy(dtype=np.float64) < bundle.ranges[name][0]
            head[2:] = (beyond[name] & low).sum(), (beyond[name] & ~low).sum()
        distribution = bundle.distributions.get(name)
        counts[name] = head
        if distribution is not None:
            counts[name] = np.append(head, distribution.count(X[name]))
    return counts


def add(one: Mapping[str, Any], other: Mapping[str, Any]) -> Tally:
    """Return the sum of two tallies, either of which may be empty."""
    names = dict.fromkeys([*one, *other])
    return {name: np.asarray(one.get(name, 0)) + np.asarray(other.get(name, 0)) for name in names}


def stability_index(before: npt.NDArray[np.float64], now: npt.NDArray[np.float64]) -> float:
    """Return the population stability index of two distributions over the same cells.

    The sum of ``(now - before) * log(now / before)`` over shares, none taken as less than 0.0001.

    Examples
    --------
    >>> round(stability_index(np.array([0.5, 0.5]), np.array([0.6, 0.4])), 4)
    0.0405
    """
    a, b = np.maximum(before, _FLOOR), np.maximum(now, _FLOOR)
    return float(((b - a) * np.log(b / a)).sum())


def population_facts(counts: Tally, bundle: Bundle) -> dict[str, Any]:
    """Compare the patients scored with the cohort, predictor by predictor.

    Parameters
    ----------
    counts : dict
        The sum of all tallies.
    bundle : Bundle

    Returns
    -------
    dict
        ``patients``, ``predictors`` (name -> ``psi``, ``psi_by_chance``: exceeded once in a
        thousand by samples of these sizes from one population; ``missing``, ``missing_training``,
        ``below_range``, ``above_range``: shares) and ``warnings``.
    """
    n = max((int(found[0]) for found in counts.values()), default=0)
    predictors = {name: _facts(name, found, bundle) for name, found in counts.items() if n}
    return {"patients": n, "predictors": predictors, "warnings": _warnings(predictors, n)}


def _facts(name: str, counts: npt.NDArray[np.int64], bundle: Bundle) -> dict[str, float | None]:
    n, missing, below, above = (int(number) for number in counts[:_HEAD])
    before = bundle.training.get("missing", {}).get(name)
    facts: dict[str, float | None] = {
        "psi": None,
        "psi_by_chance": None,
        "missing": _share(missing, n),
        "missing_training": before,
        "below_range": _share(below, n),
        "above_range": _share(above, n),
    }
    distribution, seen = bundle.distributions.get(name), n - missing
    if distribution is not None and seen >= SMALLEST:
        now = counts[_HEAD:] / seen
        facts["psi"] = round(stability_index(np.array(distribution.shares), now), _DIGITS)
        trained = bundle.training["n"] * (1 - (before or 0.0))
        # Yurdakul (2018): without a shift the index is chi-squared times (1/n + 1/m).
        spread = float(stats.chi2.ppf(CHANCE, max(len(now) - 1, 1)))
        facts["psi_by_chance"] = round(spread * (1 / seen + 1 / max(trained, 1)), _DIGITS)
    return facts


def _share(count: int, n: int) -> float:
    return round(count / n, _DIGITS)


def _warnings(predictors: Mapping[str, Mapping[str, float | None]], n: int) -> list[str]:
    """Say where these patients are unlike the cohort."""
    found = []
    for name, facts in predictors.items():
        psi, chance = facts["psi"], facts["psi_by_chance"]
        if psi is not None and psi >= SHIFTED and psi > (chance or math.inf):
            found.append(f"'{name}' is distributed otherwise than in the cohort (PSI {psi:.2f})")
        missing, before = facts["missing"] or 0.0, facts["missing_training"] or 0.0
        if missing > before + MORE_MISSING and _beyond_chance(missing, max(before, RAREST), n):
            found.append(f"'{name}' is missing in {missing:.0%} here, in {before:.0%} there")
        outside = (facts["below_range"] or 0.0) + (facts["above_range"] or 0.0)
        if outside > OUTSIDE and _beyond_chance(outside, INSIDE_BY_DESIGN, n):
            found.append(f"'{name}' is outside the training range in {outside:.0%}")
    return found


def _beyond_chance(share: float, expected: float, n: int) -> bool:
    """Tell whether so many of n come up less than once in a thousand."""
    return bool(stats.binom.sf(round(share * n) - 1, n, expected) < 1 - CHANCE)
