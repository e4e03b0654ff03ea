"""Genotype predictors derived from calls: dosages, long repeats, haplotype copies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog import Predictor, load_catalog
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
    return _haplotype_copies(table, found)


def _haplotype_copies(table: CallsTable, found: Sequence[LocusCalls]) -> Floats:
    """Return the copies; without phase as many as there can be, as the variants travel together."""
    dosages = np.stack([calls.dosage for calls in found], axis=1)
    most: Floats = dosages.min(axis=1)
    counted = np.stack([_effect_alleles(calls) for calls in found]).all(axis=0).sum(axis=1)
    return np.where(_phased_together(table, found) & ~np.isnan(most), counted, most)


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
