"""Whole studies of a response that is a number, from a scenario and from a finished study."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from nxpredict import load_cohort, load_study
from nxpredict.bundle import Bundle
from nxpredict.catalog import load_catalog
from nxpredict.errors import DataError
from nxpredict.models import make_model
from nxpredict.planning import (
    Choosing,
    ChoosingTask,
    FinishedStudy,
    Plan,
    choosing_test_patients,
    simulate_choosing,
)
from nxpredict.planning._choosing import _draw
from nxpredict.study import ResponseScale
from nxpredict.synthetic import Scenario, load_parameters, simulate, write_files
from nxpredict.workflows import plan_files

NUMBER = load_parameters().number
DAYS = ResponseScale("days", "lower")
SCENARIO = Scenario("published", response="continuous", missingness="none")


@pytest.fixture(scope="module")
def bundle(make_bundle: Callable[..., Bundle]) -> Bundle:
    """A model of a number of days of which fewer are better, so that inside more is better."""
    binary = make_bundle()
    rng = np.random.default_rng(5)
    n, arms = 400, np.array(binary.arms.names)
    X = FinishedStudy(binary).patients(n, rng)
    arm = rng.choice(arms, n)
    y = rng.normal(np.where(arm == arms[-1], 0.3 * (X["age"] - 45), 0.0) - 8, 6.0)
    model = make_model(
        "default", response="continuous", random_state=1, arms=binary.arms.names
    ).fit(X, y, arm=arm)
    return make_bundle(
        model=model,
        scale=DAYS,
        preference={"minimum_benefit": 2.0, "probability": 0.9},
        training={"n": n, "missing": {}},
    )


@pytest.mark.parametrize("changes", [{}, {"design": "crossover"}, {"response": "binary"}])
def test_a_study_is_read_as_its_study_file_says(changes: dict[str, Any], tmp_path: Path) -> None:
    scenario = replace(SCENARIO, n=80, seed=3, new_patients=1, **changes)
    folder = write_files(simulate(scenario, load_catalog()), tmp_path / "drawn")
    expected, (cohort, _) = load_cohort(load_study(folder / "study.yaml")), _draw(scenario)
    pd.testing.assert_frame_equal(cohort.X, expected.X)
    assert cohort.y.tolist() == expected.y.tolist()
    assert cohort.propensity is not None
    assert expected.propensity is not None
    pd.testing.assert_frame_equal(cohort.propensity, expected.propensity)
    assert (cohort.arms.names, cohort.scale) == (expected.arms.names, expected.scale)


def test_the_truth_of_test_patients_is_a_mean() -> None:
    test = choosing_test_patients(Choosing(SCENARIO, "average", 5.0), size=60)
    assert test.p.shape == (1, 60, 2)
    assert 20 < test.p.mean() < 60


@pytest.mark.slow
def test_a_study_is_drawn_judged_and_used_in_its_unit() -> None:
    question = Choosing(SCENARIO, "shrunken_interactions", 5.0)
    test = choosing_test_patients(question, size=400)
    found = simulate_choosing(ChoosingTask(question, 400, 2, test))
    assert set(found) == {"supported", "differs", "gain"}
    best = (test.p[0].max(axis=1).mean() - test.p[0].mean(axis=0).max()).item()
    # Some of what perfect knowledge would gain (in g/day, not in shares of 1).
    assert 0.5 < found["gain"] < best


@pytest.mark.parametrize("design", ["parallel", "crossover"])
def test_arms_respond_as_one_draw_of_the_model_says(bundle: Bundle, design: Any) -> None:
    study = FinishedStudy(bundle, design, "none")
    unit = bundle.model.scale_[1]
    for seed in (1, 2):
        cohort = study.draw(4000, seed)
        assert cohort.scale == DAYS
        worlds = study.worlds(cohort.X.iloc[cohort.one_row_each])
        means = worlds[seed % len(worlds)].mean(axis=0)
        for a, arm in enumerate(bundle.arms.names):
            own = cohort.y[cohort.arm == arm]
            assert abs(own.mean() - means[a]) < 4 * unit / np.sqrt(len(own))
        # What is drawn scatters in all as the finished study did.
        assert abs(np.std(cohort.y) / unit - 1) < 0.05


def test_periods_of_a_patient_belong_together(bundle: Bundle) -> None:
    cohort = FinishedStudy(bundle, "crossover").draw(2000, 3)
    y = cohort.y.reshape(2000, 2)
    assert np.corrcoef(y[:, 0], y[:, 1])[0, 1] > 0.3


def test_worlds_average_to_the_models_own_prediction(bundle: Bundle) -> None:
    X = FinishedStudy(bundle, missingness="none").patients(20, np.random.default_rng(0))
    worlds = FinishedStudy(bundle, "crossover").worlds(X)
    assert np.abs(worlds.mean(axis=0) - bundle.model.predict_response(X)).max(axis=None) < 1e-5


def test_what_is_worth_choosing_for_is_that_of_the_kind_and_of_the_study(bundle: Bundle) -> None:
    def least(section: dict[str, Any], model: Bundle | None = None) -> float:
        return Plan.from_dict({"n": [100], "choosing": section}, model).choosing[0].minimum_benefit

    number = {"scenario": "published", "response": "continuous"}
    assert least({"scenario": "published"}) == 0.05
    assert least(number) == NUMBER.minimum_benefit
    assert least(number | {"minimum_benefit": "12"}) == 12
    assert least({"scenario": "model"}, bundle) == 2.0
    assert least({"scenario": "model", "minimum_benefit": 3}, bundle) == 3
    with pytest.raises(DataError, match=r"choosing.minimum_benefit': expected a number.*below 1"):
        least({"scenario": "published", "minimum_benefit": 5})
    with pytest.raises(DataError, match=r"choosing.response' means nothing here: it is as in"):
        least({"scenario": "model", "response": "continuous"}, bundle)


def test_the_answer_says_the_unit(
    monkeypatch: pytest.MonkeyPatch, bundle: Bundle, tmp_path: Path
) -> None:
    def drawn(task: ChoosingTask) -> dict[str, float]:
        luck = np.random.default_rng(task.seed).normal()
        return {"supported": 1.0, "differs": 1.0, "gain": 2 + luck / 10, "worth_genotype": 0.5}

    nobody = choosing_test_patients(Choosing(FinishedStudy(bundle)), size=2)
    monkeypatch.setattr("nxpredict.planning._studies.choosing_test_patients", lambda _: nobody)
    monkeypatch.setattr("nxpredict.planning._studies.simulate_choosing", drawn)
    section = {"scenario": "published", "response": "continuous", "without": "genotype"}
    asked = {"n": [80], "repetitions": 20, "choosing": section}
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(asked), encoding="utf-8")
    plan_files(tmp_path / "plan.yaml", tmp_path / "out", jobs=1)
    answer = json.loads((tmp_path / "out" / "plan.json").read_text("utf-8"))
    assert answer["response"]["unit"] == "g/day"
    said = answer["sentences"]["choosing"]
    assert re.search(r"choosing by the model gains \+\S+ g/day \(\S+ to \S+\) over the", said)
    assert "genotype predictors are worth +0.5 g/day." in said
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "True gain of choosing, g/day" in page
    assert "points" not in page.split("<body", 1)[1].replace("points=", "")


def test_studies_of_either_end_are_the_same_inside(bundle: Bundle) -> None:
    one = FinishedStudy(bundle).draw(200, 1)
    two = FinishedStudy(replace(bundle, scale=ResponseScale("days", "higher"))).draw(200, 1)
    pd.testing.assert_frame_equal(one.X, two.X)
    assert one.y.tolist() == two.y.tolist()
