"""What the columns of an unknown table might be, by their names and their labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nxpredict.catalog import Catalog
from nxpredict.cohort._cells import read_labels, read_numbers
from nxpredict.cohort._coding import MANY_LEVELS
from nxpredict.cohort._table import RawTable
from nxpredict.study import SMALLEST_CELL, plain_letters

_ID = re.compile(
    r"(^|_)(id|pid|pidnum|patient(en)?|subject|participant|usubjid|subjid|record)(_|$|id)"
)
_ARM = re.compile(r"(^|_)(arm|arms|drug|treatment|treat|trt|group|rx|allocation|medication)(_|$)")
_SITE = re.compile(r"(^|_)(site|centre|center|clinic|hospital)(_|$)")
_RESPONSE = re.compile(
    r"(^|_)(resp|respon\w*|outcome|success|remission|abstinen\w*|relapse\w*|drop_?out\w*|event|improved)(_|$)"
)
_ADVERSE = re.compile(r"relapse|drop_?out|event")
_STOPPED = re.compile(
    r"(^|_)(ae|adverse\w*|side_effects?|tolerab\w*)(_|$)(?!.*(date|name|type|text))"
)
_PERIOD = re.compile(r"(^|_)(period|phase)(_|$)")
_SEQUENCE = re.compile(r"(^|_)(sequence|order)(_|$)")
_GOOD = ("1", "yes", "true", "y", "responder")
_BAD = ("0", "no", "false", "n", "non-responder")
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
        """The name as patterns see it."""
        return re.sub(r"[\s.\-]+", "_", self.name.strip().lower())


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


def guess_id(columns: Sequence[Column]) -> Column | None:
    """Return the column that most looks like the patient's identifier."""
    almost = [c for c in columns if c.filled and c.n_labels >= _NEARLY * c.rows]
    unique = [c for c in almost if c.unique]
    called = [c for c in (*unique, *almost) if _ID.search(c.folded)]
    return next(iter((*called, *unique)), None)


def guess_periods(columns: Sequence[Column]) -> tuple[Column, Column, Column | None] | None:
    """Return identifier, period and, if any, sequence where patients have a row a period."""
    period = next((c for c in columns if _few(c, _PERIOD)), None)
    repeated = (c for c in columns if _ID.search(c.folded) and c.filled and not c.unique)
    patient = next((c for c in repeated if c.n_labels > _MOST_ARMS), None)
    if period is None or patient is None:
        return None
    return patient, period, next((c for c in columns if _few(c, _SEQUENCE)), None)


def _few(column: Column, pattern: re.Pattern[str]) -> bool:
    few = 2 <= len(column.common) == column.n_labels <= _MOST_ARMS
    return few and pattern.search(column.folded) is not None


def guess_arm(columns: Iterable[Column], catalog: Catalog) -> Column | None:
    """Return the column that most looks like the arm: labels of known drugs, then its name."""
    few = [
        c for c in columns if 2 <= len(c.common) <= _MOST_ARMS and c.labelled >= _NEARLY * c.given
    ]
    words = [c for c in few if not c.numeric]
    by_drug = [c for c in few if any(drug_of(label, catalog) for label in c.common)]
    by_name = [c for c in (*words, *few) if _ARM.search(c.folded)]
    return next(iter((*by_drug, *by_name)), None)


def guess_site(columns: Iterable[Column]) -> Column | None:
    """Return a column that is called like a site."""
    return next((c for c in columns if _SITE.search(c.folded) and c.n_labels > 1), None)


def guess_response(columns: Iterable[Column]) -> tuple[Column, str] | None:
    """Return a column of two labels that is called like a response, and its favourable label."""
    called = [c for c in columns if _two(c, _RESPONSE) and not _STOPPED.search(c.folded)]
    good = (c for c in called if not _ADVERSE.search(c.folded))
    column = next(good, called[0] if called else None)
    if column is None:
        return None
    return column, _label(column, _BAD if _ADVERSE.search(column.folded) else _GOOD)


def guess_tolerability(columns: Iterable[Column]) -> tuple[Column, str] | None:
    """Return a column that says who stopped for adverse events, and the label that means it."""
    column = next((c for c in columns if _two(c, _STOPPED)), None)
    return None if column is None else (column, _label(column, _GOOD))


def _two(column: Column, pattern: re.Pattern[str]) -> bool:
    return len(column.common) == column.n_labels == 2 and bool(pattern.search(column.folded))


def _label(column: Column, wanted: Sequence[str]) -> str:
    found = [label for label in column.common if label.casefold() in wanted]
    return found[0] if found else column.common[1]


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
    words = set(re.split(r"[^a-z]+", label.lower()))
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
