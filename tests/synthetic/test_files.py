from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.catalog import Catalog
from nxpredict.config import load_study
from nxpredict.errors import UsageError
from nxpredict.synthetic import Scenario, SyntheticCohort, simulate, write_files

Drawn = Callable[..., SyntheticCohort]
FILES = {
    "cohort.csv",
    "cohort.vcf.gz",
    "truth.csv",
    "study.yaml",
    "new_patients.csv",
    "new_patients.vcf.gz",
}


def test_exactly_the_promised_files_are_written(drawn: Drawn, tmp_path: Path) -> None:
    folder = write_files(drawn("consensus", n=60), tmp_path / "a" / "out")
    assert {p.name for p in folder.iterdir()} == FILES | {".nxpredict.json"}
    assert {p.name for p in folder.parent.iterdir()} == {"out"}


def test_the_same_scenario_gives_the_same_bytes(catalog: Catalog, tmp_path: Path) -> None:
    scenario = Scenario("published", n=200, new_patients=20, seed=5)
    first = write_files(simulate(scenario, catalog), tmp_path / "first")
    second = write_files(simulate(scenario, catalog), tmp_path / "second")
    other = write_files(
        simulate(Scenario("published", n=200, new_patients=20, seed=6), catalog), tmp_path / "other"
    )
    for name in FILES:
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert (first / "cohort.csv").read_bytes() != (other / "cohort.csv").read_bytes()


def test_more_new_patients_leave_the_trial_alone(catalog: Catalog) -> None:
    few = simulate(Scenario("consensus", n=100, new_patients=5), catalog)
    many = simulate(Scenario("consensus", n=100, new_patients=50), catalog)
    pd.testing.assert_frame_equal(few.cohort, many.cohort)


def test_the_scenario_changes_the_truth_and_not_the_patients(catalog: Catalog) -> None:
    one = simulate(Scenario("consensus", n=100, new_patients=5), catalog)
    two = simulate(Scenario("published", n=100, new_patients=5), catalog)
    outcome = ["completed", "responder"]
    pd.testing.assert_frame_equal(
        one.cohort.drop(columns=outcome), two.cohort.drop(columns=outcome)
    )
    assert not one.truth.equals(two.truth)


@settings(max_examples=12, deadline=None)
@given(
    scenario=st.sampled_from(["no_difference", "consensus", "published"]),
    n=st.integers(20, 120),
    new_patients=st.integers(1, 30),
    seed=st.integers(0, 2**31),
    region_mix=st.sampled_from(["us", "eu", "jp", (("AFR", 0.5), ("SAS", 0.5))]),
    arms=st.permutations(["naltrexone", "nalmefene", "placebo"]).flatmap(
        lambda arms: st.sampled_from([tuple(arms), tuple(arms[:2])])
    ),
    missingness=st.sampled_from(["site_and_severity", "at_random", "none"]),
)
def test_any_scenario_gives_a_whole_cohort(catalog: Catalog, **keys: Any) -> None:
    scenario = Scenario(**keys)
    drawn = simulate(scenario, catalog)
    assert len(drawn.cohort) == scenario.n
    assert len(drawn.new_patients) == scenario.new_patients
    assert drawn.truth["patient_id"].is_unique
    reference, *others = scenario.arms
    assert list(drawn.truth.columns) == [
        "patient_id",
        *(f"p_{arm}" for arm in scenario.arms),
        *(f"benefit_{arm}_vs_{reference}" for arm in others),
    ]
    assert drawn.truth.filter(like="p_").apply(lambda p: p.between(0, 1)).all().all()
    assert drawn.cohort["arm"].nunique() == len(scenario.arms)
    assert all(len(calls) == scenario.n for calls in drawn.genotypes.values())


def test_tables_read_back_as_they_were(drawn: Drawn, tmp_path: Path) -> None:
    cohort = drawn("published", n=300)
    folder = write_files(cohort, tmp_path / "out")
    table = pd.read_csv(folder / "cohort.csv")
    pd.testing.assert_frame_equal(table, cohort.cohort, check_dtype=False)
    truth = pd.read_csv(folder / "truth.csv")
    assert list(truth["patient_id"]) == [
        *cohort.cohort["patient_id"],
        *cohort.new_patients["patient_id"],
    ]


def test_the_study_file_of_three_arms_loads(drawn: Drawn, tmp_path: Path) -> None:
    arms = ("placebo", "naltrexone", "nalmefene")
    folder = write_files(drawn("no_difference", n=90, arms=arms), tmp_path / "out")
    study = load_study(folder / "study.yaml")
    assert study.arms.names == arms
    assert study.arms.reference == "placebo"
    assert study.faults == ()


def test_genotypes_stand_in_the_vcf_only(drawn: Drawn, catalog: Catalog, tmp_path: Path) -> None:
    cohort = drawn("published", n=300)
    dosages = {p.column for p in catalog.predictors.values() if p.kind == "dosage"}
    assert not dosages & set(cohort.cohort.columns)
    folder = write_files(cohort, tmp_path / "out")
    assert "DRD4" in gzip.decompress((folder / "cohort.vcf.gz").read_bytes()).decode()


def test_every_column_is_one_that_the_catalogue_knows(drawn: Drawn, catalog: Catalog) -> None:
    cohort = drawn("published", n=300)
    ours = {"patient_id", "site", "arm", "completed", "responder"}
    for column in set(cohort.cohort.columns) - ours:
        predictor = catalog.match_column(column)
        assert predictor is not None
        assert predictor.column == column
        if predictor.labels:
            assert set(cohort.cohort[column].dropna()) <= set(predictor.labels)
        elif predictor.typical_low is not None:
            values = cohort.cohort[column]
            assert predictor.is_typical(float(values[values != 0].median())), column
    assert list(cohort.new_patients.columns) == [
        c for c in cohort.cohort.columns if c not in ours - {"patient_id"}
    ]


def test_an_older_folder_of_ours_is_replaced_whole(drawn: Drawn, tmp_path: Path) -> None:
    folder = write_files(drawn("consensus", n=60), tmp_path / "out")
    (folder / "stray.txt").write_text("x")
    before = (folder / "cohort.csv").read_bytes()
    write_files(drawn("consensus", n=300), folder)
    assert {p.name for p in folder.iterdir()} == FILES | {".nxpredict.json"}
    assert (folder / "cohort.csv").read_bytes() != before


def test_a_foreign_folder_is_left_alone(drawn: Drawn, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="nothing was changed"):
        write_files(drawn("consensus", n=60), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
