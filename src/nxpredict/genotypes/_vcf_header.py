"""The header of a VCF: samples, contigs, and what it says about the build."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nxpredict.errors import DataError, Fault
from nxpredict.genotypes._build import build_named_in, contig_votes
from nxpredict.genotypes._numbers import whole_number

_CONTIG = re.compile(r"##contig=<ID=([^,>]+)(?:.*?[,<]length=(\d+))?", re.IGNORECASE)
_BUILD_LINE = re.compile(r"##(?:reference|assembly|contig|source|build|genome)", re.IGNORECASE)

_ARRAY = re.compile(
    r"##(?:source|platform)=.*(?:array|gtc|illumina|axiom|beadchip|affymetrix)"
    r"|##bcftools_\+(?:gtc2vcf|affy2vcf)|##FORMAT=<ID=(?:BAF|LRR|GC|IGC),",
    re.IGNORECASE,
)
_REPEAT_CALLER = re.compile(
    r"##source=.*(?:vntr|expansionhunter|gangstr|hipstr|trgt|longtr)|##FORMAT=<ID=REPCN,",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class VcfHeader:
    """Samples and contigs as the header names them.

    ``has_length_blocks`` is true when FORMAT LEN is declared (reference blocks of VCF 4.5);
    ``from_array`` when the source line or the intensity fields tell of a genotyping array,
    ``only_repeats`` when a caller of tandem repeats wrote the file.
    """

    samples: tuple[str, ...]
    contigs: dict[str, int | None]
    stated_build: str | None
    has_length_blocks: bool
    from_array: bool
    only_repeats: bool

    @classmethod
    def parse(cls, lines: list[bytes], path: Path) -> VcfHeader:
        """Read the header lines, the last of which is ``#CHROM``."""
        text = [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
        columns = text[-1].split("\t")
        if columns[:5] != ["#CHROM", "POS", "ID", "REF", "ALT"]:
            raise bad_header(path, "expected the column line #CHROM, POS, ID, REF, ALT")
        samples = tuple(columns[9:])
        if "\ufffd" in text[-1]:
            raise bad_header(
                path, "the sample names are no UTF-8 text", "rename them: bcftools reheader -s"
            )
        if not samples:
            raise bad_header(path, "the file lists sites only: it has no sample columns")
        if len(set(samples)) < len(samples) or "" in samples or "\0" in text[-1]:
            raise bad_header(
                path, "a sample name is empty or stands twice", "name each sample once"
            )
        found = (_CONTIG.match(line) for line in text)
        contigs = {m[1]: whole_number(m[2]) if m[2] else None for m in found if m}
        said = Counter(
            b for line in text if _BUILD_LINE.match(line) and (b := build_named_in(line))
        )
        return cls(
            samples=samples,
            contigs=contigs,
            stated_build=said.most_common(1)[0][0] if len(said) == 1 else None,
            has_length_blocks=any(line.startswith("##FORMAT=<ID=LEN,") for line in text),
            from_array=any(_ARRAY.match(line) for line in text),
            only_repeats=any(_REPEAT_CALLER.match(line) for line in text),
        )

    @property
    def contig_builds(self) -> Counter[str]:
        """Builds by contig length or accession."""
        return contig_votes(self.contigs)


def bad_header(path: Path, what: str, hint: str = "") -> DataError:
    hint = hint or "check that this is a VCF with genotypes, and that it is whole"
    return DataError([Fault("bad-vcf-header", what, hint, file=str(path))])
