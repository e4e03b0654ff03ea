"""Genotypes as VCF 4.4: SNPs, and a repeat as a ``<CNV:TR>`` record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nxpredict.errors import RESEARCH_USE
from nxpredict.synthetic._parameters import load_parameters

if TYPE_CHECKING:
    from nxpredict.catalog import Catalog, RepeatLocus, Variant

_FIELDS = (
    '##ALT=<ID=CNV:TR,Description="Tandem repeat, other number of units">',
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="Last position of the reference repeat">',
    '##INFO=<ID=SVLEN,Number=A,Type=Integer,Description="Length of the reference repeat in bases">',
    '##INFO=<ID=RN,Number=A,Type=Integer,Description="Repeat sequences in this allele">',
    '##INFO=<ID=RUL,Number=.,Type=Integer,Description="Length of the repeat unit in bases">',
    '##INFO=<ID=RUC,Number=.,Type=Float,Description="Repeat units in this allele">',
    '##INFO=<ID=RB,Number=.,Type=Integer,Description="Bases of the repeat in this allele">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
)


def vcf_text(
    ids: Sequence[str],
    genotypes: Mapping[str, NDArray[np.int64]],
    catalog: Catalog,
    *,
    scenario: str,
) -> str:
    """Return a VCF 4.4 file (GRCh38) of the genotypes.

    Parameters
    ----------
    ids : sequence of str
        Patient ids, the sample names.
    genotypes : mapping of str to int64 array of shape (n, 2)
        Alleles by locus: 0 or 1 at a SNP, repeats at a repeat locus, -1 for no call.
    catalog : Catalog
        Positions and alleles of the loci.
    scenario : str
        Named in the header.

    Returns
    -------
    str
        Header and records, sorted by position. The reference base of the repeat record is ``N``:
        it is not asserted.
    """
    lengths = load_parameters().contig_length
    records: list[tuple[int, int, str]] = []
    chromosomes: dict[str, None] = {}
    for locus, pair in genotypes.items():
        known = catalog.variants.get(locus) or catalog.repeats[locus]
        chromosome = str(known.chromosome).removeprefix("chr")
        chromosomes[chromosome] = None
        if locus in catalog.variants:
            fields, position = _snp(catalog.variants[locus])
            calls = pair
        else:
            fields, position, calls = _repeat(catalog.repeats[locus], pair)
        line = "\t".join([f"chr{chromosome}", str(position), *fields, "GT", *_texts(calls)])
        records.append((int(chromosome), position, line))
    header = [
        "##fileformat=VCFv4.4",
        "##source=nxpredict simulate",
        "##reference=GRCh38",
        f"##nxpredictNote=Synthetic patients, scenario {scenario}. {RESEARCH_USE}",
        *_FIELDS,
        *(
            f"##contig=<ID=chr{name},length={lengths[name]},assembly=GRCh38>"
            for name in sorted(chromosomes, key=int)
        ),
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *ids]),
    ]
    return "\n".join([*header, *(line for _, _, line in sorted(records))]) + "\n"


def _snp(variant: Variant) -> tuple[list[str], int]:
    fields = [variant.rsid, variant.reference_allele, variant.effect_allele, ".", "PASS", "."]
    return fields, int(variant.position_grch38)


def _repeat(
    locus: RepeatLocus, pair: NDArray[np.int64]
) -> tuple[list[str], int, NDArray[np.int64]]:
    reference = locus.reference_repeats
    others = [int(r) for r in np.unique(pair) if r not in {-1, reference}]
    calls = np.full(pair.shape, -1, dtype=np.int64)
    for index, repeats in enumerate([reference, *others]):
        calls[pair == repeats] = index
    if not others:
        return [locus.name, "N", ".", ".", "PASS", "."], int(locus.start_grch38) - 1, calls
    length = reference * locus.unit_bp
    position = (
        int(locus.start_grch38) - 1
    )  # the base before the repeat, as for every symbolic allele
    per_allele = {
        "SVLEN": [length] * len(others),
        "RN": [1] * len(others),
        "RUL": [locus.unit_bp] * len(others),
        "RUC": others,
        "RB": [repeats * locus.unit_bp for repeats in others],
    }
    info = [f"END={position + length}"]
    info += [f"{key}={','.join(map(str, values))}" for key, values in per_allele.items()]
    alt = ",".join(["<CNV:TR>"] * len(others))
    return [locus.name, "N", alt, ".", "PASS", ";".join(info)], position, calls


def _texts(calls: NDArray[np.int64]) -> list[str]:
    return ["./." if a < 0 or b < 0 else f"{min(a, b)}/{max(a, b)}" for a, b in calls.tolist()]
