"""What was observed in groups of training patients with similar predictions: counts, no patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nxpredict.study import too_small

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
        ten responded or did not, and where such a group would follow from the others.

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
        cells = range(len(cuts) - 1)
        counts = {a: _counts([outcome[(place == k) & (got == a)] for k in cells]) for a in arms}
        return [
            {"low": low, "high": high, "arms": {a: counts[a][k] for a in arms}}
            for k, (low, high) in zip(cells, pairwise(cuts), strict=True)
        ]

    others = [name for name in arms if name != reference]
    return {
        "outlook": groups(prediction.mean(axis=1)),
        "benefit": {
            name: groups(prediction[:, list(arms).index(name)] - against) for name in others
        },
    }


def _counts(groups: Sequence[FloatArray]) -> list[dict[str, int] | None]:
    """Return patients and responders of one arm by group; the arm's total is known elsewhere."""
    found = [(int(outcome.sum()), len(outcome)) for outcome in groups]
    hidden = too_small({str(k): (some, n - some) for k, (some, n) in enumerate(found)})
    return [
        None if str(k) in hidden else {"n": n, "responders": some}
        for k, (some, n) in enumerate(found)
    ]


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
