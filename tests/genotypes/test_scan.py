"""One pass over VCF text finds the same lines however the text is cut."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.genotypes._vcf_scan import by_scan

PLACES = [("6", 154360797), ("chr10", 5218719), ("11", 639990)]


def text_of(n_samples, seed, blocks=False):
    """Return VCF bytes and the lines that a reader must find."""
    rng = np.random.default_rng(seed)
    names = "\t".join(f"p{i}" for i in range(n_samples))
    lines = [
        f"##fileformat=VCFv4.4\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}"
    ]
    wanted = []
    for chromosome, place in PLACES:
        for offset in np.sort(rng.choice(np.arange(-400, 400), 60, replace=False)):
            if chromosome == "11" and -150 <= offset <= 195:
                continue
            row = "\t".join(rng.choice(["0/0", "0|1", "./."], n_samples))
            if offset == 0:
                continue
            lines.append(
                f"{chromosome}\t{place + offset}\trs9{offset + 500}\tA\tT\t.\t.\t.\tGT\t{row}"
            )
        row = "\t".join(rng.choice(["0/0", "0|1", "./."], n_samples))
        if blocks:
            line = f"{chromosome}\t{place - 20}\t.\tC\t<*>\t.\t.\tAN=2;END={place + 3}\tGT\t{row}"
        else:
            line = f"{chromosome}\t{place}\t.\tA\tG\t.\t.\t.\tGT\t{row}"
        lines.append(line)
        wanted.append(line.encode())
    moved = f"7\t12345\trs1;rs1799971\tA\tG\t.\t.\t.\tGT\t{row}"
    wanted.append(moved.encode())
    return ("\n".join([*lines, moved]) + "\n").encode(), wanted


@settings(max_examples=60, deadline=None)
@given(
    n_samples=st.sampled_from([1, 3, 400]),
    seed=st.integers(0, 5),
    blocks=st.booleans(),
    sizes=st.lists(st.integers(1, 9000), min_size=1, max_size=8),
)
def test_cuts_do_not_matter(n_samples, seed, blocks, sizes, loci):
    text, wanted = text_of(n_samples, seed, blocks)
    pieces, at = [], 0
    for size in itertools.cycle(sizes):
        pieces.append(text[at : at + size])
        at += size
        if at >= len(text):
            break
    found = by_scan(Path("x.vcf"), iter(pieces), loci)
    assert found.lines == wanted
    assert found.contigs == {"6", "10", "11"}


@pytest.mark.parametrize("n_samples", [1, 400])
def test_a_last_line_without_its_end_is_read_when_it_is_whole(n_samples, loci):
    text, wanted = text_of(n_samples, 1)
    assert by_scan(Path("x.vcf"), iter([text[:-1]]), loci).lines == wanted
