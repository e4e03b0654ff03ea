"""The checks of a cohort report: rows from evaluation.json, and a page that shows them."""

from __future__ import annotations

import copy

import pandas as pd

from nxpredict.report import render_cohort_report
from nxpredict.report._check_facts import check_facts
from nxpredict.report._knowledge import absent_inputs

NUMBER = {"estimate": 0.02, "lower": -0.03, "upper": 0.07}
POOLED = NUMBER | {
    "prediction_lower": -0.2,
    "prediction_upper": 0.24,
    "between_sites_sd": 0.05,
    "sites": 6,
}
ARMS = [{"name": name, "label": name} for name in ("naltrexone", "nalmefene")]
EVALUATION = {
    "per_arm": {
        "naltrexone": {
            "optimism": {"auc": {"apparent": 0.75, "optimism": 0.1}},
            "between_sites": {"auc": POOLED | {"prediction_lower": None}},
        },
        "nalmefene": {"optimism": {"auc": {"apparent": None, "optimism": None}}},
    },
    "contrasts": {
        "nalmefene_vs_naltrexone": {
            "instability": {
                "standard_error": 0.061,
                "standard_error_90": 0.112,
                "mean_absolute_difference": 0.03,
                "preferred_arm_changes": 0.23,
            },
            "delta_calibration": {"intercept": NUMBER, "slope": NUMBER},
            "between_sites": {"gain": POOLED},
            "published_rules": {
                "Reward drinkers": {
                    "arm": "naltrexone",
                    "versus": "nalmefene",
                    "n": 150,
                    "share_given_arm": 0.3,
                    "trend": NUMBER | {"estimate": -0.02},
                    "p": 0.4,
                    "established": False,
                    "gain_over_better_single_arm": NUMBER,
                    "model_gain_over_rule": NUMBER,
                }
            },
        }
    },
}


TABLES = {
    "instability": pd.DataFrame(
        {
            "contrast": ["nalmefene_vs_naltrexone", "another"],
            "group": [1, 1],
            "n": [120, 80],
            "predicted": [-0.217, 0.1],
            "standard_error": [0.057, 0.1],
            "preferred_arm_changes": [0.31, 0.1],
        }
    )
}


def test_rows_come_from_the_evaluation_and_unknown_numbers_have_none():
    found = check_facts(EVALUATION, ARMS, TABLES, {})
    (row,) = found["optimism"]
    assert (row["about"], row["apparent"], row["optimism"]) == ("naltrexone", 0.75, 0.1)
    assert abs(row["left_out"] - 0.65) < 1e-12
    assert [row["measure"] for row in found["sites"]] == [
        "ranking (AUC)",
        "gain of choosing by the model, at sites where it changes a treatment, points",
    ]
    (group,) = found["instability"][0]["groups"]
    assert (group["n"], group["preferred_arm_changes"]) == (120, 0.31)
    assert found["rules"][0]["title"] == "nalmefene versus naltrexone"


def test_an_evaluation_without_checks_has_none():
    assert not any(check_facts({"per_arm": {}, "contrasts": {}}, ARMS, {}, {}).values())


def test_the_page_shows_what_is_there(world):
    facts = copy.deepcopy(world().cohort_page())
    facts["checks"] = check_facts(EVALUATION, ARMS, TABLES, {})
    page = render_cohort_report(facts)
    for text in (
        "Reward drinkers",
        "reversed",
        "over refits is 6.1 percentage points",
        "23%",
        "31%",
        "not known",
        "Sites left out",
    ):
        assert text in page, text
    facts["checks"] = check_facts({"per_arm": {}, "contrasts": {}}, ARMS, {}, {})
    assert "Published rules" not in render_cohort_report(facts)


def test_a_published_rule_says_which_of_its_inputs_the_cohort_lacks(world):
    w = world()
    absent = absent_inputs(w.catalog, w.arms.names, w.X)
    assert "smoker" not in " ".join(absent["Smoking, family history, early onset"])
    assert "family history of alcohol problems" in absent["Smoking, family history, early onset"]
    facts = copy.deepcopy(w.cohort_page())
    facts["checks"] = check_facts(EVALUATION, ARMS, TABLES, absent)
    page = render_cohort_report(facts)
    assert "Inputs absent here, which add nothing: reward or relief drinking" in page
    assert '30%<span class="note-cell">naltrexone</span>' in page


def test_the_two_predictions_by_group_are_told_apart(world):
    facts = copy.deepcopy(world().cohort_page())
    facts["checks"] = check_facts(EVALUATION, ARMS, TABLES, {})
    page = render_cohort_report(facts)
    assert "Predicted benefit, mean of all refits" in page
    assert "Predicted, patient left out" in page
