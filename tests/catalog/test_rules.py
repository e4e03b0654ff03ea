"""Published rules: what they give whom, and that their weights are those of the evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.catalog import load_catalog

RULES = {rule.name: rule for rule in load_catalog().rules}


def patient(**values: object) -> pd.DataFrame:
    catalog = load_catalog()
    coded = {
        name: catalog.predictors[name].code(value) if isinstance(value, str) else value
        for name, value in values.items()
    }
    return pd.DataFrame([coded])


def test_every_rule_says_where_it_comes_from():
    assert {"Reward drinkers", "Consensus score"} < set(RULES)
    for rule in RULES.values():
        assert rule.source
        assert rule.text
        assert rule.certainty in "VSRCADM"
        assert {t.predictor for t in rule.terms} <= set(load_catalog().predictors)


def test_reward_drinkers_get_naltrexone():
    rule = RULES["Reward drinkers"]
    X = pd.DataFrame({"reward_relief": ["reward", "both", None]})
    score, cut = rule.apply(X)
    np.testing.assert_array_equal(score > cut, [True, False, False])
    assert np.isnan(score[2])


def test_two_of_three_signs_get_naltrexone():
    rule = RULES["Smoking, family history, early onset"]
    for smoker, family, onset, given in (
        ("yes", "yes", 40, True),
        ("yes", "no", 24, True),
        ("yes", "no", 25, False),
        ("no", "no", 20, False),
    ):
        score, cut = rule.apply(patient(smoker=smoker, family_history=family, onset_age=onset))
        assert (score[0] > cut) == given


def test_the_consensus_score_has_the_weights_of_the_evidence():
    """Naltrexone less nalmefene on the log-odds scale, section 12.9 of the evidence review."""
    weights = {term.predictor: term.weight for term in RULES["Consensus score"].terms}
    assert weights == pytest.approx(
        {
            "smoker": 0.30,
            "family_history": 0.15,
            "onset_age": 0.15,
            "OPRM1_rs1799971_G_dosage": 0.10,
            "reward_relief": 0.20,
            "DRD4_VNTR_long_dosage": 0.05,
            "drinking_risk_level": -0.20,
            "age": 0.15,
            "pacs": 0.03,
        }
    )


def test_the_consensus_score_by_hand():
    X = pd.DataFrame(
        {
            "smoker": [1.0, 0.0, np.nan, 1.0],
            "age": [70.0, 40.0, 40.0, np.nan],
            "pacs": [10.0, 30.0, 10.0, 30.0],
        }
    )
    score, cut = RULES["Consensus score"].apply(X)
    # Smoker not known: the mean of the others, 0.2; age not known: 0.05; craving: one SD.
    expected = [0.30 + 0.15 - 0.03, 0.03, 0.2 - 0.03, 0.30 + 0.05 + 0.03]
    np.testing.assert_allclose(score, expected, atol=1e-12)
    assert cut == pytest.approx(np.mean(expected))


def test_rules_speak_only_of_arms_that_hold_their_drugs():
    catalog = load_catalog()
    found = catalog.rules_for(("naltrexone+cbt", "nalmefene", "placebo"))
    assert {(arm, versus) for _, arm, versus in found} == {("naltrexone+cbt", "nalmefene")}
    assert len(found) == len(catalog.rules)
    assert catalog.rules_for(("drug_a", "drug_b")) == ()
    assert catalog.rules_for(("naltrexone", "naltrexone_xr", "nalmefene")) == ()


def test_a_cohort_without_the_predictors_has_no_score():
    score, _ = RULES["Consensus score"].apply(pd.DataFrame({"ggt": [1.0, 2.0]}))
    assert np.isnan(score).all()
