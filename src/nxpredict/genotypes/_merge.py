"""Calls of several records, files and tables, brought together patient by patient."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nxpredict.genotypes._calls import REASON_CODES, REASONS, CallsTable, LocusCalls, State
from nxpredict.genotypes._loci import Locus
from nxpredict.genotypes._remarks import COUNTED, remarks

Rows = NDArray[np.intp]
_WEAK = ("unknown-strand", "unknown-position", "unknown-build", "other-record")
_IS_WEAK = np.array([reason in _WEAK for reason in REASONS])


class Accumulator:
    """Gathers calls for a fixed list of patients and settles duplicates.

    Rules, per patient and locus: a record that passed its filter beats one that failed, and both
    beat a reference block of their own file; a typed call beats a missing one; two typed calls
    that differ make the call Indeterminate. Nothing is averaged, and the order of the sources
    does not matter.
    """

    def __init__(self, patient_ids: NDArray[np.object_], loci: Sequence[Locus]) -> None:
        self.patient_ids = patient_ids
        self._calls = {locus.name: _nothing(locus, len(patient_ids)) for locus in loci}
        self._words: dict[str, dict[str, int]] = defaultdict(dict)
        self._sources: dict[str, int] = {}
        self._set_aside: dict[str, int] = defaultdict(int)

    def source(self, place: str) -> int:
        """Return the code of a source, adding it when new."""
        return self._sources.setdefault(place, len(self._sources))

    def add(self, rows: Rows, new: LocusCalls) -> None:
        """Merge calls of the patients at `rows` (each at most once)."""
        name = new.locus.name
        words = self._words[name]
        codes = np.array([words.setdefault(w, len(words)) for w in new.vocabulary] + [-1, -1])
        new = replace(new, alleles=codes[new.alleles].astype(np.int16))
        if not self._calls[name].priority.any():
            told = np.flatnonzero(new.state != State.NOT_TESTED)
            self._write(name, rows[told], new if len(told) == len(rows) else new.take(told))
            return
        old = self._calls[name].take(rows)
        better, clash = _compare(old, new)
        aside = (
            clash
            & (np.minimum(old.priority, new.priority) == 2)
            & (np.maximum(old.priority, new.priority) == 3)
        )
        self._set_aside[name] += int(aside.sum())
        self._write(name, rows[better], new.take(np.flatnonzero(better)))
        calls = self._calls[name]
        plain = aside & (calls.reason[rows] == 0)
        calls.reason[rows[plain]] = REASON_CODES["filtered-duplicate"]
        self._spoil(calls, rows[clash & (old.priority == new.priority)])

    def _write(self, name: str, rows: Rows, new: LocusCalls) -> None:
        calls = self._calls[name]
        for array in (
            "alleles",
            "state",
            "dosage",
            "phased",
            "phase_set",
            "reason",
            "source",
            "priority",
        ):
            getattr(calls, array)[rows] = getattr(new, array)

    def _spoil(self, calls: LocusCalls, rows: Rows) -> None:
        calls.state[rows] = State.INDETERMINATE
        calls.reason[rows] = REASON_CODES["conflicting-duplicates"]
        calls.alleles[rows] = -1
        calls.dosage[rows] = np.nan
        calls.phased[rows] = False

    def add_table(self, table: CallsTable) -> None:
        """Merge a whole table; patients that are not in the list are left out."""
        rows, found = _positions(self.patient_ids, table.patient_ids)
        for calls in table.loci.values():
            new = calls.take(found)
            codes = np.array([*(self.source(place) for place in table.sources), -1])
            self.add(rows, replace(new, source=codes[new.source].astype(np.int32)))

    def explain_absence(self, name: str, rows: Rows, reason: str) -> None:
        """Say why nothing is known of a locus, where nothing is known."""
        calls = self._calls[name]
        nothing = rows[calls.state[rows] == State.NOT_TESTED]
        calls.reason[nothing] = REASON_CODES[reason]

    def explain_like(self, name: str, rows: Rows, reasons: NDArray[np.int8]) -> None:
        """Say why nothing is known, in another table's words, where nothing is known."""
        calls = self._calls[name]
        nothing = calls.state[rows] == State.NOT_TESTED
        nothing &= reasons != REASON_CODES["not-in-source"]
        calls.reason[rows[nothing]] = reasons[nothing]

    def assume_reference(self, name: str, rows: Rows, place: str, reference: str) -> int:
        """Take absent records as homozygous reference; return how many calls that made."""
        calls = self._calls[name]
        absent = (calls.state[rows] == State.NOT_TESTED) & (
            calls.reason[rows] == REASON_CODES["absent-record"]
        )
        chosen = rows[absent]
        words = self._words[name]
        calls.alleles[chosen] = words.setdefault(reference, len(words))
        calls.state[chosen] = State.ABSENT
        calls.dosage[chosen] = 0.0
        calls.reason[chosen] = REASON_CODES["assumed-reference"]
        calls.source[chosen] = self.source(place)
        return len(chosen)

    def finish(self, template: CallsTable) -> CallsTable:
        """Return the table, with the faults and facts of `template`."""
        loci = {
            name: replace(calls, vocabulary=tuple(self._words[name]))
            for name, calls in self._calls.items()
        }
        kept = [fault for fault in template.warnings if fault.code not in COUNTED]
        warnings = [*kept, *remarks(loci, self._set_aside)]
        return replace(
            template,
            patient_ids=self.patient_ids,
            loci=loci,
            sources=tuple(self._sources),
            warnings=tuple(dict.fromkeys(warnings)),
        )


def _nothing(locus: Locus, n: int) -> LocusCalls:
    return LocusCalls(
        locus=locus,
        vocabulary=(),
        alleles=np.full((n, 2), -1, np.int16),
        state=np.full(n, State.NOT_TESTED, np.int8),
        dosage=np.full(n, np.nan),
        phased=np.zeros(n, bool),
        phase_set=np.full(n, -1, np.int64),
        reason=np.full(n, REASON_CODES["not-in-source"], np.int8),
        source=np.full(n, -1, np.int32),
        priority=np.zeros(n, np.int8),
    )


def _compare(old: LocusCalls, new: LocusCalls) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the new call replaces the old one, and where two typed calls differ."""
    rank_old, rank_new = _rank(old), _rank(new)
    higher = new.priority > old.priority
    equal = new.priority == old.priority
    better = higher | (equal & (rank_new > rank_old))
    both = (rank_old == 3) & (rank_new == 3)
    clash = both & ~(_same_alleles(old, new) & (old.state == new.state)) if both.any() else both
    better |= equal & both & ~clash & new.phased & ~old.phased
    return better & (rank_new > 0), clash


def _same_alleles(old: LocusCalls, new: LocusCalls) -> NDArray[np.bool_]:
    straight = (old.alleles == new.alleles).all(axis=1)
    crossed = (old.alleles == new.alleles[:, ::-1]).all(axis=1)
    return np.asarray(straight | crossed)


def _rank(calls: LocusCalls) -> NDArray[np.int8]:
    rank = np.array([0, 1, 3, 3, 3], np.int8)[calls.state]
    rank[_IS_WEAK[calls.reason] & (calls.state == State.INDETERMINATE)] = 2
    return rank


def _positions(wanted: NDArray[np.object_], have: NDArray[np.object_]) -> tuple[Rows, Rows]:
    """Return positions in `wanted` and in `have` of the ids that both hold."""
    if len(wanted) == len(have) and bool(np.all(wanted == have)):
        every = np.arange(len(wanted))
        return every, every
    place = {patient: i for i, patient in enumerate(have)}
    pairs = [(i, place[p]) for i, p in enumerate(wanted) if p in place]
    if not pairs:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    rows, found = np.array(pairs, np.intp).T
    return rows, found


def merge_calls(*tables: CallsTable) -> CallsTable:
    """Bring several tables of calls together, such as table columns and a VCF.

    Parameters
    ----------
    *tables : CallsTable
        Tables on the same or on different patients; patients keep the order of first sight.

    Returns
    -------
    CallsTable
        With duplicates settled by the rules of the room: contradicting calls are Indeterminate.

    Examples
    --------
    >>> import pandas as pd
    >>> from nxpredict.catalog import load_catalog
    >>> from nxpredict.genotypes import calls_from_columns, recognise_columns
    >>> loci = [load_catalog().variants["OPRM1_rs1799971"]]
    >>> table = pd.DataFrame({"rs1799971": ["A/G", "GG", ""]}, index=["p1", "p2", "p3"])
    >>> calls = calls_from_columns(table, recognise_columns(table.columns, loci), loci)
    >>> coding = recognise_columns(table.columns, loci)
    >>> other = calls_from_columns(
    ...     pd.DataFrame({"rs1799971": ["GG"]}, index=["p1"]), coding, loci)
    >>> merge_calls(calls, other).to_frame()["state"].tolist()
    ['Indeterminate', 'Present', 'No call']
    """
    ids = list(dict.fromkeys(patient for table in tables for patient in table.patient_ids))
    loci = {calls.locus.name: calls.locus for table in tables for calls in table.loci.values()}
    builder = Accumulator(np.array(ids, dtype=object), list(loci.values()))
    for table in tables:
        builder.add_table(table)
        for name, calls in table.loci.items():
            rows, found = _positions(builder.patient_ids, table.patient_ids)
            builder.explain_like(name, rows, calls.reason[found])
    return builder.finish(
        CallsTable(
            builder.patient_ids,
            {},
            faults=tuple(f for table in tables for f in table.faults),
            warnings=tuple(f for table in tables for f in table.warnings),
            unmatched_patients=_unmatched_everywhere(tables),
            unmatched_samples=tuple(s for table in tables for s in table.unmatched_samples),
            builds={k: v for table in tables for k, v in table.builds.items()},
        )
    )


def _unmatched_everywhere(tables: Sequence[CallsTable]) -> tuple[str, ...]:
    sets = [set(table.unmatched_patients) for table in tables if len(table)]
    return tuple(sorted(set.intersection(*sets))) if sets else ()
