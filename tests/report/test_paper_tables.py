"""The tables of a paper: the same cells as CSV and as HTML, in words, nothing small shown."""

from __future__ import annotations

import csv
import io
import re

import pytest

from nxpredict.report import paper_tables, render_cohort_report, render_tables
from nxpredict.report._model_facts import SHOWN, coefficient_facts
from nxpredict.report._values import specs_by_name


@pytest.fixture(scope="module", params=[("a", "b"), ("naltrexone", "nalmefene", "placebo")])
def facts(request, world):
    return world(arms=request.param).cohort_page()


def test_every_row_is_as_wide_as_its_head_and_says_something(facts) -> None:
    tables = paper_tables(facts)
    assert len({table.name for table in tables}) == len(tables)
    for table in tables:
        assert table.rows
        assert table.caption.endswith(".")
        for row in table.rows:
            assert len(row) == len(table.head), table.name
            assert row[0]
            assert not {"None", "nan"} & set(row)


def test_csv_and_html_hold_the_same_cells(facts) -> None:
    html = render_tables(facts)
    bodies = re.findall(r"<tbody>(.*?)</tbody>", html, re.DOTALL)
    tables = paper_tables(facts)
    assert len(bodies) == len(tables)
    for table, body in zip(tables, bodies, strict=True):
        head, *rows = csv.reader(io.StringIO(table.csv()))
        assert tuple(head) == table.head
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", body, re.DOTALL)
        assert len(cells) == sum(map(len, rows))


def test_no_head_speaks_of_points_where_the_response_has_a_unit(world) -> None:
    facts = world().cohort_page()
    facts["response"] = {"kind": "continuous", "unit": "days", "favourable": "lower"}
    for arm in facts["arms"]:
        arm |= {"mean_response": arm["response_rate"]}
    heads = {table.name: table.head for table in paper_tables(facts)}
    assert not [head for head in heads.values() if "oints" in " ".join(head)]
    assert heads["differences_by_group"][-1] == "days (95% interval)"
    assert heads["drivers"][-2:] == ("Change, days", "Mean size, days")


def test_html_keeps_its_look_when_pasted(facts) -> None:
    html = render_tables(facts)
    assert not re.search(r"<script|<style|class=", html)
    assert all("border" in cell for cell in re.findall(r"<t[hd] [^>]*>", html))
    assert html.count("<caption") == html.count("<table")


def test_small_groups_are_hidden(world) -> None:
    tables = {table.name: table for table in paper_tables(world().cohort_page())}
    tiny = [row for row in tables["patients"].rows if row[0].endswith("tiny")]
    assert tiny[0][1:4] == ["hidden"] * 3


def test_the_quartiles_of_a_row_have_equal_digits(facts) -> None:
    tables = {table.name: table for table in paper_tables(facts)}
    page = render_cohort_report(facts)
    rows = [row[1:-1] for row in tables["patients"].rows if any(" to " in text for text in row)]
    digits = [
        {len(number.partition(".")[2]) for text in row for number in re.findall(r"[\d.,]+", text)}
        for row in rows
    ]
    assert [len(found) for found in digits] == [1] * len(rows)
    assert max(set.union(*digits)) > 0
    assert all(text in page for row in rows for text in row)


def test_text_stays_text(world, hostile) -> None:
    assert hostile not in render_tables(world(study=hostile, label=hostile).cohort_page())


def test_terms_are_named_by_study_and_catalogue(world) -> None:
    rows = world().cohort_page()["coefficients"]["rows"]
    assert [row["term"] for row in rows] == [
        "Intercept",
        "Sex: male",
        "Age (bow)",
        "Serotonin: not recorded",
        "Current smoker: yes × centre: tiny",
    ]


def test_the_page_shows_the_largest_and_says_of_how_many(world) -> None:
    w = world()
    table = w.tables["coefficients"]
    many = table.loc[table.index.repeat(40)]
    found = coefficient_facts(many, w.arms.names, w.contrasts, specs_by_name(w.schema))
    assert (found["n"], len(found["rows"])) == (200, SHOWN)
    assert coefficient_facts(None, w.arms.names, w.contrasts, {}) is None
