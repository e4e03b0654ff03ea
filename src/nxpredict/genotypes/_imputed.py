"""Imputed records of a VCF: probabilities and dosages, marked as imputed, never as measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nxpredict.genotypes._calls import REASON_CODES, Int8, Int16
from nxpredict.genotypes._numbers import number_or_nan
from nxpredict.genotypes._vcf_line import Genotypes, SampleColumns

LEAST_PROBABILITY = 0.9
"""A genotype less probable than this is No call (the usual hard-call threshold)."""
LEAST_R2 = 0.3
"""Records imputed worse than this are No call (the usual filter of imputation servers)."""
_QUALITY = ("R2", "DR2", "RSQ", "INFO")
_PAIRS = np.array([[0, 0], [0, 1], [1, 1], [-1, -1]], np.int16)


def is_imputed(info: dict[str, str], keys: tuple[str, ...]) -> bool:
    """Tell from INFO and FORMAT whether a record was imputed."""
    if "TYPED" in info and "IMPUTED" not in info and "IMP" not in info:
        return False
    return not {"IMP", "IMPUTED", *_QUALITY}.isdisjoint(info) or not {"GP", "DS"}.isdisjoint(keys)


def imputed_genotypes(columns: SampleColumns, n_alleles: int) -> Genotypes:
    """Return best-guess genotypes of a biallelic record without GT; uncertain ones are missing."""
    copies = _copies(columns) if n_alleles == 2 else None
    if copies is None:
        copies = np.full(columns.n_samples, np.nan)
    codes = _PAIRS[np.where(np.isnan(copies), 3, copies).astype(int)]
    return Genotypes(codes, np.full(len(codes), 2, np.int8), np.zeros(len(codes), bool))


def _copies(columns: SampleColumns) -> NDArray[np.float64] | None:
    parts = [columns.numbers("GP", part) for part in range(3)]
    if parts[0] is not None:
        chances = np.stack([p for p in parts if p is not None], axis=1)
        usable = ~np.isnan(chances).any(axis=1)
        best = np.where(usable, np.nan_to_num(chances).argmax(axis=1), np.nan)
        return np.where(np.nan_to_num(chances).max(axis=1) >= LEAST_PROBABILITY, best, np.nan)
    dosage = columns.numbers("DS")
    if dosage is None:
        return None
    whole = np.round(dosage)
    near = (np.abs(dosage - whole) <= 1 - LEAST_PROBABILITY) & (whole >= 0) & (whole <= 2)
    return np.where(near, whole, np.nan)


def mark_imputed(
    info: dict[str, str], columns: SampleColumns, codes: Int16, n_alleles: int, reason: Int8
) -> None:
    """Mark calls as imputed, and as No call where they are doubtful.

    Doubtful is a call whose own probability is under `LEAST_PROBABILITY`, one that its own
    dosage does not bear out as closely, and every call of a record with a low R2.
    """
    called = (codes >= 0).all(axis=1)
    free = reason == 0
    reason[free & called] = REASON_CODES["imputed"]
    dosage = columns.numbers("DS") if n_alleles == 2 else None
    if dosage is not None:
        reason[free & called & far_from(dosage, codes)] = REASON_CODES["uncertain-imputation"]
    chance = _chance_of(columns, codes, n_alleles)
    if chance is not None:
        reason[free & called & (chance < LEAST_PROBABILITY)] = REASON_CODES["uncertain-imputation"]
    quality = [number_or_nan(info[key]) for key in _QUALITY if key in info]
    if quality and not quality[0] >= LEAST_R2:
        reason[free] = REASON_CODES["uncertain-imputation"]


def far_from(dosage: NDArray[np.float64], codes: Int16) -> NDArray[np.bool_]:
    """Tell where a dosage of the one alternative does not bear out the genotype written."""
    return np.asarray(np.abs(dosage - codes.sum(axis=1)) > 1 - LEAST_PROBABILITY + 1e-9)


def _chance_of(columns: SampleColumns, codes: Int16, n_alleles: int) -> NDArray[np.float64] | None:
    """Return the probability (GP) of each genotype written; NaN where none is stated.

    GP lists genotypes in the order 0/0, 0/1, 1/1, 0/2, ...: a/b stands at b (b + 1) / 2 + a.
    """
    parts = [columns.numbers("GP", part) for part in range(n_alleles * (n_alleles + 1) // 2)]
    if parts[0] is None:
        return None
    chances = np.stack([p for p in parts if p is not None], axis=1)
    low, high = np.sort(np.maximum(codes, 0), axis=1).T.astype(int)
    return np.asarray(chances[np.arange(len(codes)), high * (high + 1) // 2 + low])
