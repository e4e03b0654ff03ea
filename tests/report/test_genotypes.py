"""Quality of the genotype calls on the cohort page: what stands there, and what is withheld."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from nxpredict.catalog import load_catalog
from nxpredict.genotypes import calls_from_columns, genotype_qc, recognise_columns
from nxpredict.report import render_cohort_report
from nxpredict.report._genotypes import genotype_quality_facts

OPRM1 = "OPRM1_rs1799971"


@pytest.fixture
def door() -> dict:
    """The door's facts of 240 patients: two sites, three ancestries, one contradiction."""
    catalog = load_catalog()
    loci = [*catalog.variants.values(), *catalog.repeats.values()]
    rng = np.random.default_rng(4)
    letters = np.array(["A/A", "A/G", "G/G", ""])[rng.choice(4, 240, p=[0.6, 0.25, 0.05, 0.1])]
    letters[:2] = "A/A", "G/G"
    frame = pd.DataFrame({"rs1799971": letters, "drd4": "4/7"})
    ids = ["P0", "P0", *(f"P{i}" for i in range(2, 240))]
    calls = calls_from_columns(frame, recognise_columns(frame, loci), loci, patient_ids=ids)
    n = len(calls)
    ancestry = ["EUR"] * 150 + ["EAS"] * (n - 155) + ["SAS"] * 5
    site = ["north"] * 120 + ["<south>"] * (n - 120)
    quality = genotype_qc(calls, site=site, ancestry=ancestry)
    loci_facts = [{"locus": name, **counts} for name, counts in calls.counts().items()]
    return {"genotypes": loci_facts, "genotype_quality": quality.to_dict()}


def test_every_quality_the_door_knows_is_on_the_page(world, door) -> None:
    w = world()
    w.cohort.facts = door
    page = re.sub(r"\s+", " ", render_cohort_report(w.cohort_page()))
    section = page[page.index("Quality of the genotype calls") : page.index('id="average"')]
    text = re.sub(r"<[^>]+>", "|", section)
    rates = [r for r in door["genotype_quality"]["call_rate"] if r["locus"] == OPRM1]
    assert {r["site"] for r in rates} == {"all", "north", "<south>"}
    for row in rates:
        assert f"{100 * row['call_rate']:.1f}" in text
    assert "&lt;south&gt;" in section
    for row in door["genotype_quality"]["frequency"]:
        if row["locus"] == OPRM1 and row["frequency"] is not None:
            assert f"{row['frequency']:.2f}" in text
    # Those of Asians and of all would tell of the five patients of another ancestry.
    without = [r for r in door["genotype_quality"]["frequency"] if r["frequency"] is None]
    assert {r["ancestry"] for r in without if r["locus"] == OPRM1} == {"EAS"}
    assert "0.16 (R)" in text
    assert "0.39 (R)" in text
    assert "SAS" not in text
    assert "not known" in text
    assert text.count("Hardy-Weinberg") >= 2
    assert "contradict each other" in text
    assert "P0" not in text


def test_no_number_tells_of_fewer_than_ten_patients(world, door) -> None:
    states = next(row["states"] for row in door["genotypes"] if row["locus"] == OPRM1)
    states |= dict.fromkeys(states, 0) | {"Present": 150, "Absent": 83, "No call": 7}
    for row in door["genotype_quality"]["call_rate"]:
        row["call_rate"] = 1 - (3 if row["site"] == "north" else 30) / row["n"]
    door["genotype_quality"]["duplicates"][0] |= {"locus": OPRM1, "conflicting": 1}
    found = genotype_quality_facts(door)
    assert found is not None
    shown = next(row["states"] for row in found["loci"] if "rs1799971" in row["label"])
    # The rest of 240 would give a single hidden count away.
    assert [shown["Present"], shown["Absent"], shown["No call"]] == [150, None, None]
    rates = {row["site"]: row["rates"] for row in found["sites"]}
    assert set(rates["north"]) == {None}
    # All sites together would give the north away.
    assert set(rates["<south>"]) == {None}
    assert None not in rates["all"]
    assert found["duplicates"][0]["conflicting"] is None
    w = world()
    w.cohort.facts = door
    page = render_cohort_report(w.cohort_page())
    assert "hidden" in page[page.index("Quality of the genotype calls") :]


def test_sites_that_are_left_out_cannot_be_counted_by_subtraction(door) -> None:
    """Of 240 patients 113 are in the north, 120 in the south: seven elsewhere."""
    for row in door["genotype_quality"]["call_rate"]:
        row["n"] = {"all": 240, "north": 113, "<south>": 120}[row["site"]]
    found = genotype_quality_facts(door)
    assert found is not None
    assert [row["site"] for row in found["sites"]] == ["all", "<south>"]


def test_few_without_a_call_are_not_what_the_called_leave(world, door) -> None:
    """Where the call rate is hidden, so is the number called, and what it divides."""
    for row in door["genotype_quality"]["call_rate"]:
        if row["site"] == "all" and row["locus"] == OPRM1:
            row["typed"] = row["n"] - 3
    found = genotype_quality_facts(door)
    assert found is not None
    rows = [row for row in found["frequencies"] if row["locus"] == OPRM1]
    assert {row["n"] for row in rows} == {None}
    shown = [row["frequency"] for row in rows if row["frequency"] is not None]
    assert shown == [round(share, 2) for share in shown]


def test_a_frequency_of_few_copies_is_hidden_on_the_page(world, door) -> None:
    for row in door["genotype_quality"]["frequency"]:
        row["frequency"] = None
    for row in door["genotype_quality"]["hardy_weinberg"]:
        row["p"] = None
    w = world()
    w.cohort.facts = door
    page = render_cohort_report(w.cohort_page())
    table = page[page.index("Allele frequency beside the reference") :]
    assert table[: table.index("</table>")].count("hidden") >= 4


def test_without_calls_nothing_is_claimed(world) -> None:
    assert genotype_quality_facts({}) is None
    assert "Quality of the genotype calls" not in render_cohort_report(world().cohort_page())
