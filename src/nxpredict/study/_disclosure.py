"""What may be said of few patients: no count of one to nine, and nothing that gives one away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

SMALLEST_CELL = 10


def share_shown(part: float, whole: int) -> float | None:
    """Return part / whole, None where it or the rest would be a small cell.

    Parameters
    ----------
    part : float
        Patients, 0 to `whole`; a mean of counts may be broken.
    whole : int

    Examples
    --------
    >>> share_shown(30, 40), share_shown(38, 40), share_shown(40, 40)
    (0.75, None, 1.0)
    """
    few = any(0 < n < SMALLEST_CELL for n in (part, whole - part))
    return None if few else part / max(whole, 1)


def share_of(flags: npt.NDArray[Any], whose: npt.NDArray[Any] | None = None) -> float | None:
    """Return the `share_shown` of patients by their flags.

    Parameters
    ----------
    flags : ndarray of bool, or of float64 in 0..1, shape (n,)
    whose : ndarray, shape (n,), optional
        Whose row it is: a share of rows, shown where enough patients stand on either side.

    Examples
    --------
    >>> import numpy as np
    >>> share_of(np.repeat([True, False], [30, 10])), share_of(np.repeat([True, False], [38, 2]))
    (0.75, None)
    """
    if whose is not None:
        sides = (len(set(whose[flags > 0])), len(set(whose[flags < 1])))
        if any(0 < patients < SMALLEST_CELL for patients in sides):
            return None
    return share_shown(float(flags.sum()), len(flags))


def counts_shown(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Return the counts of a whole, None for small cells and what would give them away.

    With them as many of the smallest others as leave no small cell in all that is hidden.

    Parameters
    ----------
    counts : mapping of str to int
        Patients by label, which together are the whole.

    Examples
    --------
    >>> counts_shown({"present": 120, "absent": 60, "no call": 7, "failed": 0})
    {'present': 120, 'absent': None, 'no call': None, 'failed': 0}
    """
    hidden = too_small({name: [n] for name, n in counts.items() if n})
    return {name: None if name in hidden else n for name, n in counts.items()}


def too_small(groups: Mapping[str, Sequence[int]]) -> set[str]:
    """Return the groups to hide, so that subtraction from the whole gives none of them away.

    Those with a small cell, and as many of the smallest others as leave no small cell in all that
    is hidden.

    Parameters
    ----------
    groups : mapping of str to sequence of int
        The cells of each group, such as its patients by arm, in one order; groups together are
        the whole.

    Examples
    --------
    >>> sorted(too_small({"north": [80, 75], "south": [30, 40], "island": [3, 5]}))
    ['island', 'south']
    """
    few = {name for name, cells in groups.items() if min(cells) < SMALLEST_CELL}
    return hidden_with_others(few, groups)


def hidden_with_others(hidden: set[str], groups: Mapping[str, Sequence[int]]) -> set[str]:
    """Return what is hidden and as many of the smallest others as keep it from being worked out.

    Parameters
    ----------
    hidden : set of str
        Groups that are hidden anyway.
    groups : mapping of str to sequence of int
        As of `too_small`.

    Examples
    --------
    >>> sorted(hidden_with_others({"one copy"}, {"none": [200], "one copy": [40], "two": [12]}))
    ['one copy', 'two']
    """
    found = set(hidden)
    shown = sorted(set(groups) - found, key=lambda name: (sum(groups[name]), name), reverse=True)
    while (
        found
        and shown
        and (len(found) == 1 or _smallest_sum([groups[name] for name in found]) < SMALLEST_CELL)
    ):
        found.add(shown.pop())
    return found


def _smallest_sum(groups: Sequence[Sequence[int]]) -> int:
    return min(map(sum, zip(*groups, strict=True)))
