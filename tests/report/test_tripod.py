from __future__ import annotations

import csv
import io

import pytest

from nxpredict.report import render_model_card, tripod_csv, tripod_markdown, tripod_table

HUMAN = {
    *("3a", "3c", "5b", "8b", "8c", "9c", "17", "18a", "18b", "18c", "18d", "18e"),
    *("19", "25", "27b", "27c"),
}


@pytest.fixture(scope="module")
def rows(world):
    return tripod_table(world().cohort_page())


def test_all_27_items_once_and_in_order(rows) -> None:
    numbers = [row.number for row in rows]
    assert len(numbers) == len(set(numbers))
    path = [n for n in numbers if n.startswith("PATH ")]
    assert path == [f"PATH {k}" for k in range(1, 9)] == numbers[-8:]
    items = [int("".join(c for c in n if c.isdigit())) for n in numbers[:-8]]
    assert items == sorted(items)
    assert set(items) == set(range(1, 28))


def test_human_items_are_never_filled(world) -> None:
    for level in ("supported", "not supported", "not assessable"):
        for row in tripod_table(world(level=level, site=False).cohort_page()):
            assert row.status in ("filled", "needs author", "not applicable")
            if row.number in HUMAN:
                assert row.status == "needs author"
                assert row.content == ""


def test_every_filled_cell_says_something_and_where_it_can_be_checked(rows) -> None:
    assert sum(row.status == "filled" for row in rows) >= 15
    for row in rows:
        if row.content:
            assert row.source, row.number
            assert "None" not in row.content
        if row.status != "needs author":
            assert row.content, row.number


def test_clusters_are_not_applicable_without_sites(world, rows) -> None:
    with_site = {row.number: row.status for row in rows}
    without = {row.number: row.status for row in tripod_table(world(site=False).cohort_page())}
    assert (with_site["12d"], without["12d"]) == ("filled", "not applicable")


def test_patients_whose_stopping_is_known_are_counted_apart(world) -> None:
    facts = world().cohort_page()
    (plain,) = (row.content for row in tripod_table(facts) if row.number == "21")
    facts["beside"] = {"tolerability": {"n": 97}}
    (row,) = (row.content for row in tripod_table(facts) if row.number == "21")
    assert plain.removesuffix(".") in row
    assert "97 in that of stopping" in row
    assert "stopping" not in plain


def test_drugs_of_different_studies_are_nowhere_said_to_be_compared(world) -> None:
    facts = world(level="not assessable", allocation="pooled-indirect").cohort_page()
    said = {row.number: row for row in tripod_table(facts)}
    for number in ("6c", "12e", "15"):
        assert "difference" not in said[number].content, number
    assert said["15"].content.endswith("no preference.")
    assert said["PATH 3"].status == said["PATH 8"].status == "not applicable"
    output = render_model_card(facts).split("## Output")[1].split("##")[0]
    assert "difference" not in output
    assert "no preference" in output


def test_csv_and_markdown_hold_the_same_rows(rows) -> None:
    read = list(csv.DictReader(io.StringIO(tripod_csv(rows))))
    assert [r["number"] for r in read] == [row.number for row in rows]
    lines = [line for line in tripod_markdown(rows).splitlines() if line.startswith("| ")]
    assert len(lines) == len(rows) + 1
    assert all(line.count(" | ") == 5 for line in lines)


def test_markdown_holds_no_tags(world, hostile) -> None:
    facts = world(study=hostile, label=hostile).cohort_page()
    assert "<script" not in tripod_markdown(tripod_table(facts))
    assert "<script" not in render_model_card(facts)


def test_model_card(world) -> None:
    facts = world().cohort_page()
    card = render_model_card(facts)
    assert facts["research_use"] in card
    assert "Supported." in card
    assert facts["reproducibility"]["fingerprint"] in card
    headings = [line for line in card.splitlines() if line.startswith("#")]
    assert headings[0].startswith("# Model card")
    assert len(headings) == 11
    table = [line for line in card.splitlines() if line.startswith("| ")]
    assert all(line.count("|") == len(facts["arms"]) + 2 for line in table)
