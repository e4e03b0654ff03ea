"""The page of a plan: numbers with their intervals, in percent as in the figure."""

from __future__ import annotations

import json
from pathlib import Path

from nxpredict.report import plan_facts, render_plan_report

ANSWER = json.loads((Path(__file__).parent / "given" / "plan.json").read_text("utf-8"))


def test_numbers_stand_with_their_intervals_in_the_units_of_the_figure() -> None:
    average, choosing = plan_facts(ANSWER, command="nxpredict plan plan.yaml")["parts"]
    assert average["heads"] == ["Patients", "Difference", "Power"]
    assert average["rows"][1] == ["300", "b versus a", "43% (42% to 44%)"]
    found = dict(zip(choosing["heads"], choosing["rows"][0], strict=True))
    assert found["Verdict supported"] == "35% (18% to 57%)"
    assert found["Worth of genotype predictors, points"] == "+0.8 (−0.4 to +2.1)"
    better = found["Choosing beats the better single arm"]
    assert better == "100% (84% to 100%)"


def test_every_row_is_named_and_every_line_has_its_mark() -> None:
    page = render_plan_report(plan_facts(ANSWER, command="nxpredict plan plan.yaml"))
    assert page.count('<th scope="row">') == 3
    assert page.count('role="img"') == 2
    assert page.count('class="point arm-0"') == 3
    assert page.count('class="reach arm-') == 5


def test_designs_and_missingness_are_lines_of_the_figure_and_columns_of_the_table() -> None:
    shares = {"supported": 0.4, "differs": 0.5, "better": 0.6, "gain": 0.05}
    rows = [
        {"design": design, "missingness": missingness, "n": n, "studies": 20, **shares}
        for design in ("parallel", "crossover")
        for missingness in ("none", "at_random")
        for n in (200, 300)
    ]
    answer = ANSWER | {"tables": {"choosing": rows}}
    (part,) = plan_facts(answer, command="nxpredict plan plan.yaml")["parts"]
    assert part["heads"][:3] == ["Design", "Missing values", "Patients"]
    assert part["rows"][-1][:3] == ["crossover", "at random", "300"]
    assert [curve["label"] for curve in part["curves"]] == [
        "parallel, no value missing", "parallel, values missing at random",
        "crossover, no value missing", "crossover, values missing at random",
    ]  # fmt: skip
    assert all(
        [[p["n"], p["estimate"]] for p in curve["points"]] == [[200, 0.4], [300, 0.4]]
        for curve in part["curves"]
    )
    page = render_plan_report(plan_facts(answer, command="nxpredict plan plan.yaml"))
    assert "Crossover, values missing at random" in page
    assert "Line: verdict supported" in page


def test_contrasts_of_two_designs_are_four_lines() -> None:
    rows = [
        {"design": design, "n": 200, "contrast": contrast, "power": 0.4, "error": 0.01}
        for design in ("parallel", "crossover")
        for contrast in ("b_vs_a", "c_vs_a")
    ]
    (part,) = plan_facts(ANSWER | {"tables": {"average": rows}}, command="plan")["parts"]
    labels = [curve["label"] for curve in part["curves"]]
    assert labels == [
        "b versus a, parallel", "c versus a, parallel", "b versus a, crossover",
        "c versus a, crossover",
    ]  # fmt: skip


def test_a_closed_form_stands_beside_the_simulation() -> None:
    rows = [{"n": 200, "power": 0.4, "error": 0.01, "closed_form": 0.42}]
    (part,) = plan_facts(
        ANSWER
        | {
            "sentences": {"interaction": "Perhaps."},
            "assumed": {"interaction": ""},
            "tables": {"interaction": rows},
        },
        command="plan",
    )["parts"]
    shown = dict(zip(part["heads"], part["rows"][0], strict=True))
    assert shown["Power by closed form"] == "42%"
