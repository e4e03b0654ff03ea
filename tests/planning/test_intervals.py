"""What a simulation leaves open: an interval that is right at 0 of n and at n of n, too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import binom

from nxpredict.evaluation import share_interval
from nxpredict.planning import Choosing, Plan, run_plan
from nxpredict.planning._assumed import assumptions
from nxpredict.planning._sentences import believed, chosen, reached
from nxpredict.planning._studies import summarise_studies
from nxpredict.synthetic import Scenario
from nxpredict.workflows import plan_files

SURE = {"n": [4000], "average": {"rates": {"a": 0.2, "b": 0.8}}}


def studies(supported: int, of: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "question": 0,
            "n": 300,
            "supported": [1.0] * supported + [0.0] * (of - supported),
            "differs": 0.0,
            "gain": np.linspace(0.01, 0.03, of),
            "worth_genotype": np.linspace(-0.01, 0.02, of),
        }
    )


@pytest.mark.parametrize("rate", [0.0, 0.002, 0.05, 0.5, 0.97, 1.0])
def test_an_interval_holds_the_truth_as_often_as_it_says(rate: float) -> None:
    size = 100
    hits = np.arange(size + 1)
    found = [share_interval(k / size, size) for k in hits]
    holds = [one.lower <= rate <= one.upper for one in found]
    # Wilson's coverage swings around 95 % and stays above 92 % but next to 0 and 1.
    assert binom.pmf(hits, size, rate)[holds].sum() > 0.92


def test_none_of_twenty_studies_is_not_never() -> None:
    row = summarise_studies(studies(0, 20)).iloc[0]
    assert (row["supported"], row["supported_error"]) == (0, 0)
    assert row["supported_lower"] == 0
    assert row["supported_upper"] == pytest.approx(0.161, abs=5e-4)
    every = summarise_studies(studies(20, 20)).iloc[0]
    assert (every["supported_lower"], every["supported_upper"]) == pytest.approx(
        (1 - row["supported_upper"], 1), abs=1e-9
    )
    assert 0 <= row["better_lower"] < 0.9 < row["better"] == row["better_upper"] == 1


def test_a_gain_has_the_interval_of_its_mean() -> None:
    row = summarise_studies(studies(4, 20)).iloc[0]
    # Student's t with 19 degrees of freedom.
    reach = 2.093 * row["gain_error"]
    assert row["gain_upper"] - row["gain"] == pytest.approx(reach, rel=1e-3)
    assert row["gain"] - row["gain_lower"] == pytest.approx(reach, rel=1e-3)


def test_cheap_questions_have_intervals_too() -> None:
    row = run_plan(Plan.from_dict(SURE)).tables["average"].iloc[0]
    assert (row["power"], row["error"], row["power_upper"]) == (1, 0, 1)
    assert 0.999 < row["power_lower"] < 1


def test_the_sentence_says_how_sure_the_simulation_is() -> None:
    table = summarise_studies(studies(20, 20)).assign(cost=np.nan)
    said = reached(0.8, table, "supported", "the verdict")
    assert said == "300 patients give a probability of 1.00 (0.84 to 1.00) of the verdict."
    gained = chosen(0.8, table, Choosing(Scenario("published")), {})
    assert "gains +2.0 points of response (+1.7 to +2.3) over" in gained
    assert "and beats it in 100% of studies (84 to 100)." in gained
    table = summarise_studies(studies(17, 20)).assign(cost=np.nan)
    weak = reached(0.8, table, "supported", "the verdict")
    assert weak == (
        "300 patients give a probability of 0.85 (0.64 to 0.95) of the verdict; "
        "the studies simulated are too few to tell that from 0.80."
    )


def test_what_predictors_are_worth_stands_beside_what_they_cost() -> None:
    table = summarise_studies(studies(20, 20)).assign(cost=318_000.0)
    said = chosen(0.8, table, Choosing(Scenario("published")), {"patient": 1000, "genotype": 60})
    assert said.startswith("300 patients give a probability of 1.00")
    assert "is supported, at a cost of 318,000. At" in said
    assert (
        "genotype predictors are worth +0.5 points of response (+0.1 to +0.9) and cost 18" in said
    )


def test_of_several_differences_the_hardest_is_named() -> None:
    question = {"rates": {"a": 0.4, "b": 0.9, "c_d": 0.45}}
    found = run_plan(Plan.from_dict({"n": [200], "average": question}))
    assert "that is hardest to establish (c d versus a)" in found.sentences["average"]


def test_what_is_assumed_is_said_of_every_question() -> None:
    asked = {
        "n": [200],
        "average": {
            "means": {"a": 20, "b": 30, "c": 31}, "sd": 35, "design": ["parallel", "crossover"],
            "allocation": {"a": 2, "b": 1, "c": 1}, "correlation": 0.4,
        },
        "interaction": {"rates": {"a": 0.48, "b": 0.5}, "share": 0.25, "odds_ratio": 3},
        "choosing": {"scenario": "published", "response": "continuous", "design": "crossover"},
        "development": {"parameters": 24, "prevalence": 0.174, "auc": 0.89},
    }  # fmt: skip
    said = assumptions(Plan.from_dict(asked))
    assert said["average"] == (
        "Assumed: a mean of 20 under a, 30 under b and 31 under c, with a standard deviation of 35 "
        "in each; arms in the proportion 2 a to 1 b to 1 c; in a crossover every arm once in every "
        "patient, whose responses correlate at 0.4. Tested two-sided at 5%, p-values adjusted by "
        "Holm."
    )
    assert (
        "which 25% of patients have and which multiplies the odds of response under b by 3"
        in (said["interaction"])
    )
    assert "optimistic" in said["choosing"]
    assert "2 periods a patient in a crossover" in said["choosing"]
    assert "learner 'default' and a minimum benefit of 5 g/day" in said["choosing"]
    assert "24 parameters, response of 17.4% and an AUC of 0.89" in said["development"]


def test_a_closed_form_that_is_not_the_simulation_is_not_to_be_believed() -> None:
    table = pd.DataFrame(
        {
            "n": [60, 300],
            "power": [0.20, 0.60],
            "power_lower": [0.19, 0.59],
            "power_upper": [0.21, 0.61],
            "closed_form": [0.30, 0.611],
        }
    )
    assert "at 60 it says 0.30 where the simulation finds 0.20; believe" in believed(table)
    assert believed(table[table["n"] == 300]) == ""
    question = {"rates": {"a": 0.5, "b": 0.5}, "share": 0.1, "odds_ratio": 4, "design": "crossover"}
    said = run_plan(Plan.from_dict({"n": [60, 2000], "interaction": question})).sentences
    assert said["interaction"].startswith("2000 patients give a probability of 1.00")


def test_the_answer_keeps_its_keys_and_gains_the_ends(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(SURE), encoding="utf-8")
    plan_files(tmp_path / "plan.yaml", tmp_path / "out", jobs=1)
    answer = json.loads((tmp_path / "out" / "plan.json").read_text("utf-8"))
    (row,) = answer["tables"]["average"]
    assert {"power", "error", "closed_form", "power_lower", "power_upper"} <= set(row)
    assert answer["interval_level"] == 0.95


@pytest.mark.parametrize("design", [["parallel", "crossover"], ["crossover", "parallel"]])
def test_the_periods_of_a_crossover_are_told_beside_parallel_arms_too(design: list[str]) -> None:
    choosing = {"scenario": "published", "design": design, "periods": 4}
    said = assumptions(Plan.from_dict({"n": [200], "choosing": choosing}))
    assert "4 periods a patient in a crossover" in said["choosing"]
