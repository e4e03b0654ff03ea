"""Calls survive any chain of formats: written, read back, written in another, read back."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nxpredict.genotypes import ColumnCoding, calls_from_columns, read_calls

OPRM1, S145C, L311V, DRD4 = (
    "OPRM1_rs1799971",
    "AKR1C4_rs3829125",
    "AKR1C4_rs17134592",
    "DRD4_exon3_VNTR",
)
SNPS = (OPRM1, S145C, L311V)
MINUS = str.maketrans("ACGT", "TGCA")


def pair_text(calls, name):
    """Return each patient's alleles as a tuple of texts, None when not typed."""
    found = calls.loci[name]
    texts = zip(found.allele_text(0), found.allele_text(1), strict=True)
    return [None if a is None else (a, b) for a, b in texts]


def vcf_lines(table, loci, build, prefix):
    head = "##fileformat=VCFv4.4\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
    rows = [head + "\t".join(table["ids"])]
    for locus in loci:
        if locus.name == DRD4:
            others = sorted({a for p in table[DRD4] if p for a in p} - {"4"}, key=int) or ["7"]
            names, info = (
                ["4", *others],
                f"RN={','.join('1' for _ in others)};RUC={','.join(others)}",
            )
            fixed = [f"{prefix}11", "639987", ".", "G", ",".join(["<CNV:TR>"] * len(others))]
        else:
            names, info = [locus.reference_allele, locus.effect_allele], "."
            position = getattr(locus, f"position_grch{build}")
            fixed = [prefix + locus.chromosome, str(position), ".", *names]
        cells = [
            "./." if p is None else f"{names.index(p[0])}/{names.index(p[1])}"
            for p in table[locus.name]
        ]
        rows.append("\t".join([*fixed, ".", "PASS", info, "GT", *cells]))
    return "\n".join(rows) + "\n"


def through_vcf(table, loci, folder, build="38", prefix="chr", squeeze=False):
    data = vcf_lines(table, loci, build, prefix).encode()
    path = folder / "t.vcf"
    path.write_bytes(gzip.compress(data) if squeeze else data)
    return read_calls(path, loci)


def through_arrays(table, loci, folder):
    people = folder / "people"
    people.mkdir(exist_ok=True)
    for old in people.iterdir():
        old.unlink()
    for i, patient in enumerate(table["ids"]):
        lines = ["# 23andMe\n# rsid\tchromosome\tposition\tgenotype"]
        for locus in loci:
            if locus.name != DRD4:
                cell = "--" if table[locus.name][i] is None else "".join(table[locus.name][i])
                lines.append(f"{locus.rsid}\t{locus.chromosome}\t{locus.position_grch37}\t{cell}")
        (people / f"{patient}.txt").write_text("\n".join(lines) + "\n")
    return read_calls(people, loci, patient_ids=table["ids"])


def through_bed(table, loci, folder, swap, minus):
    n, bim, data = len(table["ids"]), [], b"\x6c\x1b\x01"
    (folder / "t.fam").write_text("".join(f"{p} {p} 0 0 0 -9\n" for p in table["ids"]))
    for locus in loci:
        if locus.name == DRD4:
            continue
        a1, a2 = locus.effect_allele, locus.reference_allele
        a1, a2 = (a2, a1) if swap else (a1, a2)
        codes = np.zeros(n + (-n % 4), np.uint8)
        for i, pair in enumerate(table[locus.name]):
            codes[i] = 1 if pair is None else {0: 0, 1: 2, 2: 3}[sum(a == a2 for a in pair)]
        shown = [a.translate(MINUS) if minus else a for a in (a1, a2)]
        bim.append(
            f"{locus.chromosome} {locus.rsid} 0 {locus.position_grch38} {shown[0]} {shown[1]}"
        )
        data += (
            (codes.reshape(-1, 4) << np.array([0, 2, 4, 6], np.uint8))
            .sum(axis=1)
            .astype(np.uint8)
            .tobytes()
        )
    (folder / "t.bim").write_text("\n".join(bim) + "\n")
    (folder / "t.bed").write_bytes(data)
    return read_calls(folder / "t.bed", loci, strand="reverse" if minus else "forward")


def through_columns(table, loci, notation):
    frame, coding = pd.DataFrame(index=table["ids"]), {}
    for locus in loci:
        pairs = table[locus.name]
        if locus.name == DRD4:
            frame["d"] = ["" if p is None else f"{p[0]}R/{p[1]}R" for p in pairs]
            coding[DRD4] = ColumnCoding(("d",))
            continue
        effect = locus.effect_allele
        if notation == "dosage":
            cells = ["" if p is None else str(sum(a == effect for a in p)) for p in pairs]
        elif notation == "vcf":
            cells = ["" if p is None else "/".join(str(int(a == effect)) for a in p) for p in pairs]
        else:
            cells = ["" if p is None else "/".join(p) for p in pairs]
        frame[locus.name] = cells
        counted = effect if notation == "dosage" else None
        coding[locus.name] = ColumnCoding((locus.name,), notation, counted, strand="forward")
    return calls_from_columns(frame, coding, loci)


def as_table(calls):
    return {"ids": list(calls.patient_ids), **{name: pair_text(calls, name) for name in calls.loci}}


STEPS = {
    "vcf37": lambda t, loci, d: through_vcf(t, loci, d, "37", ""),
    "vcf38": lambda t, loci, d: through_vcf(t, loci, d, "38", "chr", squeeze=True),
    "letters": lambda t, loci, _: through_columns(t, loci, "alleles"),
    "vcf_cells": lambda t, loci, _: through_columns(t, loci, "vcf"),
    "dosage": lambda t, loci, _: through_columns(t, loci, "dosage"),
    "arrays": through_arrays,
    "bed": lambda t, loci, d: through_bed(t, loci, d, swap=False, minus=False),
    "bed_swapped": lambda t, loci, d: through_bed(t, loci, d, swap=True, minus=False),
    "bed_minus": lambda t, loci, d: through_bed(t, loci, d, swap=True, minus=True),
}
WITHOUT_REPEATS = {"arrays", "bed", "bed_swapped", "bed_minus"}


def snp_pairs(reference, effect):
    return st.sampled_from([None, (reference, reference), (reference, effect), (effect, effect)])


@st.composite
def tables(draw):
    n = draw(st.integers(1, 7))
    count = st.integers(2, 11)
    repeats = st.one_of(
        st.none(), st.tuples(count, count).map(lambda p: tuple(map(str, sorted(p))))
    )
    columns = {OPRM1: snp_pairs("A", "G"), S145C: snp_pairs("C", "G"), L311V: snp_pairs("C", "G")}
    drawn = {name: draw(st.lists(pair, min_size=n, max_size=n)) for name, pair in columns.items()}
    drawn[DRD4] = draw(st.lists(repeats, min_size=n, max_size=n))
    return {"ids": [f"p{i}" for i in range(n)], **drawn}


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(table=tables(), steps=st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=4))
def test_any_chain_of_formats_keeps_every_call(table, steps, loci, tmp_path):
    wanted, kept = table, set(table) - {"ids"}
    for step in steps:
        if step in WITHOUT_REPEATS:
            kept.discard(DRD4)
        calls = STEPS[step](table, loci, tmp_path)
        table = as_table(calls)
        assert table["ids"] == wanted["ids"]
        for name in kept:
            assert table[name] == wanted[name], (step, name)
        for name in set(SNPS) & kept:
            effect = next(locus.effect_allele for locus in loci if locus.name == name)
            dosage = [np.nan if p is None else sum(a == effect for a in p) for p in wanted[name]]
            np.testing.assert_equal(calls.loci[name].dosage, dosage)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_each_format_by_itself(name, loci, tmp_path):
    pairs = {OPRM1: [("A", "G"), ("G", "G"), None, ("A", "A")]}
    pairs |= {locus: [("C", "G"), None, ("G", "G"), ("C", "C")] for locus in (S145C, L311V)}
    table = {
        "ids": ["a", "b", "c", "d"],
        **pairs,
        DRD4: [("4", "7"), ("2", "11"), None, ("4", "4")],
    }
    found = as_table(STEPS[name](table, loci, tmp_path))
    for locus in pairs if name in WITHOUT_REPEATS else table:
        assert found[locus] == table[locus]
