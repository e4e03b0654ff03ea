from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nxpredict.errors import DataError
from nxpredict.evaluation import riley_sample_size
from nxpredict.planning import (
    Interaction,
    MeanInteraction,
    Plan,
    average_power,
    interaction_power,
    mean_interaction_power,
    mean_power,
    run_plan,
)

ROOT = Path(__file__).resolve().parents[2]
CHEAP: dict[str, Any] = {
    "n": ["200", 800],
    "average": {"rates": {"naltrexone": "0.4", "nalmefene": 0.55}},
    "interaction": {"rates": {"a": 0.4, "b": 0.5}, "share": 0.3, "odds_ratio": 2.5},
    "development": {"parameters": 24, "prevalence": 0.174, "auc": 0.89},
    "costs": {"patient": 100, "genotype": 10},
}
RATES: dict[str, Any] = {"rates": {"a": 0.4, "b": 0.5}}


def test_every_question_has_a_table_and_a_sentence() -> None:
    found = run_plan(Plan.from_dict(CHEAP))
    assert set(found.tables) == set(found.sentences) == {"average", "interaction", "development"}
    average = found.tables["average"].set_index("n")
    assert average.loc[800, "power"] > 0.95 > average.loc[200, "power"]
    assert average.loc[800, "cost"] == 80_000
    assert found.tables["interaction"].set_index("n").loc[800, "cost"] == 88_000
    assert found.sentences["average"].startswith("800 patients give a probability of 0.9")
    expected = riley_sample_size(parameters=24, prevalence=0.174, auc=0.89).required
    assert found.tables["development"]["required"].tolist() == [expected] == [660]


def test_the_sentence_says_when_no_size_is_enough() -> None:
    plan = Plan.from_dict({"n": [100], "average": {"rates": {"a": 0.4, "b": 0.45}}})
    assert run_plan(plan).sentences["average"].startswith("None of these sizes reaches 0.80")


def test_a_response_that_is_a_number_is_planned_by_its_means() -> None:
    change = {
        "average": {"means": {"naltrexone": 6.0, "nalmefene": "4.5"}, "sd": 7.5},
        "interaction": {"sd": 7.5, "share": 0.3, "difference": -4},
    }
    plan = Plan.from_dict(CHEAP | change)
    found = run_plan(plan)
    assert plan.average is not None
    assert plan.average.arms == ("naltrexone", "nalmefene")
    row = found.tables["average"].set_index("n").loc[800]
    assert row["closed_form"] == pytest.approx(mean_power(800, (6.0, 4.5), 7.5)[0])
    assert abs(row["power"] - row["closed_form"]) < 3 * row["error"]
    assert row["contrast"] == "nalmefene_vs_naltrexone"
    assert found.sentences["average"].startswith("800 patients give a probability of 0.8")
    question = MeanInteraction(7.5, 0.3, -4.0)
    form = found.tables["interaction"].set_index("n").loc[800, "closed_form"]
    assert form == pytest.approx(mean_interaction_power(800, question))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"averag": {}}, "unknown key 'averag'"),
        ({"response": {"kind": "continuous"}}, "where it is a number, as means"),
        ({"average": {"means": {"a": 4, "b": 5}}}, "'average.sd': expected a number above 0"),
        ({"average": {"means": {"a": 4}, "sd": 1}}, "the mean response under two or more arms"),
        (
            {"average": {"means": {"a": 4, "b": "x"}, "sd": 1}},
            "'average.means.b': expected a number",
        ),
        ({"average": {"rates": {"a": 0.4, "b": 0.5}, "sd": 1}}, "either rates or means"),
        ({"average": {"rate": {"a": 0.4, "b": 0.5}}}, "unknown key 'average.rate'"),
        ({"interaction": {"sd": 2, "share": 0.3}}, "'interaction.difference': expected a number"),
        ({"interaction": {"sd": 2, "share": 0.3, "odds_ratio": 2}}, "'interaction.odds_ratio'"),
        ({"n": [10]}, "'n': expected a whole number of at least 40"),
        ({"n": None}, "'n': expected a whole number"),
        ({"power": 1.2}, "'power': expected a number above 0, below 1"),
        ({"average": {"rates": {"a": 0.4}}}, "response under two or more arms"),
        ({"average": {"rates": {"a": 0.4, "b": 1.4}}}, "'average.rates.b'"),
        ({"interaction": {"rates": {"a": 0.4, "b": 0.5}, "odds_ratio": 2}}, "interaction.share"),
        (
            {"choosing": {"scenario": "hopeful"}},
            "'choosing.scenario': expected one of no_difference, consensus",
        ),
        ({"choosing": {"scenario": "published", "n": 5}}, "'choosing.n'"),
        ({"choosing": {"scenario": "published", "without": ["luck"]}}, "families"),
        ({"choosing": {"scenario": "published", "learner": "magic"}}, "choosing.learner"),
        (
            {"choosing": {"scenario": "published", "design": "crossover", "learner": "x_forest"}},
            "patients seen several times",
        ),
        ({"development": {"parameters": 3, "prevalence": 0.4, "auc": 0.4}}, "development.auc"),
        ({"costs": {"patients": 3}}, "unknown key 'costs.patients'"),
        ({"average": "many"}, "'average': expected a section"),
        ({"average": RATES | {"design": "cluster"}}, "parallel or crossover, or a list"),
        ({"average": RATES | {"design": []}}, "'average.design'"),
        ({"average": RATES | {"design": ["parallel", "parallel"]}}, "'average.design'"),
        ({"average": RATES | {"allocation": {"a": 2}}}, "by arm in proportion, such as {a: 1, b"),
        ({"average": RATES | {"allocation": {"a": 2, "b": 0}}}, "'average.allocation.b'"),
        ({"average": RATES | {"correlation": 0.4}}, "it belongs to 'design: crossover'"),
        (
            {"average": RATES | {"design": "crossover", "allocation": {"a": 2, "b": 1}}},
            "it belongs to 'design: parallel'",
        ),
        ({"average": RATES | {"design": "crossover", "correlation": 1}}, "'average.correlation'"),
        ({"choosing": {"scenario": "published", "design": []}}, "'choosing.design' is missing"),
        ({"average": RATES | {"design": "crossover", "correlation": -1}}, "of at least 0, below 1"),
        ({"choosing": {"scenario": "published", "periods": 4}}, "'choosing.periods' means nothing"),
        ({"average": {"rates": {"a": "48%", "b": 0.5}}}, "Write a share of 1, such as 0.48"),
        ({"interaction": {"means": {"a": 3}}}, "rates, share, odds_ratio, sd, difference"),
        (
            {"choosing": {"scenario": "published", "missingness": ["none", "luck"]}},
            "'choosing.missingness' is not one that is known",
        ),
    ],
)
def test_a_wrong_plan_is_told_what_is_wrong(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError) as caught:
        Plan.from_dict(CHEAP | change)
    assert said in str(caught.value)


CROSSED = {"scenario": "published", "design": "crossover"}
NUMBER = {"sd": 2, "share": 0.3, "difference": -1}


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        ({"n": [40]}, {"n": [39]}),
        ({"costs": {"patient": 0}}, {"costs": {"patient": -1}}),
        (
            {"average": RATES | {"design": "crossover", "correlation": 0}},
            {"average": RATES | {"design": "crossover", "correlation": -0.01}},
        ),
        (
            {"interaction": NUMBER | {"allocation": {"first": 2, "second": 1}}},
            {"interaction": NUMBER | {"allocation": {"second": 2, "first": 1}}},
        ),
        (
            {"choosing": {"scenario": "published", "learner": "x_forest"}},
            {"choosing": CROSSED | {"learner": "x_forest"}},
        ),
        ({"choosing": CROSSED | {"periods": 2}}, {"choosing": CROSSED | {"periods": 1}}),
        (
            {"choosing": {"scenario": "published", "minimum_benefit": 0}},
            {"choosing": {"scenario": "published", "minimum_benefit": 1}},
        ),
    ],
)
def test_what_lies_on_a_bound_is_accepted(
    accepted: dict[str, Any], refused: dict[str, Any]
) -> None:
    Plan.from_dict(CHEAP | accepted)
    with pytest.raises(DataError) as caught:
        Plan.from_dict(CHEAP | refused)
    assert len(caught.value.faults) == 1


def test_every_fault_of_an_interaction_is_told_once() -> None:
    wrong = {"rates": {"a": 0.4}, "share": 25, "odds_ratio": -1}
    with pytest.raises(DataError) as caught:
        Plan.from_dict({"n": [100], "interaction": wrong})
    told = [fault.message.split("'")[1] for fault in caught.value.faults]
    assert sorted(told) == ["interaction.odds_ratio", "interaction.rates", "interaction.share"]


def test_a_study_file_is_no_plan_and_gets_one_fault() -> None:
    text = (ROOT / "configs" / "observational.yaml").read_text(encoding="utf-8")
    with pytest.raises(DataError) as caught:
        Plan.from_dict(yaml.safe_load(text))
    (fault,) = caught.value.faults
    assert "this is a study file" in str(fault)
    assert "average.means" in str(fault)


def test_a_plan_that_asks_nothing_is_a_fault() -> None:
    with pytest.raises(DataError, match="asks nothing"):
        Plan.from_dict({"n": [100]})


def test_the_shipped_plan_is_one() -> None:
    text = (ROOT / "configs" / "plan.yaml").read_text(encoding="utf-8")
    plan = Plan.from_dict(yaml.safe_load(text))
    assert {one.scenario.design for one in plan.choosing} == {"parallel"}
    assert plan.choosing[0].without == ("genotype", "biomarker")


def test_the_plan_of_the_docs_is_one() -> None:
    text = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    plan = Plan.from_dict(yaml.safe_load(text.split("```yaml")[1].split("```")[0]))
    assert plan.average is not None
    assert plan.average.arms == ("naltrexone", "nalmefene")
    assert plan.choosing[0].without == ("genotype", "biomarker")


@pytest.mark.parametrize("section", ["average", "interaction", "choosing", "development", "costs"])
def test_a_key_that_means_nothing_is_a_fault_in_every_section(section: str) -> None:
    given = CHEAP | {"choosing": {"scenario": "published"}}
    with pytest.raises(DataError) as caught:
        Plan.from_dict(given | {section: {**given[section], "desing": "crossover"}})
    assert [fault.code for fault in caught.value.faults] == ["unknown-key"]
    assert f"unknown key '{section}.desing'" in str(caught.value)


def test_designs_stand_side_by_side_in_table_and_sentence() -> None:
    change = {
        "average": {
            "rates": {"a": 0.4, "b": 0.5, "c": 0.55},
            "design": ["parallel", "crossover"],
            "allocation": {"a": 2, "b": 1, "c": 1},
            "correlation": 0.4,
        },
        "interaction": CHEAP["interaction"] | {"design": ["parallel", "crossover"]},
        "costs": {"patient": 100, "period": 30, "genotype": 10},
    }
    plan = Plan.from_dict(CHEAP | change)
    found = run_plan(plan)
    assert plan.average is not None
    trials = dict(zip(("parallel", "crossover"), plan.average.trials, strict=True))
    assert trials["parallel"].weights == (2, 1, 1)
    assert trials["crossover"].correlation == 0.4
    average = found.tables["average"].set_index(["design", "n", "contrast"]).sort_index()
    for design, trial in trials.items():
        forms = average.loc[(design, 800), "closed_form"]
        assert forms.tolist() == pytest.approx(average_power(800, [0.4, 0.5, 0.55], trial))
    assert average.loc[("parallel", 800), "cost"].unique().tolist() == [800 * 130]
    assert average.loc[("crossover", 800), "cost"].unique().tolist() == [800 * 190]
    marker = found.tables["interaction"].set_index(["design", "n"])
    assert isinstance(plan.interaction, Interaction)
    for trial in plan.interaction.trials:
        form = interaction_power(200, plan.interaction, trial)
        assert marker.loc[(trial.design, 200), "closed_form"] == pytest.approx(form)
    assert found.sentences["average"].startswith("In parallel arms, none of these sizes")
    assert "\nIn a crossover, 800 patients give" in found.sentences["average"]


def test_an_allocation_of_two_to_one_is_drawn_and_computed() -> None:
    section = {"rates": {"a": 0.4, "b": 0.55}, "allocation": {"a": 2, "b": 1}}
    row = run_plan(Plan.from_dict({"n": [300], "average": section})).tables["average"].iloc[0]
    even = run_plan(Plan.from_dict({"n": [300], "average": section | {"allocation": None}}))
    assert row["closed_form"] < even.tables["average"]["closed_form"].iloc[0] - 0.03
    assert row["power"] < even.tables["average"]["power"].iloc[0] - 0.03


def test_the_verb_writes_tables_page_and_answer(
    tmp_path: Path, run_cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(CHEAP | {"plan": "mine"}), encoding="utf-8")
    done = run_cli("plan", "plan.yaml", "--out", "out", "--set", "n=[100, 800]", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "800 patients give a probability" in done.stdout
    answer = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert [row["n"] for row in answer["tables"]["average"]] == [100, 800]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Research use only" in page
    assert page.count("<svg") > 2
    assert {p.name for p in (tmp_path / "out" / "tables").iterdir()} == {
        "average.csv", "interaction.csv", "development.csv"
    }  # fmt: skip
