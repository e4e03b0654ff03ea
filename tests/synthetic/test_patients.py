from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nxpredict.catalog import Catalog
from nxpredict.synthetic._parameters import load_parameters
from nxpredict.synthetic._patients import Patients, draw_patients, repeat_shares

N = 30_000
MIX = {"EUR": 0.4, "AFR": 0.2, "EAS": 0.2, "AMR": 0.1, "SAS": 0.1}


@pytest.fixture(scope="module")
def patients(catalog: Catalog) -> Patients:
    return _draw(catalog, screened=False)


def _draw(catalog: Catalog, *, screened: bool) -> Patients:
    return draw_patients(
        N,
        load_parameters(),
        ancestry_mix=MIX,
        catalog=catalog,
        seed=11,
        who="test",
        screened=screened,
    )


def _four_errors(p: float, n: int) -> float:
    return 4 * np.sqrt(max(p * (1 - p), 1e-4) / n)


@pytest.mark.parametrize("locus", ["OPRM1_rs1799971", "AKR1C4_rs17134592"])
@pytest.mark.parametrize("ancestry", MIX)
def test_snps_are_in_hardy_weinberg_equilibrium(
    patients: Patients, catalog: Catalog, locus: str, ancestry: str
) -> None:
    rows = (patients.values["ancestry"] == ancestry).to_numpy()
    dosage = patients.genotypes[locus][rows].sum(axis=1)
    stated = catalog.variants[locus].frequencies[ancestry].value
    broken = load_parameters().genotypes["AKR1C4_haplotype"]["broken"]
    expected = stated * (1 - broken / 2) if locus.startswith("AKR1C4") else stated
    q = dosage.mean() / 2
    assert q == pytest.approx(expected, abs=_four_errors(expected, 2 * len(dosage)))
    observed = np.bincount(dosage, minlength=3)
    shares = np.array([(1 - q) ** 2, 2 * q * (1 - q), q**2]) * len(dosage)
    chi2 = ((observed - shares) ** 2 / np.maximum(shares, 1)).sum()
    assert stats.chi2.sf(chi2, 1) > 1e-5


@pytest.mark.parametrize("ancestry", MIX)
def test_repeats_have_the_frequencies_of_the_catalogue(
    patients: Patients, catalog: Catalog, ancestry: str
) -> None:
    locus = catalog.repeats["DRD4_exon3_VNTR"]
    rows = (patients.values["ancestry"] == ancestry).to_numpy()
    alleles = patients.genotypes["DRD4_exon3_VNTR"][rows].ravel()
    shares = repeat_shares(locus.frequencies[ancestry].alleles)
    assert set(alleles) <= set(shares)
    for repeats, share in shares.items():
        p = share / sum(shares.values())
        assert (alleles == repeats).mean() == pytest.approx(p, abs=_four_errors(p, len(alleles)))


def test_the_haplotype_is_broken_as_often_as_stated(patients: Patients) -> None:
    first = patients.genotypes["AKR1C4_rs3829125"]
    second = patients.genotypes["AKR1C4_rs17134592"]
    alone = (first != second).sum()
    either = ((first == 1) | (second == 1)).sum()
    assert alone / either == pytest.approx(0.05, abs=_four_errors(0.05, int(either)))
    assert (patients.values["AKR1C4_haplotype_dosage"] == (first * second).sum(axis=1)).all()


@pytest.mark.parametrize(
    ("first", "second", "sign"),
    [
        ("alcohol_intake", "peth", 1),
        ("alcohol_intake", "ggt", 1),
        ("alcohol_intake", "heavy_drinking_days", 1),
        ("peth", "cdt", 1),
        ("alt", "ast", 1),
        ("audit", "ads", 1),
        ("pacs", "ocds", 1),
        ("smoker", "mcv", 1),
        ("smoker", "onset_age", -1),
        ("family_history", "onset_age", -1),
        ("family_history", "beta_endorphin", -1),
        ("days_since_last_drink", "peth", -1),
        ("ssri_use", "serotonin", -1),
        ("depression", "anxiety", 1),
    ],
)
def test_clinical_variables_go_together(
    patients: Patients, first: str, second: str, sign: int
) -> None:
    r = stats.spearmanr(patients.values[first], patients.values[second]).statistic
    assert sign * r > 0.1


@pytest.mark.parametrize("name", ["audit", "ggt", "pacs", "age"])
def test_genotypes_say_nothing_about_clinical_variables(patients: Patients, name: str) -> None:
    rows = patients.values["ancestry"] == "EUR"
    dosage = patients.values.loc[rows, "OPRM1_rs1799971_G_dosage"]
    r = stats.spearmanr(dosage, patients.values.loc[rows, name]).statistic
    assert abs(r) < 4 / np.sqrt(rows.sum())


def test_values_are_possible(patients: Patients, catalog: Catalog) -> None:
    values = patients.values
    for name in values.columns.intersection(list(catalog.predictors)):
        predictor = catalog.predictors[name]
        if predictor.low is not None and predictor.high is not None:
            assert values[name].between(predictor.low, predictor.high).all(), name
    assert (values["onset_age"] < values["age"]).all()
    assert ((values["cigarettes_per_day"] > 0) == (values["smoker"] == 1)).all()


def test_the_risk_level_follows_intake_and_sex(patients: Patients, catalog: Catalog) -> None:
    values = patients.values
    level = catalog.predictors["drinking_risk_level"].levels.index
    women = values["sex"] == catalog.predictors["sex"].code("female")
    assert (values.loc[women & (values["alcohol_intake"] == 40), "drinking_risk_level"]
            == level("medium")).all()  # fmt: skip
    assert (values.loc[women & (values["alcohol_intake"] == 41), "drinking_risk_level"]
            == level("high")).all()  # fmt: skip
    assert (values.loc[~women & (values["alcohol_intake"] == 41), "drinking_risk_level"]
            == level("medium")).all()  # fmt: skip
    assert (values.loc[~women & (values["alcohol_intake"] > 100), "drinking_risk_level"]
            == level("very high")).all()  # fmt: skip


def test_the_trial_turns_patients_away(patients: Patients, catalog: Catalog) -> None:
    screened = _draw(catalog, screened=True).values
    assert len(screened) == N
    assert (screened["current_opioid_use"] == 0).all()
    assert (screened["acute_alcohol_withdrawal"] == 0).all()
    assert (screened["egfr"] >= 30).all()
    assert not (screened["child_pugh"] == 2).any()
    assert (screened["child_pugh"] == 1).any()
    assert (patients.values["current_opioid_use"] == 1).mean() == pytest.approx(0.04, abs=0.006)
    assert (patients.values["egfr"] < 30).any()
