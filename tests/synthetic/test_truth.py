from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import special

from nxpredict.catalog import Catalog
from nxpredict.synthetic import SyntheticCohort
from nxpredict.synthetic._parameters import load_parameters
from nxpredict.synthetic._terms import moderator_terms

BENEFIT = "benefit_nalmefene_vs_naltrexone"
THREE = ("naltrexone", "nalmefene", "placebo")
Drawn = Callable[..., SyntheticCohort]


def _truth_of_trial(cohort: SyntheticCohort) -> pd.DataFrame:
    return cohort.truth.iloc[: len(cohort.cohort)]


def test_no_difference_means_exactly_none(drawn: Drawn) -> None:
    truth = drawn("no_difference", n=2000).truth
    assert (truth[BENEFIT] == 0.0).all()
    assert (truth["p_naltrexone"] == truth["p_nalmefene"]).all()
    assert truth["p_naltrexone"].std() > 0.05


@pytest.mark.parametrize("scenario", ["no_difference", "consensus", "published"])
def test_benefits_are_differences(drawn: Drawn, scenario: str) -> None:
    truth = drawn(scenario, n=4000, arms=THREE).truth
    for arm in ("nalmefene", "placebo"):
        difference = truth[f"p_{arm}"] - truth["p_naltrexone"]
        assert np.abs(difference - truth[f"benefit_{arm}_vs_naltrexone"]).max() < 1e-9
    assert truth.filter(like="p_").min().min() > 0
    assert truth.filter(like="p_").max().max() < 1


@pytest.mark.parametrize("scenario", ["no_difference", "consensus", "published"])
def test_moderators_leave_the_arm_averages_alone(drawn: Drawn, scenario: str) -> None:
    cohort = drawn(scenario, n=10_000, arms=THREE)
    means = _truth_of_trial(cohort).filter(like="p_").mean()
    stated = load_parameters().arms
    for arm in THREE:
        assert means[f"p_{arm}"] == pytest.approx(stated[arm].response_rate, abs=0.012)


@pytest.mark.parametrize("scenario", ["no_difference", "consensus", "published"])
def test_patients_respond_as_often_as_the_truth_says(drawn: Drawn, scenario: str) -> None:
    cohort = drawn(scenario, n=10_000, arms=THREE)
    truth = _truth_of_trial(cohort)
    for arm in THREE:
        spec = load_parameters().arms[arm]
        rows = (cohort.cohort["arm"] == spec.label).to_numpy()
        p = truth.loc[rows, f"p_{arm}"].to_numpy()
        error = np.sqrt((p * (1 - p)).sum()) / rows.sum()
        assert abs(cohort.cohort.loc[rows, "responder"].mean() - p.mean()) < 4 * error
        calibration = pd.Series(cohort.cohort.loc[rows, "responder"].to_numpy()).groupby(p > 0.6)
        assert calibration.mean().is_monotonic_increasing


def test_the_scenarios_differ_as_much_as_the_reference_study_expects(drawn: Drawn) -> None:
    expected = {"consensus": (0.08, 0.024), "published": (0.76, 0.118)}
    for scenario, (share, gain) in expected.items():
        truth = _truth_of_trial(drawn(scenario, n=10_000, arms=THREE))
        both = truth[["p_naltrexone", "p_nalmefene"]]
        assert (truth[BENEFIT].abs() > 0.10).mean() == pytest.approx(share, abs=0.04)
        assert both.max(axis=1).mean() - both.mean().max() == pytest.approx(gain, abs=0.012)


def test_moderators_push_in_the_direction_published(drawn: Drawn) -> None:
    cohort = drawn("published", n=10_000, missingness="none")
    benefit = _truth_of_trial(cohort)[BENEFIT]
    table = cohort.cohort
    assert benefit[table["smoker"] == "yes"].mean() < benefit[table["smoker"] == "no"].mean()
    reward = table["reward_relief"] == "reward"
    assert benefit[reward].mean() < benefit[~reward].mean()
    older = table["age_years"] >= 65
    assert benefit[older].mean() < benefit[~older].mean()
    carrier = cohort.genotypes["OPRM1_rs1799971"].sum(axis=1) > 0
    assert benefit[carrier].mean() < benefit[~carrier].mean()


@pytest.mark.parametrize("scenario", ["consensus", "published"])
@pytest.mark.parametrize("arm", ["naltrexone", "nalmefene"])
def test_every_prior_but_those_of_ancestry_and_adherence_moderates(
    catalog: Catalog, scenario: str, arm: str
) -> None:
    parameters = load_parameters()
    sizes = {
        (prior.predictor, prior.times): (
            prior.published if scenario == "published" else prior.consensus_mean
        )
        for prior in catalog.priors
        if prior.drug == arm and prior.predictor not in {"ancestry", "prior_adherence"}
    }
    everything = [*catalog.predictors]
    everything.remove("prior_adherence")
    terms = moderator_terms(arm, scenario, everything, parameters, catalog)
    found = {(t.predictor, None if t.times is None else t.times.name): t.size for t in terms}
    assert found == {key: size for key, size in sizes.items() if size != 0}
    assert moderator_terms("placebo", scenario, everything, parameters, catalog) == ()


def test_each_moderator_moves_the_truth(drawn: Drawn, catalog: Catalog) -> None:
    cohort = drawn("published", n=10_000, missingness="none")
    logit = special.logit(_truth_of_trial(cohort)[["p_naltrexone", "p_nalmefene"]])
    difference = (logit["p_nalmefene"] - logit["p_naltrexone"]).to_numpy()
    table = cohort.cohort
    craving = (table["pacs_score"] - 17) / 6.5
    design = pd.DataFrame(
        {
            "one": 1.0,
            "smoker": table["smoker"] == "yes",
            "family_history": table["family_history"] == "yes",
            "early_onset": table["onset_age_years"] < 25,
            "reward": table["reward_relief"] == "reward",
            "cue": table["cue_reactivity_z"],
            "craving": craving,
            "sweet": (table["sweet_liker"] == "yes") * craving,
            "high_risk": table["drinking_risk_level"].isin(["high", "very high"]),
            "older": table["age_years"] >= 65,
        }
    ).astype(float)
    carriers = {
        "carrier": (cohort.genotypes["OPRM1_rs1799971"] == 1).any(axis=1),
        "long": (cohort.genotypes["DRD4_exon3_VNTR"] >= 7).any(axis=1),
    }
    design = design.assign(**{name: c.astype(float) for name, c in carriers.items()})
    fitted = np.linalg.lstsq(design.to_numpy(), difference, rcond=None)[0]
    effects = dict(zip(design.columns, fitted, strict=True))
    expected = {
        "smoker": -1.3, "family_history": -1.0, "early_onset": -0.9, "reward": -1.4, "cue": -0.3,
        "craving": -0.2, "sweet": -0.6, "high_risk": 0.3, "older": -0.4, "carrier": -0.7,
        "long": -0.6,
    }  # fmt: skip
    for name, size in expected.items():
        assert effects[name] == pytest.approx(size, abs=0.05), name


def test_ancestry_and_amines_move_nothing(drawn: Drawn, catalog: Catalog) -> None:
    cohort = drawn("published", n=10_000, missingness="none")
    columns = cohort.cohort.columns
    names = [p.name for p in catalog.predictors.values() if p.column in columns]
    for arm in ("naltrexone", "nalmefene"):
        terms = moderator_terms(arm, "published", names, load_parameters(), catalog)
        assert not {t.predictor for t in terms} & {"ancestry", "race", "serotonin"}


def test_a_patient_who_left_early_did_not_respond(drawn: Drawn) -> None:
    table = drawn("published", n=10_000, arms=THREE).cohort
    assert table.loc[table["completed"] == 0, "responder"].eq(0).all()
    for spec in (load_parameters().arms[arm] for arm in THREE):
        rows = table["arm"] == spec.label
        error = np.sqrt(spec.drop_out * (1 - spec.drop_out) / rows.sum())
        left = 1 - table.loc[rows, "completed"].mean()
        assert left == pytest.approx(spec.drop_out, abs=4 * error)


def test_arms_are_balanced_within_each_site(drawn: Drawn) -> None:
    table = drawn("published", n=1203, arms=THREE).cohort
    counts = table.groupby(["site", "arm"]).size().unstack()
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()
    assert table["arm"].value_counts().min() > 380


def test_without_randomisation_the_naive_comparison_is_wrong(drawn: Drawn) -> None:
    cohort = drawn("no_difference", n=10_000, allocation="observational")
    truth = _truth_of_trial(cohort)
    table = cohort.cohort
    naive = table.groupby("arm")["responder"].mean()
    assert truth["benefit_nalmefene_vs_naltrexone"].abs().max() == 0
    assert naive["NMF"] - naive["NTX"] < -0.05
    assert table.groupby("arm")["audit_score"].mean()["NMF"] > table["audit_score"].mean() + 1


def test_a_combination_has_the_moderators_of_its_parts(catalog: Catalog) -> None:
    names, parameters = list(load_parameters().variables), load_parameters()
    alone = moderator_terms("naltrexone", "published", names, parameters, catalog)
    together = moderator_terms("naltrexone+prazosin", "published", names, parameters, catalog)
    assert alone == together != ()
