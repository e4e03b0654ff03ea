"""A finished study as the truth: what is drawn is what the model predicts, and no patient."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from nxpredict.bundle import Bundle
from nxpredict.errors import BundleError, DataError
from nxpredict.planning import Choosing, FinishedStudy, Plan, choosing_test_patients
from nxpredict.workflows import plan_files

MISSING = {"age": 0.0, "ggt": 0.4}


@pytest.fixture(scope="module")
def bundle(make_bundle: Callable[..., Bundle]) -> Bundle:
    return make_bundle(training={"n": 400, "missing": MISSING})


def test_predictors_are_drawn_from_what_the_model_keeps_and_from_nothing_else(
    bundle: Bundle,
) -> None:
    study = FinishedStudy(bundle)
    drawn = study.patients(3000, np.random.default_rng(1))
    assert list(drawn) == bundle.inputs
    assert not drawn.isna().any(axis=None)
    for spec in bundle.schema.predictors:
        if spec.role != "predictor":
            continue
        kept = bundle.background[spec.name].dropna()
        if spec.kind == "continuous":
            assert drawn[spec.name].between(kept.min(), kept.max()).all()
            # Evenly spaced quantiles: their mean is that of the background.
            error = drawn[spec.name].std() / np.sqrt(len(drawn))
            assert abs(drawn[spec.name].mean() - kept.mean()) < 3 * error
        else:
            assert set(drawn[spec.name]) <= set(kept)


def test_values_are_missing_as_often_as_in_the_cohort_or_never(bundle: Bundle) -> None:
    cohort = FinishedStudy(bundle).draw(4000, 1)
    error = np.sqrt(0.4 * 0.6 / 4000)
    assert abs(cohort.X["ggt"].isna().mean() - 0.4) < 3 * error
    assert not cohort.X["age"].isna().any()
    assert not FinishedStudy(bundle, missingness="none").draw(400, 1).X.isna().any(axis=None)


@pytest.mark.parametrize("design", ["parallel", "crossover"])
def test_arms_respond_as_one_draw_of_the_model_says(bundle: Bundle, design: Any) -> None:
    study = FinishedStudy(bundle, design, "none")
    for seed in (1, 2):
        cohort = study.draw(4000, seed)
        worlds = study.worlds(cohort.X.iloc[cohort.one_row_each])
        p = worlds[seed % len(worlds)].mean(axis=0)
        for a, arm in enumerate(bundle.arms.names):
            own = cohort.y[cohort.arm == arm]
            assert abs(own.mean() - p[a]) < 3 * np.sqrt(p[a] * (1 - p[a]) / len(own))


def test_the_next_study_is_randomised_in_equal_arms_and_the_same_for_a_seed(
    bundle: Bundle,
) -> None:
    study = FinishedStudy(bundle)
    one, again, other = (study.draw(101, seed) for seed in (5, 5, 6))
    assert sorted(np.unique(one.arm, return_counts=True)[1]) == [50, 51]
    assert one.X.equals(again.X)
    assert one.y.tolist() == again.y.tolist() != other.y.tolist()
    assert one.propensity is not None
    assert (one.propensity == 0.5).all(axis=None)


def test_a_crossover_gives_every_patient_every_arm(bundle: Bundle) -> None:
    cohort = FinishedStudy(bundle, "crossover").draw(200, 3)
    assert len(cohort) == 400
    assert cohort.period is not None
    for arm in bundle.arms.names:
        assert sorted(cohort.groups[cohort.arm == arm]) == list(range(200))
    y = cohort.y.reshape(200, 2)
    assert np.corrcoef(y[:, 0], y[:, 1])[0, 1] > 0.1
    assert FinishedStudy(bundle, "crossover", carry_over=0.3).draw(200, 3).carry_over
    assert not cohort.carry_over


def test_each_study_is_a_world_of_its_own(bundle: Bundle) -> None:
    test = choosing_test_patients(Choosing(FinishedStudy(bundle)), size=50)
    assert test.p.shape[1:] == (50, 2)
    assert len(test.p) > 50
    assert test.of(3).p.tolist() == test.p[[3]].tolist()
    assert test.of(3).of(8).p.tolist() == test.p[[3]].tolist()
    # Over all worlds a patient's probability is the model's own prediction.
    X = FinishedStudy(bundle, missingness="none").patients(20, np.random.default_rng(0))
    worlds = FinishedStudy(bundle).worlds(X)
    assert np.abs(worlds.mean(axis=0) - bundle.model.predict_response(X)).max(axis=None) < 1e-5


def test_an_arm_without_responders_is_refused_as_at_the_door(bundle: Bundle) -> None:
    class Certain(FinishedStudy):
        def worlds(self, X: Any, *, shifted: bool = True) -> Any:
            return np.full((1, len(X), 2), 1e-6)

    with pytest.raises(DataError):
        Certain(bundle).draw(100, 1)


def test_the_plan_says_that_it_believes_the_model(bundle: Bundle) -> None:
    said = FinishedStudy(bundle).belief
    assert "believes the model of study 'small'" in said
    assert bundle.model_id in said
    assert f"verdict: {bundle.answers['verdict']['level']}" in said
    assert "not randomised" not in said
    seen = FinishedStudy(replace(bundle, allocation="observational")).belief
    assert "not randomised: what confounded it is believed, too" in seen


@pytest.mark.parametrize(
    ("change", "section", "said"),
    [
        ({"allocation": "pooled-indirect"}, {}, "compares no arms"),
        ({}, {"arms": ["a", "b"]}, "'choosing.arms' means nothing here: it is as in the model"),
        ({}, {"missingness": "site_and_severity"}, "at_random or none"),
        (
            {"training": {"missing": {"age": 0.0}}},
            {"missingness": ["none", "at_random"]},
            "nothing was missing",
        ),
        ({}, {"design": "cluster"}, "parallel or crossover"),
        ({}, {"periods": 1}, "'choosing.periods'"),
        ({}, {"carry_over": 1}, "'choosing.carry_over'"),
    ],
)
def test_what_a_model_cannot_be_planned_from_is_a_fault(
    bundle: Bundle, change: dict[str, Any], section: dict[str, Any], said: str
) -> None:
    asked = {"n": [100], "choosing": {"scenario": "model"} | section}
    with pytest.raises(DataError) as caught:
        Plan.from_dict(asked, replace(bundle, **change))
    assert said in str(caught.value)


def test_a_crossover_of_the_model_has_its_periods_and_what_they_leave(bundle: Bundle) -> None:
    section = {"scenario": "results/model", "design": "crossover", "periods": 3, "carry_over": 0.2}
    (one,) = Plan.from_dict({"n": [80], "choosing": section}, bundle).choosing
    assert isinstance(one.scenario, FinishedStudy)
    assert (one.scenario.periods, one.scenario.carry_over) == (3, 0.2)


def test_a_plan_from_a_model_folder_beside_it(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "model")
    section = {"scenario": "model", "learner": "average", "missingness": "none"}
    asked = {"n": [80], "repetitions": 2, "choosing": section}
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(asked), encoding="utf-8")
    done = plan_files(tmp_path / "plan.yaml", tmp_path / "out", jobs=1)
    answer = json.loads((tmp_path / "out" / "plan.json").read_text("utf-8"))
    assert "The plan believes the model of study 'small'" in answer["sentences"]["choosing"]
    assert "The plan believes the model" in done.text
    (row,) = answer["tables"]["choosing"]
    assert (row["n"], row["studies"]) == (80, 2)
    # A model that gives everybody the same probability can only ever name one arm.
    assert row["gain"] <= 0
    assert (tmp_path / "out" / "report.html").read_text("utf-8").count("believes the model") == 1


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    asked = {"n": [80], "costs": {"patients": 3}, "choosing": {"scenario": "results/model"}}
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(asked), encoding="utf-8")
    with pytest.raises(DataError, match="or the folder of a trained model") as caught:
        plan_files(tmp_path / "plan.yaml", tmp_path / "out", jobs=1)
    # Beside every other fault, not in place of them.
    assert {fault.code for fault in caught.value.faults} == {"bad-value", "unknown-key"}
    (tmp_path / "results" / "model").mkdir(parents=True)
    with pytest.raises(BundleError):
        plan_files(tmp_path / "plan.yaml", tmp_path / "out", jobs=1)
