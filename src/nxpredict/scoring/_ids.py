"""Which patient ids came before, in memory that does not grow with the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

RUN = 1 << 20
"""Hashes held in memory; as many go to disk at a time."""

DUPLICATE_ID = "duplicate_id"
MISSING_ID = "missing_id"

Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


class SeenIds:
    """Remembers ids as 64-bit hashes, in sorted runs on disk behind a Bloom filter.

    The filter, of a fixed size, answers for almost every new id; only what it may have seen is
    looked up. Two different ids share a hash with a probability of about 3 in a million among
    ten million. Bloom (1970) Communications of the ACM 13:422.

    Parameters
    ----------
    folder : Path, optional
        Where runs go; without one they stay in memory.

    Examples
    --------
    >>> seen = SeenIds()
    >>> seen.repeated(pd.Series(["a", "b", "a"])).tolist()
    [False, False, True]
    >>> seen.repeated(pd.Series(["b", "c"])).tolist()
    [True, False]
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._filter = _Filter()
        self._runs: list[Hashes] = []
        self._files: list[Path] = []

    def repeated(self, ids: pd.Series) -> Mask:
        """Return where an id was seen before, here or earlier; a missing one never was."""
        blank = ids.isna().to_numpy()
        hashes = pd.util.hash_array(ids.fillna("").to_numpy(dtype=object), categorize=False)
        before = np.array(pd.Series(hashes).duplicated())
        maybe = np.flatnonzero(self._filter.may_hold(hashes) & ~before)
        before[maybe] = self._holds(hashes[maybe])
        new = hashes[~before & ~blank]
        self._filter.add(new)
        self._remember(np.sort(new))
        return before & ~blank

    def _holds(self, hashes: Hashes) -> Mask:
        """Look hashes up in every run."""
        found = np.zeros(len(hashes), dtype=bool)
        if len(hashes):
            for run in self._runs:
                found |= _in_run(run, hashes)
            for file in self._files:
                # Mapped anew each time, so that its pages do not stay.
                found |= _in_run(np.memmap(file, dtype=np.uint64, mode="r"), hashes)
        return found

    def _remember(self, run: Hashes) -> None:
        if not len(run):
            return
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)
        if self._folder is not None and sum(map(len, self._runs)) >= RUN:
            file = self._folder / f"ids-{len(self._files):06d}"
            np.sort(np.concatenate(self._runs), kind="stable").tofile(file)
            self._files.append(file)
            self._runs = []


def faulty_ids(ids: pd.Series, repeated: Mask) -> dict[int, str]:
    """Return why a row is nobody's: its id is missing, or one seen before.

    Parameters
    ----------
    ids : Series of str, shape (n,)
    repeated : ndarray of bool, shape (n,)
        Where an id was seen before.

    Returns
    -------
    dict of int to str
        Position of a row -> code.

    Examples
    --------
    >>> faulty_ids(pd.Series(["a", None, "a"]), np.array([False, False, True]))
    {2: 'duplicate_id', 1: 'missing_id'}
    """
    return {
        **dict.fromkeys(np.flatnonzero(repeated).tolist(), DUPLICATE_ID),
        **dict.fromkeys(np.flatnonzero(ids.isna()).tolist(), MISSING_ID),
    }


def _in_run(run: Hashes, hashes: Hashes) -> Mask:
    place = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
    return np.asarray(run[place] == hashes)


class _Filter:
    """A Bloom filter of 32 MiB: never wrong when it says no."""

    PROBES = 3

    def __init__(self) -> None:
        self._bytes = np.zeros(1 << 25, dtype=np.uint8)

    def may_hold(self, hashes: Hashes) -> Mask:
        found = np.ones(len(hashes), dtype=bool)
        for place, bit in self._places(hashes):
            found &= self._bytes[place] & bit != 0
        return found

    def add(self, hashes: Hashes) -> None:
        for place, bit in self._places(hashes):
            np.bitwise_or.at(self._bytes, place, bit)

    def _places(self, hashes: Hashes) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]]:
        """Return byte and bit of each probe, from different bits of the hash."""
        places = []
        for k in range(self.PROBES):
            place = (hashes >> np.uint64(18 * k)) & np.uint64((1 << 28) - 1)
            bit = np.left_shift(1, place & np.uint64(7)).astype(np.uint8)
            places.append(((place >> np.uint64(3)).astype(np.intp), bit))
        return places
