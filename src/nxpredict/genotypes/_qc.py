"""Quality of the calls: call rates, frequencies beside the reference, Hardy-Weinberg."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog import RepeatLocus
from nxpredict.errors import Fault, counted
from nxpredict.genotypes._calls import REASON_CODES, CallsTable, LocusCalls
from nxpredict.genotypes._few import hide_copies, hide_genotypes
from nxpredict.study import SMALLEST_CELL, share_shown

LOW_CALL_RATE = 0.90
HWE_P = 1e-4
FREQUENCY_P = 1e-4
FREQUENCY_DIFFERENCE = 0.10
FEWEST = 20


@dataclass(frozen=True, slots=True)
class GenotypeQc:
    """Tables of quality facts, and warnings; nothing is dropped because of them.

    Parameters
    ----------
    call_rate : DataFrame
        ``locus, site, n, typed, call_rate``; site ``all`` is everybody.
    frequency : DataFrame
        ``locus, allele, ancestry, n, frequency, reference, certainty, source``: the effect
        allele (or long repeat alleles) among typed patients beside the catalogue's reference.
    hardy_weinberg : DataFrame
        ``locus, ancestry, n, none, one, two, p``: exact test within ancestry.
    duplicates : DataFrame
        ``locus, conflicting, set_aside``: patients with contradicting records.
    warnings : tuple of Fault
    """

    call_rate: pd.DataFrame
    frequency: pd.DataFrame
    hardy_weinberg: pd.DataFrame
    duplicates: pd.DataFrame
    warnings: tuple[Fault, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all tables as lists of records, for JSON (missing numbers are None).

        Groups of fewer than ten patients are left out. None are frequencies that tell of one to
        nine copies, also by subtraction; the counts and the p value of genotypes of which one has
        one to nine patients, and the counts of other ancestries beside them. Call rates stay.
        """
        names = ("call_rate", "frequency", "hardy_weinberg", "duplicates")
        found = {name: _records(getattr(self, name)) for name in names}
        hide_copies(found["frequency"], self.frequency)
        hide_genotypes(found["hardy_weinberg"], self.hardy_weinberg)
        return found


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    shown = table[table["n"] >= SMALLEST_CELL] if "n" in table else table
    names = [str(name) for name in shown.columns]
    rows = shown.astype(object).where(shown.notna(), None).itertuples(index=False)
    return [dict(zip(names, row, strict=True)) for row in rows]


def hardy_weinberg_p(none: int, one: int, two: int) -> float:
    """Return the exact p value of Hardy-Weinberg proportions from genotype counts.

    Sums the probabilities, given the allele counts, of all heterozygote counts at most as
    probable as the one seen (Wigginton, Cutler, Abecasis 2005, Am J Hum Genet 76:887).

    Examples
    --------
    >>> round(hardy_weinberg_p(1555, 734, 71), 3)
    0.173
    >>> hardy_weinberg_p(50, 0, 50) < 1e-20
    True
    """
    n, rare = none + one + two, min(2 * none, 2 * two) + one
    if rare == 0:
        return 1.0
    hets = np.arange(rare % 2, rare + 1, 2)
    few, many = (rare - hets) // 2, n - hets - (rare - hets) // 2
    log_factorial = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))
    ways = log_factorial[hets] + log_factorial[few] + log_factorial[many]
    log_p = hets * np.log(2) - ways
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    return float(min(p[p <= p[hets == one][0] * (1 + 1e-9)].sum(), 1.0))


def genotype_qc(
    calls: CallsTable, *, site: Sequence[Any] | None = None, ancestry: Sequence[Any] | None = None
) -> GenotypeQc:
    """Compute quality facts of a table of calls.

    Parameters
    ----------
    calls : CallsTable
    site, ancestry : sequences, optional
        One entry a patient, in the order of ``calls.patient_ids``; missing entries are left out.
        Ancestry codes are those of the catalogue's frequencies (EUR, AFR, EAS, SAS, AMR).

    Returns
    -------
    GenotypeQc

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> from nxpredict.genotypes import calls_from_columns, recognise_columns
    >>> loci = [load_catalog().variants["OPRM1_rs1799971"]]
    >>> table = pd.DataFrame({"rs1799971": ["A/G", "GG", ""]}, index=["p1", "p2", "p3"])
    >>> calls = calls_from_columns(table, recognise_columns(table.columns, loci), loci)
    >>> genotype_qc(calls).call_rate[["n", "typed"]].values.tolist()
    [[3, 2]]
    """
    by_site, by_ancestry = _groups(site, len(calls)), _groups(ancestry, len(calls))
    rates = [_rate(n, c, s, rows) for n, c in calls.loci.items() for s, rows in by_site]
    frequency = [
        _frequency(n, c, a, rows) for n, c in calls.loci.items() for a, rows in by_ancestry
    ]
    equilibrium = [
        _equilibrium(n, c, a, rows) for n, c in calls.loci.items() for a, rows in by_ancestry
    ]
    duplicates = [
        {
            "locus": name,
            "conflicting": _count(c, "conflicting-duplicates"),
            "set_aside": _count(c, "filtered-duplicate"),
        }
        for name, c in calls.loci.items()
    ]
    warnings = [
        *_rate_warnings(rates),
        *_frequency_warnings(frequency),
        *_equilibrium_warnings(equilibrium, mixed=ancestry is None),
    ]
    return GenotypeQc(
        pd.DataFrame(rates),
        pd.DataFrame(frequency),
        pd.DataFrame(equilibrium),
        pd.DataFrame(duplicates),
        tuple(warnings),
    )


def _groups(labels: Sequence[Any] | None, n: int) -> list[tuple[str, NDArray[np.intp]]]:
    groups = [("all", np.arange(n))]
    if labels is not None:
        text = pd.Series(list(labels), dtype=object)
        groups += [
            (str(label), np.flatnonzero((text == label).to_numpy()))
            for label in sorted(text.dropna().unique(), key=str)
        ]
    return groups


def _count(calls: LocusCalls, reason: str) -> int:
    return int((calls.reason == REASON_CODES[reason]).sum())


def _typed(calls: LocusCalls, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    dosage = calls.dosage[rows]
    return dosage[~np.isnan(dosage)]


def _rate(name: str, calls: LocusCalls, site: str, rows: NDArray[np.intp]) -> dict[str, Any]:
    typed = len(_typed(calls, rows))
    rate = typed / len(rows) if len(rows) else np.nan
    return {"locus": name, "site": site, "n": len(rows), "typed": typed, "call_rate": rate}


def _frequency(
    name: str, calls: LocusCalls, ancestry: str, rows: NDArray[np.intp]
) -> dict[str, Any]:
    dosage, locus = _typed(calls, rows), calls.locus
    reference, certainty, source = np.nan, None, None
    known = locus.frequencies.get(ancestry)
    if known is not None:
        certainty, source = known.certainty.tag, known.certainty.source
        if isinstance(locus, RepeatLocus):
            reference = _long_frequency(locus, ancestry)
        else:
            reference = locus.frequencies[ancestry].value
    return {
        "locus": name,
        "allele": locus.long_label if isinstance(locus, RepeatLocus) else locus.effect_allele,
        "ancestry": ancestry,
        "n": len(dosage),
        "frequency": float(dosage.mean() / 2) if len(dosage) else np.nan,
        "reference": reference,
        "certainty": certainty,
        "source": source,
    }


def _long_frequency(locus: RepeatLocus, ancestry: str) -> float:
    """Add up the reference frequencies of long alleles; NaN where pooled counts are partly long."""
    total = 0.0
    for text, value in locus.frequencies[ancestry].alleles.items():
        first, _, last = text.rstrip("+").partition("-")
        top = locus.maximum_repeats if text.endswith("+") else int(last or first)
        counts = set(range(int(first), top + 1))
        if counts <= set(locus.long_repeats):
            total += value
        elif counts & set(locus.long_repeats):
            return float("nan")
    return total


def _equilibrium(
    name: str, calls: LocusCalls, ancestry: str, rows: NDArray[np.intp]
) -> dict[str, Any]:
    none, one, two = np.bincount(_typed(calls, rows).astype(int), minlength=3)[:3].tolist()
    p = hardy_weinberg_p(none, one, two) if none + one + two else np.nan
    return {
        "locus": name,
        "ancestry": ancestry,
        "n": none + one + two,
        "none": none,
        "one": one,
        "two": two,
        "p": p,
    }


def _warn(code: str, message: str, hint: str) -> Fault:
    return Fault(code, message, hint, severity="warning")


def _rate_warnings(rows: list[dict[str, Any]]) -> Iterator[Fault]:
    """Warn of loci about everybody, or about the sites where few are typed; alike ones together."""
    low = [r for r in rows if r["n"] >= FEWEST and 0 < r["call_rate"] < LOW_CALL_RATE]
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(row["locus"] for row in low):
        sites = [row["site"] for row in low if row["locus"] == name]
        where = "" if "all" in sites else f" at {counted(len(sites), 'site')}"
        found.setdefault(where, []).append(name)
    for where, names in found.items():
        yield _warn(
            "low-call-rate",
            f"{', '.join(names)}: fewer than {LOW_CALL_RATE:.0%} of patients are typed{where}",
            "calls missing by site or severity can bias results",
        )


def _frequency_warnings(rows: list[dict[str, Any]]) -> Iterator[Fault]:
    from scipy.stats import binomtest

    for row in rows:
        if row["n"] < FEWEST or np.isnan(row["reference"]):
            continue
        far = abs(row["frequency"] - row["reference"]) > FREQUENCY_DIFFERENCE
        copies = round(2 * row["n"] * row["frequency"])
        if far and binomtest(copies, 2 * row["n"], row["reference"]).pvalue < FREQUENCY_P:
            few = share_shown(copies, 2 * row["n"]) is None
            own = "another frequency" if few else f"frequency {row['frequency']:.2f}"
            yield _warn(
                "unusual-allele-frequency",
                f"{row['locus']}: allele {row['allele']} has {own} in "
                f"{row['ancestry']}, the reference is {row['reference']:.2f} "
                f"(certainty {row['certainty']})",
                "check strand, counted allele and build of the source, and the ancestry labels",
            )


def _equilibrium_warnings(rows: list[dict[str, Any]], *, mixed: bool) -> Iterator[Fault]:
    for row in rows:
        if (row["ancestry"] == "all" and not mixed) or row["n"] < FEWEST or row["p"] >= HWE_P:
            continue
        why = " (ancestry is not given: mixed ancestry alone can do this)" if mixed else ""
        yield _warn(
            "hardy-weinberg",
            f"{row['locus']}: genotypes are out of Hardy-Weinberg proportions in "
            f"{row['ancestry']}, p < {HWE_P:.4f}{why}",
            "check the genotyping of this locus; nothing was dropped",
        )
