"""What the columns of an unknown table might be, by their names and their labels."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nxpredict.catalog import Catalog, Words
from nxpredict.cohort._cells import read_labels, read_numbers
from nxpredict.cohort._coding import MANY_LEVELS
from nxpredict.cohort._table import RawTable
from nxpredict.study import SMALLEST_CELL, plain_letters

_MOST_ARMS = 6
_NEARLY = 0.95
"""So much of a column decides what it is; the rest are faults for `check` to name."""
_MOSTLY = 0.5


@dataclass(frozen=True)
class Column:
    """One column of an unknown table, in brief.

    Parameters
    ----------
    name : str
    common : tuple of str
        Labels of ten or more patients, in text order; rarer ones are never shown.
    n_labels : int
        Different labels.
    rows, given, numbers, labelled : int
        Cells: all, those with a value, those with a number, those with a label of `common`.
    """

    name: str
    common: tuple[str, ...]
    n_labels: int
    rows: int
    given: int
    numbers: int
    labelled: int

    @property
    def filled(self) -> bool:
        """Whether no cell is missing."""
        return self.given == self.rows

    @property
    def unique(self) -> bool:
        """Whether no label stands twice."""
        return self.n_labels == self.given

    @property
    def numeric(self) -> bool:
        """Whether every label is a number."""
        return self.numbers == self.given

    @property
    def folded(self) -> str:
        """The name as the catalogue's words are compared with it."""
        return folded_header(self.name)


def describe_columns(table: RawTable) -> list[Column]:
    """Return the columns of a table in brief, in the order of the file."""
    columns = []
    for name in table.frame:
        cells: pd.Series = table.frame[name]
        read = read_labels(cells)
        times = np.bincount(read.positions[read.positions >= 0], minlength=len(read.texts))
        common = sorted(t for t, n in zip(read.texts, times, strict=True) if n >= SMALLEST_CELL)
        given = int(times.sum())
        columns.append(
            Column(
                str(name),
                tuple(common),
                len(read.texts),
                len(cells),
                given,
                given - int(read_numbers(cells, table.decimal).unreadable.sum()),
                int(times[times >= SMALLEST_CELL].sum()),
            )
        )
    return columns


def guess_id(columns: Sequence[Column], words: Words) -> Column | None:
    """Return the column that most looks like the patient's identifier."""
    almost = [c for c in columns if c.filled and c.n_labels >= _NEARLY * c.rows]
    unique = [c for c in almost if c.unique]
    called = [c for c in (*unique, *almost) if words.mean(c.folded, "id")]
    return next(iter((*called, *unique)), None)


def guess_periods(
    columns: Sequence[Column], words: Words
) -> tuple[Column, Column, Column | None] | None:
    """Return identifier, period and, if any, sequence where patients have a row a period."""
    few = [c for c in columns if 2 <= len(c.common) == c.n_labels <= _MOST_ARMS]
    period = next((c for c in few if words.mean(c.folded, "period")), None)
    repeated = (c for c in columns if words.mean(c.folded, "id") and c.filled and not c.unique)
    patient = next((c for c in repeated if c.n_labels > _MOST_ARMS), None)
    if period is None or patient is None:
        return None
    return patient, period, next((c for c in few if words.mean(c.folded, "sequence")), None)


def guess_arm(columns: Iterable[Column], catalog: Catalog) -> Column | None:
    """Return the column that most looks like the arm: labels of known drugs, then its name."""
    few = [
        c for c in columns if 2 <= len(c.common) <= _MOST_ARMS and c.labelled >= _NEARLY * c.given
    ]
    texts = [c for c in few if not c.numeric]
    by_drug = [c for c in few if any(drug_of(label, catalog) for label in c.common)]
    by_name = [c for c in (*texts, *few) if catalog.words.mean(c.folded, "arm")]
    return next(iter((*by_drug, *by_name)), None)


def guess_site(columns: Iterable[Column], words: Words) -> Column | None:
    """Return a column that is called like a site."""
    return next((c for c in columns if words.mean(c.folded, "site") and c.n_labels > 1), None)


def guess_response(columns: Iterable[Column], words: Words) -> tuple[Column, str] | None:
    """Return a column of two labels that is called like a response, and its favourable label."""
    two = [c for c in columns if _two(c) and not _stopped(c, words)]
    called = [c for c in two if words.mean(c.folded, "response", "adverse")]
    bad = [c for c in called if _adverse(c.folded, words)]
    column = next((c for c in called if c not in bad), next(iter(bad), None))
    if column is None:
        return None
    return column, _label(column, words.bad if column in bad else words.good)


def guess_tolerability(columns: Iterable[Column], words: Words) -> tuple[Column, str] | None:
    """Return a column that says who stopped for adverse events, and the label that means it."""
    column = next((c for c in columns if _two(c) and _stopped(c, words)), None)
    return None if column is None else (column, _label(column, words.good))


def _two(column: Column) -> bool:
    """Tell whether a column has two labels, each of ten or more patients, in whatever letters."""
    return (
        len({label.casefold() for label in column.common}) == 2 and column.labelled == column.given
    )


def _adverse(header: str, words: Words) -> bool:
    return words.mean(header, "adverse") and not words.mean(header, "not_adverse")


def _stopped(column: Column, words: Words) -> bool:
    return words.mean(column.folded, "stopped") and not words.mean(column.folded, "not_stopped")


def _label(column: Column, wanted: Collection[str]) -> str:
    found = [label for label in column.common if plain_letters(label).casefold() in wanted]
    return found[0] if found else column.common[1]


def folded_header(name: str) -> str:
    """Return a header as the catalogue's words are compared with it.

    Examples
    --------
    >>> folded_header("Rückfall (Woche 12)")
    'rueckfall_woche_12'
    """
    return re.sub(r"[\W_]+", "_", plain_letters(name).lower()).strip("_")


def called_adverse(column: str, favourable: str, words: Words) -> bool:
    """Tell whether a column is called like a bad outcome, of which the favourable label says yes.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> words = load_catalog().words
    >>> [called_adverse("relapse_wk12", label, words) for label in ("1", "0")]
    [True, False]
    """
    bad = _adverse(folded_header(column), words)
    return bad and plain_letters(favourable).strip().casefold() in words.good


def guess_kind(column: Column) -> str | None:
    """Return the kind of predictor that a column could be, None when it could be none."""
    share = column.numbers / max(column.given, 1)
    if column.n_labels < 2 or (column.unique and share < _NEARLY):
        return None
    if column.n_labels == 2:
        return "binary"
    if share >= _NEARLY:
        return "continuous"
    if column.n_labels <= MANY_LEVELS:
        return "categorical"
    return "continuous" if share > _MOSTLY else None


def drug_of(label: str, catalog: Catalog) -> str | None:
    """Return the known drug that a label of an arm names.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> drug_of("Nalmefene 18 mg", load_catalog())
    'nalmefene'
    """
    words = set(re.split(r"[\W\d_]+", plain_letters(label).lower()))
    for drug in catalog.drugs.values():
        if words & {drug.name, *drug.aliases}:
            return drug.name
    return None


def arm_name(label: str, catalog: Catalog) -> str:
    """Return a name for an arm: the drug it holds, or its label in permitted letters.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> arm_name("ZDV+ddI", load_catalog()), arm_name("2", load_catalog())
    ('zdv+ddi', 'arm_2')
    """
    if (drug := drug_of(label, catalog)) is not None and "+" not in label:
        return drug
    plain = plain_letters(label).lower().split("+")
    parts = [re.sub(r"[^a-z0-9_-]+", "_", part).strip("_-") for part in plain]
    name = "+".join(part for part in parts if part)
    return name if re.match(r"[a-z]", name) else f"arm_{name}".rstrip("_")
