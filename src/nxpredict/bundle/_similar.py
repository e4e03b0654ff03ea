"""What was observed in groups of training patients with similar predictions: counts, no patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nxpredict.study import SMALLEST_CELL

MOST_GROUPS = 5
PATIENTS_A_GROUP = 40
"""Patients of the smallest arm that a group needs on average."""

FloatArray = npt.NDArray[np.float64]


def make_similar(
    prediction: FloatArray,
    y: npt.ArrayLike,
    arm: npt.ArrayLike,
    *,
    arms: Sequence[str],
    reference: str,
) -> dict[str, Any]:
    """Count responders by arm in groups of similar out-of-fold predictions.

    Parameters
    ----------
    prediction : ndarray, shape (n, A)
        P(response) under each arm, predicted without the patient.
    y : array-like of {0, 1}, length n
    arm : array-like of str, length n
        Arm received.
    arms : sequence of str, length A
    reference : str

    Returns
    -------
    dict
        ``outlook``: groups by the mean prediction over arms; ``benefit``: for each other arm,
        groups by its predicted benefit. A group has ``low`` and ``high`` (probability, None where
        open, to two decimals) and ``arms``: ``n`` and ``responders``, or None where fewer than
        ten responded or did not.

    Examples
    --------
    >>> y, arm = np.repeat([0, 1], 20), np.tile(["a", "b"], 20)
    >>> found = make_similar(np.full((40, 2), 0.5), y, arm, arms=("a", "b"), reference="a")
    >>> found["outlook"][0]["arms"]
    {'a': {'n': 20, 'responders': 10}, 'b': {'n': 20, 'responders': 10}}
    """
    outcome, got = np.asarray(y, dtype=float), np.asarray(arm, dtype=str)
    smallest = min(int((got == name).sum()) for name in arms)
    count = max(1, min(MOST_GROUPS, smallest // PATIENTS_A_GROUP))
    against = prediction[:, list(arms).index(reference)]

    def groups(value: FloatArray) -> list[dict[str, Any]]:
        edges = np.quantile(value, np.arange(1, count) / count).round(2)
        cuts: list[float | None] = [None, *sorted(set(edges.tolist())), None]
        place = np.searchsorted(np.array(cuts[1:-1], dtype=float), value)
        return [
            {"low": low, "high": high, "arms": {a: _count(outcome[m & (got == a)]) for a in arms}}
            for k, (low, high) in enumerate(pairwise(cuts))
            for m in [place == k]
        ]

    others = [name for name in arms if name != reference]
    return {
        "outlook": groups(prediction.mean(axis=1)),
        "benefit": {
            name: groups(prediction[:, list(arms).index(name)] - against) for name in others
        },
    }


def _count(outcome: FloatArray) -> dict[str, int] | None:
    n, responders = len(outcome), int(outcome.sum())
    if min(responders, n - responders) < SMALLEST_CELL:
        return None
    return {"n": n, "responders": responders}


def group_of(groups: Sequence[Mapping[str, Any]], value: float) -> Mapping[str, Any]:
    """Return the group of `make_similar` that a predicted value falls in.

    Parameters
    ----------
    groups : sequence of mapping
        Of one quantity.
    value : float
        Of that quantity, between 0 and 1 (a benefit: -1 and 1).

    Examples
    --------
    >>> groups = [{"low": None, "high": 0.4}, {"low": 0.4, "high": None}]
    >>> group_of(groups, 0.4)["high"], group_of(groups, 0.41)["low"]
    (0.4, 0.4)
    """
    return next(g for g in groups if g["high"] is None or value <= g["high"])
