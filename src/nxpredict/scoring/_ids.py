"""Which patient ids came before, in eight bytes each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


class SeenIds:
    """Remembers ids as 64-bit hashes in sorted arrays that are merged when they grow alike.

    Two different ids share a hash with a probability of about 3 in a million among ten million.

    Examples
    --------
    >>> seen = SeenIds()
    >>> seen.repeated(pd.Series(["a", "b", "a"])).tolist()
    [False, False, True]
    >>> seen.repeated(pd.Series(["b", "c"])).tolist()
    [True, False]
    """

    def __init__(self) -> None:
        self._runs: list[npt.NDArray[np.uint64]] = []

    def repeated(self, ids: pd.Series) -> npt.NDArray[np.bool_]:
        """Return where an id was seen before, here or earlier; a missing one never was."""
        blank = ids.isna().to_numpy()
        hashes = pd.util.hash_array(ids.fillna("").to_numpy(dtype=object), categorize=False)
        before = np.array(pd.Series(hashes).duplicated())
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            before |= run[place] == hashes
        self._remember(np.sort(hashes[~before & ~blank]))
        return before & ~blank

    def _remember(self, run: npt.NDArray[np.uint64]) -> None:
        if not len(run):
            return
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)
