"""Genotype predictors derived from calls: dosages, long repeats, haplotype copies, activity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog import Haplotype, Predictor, load_catalog
from nxpredict.genotypes._calls import CallsTable, LocusCalls

Floats = NDArray[np.float64]


def derive(
    calls: CallsTable,
    patient_ids: Sequence[str],
    *,
    predictors: Iterable[Predictor] | None = None,
) -> pd.DataFrame:
    """Return the catalogue's genotype predictors.

    Parameters
    ----------
    calls : CallsTable
    patient_ids : sequence of str
        Patients in order; those without calls are missing.
    predictors : iterable of Predictor, optional
        Those with ``derived_from``; the catalogue's by default.

    Returns
    -------
    DataFrame of float64
        Indexed by `patient_ids`, one column a predictor: copies of the effect allele, of long
        repeat alleles, or of the haplotype (0, 1, 2), NaN where not known.

    Notes
    -----
    The haplotype needs both variants typed. Phase is used where both calls are phased in one
    phase set; without it one copy of each is counted as one haplotype, since the two travel
    together. A person typed at one variant only stays missing even where no copy is possible:
    known non-carriers beside unknown carriers would bias whatever is learned from the column.
    Which repeat alleles are long is part of the locus that was read; see `choose_long`.

    Examples
    --------
    >>> from nxpredict.genotypes import calls_from_columns, choose_long, recognise_columns
    >>> loci = choose_long(load_catalog().repeats.values(), "5")
    >>> table = pd.DataFrame({"drd4": ["4/7", "2/5"]}, index=["p1", "p2"])
    >>> calls = calls_from_columns(table, recognise_columns(table.columns, loci), loci)
    >>> derive(calls, ["p2", "p1"])["DRD4_VNTR_long_dosage"].tolist()
    [1.0, 1.0]
    """
    chosen = load_catalog().predictors.values() if predictors is None else predictors
    table = calls.take([str(patient) for patient in patient_ids])
    columns = {
        predictor.name: _dosage(table, predictor.derived_from)
        for predictor in chosen
        if predictor.derived_from
    }
    return pd.DataFrame(columns, index=pd.Index(patient_ids))


def carriers(
    calls: CallsTable,
    patient_ids: Sequence[str],
    *,
    predictors: Iterable[Predictor] | None = None,
) -> pd.DataFrame:
    """Return 1.0 for carriers of at least one copy, 0.0 for others, NaN where not known.

    Parameters
    ----------
    calls, patient_ids, predictors
        As of `derive`.

    Returns
    -------
    DataFrame of float64
        Columns of `derive` with ``_carrier`` in place of ``_dosage``.

    Examples
    --------
    >>> from nxpredict.genotypes import calls_from_columns, recognise_columns
    >>> loci = list(load_catalog().variants.values())
    >>> table = pd.DataFrame({"rs1799971": ["A/G", "AA"]}, index=["p1", "p2"])
    >>> calls = calls_from_columns(table, recognise_columns(table.columns, loci), loci)
    >>> carriers(calls, ["p1", "p2", "p3"])["OPRM1_rs1799971_G_carrier"].tolist()
    [1.0, 0.0, nan]
    """
    dosages = derive(calls, patient_ids, predictors=predictors)
    renamed = dosages.rename(columns=lambda name: name.removesuffix("_dosage") + "_carrier")
    return renamed.gt(0).astype(float).where(renamed.notna())


def _dosage(table: CallsTable, names: Sequence[str]) -> Floats:
    found = [table.loci[name] for name in names if name in table.loci]
    if len(found) < len(names):
        return np.full(len(table), np.nan)
    if len(found) == 1:
        return found[0].dosage.copy()
    low, high, assumed = _haplotype_copies(table, found)
    typed = np.all([~np.isnan(calls.dosage) for calls in found], axis=0)
    return np.where(typed & ((low == high) | assumed), high, np.nan)


def _haplotype_copies(
    table: CallsTable, found: Sequence[LocusCalls]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return fewest and most possible copies, and where one copy of each is taken as one.

    A variant that is not typed may have any number of copies.
    """
    dosages = np.stack([calls.dosage for calls in found], axis=1)
    some = ~np.isnan(dosages).all(axis=1)
    most = np.where(some, np.nanmin(np.where(np.isnan(dosages), 2, dosages), axis=1), np.nan)
    total = np.where(np.isnan(dosages), 0, dosages).sum(axis=1)
    fewest = np.where(some, np.maximum(total - 2 * (len(found) - 1), 0), np.nan)
    together = _phased_together(table, found)
    effects = np.stack([_effect_alleles(calls) for calls in found])
    counted = effects.all(axis=0).sum(axis=1)
    low = np.where(together, counted, fewest)
    high = np.where(together, counted, most)
    return low, high, ~together & (low < high) & ~np.isnan(dosages).any(axis=1)


def _effect_alleles(calls: LocusCalls) -> NDArray[np.bool_]:
    """Return which of the two alleles is the counted one, shape (n, 2)."""
    wanted = getattr(calls.locus, "effect_allele", None)
    counted = np.array([*(text == wanted for text in calls.vocabulary), False, False])
    return counted[calls.alleles]


def _phased_together(table: CallsTable, found: Sequence[LocusCalls]) -> NDArray[np.bool_]:
    """Tell where all calls are phased in one phase set of one file."""
    files = np.array([*(place.split(":", 1)[0] for place in table.sources), ""], dtype=object)
    first = found[0]
    same = first.phased.copy()
    for other in found[1:]:
        same &= other.phased & (other.phase_set == first.phase_set)
        same &= files[other.source] == files[first.source]
    return same


def activity(
    calls: CallsTable, patient_ids: Sequence[str], *, haplotype: Haplotype | None = None
) -> pd.DataFrame:
    """Return the relative enzyme activity that a haplotype implies in the test tube.

    Parameters
    ----------
    calls : CallsTable
    patient_ids : sequence of str
    haplotype : Haplotype, optional
        The catalogue's only one by default.

    Returns
    -------
    DataFrame
        Indexed by `patient_ids`: ``copies`` (most likely number, NaN when nothing is typed),
        ``activity`` (relative to no copy), ``activity_lower``, ``activity_upper`` (over the
        numbers of copies that the calls allow) and ``basis`` (``phased``, ``unphased``,
        ``phase assumed``, ``one variant typed``, ``not typed``).

    Notes
    -----
    With one variant typed the number of copies lies between none and the copies of that variant,
    which is also the likeliest number, as the two travel together. A qualitative shift from in
    vitro work; never a multiplier.

    Examples
    --------
    >>> from nxpredict.genotypes import ColumnCoding, calls_from_columns
    >>> haplotype = next(iter(load_catalog().haplotypes.values()))
    >>> loci = [load_catalog().variants[name] for name in haplotype.variants]
    >>> both = {v.name: [f"{v.reference_allele}/{v.effect_allele}"] for v in loci}
    >>> coding = {name: ColumnCoding((name,), strand="forward") for name in both}
    >>> calls = calls_from_columns(pd.DataFrame(both, index=["p1"]), coding, loci)
    >>> activity(calls, ["p1"])[["copies", "basis"]].values.tolist()
    [[1.0, 'phase assumed']]
    """
    chosen = haplotype or next(iter(load_catalog().haplotypes.values()))
    table = calls.take([str(patient) for patient in patient_ids])
    nothing = np.full(len(table), np.nan)
    found = [table.loci[name] for name in chosen.variants if name in table.loci]
    if not found:
        low, high, assumed = nothing, nothing, np.zeros(len(table), bool)
    else:
        low, high, assumed = _haplotype_copies(table, found)
    if found and len(found) < len(chosen.variants):
        low = np.where(np.isnan(low), np.nan, 0)
    typed = np.sum([~np.isnan(c.dosage) for c in found], axis=0) if found else np.zeros(len(table))
    whole = typed == len(chosen.variants)
    phased = _phased_together(table, found) if found else np.zeros(len(table), bool)
    basis = np.select(
        [typed == 0, ~whole, phased, assumed],
        ["not typed", "one variant typed", "phased", "phase assumed"],
        "unphased",
    )
    scale = np.array([*chosen.relative_activity, np.nan])
    at_low, at_high = (scale[np.where(np.isnan(c), 3, c).astype(int)] for c in (low, high))
    return pd.DataFrame(
        {
            "copies": high,
            "activity": at_high,
            "activity_lower": np.minimum(at_low, at_high),
            "activity_upper": np.maximum(at_low, at_high),
            "basis": pd.Series(basis, dtype="str").to_numpy(),
        },
        index=pd.Index(patient_ids),
    )
