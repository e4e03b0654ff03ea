"""The page of a plan: numbers with their errors, in percent as in the figure."""

from __future__ import annotations

from nxpredict.report import plan_facts, render_plan_report

ANSWER = {
    "plan": "next-trial",
    "power": 0.8,
    "seed": 1,
    "research_use": "Research use only.",
    "sentences": {"average": "None of these sizes reaches 80%.", "choosing": "Perhaps."},
    "tables": {
        "average": [
            {"n": n, "contrast": "b_vs_a", "power": p, "error": 0.0035, "cost": None}
            for n, p in ((200, 0.304), (300, 0.429))
        ],
        "choosing": [
            {
                "n": 300,
                "studies": 20,
                "supported": 0.35,
                "supported_error": 0.1,
                "differs": 0.4,
                "differs_error": 0.1,
                "gain": 0.0544,
                "gain_error": 0.0178,
                "worth_genotype": 0.0083,
                "worth_genotype_error": 0.0061,
                "better": 1.0,
                "better_error": 0.0,
            }
        ],
    },
}


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
