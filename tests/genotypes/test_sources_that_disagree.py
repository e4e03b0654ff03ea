"""Two sources of one patient: what they say differently is noticed, in any order."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from nxpredict.genotypes import calls_from_columns, merge_calls, read_calls, recognise_columns

OPRM1 = "OPRM1_rs1799971"
CONTIG = "##contig=<ID=6,length=171115067>"
BLOCK = "6:154360700:A:<NON_REF>:.:.:END=154360900:GT^DP 0/0^30 0/0^30 0/0^0"
FAILED = BLOCK.replace(":.:.:END", ":.:LowGQ:END")
RECORD = "6:154360797:A:G:.:.:.:GT^DP 0/1^30 0/0^30 1/1^30"


@pytest.fixture
def read(vcf, tmp_path, loci):
    def read(*files, **more):
        paths = []
        for number, rows in enumerate(files):
            vcf(rows, header=CONTIG, name=f"{number}.vcf", loci=[])
            paths.append(tmp_path / f"{number}.vcf")
        found = [read_calls(order, loci, **more) for order in itertools.permutations(paths)]
        assert all(
            found[0].loci[OPRM1].state.tolist() == other.loci[OPRM1].state.tolist()
            for other in found
        )
        return found[0]

    return read


def test_a_block_of_another_file_that_contradicts_a_record_is_noticed(read, seen):
    calls = read([BLOCK], [RECORD])
    assert seen.states(calls, OPRM1) == ["Indeterminate", "Absent", "Present"]
    assert "genotype-conflicting-duplicates" in seen.codes(calls)


def test_a_block_that_failed_its_filter_is_set_aside_and_said(read, seen):
    calls = read([FAILED], [RECORD])
    assert seen.dosage(calls, OPRM1) == [1, 0, 2]
    assert "genotype-filtered-duplicate" in seen.codes(calls)


def test_a_record_counts_before_the_block_around_it_in_its_own_file_only(read, seen):
    calls = read([BLOCK, RECORD], [RECORD])
    assert seen.dosage(calls, OPRM1) == [1, 0, 2]
    calls = read([RECORD, BLOCK], [BLOCK])
    assert seen.states(calls, OPRM1) == ["Indeterminate", "Absent", "Present"]


def test_a_block_tells_what_a_record_of_another_file_does_not(read, seen):
    calls = read([BLOCK], [RECORD.replace("0/1^30 0/0^30", "./.^0 ./.^0")])
    assert seen.states(calls, OPRM1) == ["Absent", "Absent", "Present"]


def test_a_column_that_contradicts_a_block_is_noticed(read, loci, seen):
    table = pd.DataFrame({"rs1799971": ["A/G", "A/A", ""]}, index=["p1", "p2", "p3"])
    columns = calls_from_columns(table, recognise_columns(table.columns, loci), loci)
    for merged in (merge_calls(read([BLOCK]), columns), merge_calls(columns, read([BLOCK]))):
        assert seen.states(merged, OPRM1) == ["Indeterminate", "Absent", "No call"]
