"""Whole studies: drawn, judged, side by side, and the same in any number of processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict import load_cohort, load_study
from nxpredict.catalog import load_catalog
from nxpredict.planning import Choosing, Plan, run_plan
from nxpredict.planning._choosing import ChoosingTask, choosing_test_patients, simulate_choosing
from nxpredict.planning._choosing import TestPatients as Patients
from nxpredict.synthetic import Scenario, simulate, write_files
from nxpredict.workflows._fit import fit_and_judge
from nxpredict.workflows._progress import silent

WHOLE: dict[str, Any] = {
    "n": [80],
    "repetitions": 2,
    "choosing": {
        "scenario": "published",
        "missingness": "none",
        "learner": "average",
        "without": "genotype",
    },
}


def test_whole_studies_are_the_same_in_any_number_of_processes() -> None:
    plan = Plan.from_dict(WHOLE)
    one, two = run_plan(plan, n_jobs=1), run_plan(plan, n_jobs=2)
    pd.testing.assert_frame_equal(one.tables["choosing"], two.tables["choosing"])
    row = one.tables["choosing"].iloc[0]
    assert (row["studies"], row["supported"]) == (2, 0)
    # A model that gives everybody the same probability can only ever name one arm.
    assert row["gain"] <= 0
    assert row["worth_genotype"] == pytest.approx(0, abs=0.02)


def test_a_crossover_is_planned_like_any_other_study() -> None:
    question = Choosing(Scenario("published", design="crossover"), learner="average")
    test = choosing_test_patients(question, size=60)
    assert len(test.X) == 60
    found = simulate_choosing(ChoosingTask(question, 100, 2, test))
    assert set(found) == {"supported", "differs", "gain"}


def drawn_cheaply(task: ChoosingTask) -> dict[str, float]:
    luck = np.random.default_rng(task.seed).random()
    scenario = task.question.scenario
    blanks = {"none": 0.0, "at_random": 0.2}[scenario.missingness]
    power = task.n / 200 + 0.3 * (scenario.design == "crossover") - blanks
    return {"supported": float(luck < power), "differs": 1.0, "gain": power / 10}


def test_designs_and_missingness_of_whole_studies_stand_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobody = Patients(pd.DataFrame(), np.zeros((1, 0, 2)))
    monkeypatch.setattr("nxpredict.planning._studies.choosing_test_patients", lambda _: nobody)
    monkeypatch.setattr("nxpredict.planning._studies.simulate_choosing", drawn_cheaply)
    section = {
        "scenario": "published",
        "design": ["parallel", "crossover"],
        "missingness": ["none", "at_random"],
    }
    asked = {"n": [80, 160], "repetitions": 40, "choosing": section}
    asked["costs"] = {"period": 2, "genotype": 1}
    found = run_plan(Plan.from_dict(asked))
    table = found.tables["choosing"]
    assert table[["design", "missingness", "n"]].to_numpy().tolist() == [
        [design, missingness, n]
        for design in ("parallel", "crossover")
        for missingness in ("none", "at_random")
        for n in (80, 160)
    ]
    assert table["cost"].tolist() == [240, 480, 240, 480, 400, 800, 400, 800]
    assert (table["studies"] == 40).all()
    # The same seeds: a design looked at beside others gives what it gives alone.
    one = section | {"design": "crossover", "missingness": "none"}
    alone = run_plan(Plan.from_dict(asked | {"choosing": one})).tables["choosing"]
    assert "design" not in alone
    assert alone["supported"].tolist() == table["supported"].tolist()[4:6]
    said = found.sentences["choosing"]
    assert "In a crossover with no value missing, 160 patients give a probability of 1.00" in said
    assert "In parallel arms with values missing at random, none of these sizes reaches" in said
    assert said.count("At 160 patients choosing by the model gains") == 4


@pytest.mark.slow
@pytest.mark.parametrize("response", ["binary", "continuous"])
@pytest.mark.parametrize("design", ["parallel", "crossover"])
def test_a_study_is_judged_and_used_as_its_own_files_are(
    design: Any, response: Any, tmp_path: Path
) -> None:
    scenario = Scenario(
        "published", n=120, seed=5, new_patients=1, design=design, response=response
    )
    section = {"scenario": "published", "design": design, "response": response}
    asked = {"n": [120], "choosing": section | {"learner": "shrunken_interactions"}}
    question = Plan.from_dict(asked).choosing[0]
    test = choosing_test_patients(question, size=300)
    found = simulate_choosing(ChoosingTask(question, 120, 5, test))
    folder = write_files(simulate(scenario, load_catalog()), tmp_path / "drawn")
    text = (folder / "study.yaml").read_text("utf-8")
    text = text.replace("learner: default, seed: 1", "learner: shrunken_interactions, seed: 5")
    (folder / "study.yaml").write_text(text.replace("repeats: 2", "repeats: 1"), "utf-8")
    study = load_study(folder / "study.yaml")
    cohort = load_cohort(study)
    judged = fit_and_judge(study, cohort, load_catalog(), jobs=1, progress=silent)
    assert found["supported"] == (judged.evaluation["verdict"]["level"] == "supported")
    told = judged.evaluation["heterogeneity"].values()
    assert found["differs"] == any(one["established"] for one in told)
    predicted = judged.bundle.model.predict_response(test.X)[list(scenario.arms)].to_numpy()
    chosen = np.take_along_axis(test.p[0], predicted.argmax(axis=1)[:, None], axis=1)
    assert found["gain"] == pytest.approx(chosen.mean() - test.p[0].mean(axis=0).max(), abs=1e-9)
