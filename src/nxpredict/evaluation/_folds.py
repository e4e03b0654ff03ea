"""Which patient is in which fold: a matter of seed and label, not of the order of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from nxpredict.evaluation._numbers import FloatArray, IntArray


def assign_folds(
    strata: Sequence[Any],
    groups: Sequence[Any],
    *,
    folds: int,
    seed: int,
    site: Sequence[Any] | None = None,
) -> IntArray:
    """Deal groups into folds so that every stratum is spread evenly.

    Parameters
    ----------
    strata : sequence of hashable, length n
        What is balanced over folds (arm and response). A group's stratum is the sorted list of
        its rows' strata.
    groups : sequence, length n
        What stays together; read as text.
    folds : int
        At least 2.
    seed : int
    site : sequence, length n, optional
        Within a stratum, groups of one site (that of their first row) are dealt one after the
        other, so that each site is spread over the folds too.

    Returns
    -------
    array of int64, shape (n,)
        Fold of each row, 0..folds-1.

    Notes
    -----
    Within a stratum groups are ordered by a keyed hash of their label, strata follow each other
    by their smallest hash, and cards are dealt round and round without a break. So the folds
    depend on the seed, the labels and the strata as a partition: shuffled rows or renamed arms
    change nothing, and fold sizes differ by one group at most.

    Examples
    --------
    >>> assign_folds([0, 0, 1, 1], ["a", "b", "c", "d"], folds=2, seed=0).tolist()
    [0, 1, 0, 1]
    """
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(str(group), []).append(row)
    by_stratum: dict[tuple[Any, ...], list[tuple[str, str, str]]] = {}
    for group, rows in members.items():
        stratum = tuple(sorted(strata[row] for row in rows))
        place = "" if site is None else _hash(seed, site[rows[0]])
        by_stratum.setdefault(stratum, []).append((place, _hash(seed, group), group))
    fold = np.empty(len(groups), dtype=np.int64)
    dealt = 0
    for stratum_members in sorted(sorted(found) for found in by_stratum.values()):
        for _, _, group in stratum_members:
            fold[members[group]] = dealt % folds
            dealt += 1
    return fold


def quarters(y: FloatArray) -> FloatArray:
    """Return what of a response is balanced over folds: itself, or the quarter of a number.

    Examples
    --------
    >>> quarters(np.array([1.0, 0.0])).tolist(), quarters(np.arange(8.0)).tolist()
    ([1.0, 0.0], [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0])
    """
    if np.isin(y, (0.0, 1.0)).all():
        return y
    return np.searchsorted(np.quantile(y, [0.25, 0.5, 0.75]), y).astype(np.float64)


def _hash(seed: int, label: object) -> str:
    return hashlib.blake2b(f"{seed}/{label}".encode(), digest_size=16).hexdigest()
