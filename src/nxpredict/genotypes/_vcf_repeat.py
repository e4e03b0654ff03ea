"""A VCF line as a `Record` of repeat counts."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np

from nxpredict.catalog import RepeatLocus
from nxpredict.genotypes._calls import REASON_CODES, Bools
from nxpredict.genotypes._numbers import number_or_nan, whole_number
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
    reason[(reason == 0) & _spread(line)] = REASON_CODES["unclear-repeat-count"]
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


def _spread(line: VcfLine) -> Bools:
    """Tell whose own intervals (REPCI, ``4-4/5-9``) hold more than one count."""
    if "REPCI" not in line.keys:
        return np.zeros(line.n_samples, bool)
    intervals = (re.findall(rb"(\d+)-(\d+)", text) for text in line.columns.texts("REPCI"))
    return np.array([any(low != high for low, high in pairs) for pairs in intervals], bool)


def _repeat_counts(line: VcfLine, locus: RepeatLocus) -> tuple[str, ...] | None:
    reference = str(locus.reference_repeats)
    alternatives = line.alternatives
    symbolic = [a.startswith(("<CNV:TR", "<STR")) for a in alternatives]
    if any(symbolic):
        counts = _symbolic_counts(line, locus)
        if all(a.startswith("<STR") for a in alternatives):  # ExpansionHunter counts its own
            reference = line.info.get("REF", reference)
        return None if counts is None else (reference, *counts)
    names = {locus.name.lower(), *locus.aliases}
    if not alternatives and line.identifier.lower() in names:
        return (reference,)
    if len(line.info.get("RU", "")) != locus.unit_bp or "RC" not in line.info:
        return None
    if not all(LETTERS.match(allele) for allele in alternatives):
        return None
    return (line.info["RC"], *(f"{len(allele) / locus.unit_bp:g}" for allele in alternatives))


def _symbolic_counts(line: VcfLine, locus: RepeatLocus) -> list[str] | None:
    """Return the repeat count of each alternative, the sum over its repeat sequences."""
    alternatives = line.alternatives
    info = line.info
    strs = [re.fullmatch(r"<STR(\d+)>", a) for a in alternatives]
    if all(strs):
        same = len(info.get("RU", "")) in {0, locus.unit_bp}
        return [match.group(1) for match in strs if match] if same else None
    pieces = [whole_number(x, 1) for x in info.get("RN", "").split(",")]
    pieces = pieces if len(pieces) == len(alternatives) else [1] * len(alternatives)
    total = sum(pieces)
    lengths = _numbers(info, "RUL")
    if not lengths:
        motifs = info.get("RUS", "").split(",")
        lengths = [float(len(motif)) for motif in motifs if motif not in {"", "."}]
    if len(lengths) == total and any(length != locus.unit_bp for length in lengths):
        return None
    counts = _numbers(info, "RUC") or [bases / locus.unit_bp for bases in _numbers(info, "RB")]
    if len(counts) != total:
        return ["?"] * len(alternatives)
    slack = _slack(info, total, locus.unit_bp)
    edges = np.cumsum([0, *pieces])
    return [_count(counts[a:b], slack[a:b]) for a, b in itertools.pairwise(edges)]


def _slack(info: dict[str, str], total: int, unit_bp: int) -> list[tuple[float, float]]:
    """Return the confidence interval around each count, from CIRUC or else CIRB.

    A missing bound means that the count is unbounded; a pair outside its own count, or a list of
    another length, makes the count unknown.
    """
    for key, scale in (("CIRUC", 1), ("CIRB", unit_bp)):
        texts = info.get(key, ".").split(",")
        if set(texts) == {"."}:
            continue
        if len(texts) != 2 * total:
            return [(-math.inf, math.inf)] * total
        pairs = zip(texts[::2], texts[1::2], strict=True)
        return [_offsets(low, high, scale) for low, high in pairs]
    return [(0.0, 0.0)] * total


def _offsets(low: str, high: str, scale: int) -> tuple[float, float]:
    if low == high == ".":
        return 0.0, 0.0
    below, above = number_or_nan(low) / scale, number_or_nan(high) / scale
    return (below if below <= 0 else -math.inf), (above if above >= 0 else math.inf)


def _count(counts: list[float], slack: list[tuple[float, float]]) -> str:
    """Return the sum of some counts, ``?`` where its interval holds another whole number."""
    count = sum(counts)
    if math.isnan(count):
        return "?"
    low, high = (count + sum(pair[side] for pair in slack) for side in (0, 1))
    others = np.ceil(low - 1e-9) < round(count) or np.floor(high + 1e-9) > round(count)
    return "?" if others else f"{count:g}"


def _numbers(info: dict[str, str], key: str) -> list[float]:
    return [number_or_nan(text) for text in info[key].split(",")] if key in info else []
