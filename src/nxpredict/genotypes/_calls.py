"""One table of calls: patient by locus, each with a state, a reason and a source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog import RepeatLocus
from nxpredict.errors import Fault
from nxpredict.genotypes._loci import Locus

Int8 = NDArray[np.int8]
Int16 = NDArray[np.int16]
Bools = NDArray[np.bool_]

MISSING, NO_SECOND = -1, -2
"""Allele codes: a missing allele, and the second allele of a haploid call."""


class State(IntEnum):
    """What is known of one patient at one locus, in the words of HL7 Genomics Reporting."""

    NOT_TESTED = 0
    NO_CALL = 1
    INDETERMINATE = 2
    ABSENT = 3
    PRESENT = 4

    @property
    def label(self) -> str:
        """The word used in every output."""
        return ("not_tested", "No call", "Indeterminate", "Absent", "Present")[self]


STATES = tuple(state.label for state in State)

REASONS: Mapping[str, str] = {
    "": "called without remark",
    "absent-record": "the source has no record at this place; absent is never taken as reference",
    "absent-contig": "the source holds nothing of this chromosome",
    "absent-column": "the table has no column for this locus",
    "not-in-source": "no source holds this patient",
    "missing-genotype": "the source says that no call was made",
    "half-call": "only one of the two alleles was called",
    "haploid": "one allele on an autosome",
    "zero-depth": "no read or no quality supports the call",
    "failed-filter": "the record failed the source's own filter",
    "uncertain-imputation": "no imputed genotype is probable enough",
    "conflicting-duplicates": "two records of the same patient contradict each other",
    "unknown-strand": "C/G and A/T alleles look alike on both strands and no strand was given",
    "unknown-position": "the record lies at no known position of this variant",
    "other-record": "only a record of another kind lies over this place (MNP, deletion, symbolic)",
    "unknown-build": "the genome build could not be told",
    "unexpected-allele": "an allele that this variant is not known to have",
    "unreadable-cell": "the cell holds no genotype in the declared notation",
    "unclear-repeat-count": "the number of repeats is not near a whole number or not plausible",
    "polyploid": "more than two alleles",
    "other-alternative-allele": "another alternative allele is carried; the counted one is counted",
    "complemented": "read on the minus strand and complemented",
    "used-despite-filter": "the record failed the source's own filter and is the only one",
    "filtered-duplicate": "a record that failed its filter said otherwise and was set aside",
    "rounded-repeat-count": "the number of repeats was rounded to the nearest whole number",
    "imputed": "imputed, not measured",
    "assumed-reference": "no record; taken as reference because the study file says so",
}
REASON_CODES = {code: number for number, code in enumerate(REASONS)}


@dataclass(frozen=True, slots=True)
class LocusCalls:
    """All calls at one locus, as arrays with one entry a patient.

    Parameters
    ----------
    locus : Variant or RepeatLocus
        The catalogue's entry.
    vocabulary : tuple of str
        Allele texts (letters, or repeat counts) that `alleles` indexes.
    alleles : ndarray of int16, shape (n, 2)
        Allele codes; -1 where not known.
    state : ndarray of int8
        `State` codes.
    dosage : ndarray of float64
        Copies of the effect allele, or of long repeat alleles; NaN where not known.
    phased : ndarray of bool
    phase_set : ndarray of int64
        Phase set of a phased call; -1 where the source names none.
    reason : ndarray of int8
        Codes into `REASONS`.
    source : ndarray of int32
        Codes into `CallsTable.sources`; -1 where there is none.
    priority : ndarray of int8
        3 a record that passed, 2 one that failed its filter, 1 a reference block beside records
        of its own file, 0 none.
    """

    locus: Locus
    vocabulary: tuple[str, ...]
    alleles: Int16
    state: Int8
    dosage: NDArray[np.float64]
    phased: Bools
    phase_set: NDArray[np.int64]
    reason: Int8
    source: NDArray[np.int32]
    priority: Int8

    def take(self, rows: NDArray[np.intp]) -> LocusCalls:
        """Return the calls of some patients, in the order given."""
        arrays = ("alleles", "state", "dosage", "phased", "phase_set", "reason", "source")
        return replace(self, **{name: getattr(self, name)[rows] for name in (*arrays, "priority")})

    def allele_text(self, which: int) -> NDArray[np.object_]:
        """Return the first (0) or second (1) allele of each patient as text, None if unknown."""
        texts = np.array([*self.vocabulary, None, None], dtype=object)
        return texts[self.alleles[:, which]]

    def repeats(self) -> NDArray[np.float64]:
        """Return the repeat counts, shape (n, 2), NaN where unknown."""
        numbers = np.array([*(float(text) for text in self.vocabulary), np.nan, np.nan])
        return numbers[self.alleles]


@dataclass(frozen=True, slots=True)
class CallsTable:
    """Calls of all patients at all loci.

    Parameters
    ----------
    patient_ids : ndarray of str objects
    loci : mapping of str to LocusCalls
        By locus name, in catalogue order.
    sources : tuple of str
        File and place of the records that the calls came from.
    faults : tuple of Fault
        Cells that hold what they must not (errors, with row and column, never a value).
    warnings : tuple of Fault
        What was noticed and kept: complemented strands, contradicting duplicates, a lying header.
    unmatched_patients, unmatched_samples : tuple of str
        Both sides of the join on the patient id; for the user's own table, never for a log.
    builds : mapping of str to str
        Genome build told for each source that has one.

    Notes
    -----
    Missing in is missing out: a call without a typed state has neither dosage nor alleles.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> from nxpredict.genotypes import calls_from_columns, recognise_columns
    >>> loci = [load_catalog().variants["OPRM1_rs1799971"]]
    >>> table = pd.DataFrame({"rs1799971": ["A/G", "GG", ""]}, index=["p1", "p2", "p3"])
    >>> calls = calls_from_columns(table, recognise_columns(table.columns, loci), loci)
    >>> calls.to_frame()[["state", "dosage"]].values.tolist()
    [['Present', 1.0], ['Present', 2.0], ['No call', nan]]
    """

    patient_ids: NDArray[np.object_]
    loci: Mapping[str, LocusCalls]
    sources: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    unmatched_patients: tuple[str, ...] = ()
    unmatched_samples: tuple[str, ...] = ()
    builds: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.patient_ids)

    def take(self, patient_ids: Iterable[str]) -> CallsTable:
        """Return the calls of these patients in this order; unknown ones are ``not_tested``."""
        from nxpredict.genotypes._merge import Accumulator

        wanted = np.array(list(patient_ids), dtype=object)
        builder = Accumulator(wanted, [calls.locus for calls in self.loci.values()])
        builder.add_table(self)
        return builder.finish(replace(self, patient_ids=wanted))

    def to_frame(self) -> pd.DataFrame:
        """Return the tidy table that ``nxpredict check --calls FILE`` writes.

        Returns
        -------
        DataFrame
            ``patient_id, locus, state, dosage, allele_1, allele_2, phased, reason, source``;
            one row a patient and locus. For a repeat the allele columns hold repeat counts,
            the smaller first unless phased, and the dosage counts long alleles.
        """
        frames = [self._locus_frame(name, calls) for name, calls in self.loci.items()]
        if not frames:
            return pd.DataFrame(columns=list(_COLUMNS))
        return pd.concat(frames, ignore_index=True)

    def _locus_frame(self, name: str, calls: LocusCalls) -> pd.DataFrame:
        columns: dict[str, Any] = {
            "patient_id": self.patient_ids,
            "locus": np.full(len(self), name, dtype=object),
            "state": np.array(STATES, dtype=object)[calls.state],
            "dosage": calls.dosage,
            "allele_1": calls.allele_text(0),
            "allele_2": calls.allele_text(1),
            "phased": calls.phased,
            "reason": np.array(list(REASONS), dtype=object)[calls.reason],
            "source": np.array([*self.sources, None], dtype=object)[calls.source],
        }
        text = {name: "str" for name in _COLUMNS if name not in {"dosage", "phased"}}
        return pd.DataFrame(columns).astype(text)

    def misses(self) -> pd.DataFrame:
        """Return both sides of the join that found no partner, for the user's own eyes.

        Returns
        -------
        DataFrame
            ``side`` (``table`` or ``genotypes``) and ``id``.
        """
        sides = ["table"] * len(self.unmatched_patients)
        sides += ["genotypes"] * len(self.unmatched_samples)
        ids = [*self.unmatched_patients, *self.unmatched_samples]
        return pd.DataFrame({"side": sides, "id": ids}, dtype="str")

    def counts(self) -> dict[str, dict[str, Any]]:
        """Return counts of states and reasons per locus, with the field's names for each.

        Returns
        -------
        dict
            By locus name: ``kind, gene, hgnc_id, dbsnp, hgvs, protein, states, reasons``; for a
            repeat also ``long_repeats`` and ``alleles`` (HGVS name of each repeat count; the
            unit sequences of sized alleles are not known, so bases against the reference are
            given). JSON as it stands.
        """
        return {name: _locus_counts(calls) for name, calls in self.loci.items()}


_COLUMNS = (
    "patient_id",
    "locus",
    "state",
    "dosage",
    "allele_1",
    "allele_2",
    "phased",
    "reason",
    "source",
)


def _locus_counts(calls: LocusCalls) -> dict[str, Any]:
    locus = calls.locus
    states = np.bincount(calls.state, minlength=len(STATES))
    reasons = np.bincount(calls.reason, minlength=len(REASONS))
    hgvs = {
        key.removeprefix("hgvs_"): getattr(locus, key)
        for key in dir(locus)
        if key.startswith("hgvs_") and getattr(locus, key)
    }
    found = {
        "kind": "repeat" if isinstance(locus, RepeatLocus) else "variant",
        "gene": getattr(locus, "gene", None),
        "hgnc_id": getattr(locus, "hgnc_id", None),
        "dbsnp": getattr(locus, "rsid", None),
        "hgvs": hgvs,
        "protein": getattr(locus, "protein", None),
        "states": {label: int(states[i]) for i, label in reversed(list(enumerate(STATES)))},
        "reasons": {code: int(reasons[i]) for i, code in enumerate(REASONS) if code and reasons[i]},
    }
    if isinstance(locus, RepeatLocus):
        sizes = range(locus.minimum_repeats, locus.maximum_repeats + 1)
        found["long_repeats"] = list(locus.long_repeats)
        found["alleles"] = {str(size): locus.allele_hgvs(size) for size in sizes}
    return found
