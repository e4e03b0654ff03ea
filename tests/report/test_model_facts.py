"""The model in full: kinds and terms in words, and one count of each said the same everywhere."""

from __future__ import annotations

import re

from nxpredict.models._sampler import FAMILIES
from nxpredict.report import render_cohort_report, render_tables, tripod_table
from nxpredict.report._format import points_ci
from nxpredict.report._measured import measured_in
from nxpredict.report._messages import rules
from nxpredict.report._model_facts import term
from nxpredict.report._values import specs_by_name


def test_every_kind_of_coefficient_has_a_name_for_people() -> None:
    assert set(FAMILIES) <= set(rules("model")["kinds"])


def test_a_value_that_was_not_recorded_is_no_label_of_its_predictor(world) -> None:
    row = {"kind": "missing", "predictor": "smoker", "part": "", "second": "", "second_part": ""}
    assert term(row, specs_by_name(world().schema)) == "Current smoker: not recorded"


def test_what_is_fitted_and_what_is_listed_are_counted_under_two_names(world) -> None:
    w = world()
    model = {"learner": "default", "coefficients": 289}
    facts = w.cohort_page(evaluation=w.evaluation | {"model": model})
    page, tables = render_cohort_report(facts), render_tables(facts)
    items = {item.number: item.content for item in tripod_table(facts)}
    for text in (page, items["12c"]):
        assert re.search("Coefficients fitted, what treatments share and what differs", text)
    assert "the intercept and the 4 largest of 4 terms" in page
    assert "Intercept and largest of 4 terms" in tables
    assert "The intercept and 4 terms" in items["22"]


def test_estimates_of_one_column_have_equal_digits() -> None:
    column = [
        {"estimate": -0.25, "lower": -0.83, "upper": 0.33},
        {"estimate": -0.179, "lower": -0.676, "upper": 0.319},
    ]
    with measured_in({"kind": "continuous", "unit": "days", "favourable": "lower"}):
        written = [points_ci(row, column) for row in column]
    assert {len(number) for text in written for number in re.findall(r"\.(\d+)", text)} == {2}
