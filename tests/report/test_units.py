"""Numbers stand with what they are counted in, on paper, on a screen and on a telephone."""

from __future__ import annotations

import re

import pytest

from nxpredict.report import (
    render_cohort_report,
    render_patient_page,
    render_tables,
    tripod_table,
)
from nxpredict.report._check_facts import check_facts
from nxpredict.report._measured import measured_in
from nxpredict.study import ResponseScale

DAYS = ResponseScale("days", "lower").to_dict()
STACKED = re.compile(r'<table class="stack">.*?</table>', re.DOTALL)
CELL = re.compile(r"<td class=\"n\"([^>]*)>([^<]*)")


@pytest.fixture(scope="module")
def in_days(world):
    w = world()
    w.cohort.facts = {"response": DAYS}
    return w


def test_a_number_is_not_measured_in_points(in_days) -> None:
    evaluation = in_days.evaluation | {"response": DAYS}
    for arm in evaluation["per_arm"].values():
        arm["mean_response"] = {"estimate": 9.0, "lower": 8.0, "upper": 10.0}
        arm["r_squared"] = {"estimate": 0.2, "lower": 0.1, "upper": 0.3}
    found = {"standard_error": 1.5, "standard_error_90": 2.5, "preferred_arm_changes": 0.2}
    for contrast in evaluation["contrasts"].values():
        contrast["instability"] = found
    facts = in_days.cohort_page(evaluation=evaluation)
    assert "points" not in render_tables(facts).lower()
    assert "points" not in render_cohort_report(facts).partition("</style>")[2].replace(
        " points=", ""
    )
    with measured_in(DAYS):
        rows = tripod_table(facts)
    (item,) = (row for row in rows if row.number == "23a")
    assert "standard error of 1.5 days" in item.content


def test_a_number_keeps_its_name_where_the_head_of_the_table_is_gone(world) -> None:
    """On a telephone the rows of a table are stacked and its head is not seen."""
    w = world()
    for page in (render_cohort_report(w.cohort_page()), render_patient_page(w.patient_page())):
        cells = [cell for table in STACKED.findall(page) for cell in CELL.findall(table)]
        assert cells
        nameless = [text for given, text in cells if "data-label" not in given and text.strip()]
        assert not nameless


def test_a_measure_in_points_says_so_beside_those_without_a_unit() -> None:
    pooled = {"estimate": 0.1, "lower": 0.05, "upper": 0.15, "sites": 4}
    pooled |= {"prediction_lower": 0.0, "prediction_upper": 0.2}
    found = {
        "optimism": {"autoc": {"apparent": 0.2, "optimism": 0.1}},
        "between_sites": {"ate": pooled},
    }
    evaluation = {"per_arm": {}, "contrasts": {"b_vs_a": found}}
    facts = check_facts(
        evaluation, [{"name": "a", "label": "a"}, {"name": "b", "label": "b"}], {}, {}
    )
    assert facts["optimism"][0]["measure"] == "value of the ranking (AUTOC), points"
    assert facts["sites"][0]["measure"] == "average difference, points"
    in_days = check_facts(
        evaluation | {"response": DAYS}, [{"name": n, "label": n} for n in "ab"], {}, {}
    )
    assert in_days["sites"][0]["measure"] == "average difference, days"
