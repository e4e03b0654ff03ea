"""Numbers that look like codes for a missing value, such as -99 or 999 that nobody declared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nxpredict.errors import FaultLog

_REPEATED = [int(digit * length) for digit in "789" for length in (2, 3, 4, 5)]
_CODES = np.array([9, *_REPEATED, *(-code for code in (1, 7, 8, 9, *_REPEATED))], dtype=np.float64)
_FEWEST = 20
_TIMES = 3
"""A code for a missing value rarely stands in one or two rows only."""
_LARGEST_GAPS = 5


def undeclared_codes(values: npt.NDArray[np.float64]) -> str | None:
    """Return which end of a column's numbers looks like a code for a missing value.

    A number as such codes are written, in three rows or more, is one when it lies further from all
    others than half their range, or than five times the largest gap between two of them; a negative
    one also when no other number is negative.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Raw numbers of a column, NaN where missing.

    Returns
    -------
    str or None
        ``the smallest number``, ``the largest number`` or both; never the number.

    Examples
    --------
    >>> undeclared_codes(np.array([*range(18, 81), 99.0, 99.0, 99.0]))
    'the largest number'
    >>> undeclared_codes(np.arange(0.0, 101.0)) is None
    True
    """
    values = values[np.isfinite(values)]
    coded = np.isin(values, _CODES)
    others = np.unique(values[~coded])
    if np.count_nonzero(~coded) < _FEWEST or not coded.any():
        return None
    low, high = others[0], others[-1]
    allowed = min((high - low) / 2, _LARGEST_GAPS * np.max(np.diff(others), initial=0.0))
    found, times = np.unique(values[coded], return_counts=True)
    found = found[times >= _TIMES]
    ends = {
        "the smallest number": (found < low - allowed) | ((found < 0) & (low >= 0)),
        "the largest number": found > high + allowed,
    }
    return " and ".join(end for end, odd in ends.items() if odd.any()) or None


def warn_of_codes(
    values: npt.NDArray[np.float64],
    how: str,
    *,
    file: str,
    column: str | None,
    faults: FaultLog,
    read_as: str = "a number",
) -> None:
    """Warn where numbers of a column look like codes; `how` declares them in the study file."""
    if (end := undeclared_codes(values)) is not None:
        faults.warn(
            "undeclared-code",
            f"what looks like a code for a missing value ({end}, far from all others, in several "
            f"rows) is read as {read_as}",
            f"declare {how} if it is one",
            file=file,
            column=column,
        )
