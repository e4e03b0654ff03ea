"""Numbers stand with what they are counted in, on paper, on a screen and on a telephone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nxpredict.cohort import PredictorSpec
from nxpredict.report import (
    render_cohort_report,
    render_patient_page,
    render_tables,
    render_validation_report,
    tripod_table,
    validation_facts,
)
from nxpredict.report._check_facts import check_facts
from nxpredict.report._measured import measured_in
from nxpredict.report._values import describe
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


def test_the_parts_of_a_sum_have_equal_digits(in_days) -> None:
    """Of -7 and +0.121 nobody sees that they make -6.9."""
    page = in_days.patient_page()
    page["response"] = DAYS
    (part,) = page["drivers"]["differences"]
    part |= {"base": 0.121, "total": -7.0, "rest": part["rest"] | {"value": -7.121}}
    html = render_patient_page(page)
    assert ">+0.12<" in html
    assert "<strong>−7.00</strong>" in html


def test_a_percent_sign_follows_its_number(world) -> None:
    spec = PredictorSpec("cdt", "CDT", "biomarker", "continuous", unit="%")
    assert describe(spec, 1.9) == "1.9%"


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


def test_a_target_population_is_told_in_units_and_percent() -> None:
    found = json.loads((Path(__file__).parent / "given" / "validation.json").read_text("utf-8"))
    age = {"name": "age", "cohort": 46.6, "target": 55.0, "weighted": 55.0}
    found["target"]["characteristics"].append(age)
    labels, units = {"age": "Age", "sex": "Sex"}, {"age": "years"}
    facts = validation_facts(found, labels=labels, units=units, command="")
    page = render_validation_report(facts)
    cells = "".join(f'<td class="n">{text}</td>' for text in ("46.6", "55.0", "55.0"))
    assert f'<th scope="row">Age, years</th>{cells}' in page
    assert '<th scope="row">Sex: male</th><td class="n">70%</td>' in page
