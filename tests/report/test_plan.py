"""The page of a plan: numbers with their errors, in percent as in the figure."""

from __future__ import annotations

import json
from pathlib import Path

from nxpredict.report import plan_facts, render_plan_report

ANSWER = json.loads((Path(__file__).parent / "given" / "plan.json").read_text("utf-8"))


def test_numbers_stand_with_their_errors_in_the_units_of_the_figure() -> None:
    average, choosing = plan_facts(ANSWER, command="nxpredict plan plan.yaml")["parts"]
    assert average["heads"] == ["Patients", "Difference", "Power (standard error)"]
    assert average["rows"][1] == ["300", "b versus a", "43% (0.4)"]
    found = dict(zip(choosing["heads"], choosing["rows"][0], strict=True))
    assert found["Verdict supported (standard error)"] == "35% (10.0)"
    assert found["Worth of genotype predictors, points (standard error)"] == "+0.8 (0.6)"


def test_every_row_is_named_and_every_line_has_its_mark() -> None:
    page = render_plan_report(plan_facts(ANSWER, command="nxpredict plan plan.yaml"))
    assert page.count('<th scope="row">') == 3
    assert page.count('role="img"') == 2
    assert page.count('class="point arm-0"') == 3
