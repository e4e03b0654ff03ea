"""The cohorts in git are those that their configs make, and they are fit to be trained on."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from nxpredict import load_cohort
from nxpredict.catalog import Catalog
from nxpredict.config import load_study
from nxpredict.synthetic import Scenario, simulate, write_files

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "data" / "synthetic"
CONFIGS = ROOT / "configs"
STUDIES = {
    "published": CONFIGS / "naltrexone_vs_nalmefene.yaml",
    "consensus": CONFIGS / "naltrexone_vs_nalmefene_consensus.yaml",
}
DESIGNS = {name: CONFIGS / f"{name}.yaml" for name in ("four_arm", "observational", "crossover")}


def _scenario(name: str) -> Scenario:
    text = (CONFIGS / f"simulate_{name}.yaml").read_text(encoding="utf-8")
    return Scenario.from_dict(yaml.load(text, yaml.BaseLoader))  # noqa: S506


@pytest.mark.parametrize("name", STUDIES | DESIGNS)
def test_the_config_reproduces_the_shipped_files(
    name: str, catalog: Catalog, tmp_path: Path
) -> None:
    fresh = write_files(simulate(_scenario(name), catalog), tmp_path / name)
    files = sorted(p.name for p in fresh.iterdir())
    assert files == sorted(p.name for p in (SHIPPED / name).iterdir())
    for file in files:
        new, old = (fresh / file).read_bytes(), (SHIPPED / name / file).read_bytes()
        if file.endswith(".gz"):
            new, old = gzip.decompress(new), gzip.decompress(old)
        assert new == old, f"{name}/{file}: run nxpredict simulate again and commit the result"


@pytest.mark.parametrize("name", STUDIES)
def test_the_shipped_truth_fits_the_shipped_responses(name: str) -> None:
    cohort = pd.read_csv(SHIPPED / name / "cohort.csv", keep_default_na=False)
    truth = pd.read_csv(SHIPPED / name / "truth.csv")
    assert (len(cohort), len(truth)) == (1200, 1400)
    joined = cohort.merge(truth, on="patient_id", validate="one_to_one")
    for label, arm in {"NTX": "naltrexone", "NMF": "nalmefene"}.items():
        rows = joined[joined["arm"] == label]
        p = rows[f"p_{arm}"].to_numpy()
        error = np.sqrt((p * (1 - p)).sum()) / len(p)
        assert abs(rows["responder"].mean() - p.mean()) < 4 * error


@pytest.mark.parametrize("name", STUDIES)
def test_study_files_load_and_do_not_name_the_truth(name: str) -> None:
    for path in (SHIPPED / name / "study.yaml", STUDIES[name]):
        study = load_study(path)
        assert study.arms.names == ("naltrexone", "nalmefene")
        assert study.arms.labels == ("NTX", "NMF")
        assert "truth.csv" not in path.read_text(encoding="utf-8")
        assert study.response.columns == ("responder",)


@pytest.mark.parametrize("name", STUDIES | DESIGNS)
def test_the_two_study_files_of_a_cohort_say_the_same(name: str) -> None:
    beside, shown = (
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (SHIPPED / name / "study.yaml", (STUDIES | DESIGNS)[name])
    )
    for study in (beside, shown):
        for key in ("study", "table", "genotypes"):
            del study[key]
        del study["tracking"]["experiment"]
    assert beside == shown


def test_the_no_difference_config_is_a_scenario() -> None:
    assert _scenario("no_difference").scenario == "no_difference"


def test_the_shipped_folder_is_small() -> None:
    assert sum(p.stat().st_size for p in SHIPPED.rglob("*") if p.is_file()) < 2_000_000


@pytest.mark.parametrize("name", STUDIES)
def test_new_patients_show_the_cautions(name: str, catalog: Catalog) -> None:
    new = pd.read_csv(SHIPPED / name / "new_patients.csv", keep_default_na=False)
    assert len(new) == 200
    assert (new["current_opioid_use"] == "yes").any()
    assert (new["acute_alcohol_withdrawal"] == "yes").any()
    assert (new["current_opioid_use"] == "").any()
    trial = pd.read_csv(SHIPPED / name / "cohort.csv", keep_default_na=False)
    assert not (trial["current_opioid_use"] == "yes").any()


@pytest.mark.parametrize(
    ("name", "arms", "allocation"),
    [
        ("four_arm", ("placebo", "naltrexone", "nalmefene", "naltrexone+prazosin"), "randomised"),
        ("observational", ("naltrexone", "nalmefene"), "observational"),
        ("crossover", ("naltrexone", "nalmefene"), "randomised"),
    ],
)
def test_the_other_designs_are_studies_without_a_fault(
    name: str, arms: tuple[str, ...], allocation: str
) -> None:
    study = load_study(DESIGNS[name])
    assert study.arms.names == arms
    assert study.arms.reference == arms[0]
    assert study.design.allocation == allocation
    cohort = load_cohort(study)
    assert (cohort.propensity is None) == (allocation == "observational")
    assert min(np.unique(cohort.arm, return_counts=True)[1]) >= 300
