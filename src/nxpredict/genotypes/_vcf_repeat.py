"""A VCF line as a `Record` of repeat counts."""

from __future__ import annotations

import itertools
import re

import numpy as np

from nxpredict.catalog import RepeatLocus
from nxpredict.genotypes._calls import REASON_CODES
from nxpredict.genotypes._record import Record
from nxpredict.genotypes._vcf_record import LETTERS, VcfLine, genotypes_of, priority_of


def repeat_record(line: VcfLine, locus: RepeatLocus, span: tuple[int, int]) -> Record | None:
    """Read a line at a tandem repeat; None when the record does not count repeats.

    Understood: VCF 4.4 ``<CNV:TR>`` alleles (INFO RN, RUC, RUS or RUL, RB), ``<STRn>`` alleles,
    alleles written out with INFO RU and RC (adVNTR). The reference allele has the catalogue's
    number of repeats. Other variants inside the repeat are not read as repeat counts.
    """
    if line.position > span[1] or line.position < span[0] - 3 * locus.unit_bp:
        return None
    counts = _repeat_counts(line, locus)
    if counts is None:
        return None
    genotypes, reason = genotypes_of(line, len(counts), block=False)
    reason[reason == REASON_CODES["imputed"]] = REASON_CODES["uncertain-imputation"]
    return Record(
        locus=locus,
        alleles=counts,
        codes=genotypes.codes,
        place=line.place,
        phased=genotypes.phased,
        phase_set=line.columns.integers("PS"),
        reason=reason,
        priority=priority_of(line, block=False),
        orientation="forward",
        lists_alleles=True,
    )


def _repeat_counts(line: VcfLine, locus: RepeatLocus) -> tuple[str, ...] | None:
    reference = str(locus.reference_repeats)
    alternatives = line.alternatives
    symbolic = [a.startswith(("<CNV:TR", "<STR")) for a in alternatives]
    if any(symbolic):
        counts = _symbolic_counts(line, locus)
        return None if counts is None else (reference, *counts)
    if not alternatives and line.identifier in {locus.name, *locus.aliases}:
        return (reference,)
    if len(line.info.get("RU", "")) != locus.unit_bp or "RC" not in line.info:
        return None
    if not all(LETTERS.match(allele) for allele in alternatives):
        return None
    return (line.info["RC"], *(f"{len(allele) / locus.unit_bp:g}" for allele in alternatives))


def _symbolic_counts(line: VcfLine, locus: RepeatLocus) -> list[str] | None:
    """Return the repeat count of each alternative, the sum over its repeat sequences."""
    alternatives = line.alternatives
    strs = [re.fullmatch(r"<STR(\d+)>", a) for a in alternatives]
    if all(strs):
        return [match.group(1) for match in strs if match]
    info = line.info
    pieces = [int(x) if x.isdigit() else 1 for x in info.get("RN", "").split(",")]
    pieces = pieces if len(pieces) == len(alternatives) else [1] * len(alternatives)
    units = [_float(x) for x in info.get("RUL", "").split(",")]
    motifs = [len(motif) for motif in info.get("RUS", "").split(",") if motif not in {"", "."}]
    lengths = units if len(units) == sum(pieces) else [float(m) for m in motifs]
    counts = [_float(x) for x in info.get("RUC", "").split(",")]
    bases = [_float(x) for x in info.get("RB", "").split(",")]
    if len(lengths) == sum(pieces) and any(length != locus.unit_bp for length in lengths):
        return None
    if "RUC" not in info:
        counts = [b / locus.unit_bp for b in bases]
    if len(counts) != sum(pieces):
        return ["?"] * len(alternatives)
    edges = np.cumsum([0, *pieces])
    return [f"{sum(counts[a:b]):g}" for a, b in itertools.pairwise(edges)]


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
