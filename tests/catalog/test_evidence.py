from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.catalog import ANY_DRUG, Catalog, Evidence, Prior, load_catalog

CATALOG = load_catalog()


@pytest.mark.parametrize("entry", CATALOG.evidence, ids=lambda e: e.name)
class TestEveryStudy:
    def test_names_what_exists(self, entry: Evidence):
        assert entry.drug in {*CATALOG.drugs, ANY_DRUG}
        assert entry.predictors
        assert set(entry.predictors) <= set(CATALOG.predictors)

    def test_says_what_it_rests_on(self, entry: Evidence, tags: frozenset[str]):
        assert entry.certainty in tags
        for text in (entry.population, entry.design, entry.effect, entry.reference):
            assert text.strip()
        assert entry.species in {"human", "mouse", "rat"}
        assert entry.n is None or entry.n > 0

    def test_vocabulary_is_closed(self, entry: Evidence):
        assert entry.direction in {"more", "less", "none", "unclear"}
        assert entry.replication in {
            "replicated", "mixed", "failed", "unreplicated", "not applicable",
        }  # fmt: skip

    def test_a_number_says_how_it_was_derived(self, entry: Evidence):
        assert (entry.log_odds is None) == (entry.log_odds_kind == "")

    def test_sign_agrees_with_direction(self, entry: Evidence):
        if entry.log_odds is not None and entry.direction in {"more", "less"}:
            assert (entry.log_odds > 0) == (entry.direction == "more")


def test_studies_are_named_once():
    names = [entry.name for entry in CATALOG.evidence]
    assert len(names) == len(set(names))


def test_the_mouse_study_is_marked_and_concerns_amines_only(catalog: Catalog):
    animals = [entry for entry in catalog.evidence if entry.species != "human"]
    assert {entry.drug for entry in animals} == {"naltrexone", "nalmefene"}
    for entry in animals:
        assert entry.n == 56
        assert entry.species == "mouse"
        assert set(entry.predictors) == {"serotonin", "dopamine", "norepinephrine", "epinephrine"}


def test_negative_studies_stand_beside_positive_ones(catalog: Catalog):
    found = catalog.evidence_for("naltrexone", "OPRM1_rs1799971_G_dosage")
    assert {"more", "none"} <= {entry.direction for entry in found}
    assert catalog.evidence_for("nalmefene", "OPRM1_rs1799971_G_dosage")[0].direction == "none"
    assert any(
        e.replication == "failed" for e in catalog.evidence_for("naltrexone", "family_history")
    )


def test_what_concerns_every_drug_is_found_for_each(catalog: Catalog):
    for drug in catalog.drugs:
        assert any(entry.drug == ANY_DRUG for entry in catalog.evidence_for(drug, "peth"))
    assert catalog.evidence_for("naltrexone", "bmi") == ()


@pytest.mark.parametrize("prior", CATALOG.priors, ids=lambda p: f"{p.drug}-{p.predictor}")
class TestEveryPrior:
    def test_names_what_exists(self, prior: Prior, tags: frozenset[str]):
        assert prior.drug in CATALOG.drugs
        assert prior.predictor in CATALOG.predictors
        assert prior.times is None or prior.times in CATALOG.predictors
        assert prior.certainty in tags
        assert prior.source.strip()

    def test_consensus_is_more_sceptical_than_published(self, prior: Prior):
        assert prior.consensus_sd > 0
        assert abs(prior.consensus_mean) <= abs(prior.published)
        assert prior.consensus_mean * prior.published >= 0

    def test_scale_fits_the_predictor(self, prior: Prior):
        kind = CATALOG.predictors[prior.predictor].kind
        assert (prior.condition is not None) == (prior.scale == "condition")
        if prior.scale == "sd":
            assert kind == "continuous"
        if prior.scale == "copy":
            assert kind == "dosage"


def test_one_prior_for_each_moderator():
    keys = [(p.drug, p.predictor, p.times) for p in CATALOG.priors]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("drug", "predictor", "published", "mean", "sd"),
    [
        ("naltrexone", "OPRM1_rs1799971_G_dosage", 0.70, 0.10, 0.15),
        ("nalmefene", "OPRM1_rs1799971_G_dosage", 0.0, 0.0, 0.10),
        ("naltrexone", "reward_relief", 1.40, 0.20, 0.20),
        ("nalmefene", "smoker", -0.40, -0.10, 0.15),
        ("nalmefene", "age", -0.40, -0.15, 0.20),
        ("naltrexone", "serotonin", 0.0, 0.0, 0.05),
    ],
)
def test_priors_of_the_reference_study(
    catalog: Catalog, drug: str, predictor: str, published: float, mean: float, sd: float
):
    prior = catalog.prior(drug, predictor)
    assert prior is not None
    assert (prior.published, prior.consensus_mean, prior.consensus_sd) == (published, mean, sd)


def test_a_product_is_not_the_main_prior(catalog: Catalog):
    assert catalog.prior("naltrexone", "sweet_liker") is None
    assert catalog.prior("naltrexone", "bmi") is None


def test_carriers_have_one_copy_or_two(catalog: Catalog):
    prior = catalog.prior("naltrexone", "OPRM1_rs1799971_G_dosage")
    assert prior is not None
    assert prior.condition is not None
    held = prior.condition.holds(pd.Series([0.0, 1.0, 2.0, np.nan]))
    np.testing.assert_array_equal(held, [0.0, 1.0, 1.0, np.nan])
