from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.catalog import ANY_DRUG, Catalog, Caution, Condition, Regimen, load_catalog

CATALOG = load_catalog()
REGIONS = {"EU", "UK", "US"}


def caution(drug: str, code: str) -> Caution:
    return next(c for c in CATALOG.cautions if (c.drug, c.code) == (drug, code))


@pytest.mark.parametrize("entry", CATALOG.cautions, ids=lambda c: f"{c.drug}-{c.code}")
class TestEveryCaution:
    def test_names_what_exists(self, entry: Caution):
        assert entry.drug in {*CATALOG.drugs, ANY_DRUG}
        assert entry.predictor in CATALOG.predictors
        assert set(entry.covered_by) <= set(CATALOG.eligibility)
        assert entry.regions
        assert set(entry.regions) <= REGIONS

    def test_says_what_it_rests_on(self, entry: Caution, tags: frozenset[str]):
        assert entry.certainty in tags
        assert entry.source.strip()
        assert entry.text.strip().endswith(".")

    def test_any_drug_means_scope(self, entry: Caution):
        assert entry.level in {"scope", "block", "caution"}
        assert (entry.drug == ANY_DRUG) == (entry.level == "scope")
        assert entry.blocks == (entry.level in {"scope", "block"})

    def test_what_blocks_can_be_covered(self, entry: Caution):
        assert entry.covered_by or not entry.blocks

    def test_has_three_states(self, entry: Caution):
        predictor = CATALOG.predictors[entry.predictor]
        if predictor.kind == "continuous":
            values = np.linspace(predictor.low or 0.0, predictor.high or 0.0, 2001)
        else:
            values = np.arange(len(predictor.levels), dtype=float)
        X = pd.DataFrame({entry.predictor: [*values, np.nan]})
        met = entry.met(X)
        assert set(met[:-1]) <= {0.0, 1.0}
        assert 1.0 in met
        assert list(np.isnan(met)) == [False] * len(values) + [True]


def test_codes_are_unique_for_each_drug():
    keys = [(c.drug, c.code) for c in CATALOG.cautions]
    assert len(keys) == len(set(keys))


def test_every_eligibility_code_covers_something_and_is_a_sentence(catalog: Catalog):
    used = {code for c in catalog.cautions for code in c.covered_by}
    assert used == set(catalog.eligibility)
    assert "no_current_opioid_use" in used
    assert all(text.endswith(".") for text in catalog.eligibility.values())


TOPICS = {
    ANY_DRUG: "current_opioid_use opioid_agonist_use opioid_use_disorder_treatment",
    "naltrexone": """
        opioid_free_days planned_surgery past_opioid_use_disorder child_pugh alt egfr pregnancy age
        depression suicidality disulfiram_use thioridazine_use acute_hepatitis
        naltrexone_hypersensitivity galactose_intolerance
    """,
    "nalmefene": """
        opioid_free_days planned_surgery past_opioid_use_disorder acute_alcohol_withdrawal
        child_pugh alt egfr pregnancy age depression suicidality drinking_risk_level treatment_goal
        nalmefene_hypersensitivity galactose_intolerance
    """,
}


@pytest.mark.parametrize("drug", TOPICS)
def test_every_topic_of_the_labels_is_there(drug: str):
    assert set(TOPICS[drug].split()) <= {c.predictor for c in CATALOG.cautions if c.drug == drug}


def test_current_opioid_use_is_outside_the_scope():
    X = pd.DataFrame({"current_opioid_use": [1.0, 0.0, np.nan]})
    entry = caution(ANY_DRUG, "current_opioid_use")
    assert entry.level == "scope"
    np.testing.assert_array_equal(entry.met(X), [1.0, 0.0, np.nan])


def test_a_column_that_is_not_there_was_not_assessed():
    met = caution("naltrexone", "pregnancy").met(pd.DataFrame({"age": [30.0, 40.0]}))
    assert np.isnan(met).tolist() == [True, True]


def test_no_patients_no_states():
    empty = pd.DataFrame({"age": pd.Series([], dtype=float)})
    assert caution("nalmefene", "under_18").met(empty).shape == (0,)


@given(st.lists(st.one_of(st.none(), st.floats(12, 110)), max_size=20))
def test_age_bounds_are_18_and_65(ages: list[float | None]):
    X = pd.DataFrame({"age": pd.Series(ages, dtype="float64")})
    young = caution("nalmefene", "under_18").met(X)
    old = caution("nalmefene", "age_65_or_over").met(X)
    for age, is_young, is_old in zip(ages, young, old, strict=True):
        if age is None:
            assert np.isnan([is_young, is_old]).all()
        else:
            assert is_young == (age < 18)
            assert is_old == (age >= 65)


def test_ordinal_bounds_follow_the_order_of_levels():
    levels = CATALOG.predictors["drinking_risk_level"].levels
    X = pd.DataFrame({"drinking_risk_level": np.arange(len(levels), dtype=float)})
    met = caution("nalmefene", "drinking_risk_below_high").met(X)
    assert dict(zip(levels, met, strict=True)) == {
        "abstinent": 1.0,
        "low": 1.0,
        "medium": 1.0,
        "high": 0.0,
        "very high": 0.0,
    }


def test_a_text_condition_reads_categories_and_their_gaps():
    held = Condition(label="reward", code="reward").holds(
        pd.Series(["reward", "relief", None], dtype="str")
    )
    np.testing.assert_array_equal(held, [1.0, 0.0, np.nan])


@pytest.mark.parametrize("parts", [{}, {"below": 1.0, "at_least": 2.0}])
def test_a_condition_is_one_thing(parts: dict[str, float]):
    with pytest.raises(ValueError, match="one of"):
        Condition(**parts)


class TestCautionsFor:
    def test_scope_comes_first_and_once(self, catalog: Catalog):
        found = catalog.cautions_for(["naltrexone", "nalmefene"])
        levels = [c.level == "scope" for c in found]
        assert levels == sorted(levels, reverse=True)
        assert len(found) == len(catalog.cautions)

    def test_unknown_drugs_have_none(self, catalog: Catalog):
        assert catalog.cautions_for(["buprenorphine", "methadone", "zdv+ddi"]) == ()

    def test_one_known_drug_brings_the_scope(self, catalog: Catalog):
        found = catalog.cautions_for(["placebo", "nalmefene"])
        assert {c.drug for c in found} == {ANY_DRUG, "nalmefene"}

    @pytest.mark.parametrize(
        "arm", ["naltrexone", "naltrexone+cbt", "cbt+naltrexone_xr", "ntx", "naltrexone-50mg"]
    )
    def test_components_of_an_arm(self, catalog: Catalog, arm: str):
        assert catalog.drugs_in(arm) == ("naltrexone",)

    def test_both_drugs_in_one_arm(self, catalog: Catalog):
        assert catalog.drugs_in("nalmefene+naltrexone") == ("naltrexone", "nalmefene")

    def test_a_region_keeps_its_own_label_and_the_scope(self, catalog: Catalog):
        us = catalog.cautions_for(["naltrexone"], region="US")
        eu = catalog.cautions_for(["naltrexone"], region="EU")
        liver = [c.level for c in us if c.predictor in {"acute_hepatitis", "child_pugh"}]
        assert "block" not in liver
        assert ("acute_hepatitis", "block") in {(c.code, c.level) for c in eu}
        assert sum(c.level == "scope" for c in us) == sum(c.level == "scope" for c in eu) > 0


def test_a_code_covers_no_more_than_it_says(catalog: Catalog):
    codes = {(c.drug, c.code): c.covered_by for c in catalog.cautions}
    # Nobody of Child-Pugh B or C: A may be there. No recent delirium: an earlier one may be.
    assert "Child-Pugh B or C" in catalog.eligibility["no_liver_disease"]
    assert codes["nalmefene", "liver_impairment"] == ()
    assert codes["nalmefene", "withdrawal_history"] == ()


def test_eight_codes_cover_everything_that_blocks(catalog: Catalog):
    """A trial that excluded what the labels exclude can say so in one short list."""
    screened = {
        "no_current_opioid_use",
        "opioid_free_for_14_days",
        "no_opioid_use_disorder",
        "no_acute_alcohol_withdrawal",
        "no_severe_liver_disease",
        "no_severe_kidney_disease",
        "adults_only",
        "no_hypersensitivity",
    }
    left = [c.code for c in catalog.cautions if c.blocks and screened.isdisjoint(c.covered_by)]
    assert left == []


@pytest.mark.parametrize("regimen", CATALOG.regimens.values(), ids=lambda r: r.name)
def test_regimens_name_what_exists(regimen: Regimen, tags: frozenset[str]):
    assert regimen.drug in CATALOG.drugs
    assert regimen.certainty in tags
    assert regimen.source.strip()
    assert set(regimen.regions) <= REGIONS | {"JP"}
    assert bool(regimen.dose) == regimen.available


def test_nalmefene_by_mouth_is_had_in_the_eu_and_not_in_the_us(catalog: Catalog):
    oral = [r for r in catalog.regimens.values() if (r.drug, r.route) == ("nalmefene", "oral")]
    available = {region for r in oral for region in r.regions if r.available}
    absent = {region for r in oral for region in r.regions if not r.available}
    assert "EU" in available
    assert absent == {"US"}


def test_drug_names_are_clear():
    words = [word for drug in CATALOG.drugs.values() for word in (drug.name, *drug.aliases)]
    assert len(words) == len(set(words))
    assert ANY_DRUG not in words
