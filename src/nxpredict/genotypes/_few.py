"""What frequencies and genotype counts would tell of few patients, taken out of records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from nxpredict.study import SMALLEST_CELL, too_small

_ALL = "all"
_GENOTYPES = ["none", "one", "two"]


def hide_copies(records: Iterable[dict[str, Any]], frequency: pd.DataFrame) -> None:
    """Set frequencies to None that tell of one to nine copies, also by subtraction from all.

    Parameters
    ----------
    records : iterable of dict
        The rows that are shown.
    frequency : DataFrame
        All rows: ``locus, ancestry, n, frequency``, of each locus one for everybody, ``all``.
    """
    few: set[tuple[str, str]] = set()
    for locus, rows in frequency.groupby("locus"):
        cells: dict[str, tuple[int, ...]] = {}
        for name, n, share in zip(rows["ancestry"], rows["n"], rows["frequency"], strict=True):
            copies = round(2 * n * share) if n else 0
            cells[str(name)] = (copies, 2 * n - copies)
        whole = cells.pop(_ALL)
        # Who has no known ancestry is the rest.
        cells[""] = tuple(whole[k] - sum(cell[k] for cell in cells.values()) for k in (0, 1))
        hidden = too_small({name: cell for name, cell in cells.items() if min(cell) > 0})
        few |= {(str(locus), name) for name in hidden}
        if 0 < min(whole) < SMALLEST_CELL:
            few.add((str(locus), _ALL))
    for row in records:
        if (row["locus"], row["ancestry"]) in few:
            row["frequency"] = None


def hide_genotypes(records: Iterable[dict[str, Any]], tested: pd.DataFrame) -> None:
    """Set counts and p value to None where one to nine patients have a genotype.

    The counts of the other ancestries go with them: those of all would give them away.

    Parameters
    ----------
    records : iterable of dict
        The rows that are shown.
    tested : DataFrame
        All rows: ``locus, ancestry, none, one, two, p``.
    """
    few = ((tested[_GENOTYPES] > 0) & (tested[_GENOTYPES] < SMALLEST_CELL)).any(axis=1)
    rare = set(tested["locus"][few])
    for row in records:
        own = any(0 < row[cell] < SMALLEST_CELL for cell in _GENOTYPES)
        if own or (row["locus"] in rare and row["ancestry"] != _ALL):
            row |= dict.fromkeys(_GENOTYPES)
        if own:
            # With the patients and the frequency it is that of one set of counts only.
            row["p"] = None
