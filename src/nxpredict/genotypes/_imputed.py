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
_MOST_PROBABLE = 1.01
"""Above it a number is no probability, however it was rounded."""
_PAIRS = np.array([[0, 0], [0, 1], [1, 1], [-1, -1]], np.int16)


def is_imputed(
    info: dict[str, str], keys: tuple[str, ...], columns: SampleColumns, n_alleles: int
) -> bool:
    """Tell from INFO and FORMAT whether a record was imputed.

    Sequencers write GP on the phred scale, which is no sign of it.
    """
    if "TYPED" in info and "IMPUTED" not in info and "IMP" not in info:
        return False
    if "DS" in keys or not {"IMP", "IMPUTED", *_QUALITY}.isdisjoint(info):
        return True
    return _chances(columns, n_alleles) is not None


def imputed_genotypes(columns: SampleColumns, n_alleles: int) -> Genotypes:
    """Return best-guess genotypes of a biallelic record without GT; uncertain ones are missing."""
    copies = _copies(columns) if n_alleles == 2 else None
    if copies is None:
        copies = np.full(columns.n_samples, np.nan)
    codes = _PAIRS[np.where(np.isnan(copies), 3, copies).astype(int)]
    return Genotypes(codes, np.full(len(codes), 2, np.int8), np.zeros(len(codes), bool))


def _copies(columns: SampleColumns) -> NDArray[np.float64] | None:
    chances = _chances(columns, 2)
    if chances is not None:
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
    quality = next((info[key].split(",") for key in _QUALITY if key in info), [])
    if not all(number_or_nan(text) >= LEAST_R2 for text in quality):
        reason[free] = REASON_CODES["uncertain-imputation"]


def far_from(dosage: NDArray[np.float64], codes: Int16) -> NDArray[np.bool_]:
    """Tell where a dosage of the one alternative does not bear out the genotype written."""
    return np.asarray(np.abs(dosage - codes.sum(axis=1)) > 1 - LEAST_PROBABILITY + 1e-9)


def _chances(columns: SampleColumns, n_alleles: int) -> NDArray[np.float64] | None:
    """Return GP, a column a genotype; None where it is missing or holds no probabilities."""
    parts = [columns.numbers("GP", part) for part in range(n_alleles * (n_alleles + 1) // 2)]
    known = [part for part in parts if part is not None]
    if not known:
        return None
    chances = np.stack(known, axis=1)
    beyond = (chances < 0) | (chances > _MOST_PROBABLE)
    return None if beyond.any() else chances


def _chance_of(columns: SampleColumns, codes: Int16, n_alleles: int) -> NDArray[np.float64] | None:
    """Return the probability (GP) of each genotype written; NaN where none is stated.

    GP lists genotypes in the order 0/0, 0/1, 1/1, 0/2, ...: a/b stands at b (b + 1) / 2 + a.
    """
    chances = _chances(columns, n_alleles)
    if chances is None:
        return None
    low, high = np.sort(np.maximum(codes, 0), axis=1).T.astype(int)
    return np.asarray(chances[np.arange(len(codes)), high * (high + 1) // 2 + low])
