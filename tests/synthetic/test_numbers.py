"""Cohorts whose response is a number: its means are the truth, and its scatter is stated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nxpredict import load_cohort, load_study
from nxpredict.catalog import Catalog
from nxpredict.errors import DataError
from nxpredict.synthetic import Scenario, SyntheticCohort, simulate, write_files
from nxpredict.synthetic._crossover import draw_number_periods
from nxpredict.synthetic._parameters import load_parameters

BENEFIT = "benefit_nalmefene_vs_naltrexone"
NUMBER = load_parameters().number
SCENARIO = Scenario("published", n=10_000, new_patients=2, seed=4, response="continuous")


@pytest.fixture(scope="module")
def large(catalog: Catalog) -> SyntheticCohort:
    return simulate(SCENARIO, catalog)


def test_arms_have_the_means_that_their_response_rates_stand_for(large: SyntheticCohort) -> None:
    truth = large.truth.iloc[:10_000]
    arms = load_parameters().arms
    for arm in SCENARIO.arms:
        rate = arms[arm].response_rate
        expected = NUMBER.middle + NUMBER.per_log_odds * np.log(rate / (1 - rate))
        assert truth[f"mean_{arm}"].mean() == pytest.approx(expected, abs=1.0)
    assert truth[BENEFIT].equals((truth["mean_nalmefene"] - truth["mean_naltrexone"]).round(6))


def test_numbers_scatter_around_the_truth_as_stated(large: SyntheticCohort) -> None:
    truth = large.truth.iloc[:10_000]
    for arm in SCENARIO.arms:
        own = (large.cohort["arm"] == load_parameters().arms[arm].label).to_numpy()
        left = large.cohort.loc[own, NUMBER.column].to_numpy() - truth.loc[own, f"mean_{arm}"]
        assert abs(left.mean()) < 4 * NUMBER.sd / np.sqrt(own.sum())
        assert abs(left.std() / NUMBER.sd - 1) < 4 / np.sqrt(2 * own.sum())


def test_who_responds_is_nearly_who_falls_by_more_than_the_middle(
    large: SyntheticCohort, catalog: Catalog
) -> None:
    p = simulate(Scenario("published", n=10_000, new_patients=2, seed=4), catalog).truth
    means = large.truth
    assert means[BENEFIT].corr(p[BENEFIT]) > 0.98
    above = (large.cohort[NUMBER.column] > NUMBER.middle).mean()
    assert above == pytest.approx(0.48, abs=0.02)


def test_the_patients_are_those_of_the_other_kind(catalog: Catalog) -> None:
    own = ["responder", "completed", NUMBER.column]
    one, two = (
        simulate(Scenario("published", n=60, new_patients=5, response=kind), catalog)
        for kind in ("binary", "continuous")
    )
    pd.testing.assert_frame_equal(
        one.cohort.drop(columns=own, errors="ignore"), two.cohort.drop(columns=own, errors="ignore")
    )
    assert "responder" not in two.cohort
    assert (
        not simulate(Scenario("no_difference", n=60, response="continuous"), catalog)
        .truth[BENEFIT]
        .any()
    )


@pytest.mark.parametrize("design", ["parallel", "crossover"])
def test_its_study_file_reads_it(catalog: Catalog, tmp_path: Path, design: str) -> None:
    scenario = Scenario("published", n=80, new_patients=2, design=design, response="continuous")
    folder = write_files(simulate(scenario, catalog), tmp_path / "drawn")
    study = load_study(folder / "study.yaml")
    cohort = load_cohort(study)
    assert (cohort.scale.unit, cohort.scale.favourable) == (NUMBER.unit, "higher")
    assert study.preference.minimum_benefit == NUMBER.minimum_benefit
    drawn = pd.read_csv(folder / "cohort.csv")[NUMBER.column]
    assert sorted(cohort.y) == pytest.approx(sorted(drawn))
    assert "responder" not in (folder / "study.yaml").read_text("utf-8")


def test_periods_of_a_patient_belong_together_and_level_what_is_carried_over() -> None:
    n, sd = 40_000, 10.0
    means = pd.DataFrame({"a": np.full(n, 30.0), "b": np.full(n, 36.0)})
    order = np.resize(np.array([["a", "b"], ["b", "a"]]), (n, 2))
    scenario = Scenario("published", design="crossover", carry_over=0.5)
    parameters = load_parameters()
    y = draw_number_periods(means, order, scenario, parameters, np.random.default_rng(1), sd=sd)
    error = sd * np.sqrt(4 / n)
    assert abs(y[1::2, 0].mean() - y[::2, 0].mean() - 6) < 4 * error
    # Half of how much better the arm before was than the average arm is left: 6 - 2 * 1.5.
    assert abs(y[::2, 1].mean() - y[1::2, 1].mean() - 3) < 4 * error
    alike = np.corrcoef(y[::2].T)[0, 1]
    assert alike == pytest.approx(parameters.crossover["correlation"], abs=0.02)
    time = parameters.crossover["time"] * sd * np.sqrt(3) / np.pi
    assert abs((y[:, 1] - y[:, 0]).mean() - time) < 4 * error


def test_a_wrong_kind_is_refused() -> None:
    with pytest.raises(DataError, match="'response'"):
        Scenario.from_dict({"scenario": "published", "response": "ordinal"})
