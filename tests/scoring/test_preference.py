"""The rules of a stated preference, on a model whose every number is set by the test."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from nxpredict.catalog import load_catalog
from nxpredict.cohort import Batch
from nxpredict.models import ResponseSummary
from nxpredict.scoring import score_batch
from nxpredict.scoring._preference import never_preferred

ARMS = ("naltrexone", "nalmefene")
KEY = "nalmefene_vs_naltrexone"


class SetModel:
    """Each patient's response probability under each arm is a column `age`-indexed table."""

    def __init__(self, arms, p, sd):
        self.arms, self.p, self.sd = arms, np.asarray(p, dtype=float), sd
        self.arms_ = np.array(arms, dtype=object)

    def predict_summary(self, X, *, reference=None, level=0.90, minimum=0.0):
        p = self.p[X["row"].to_numpy(dtype=int)]
        reference = reference or self.arms[0]
        others = [k for k, arm in enumerate(self.arms) if arm != reference]
        benefit = p[:, others] - p[:, [self.arms.index(reference)]]
        return ResponseSummary(
            tuple(self.arms), reference, p, p, p, benefit, benefit, benefit,
            ndtr((benefit - minimum) / self.sd),
            np.full((len(p), len(self.arms), len(self.arms)), self.sd),
        )  # fmt: skip


class RowSpec:
    name, role, kind = "row", "predictor", "continuous"


class RowSchema:
    predictors = (RowSpec,)


MINIMUM = 0.05


def answers(verdict="not supported", arms=ARMS, **average):
    """Two arms: the better one is named as the evaluation does, from the interval."""
    found = {}
    for key, (low, high, sure) in average.items():
        arm, reference = key.split("_vs_")
        better = arm if low > MINIMUM else reference if high < -MINIMUM else None
        found[key] = {
            "estimate": (low + high) / 2,
            "lower": low,
            "upper": high,
            "established": sure,
            "better": better if sure else None,
        }
    return {
        "verdict": {"level": verdict, "reasons": []},
        "average": found,
        "heterogeneity": {},
    }


def scores(make_bundle, p, *, arms=ARMS, sd=0.05, X=None, ranges=None, **changes):
    bundle = make_bundle(
        arms=arms, model=SetModel(arms, p, sd), schema=RowSchema(), ranges=ranges or {}, **changes
    )
    frame = pd.DataFrame({"row": np.arange(len(p), dtype=float)})
    frame = frame.assign(**(X or {}))
    ids = pd.Series([f"p{k}" for k in range(len(p))], dtype="str")
    return score_batch(Batch(ids, frame, [()] * len(p), ()), bundle)


ALL_COVERED = (
    "no_current_opioid_use", "opioid_free_for_14_days", "no_opioid_use_disorder",
    "no_planned_opioid_analgesia", "no_acute_alcohol_withdrawal", "no_liver_disease",
    "no_severe_liver_disease", "no_kidney_disease", "no_severe_kidney_disease", "not_pregnant",
    "adults_only", "under_65_only", "no_hypersensitivity", "no_lactose_problem",
    "no_severe_psychiatric_illness", "no_interacting_medicines", "actively_drinking_at_high_risk",
)  # fmt: skip


def test_individual_needs_the_verdict_and_the_probability(make_bundle):
    p = [[0.4, 0.6], [0.4, 0.47], [0.6, 0.4], [0.5, 0.5]]
    told = scores(make_bundle, p, answers=answers("supported"), eligibility=ALL_COVERED)
    assert told["preferred"].tolist() == [
        "nalmefene", "no preference", "naltrexone", "no preference",
    ]  # fmt: skip
    assert told["basis"].tolist() == ["individual", "", "individual", ""]
    for verdict in ("suggestive", "not supported", "not assessable"):
        silent = scores(make_bundle, p, answers=answers(verdict), eligibility=ALL_COVERED)
        assert set(silent["preferred"]) == {"no preference"}


def test_average_needs_more_than_the_minimum_and_no_contradiction(make_bundle):
    p = [[0.4, 0.6], [0.5, 0.49], [0.5, 0.5]]
    for low, high, sure, expected in [
        (0.06, 0.2, True, ["nalmefene", "no preference", "nalmefene"]),
        (0.04, 0.2, True, ["no preference"] * 3),
        (0.06, 0.2, False, ["no preference"] * 3),
        (-0.2, -0.06, True, ["no preference", "naltrexone", "naltrexone"]),
    ]:
        told = scores(
            make_bundle, p, answers=answers(**{KEY: (low, high, sure)}), eligibility=ALL_COVERED
        )
        assert told["preferred"].tolist() == expected
        assert all(told["basis"] == np.where(told["preferred"] == "no preference", "", "average"))


def test_an_arm_that_nothing_can_clear_is_told(make_bundle):
    catalog = load_catalog()

    def told(read=(), **changes):
        return never_preferred(make_bundle(arms=ARMS, **changes), read, catalog)

    one_left = tuple(c for c in ALL_COVERED if c != "no_hypersensitivity")
    lines = told(answers=answers("supported"), eligibility=one_left)
    assert [line.split(" is never")[0] for line in lines] == list(ARMS)
    assert all("nobody was asked about hypersensitivity." in line for line in lines)
    better = answers(**{KEY: (0.06, 0.2, True)})
    assert told(answers=better, eligibility=one_left) == lines
    read = {caution.predictor for caution in catalog.cautions_for(ARMS)}
    assert told(answers=better, eligibility=(), read=read) == []
    assert told(answers=better, eligibility=ALL_COVERED) == []
    assert told(answers=answers("not supported"), eligibility=()) == []
    assert told(answers=better, eligibility=()) != []


def test_a_block_never_turns_the_other_arm_into_preferred(make_bundle):
    p = [[0.3, 0.7]] * 3
    liver = {"child_pugh": [0.0, 2.0, np.nan]}
    covered = tuple(c for c in ALL_COVERED if "liver" not in c)
    told = scores(
        make_bundle,
        p,
        X=liver,
        answers=answers("supported", **{KEY: (-0.3, -0.1, True)}),
        eligibility=covered,
    )
    assert "naltrexone" not in set(told["preferred"])
    assert told["preferred"][1] == "no preference"


def test_not_assessed_blocks_unless_the_cohort_was_screened(make_bundle):
    p = [[0.3, 0.7]]
    told = scores(make_bundle, p, answers=answers("supported"), eligibility=())
    assert told["preferred"].tolist() == ["no preference"]
    assert told["status"].tolist() == ["scored"]
    assert "any:current_opioid_use" in told["cautions_not_assessed"][0].split(";")
    screened = scores(make_bundle, p, answers=answers("supported"), eligibility=ALL_COVERED)
    assert screened["preferred"].tolist() == ["nalmefene"]
    assert "any:current_opioid_use" not in screened["cautions_not_assessed"][0].split(";")


@pytest.mark.parametrize(
    ("left", "other", "preferred"),
    [
        # A caution of nalmefene forbids it, also beside another drug, and nothing else.
        ("no_acute_alcohol_withdrawal", "nalmefene", ["naltrexone", "no preference"]),
        ("no_acute_alcohol_withdrawal", "nalmefene+prazosin", ["naltrexone", "no preference"]),
        ("no_acute_alcohol_withdrawal", "placebo", ["naltrexone", "placebo"]),
        # One of every drug forbids each of them, and never placebo.
        ("no_opioid_use_disorder", "nalmefene", ["no preference", "no preference"]),
        ("no_opioid_use_disorder", "placebo", ["no preference", "placebo"]),
    ],
)
def test_what_was_not_asked_forbids_the_drugs_that_it_concerns(make_bundle, left, other, preferred):
    told = scores(
        make_bundle,
        [[0.7, 0.3], [0.3, 0.7]],
        arms=("naltrexone", other),
        answers=answers("supported"),
        eligibility=tuple(code for code in ALL_COVERED if code != left),
    )
    assert told["preferred"].tolist() == preferred


def test_scope_is_flagged_with_its_reason_and_not_scored(make_bundle):
    told = scores(
        make_bundle,
        [[0.3, 0.7]] * 3,
        X={"current_opioid_use": [1.0, 0.0, np.nan]},
        answers=answers("supported"),
    )
    assert told["status"].tolist() == ["not_scorable", "scored", "scored"]
    assert told["reasons"][0] == "out_of_scope:current_opioid_use"
    assert told.filter(regex="^(p_|benefit_|prob_)").iloc[0].isna().all()
    assert "any:current_opioid_use" in told["cautions"][0]


def test_arms_that_the_catalogue_does_not_know_have_no_cautions(make_bundle):
    arms = ("buprenorphine", "methadone")
    told = scores(
        make_bundle,
        [[0.3, 0.7]],
        arms=arms,
        X={"current_opioid_use": [1.0]},
        answers=answers("not supported", methadone_vs_buprenorphine=(0.2, 0.4, True)),
    )
    assert told[["status", "cautions", "cautions_not_assessed"]].iloc[0].tolist() == [
        "scored", "", "",
    ]  # fmt: skip
    assert told[["preferred", "basis"]].iloc[0].tolist() == ["methadone", "average"]


def test_outside_the_training_range_there_is_no_preference(make_bundle):
    told = scores(
        make_bundle,
        [[0.3, 0.7]] * 4,
        X={"age": [17.9, 18.0, 70.0, np.nan]},
        ranges={"age": (18.0, 65.0)},
        answers=answers("supported"),
        eligibility=ALL_COVERED,
    )
    assert told["outside_training_range"].tolist() == ["age", "", "age", ""]
    assert (told["preferred"] == "nalmefene").tolist() == [False, True, False, True]
    assert told["status"].eq("scored").all()


THREE = ("a", "b", "c")


def test_of_several_arms_one_must_hold_against_each_other(make_bundle):
    p = [[0.2, 0.6, 0.3], [0.2, 0.6, 0.58], [0.7, 0.3, 0.3], [0.7, 0.3, 0.66]]
    told = scores(make_bundle, p, arms=THREE, answers=answers("supported"))
    assert told["preferred"].tolist() == ["b", "no preference", "a", "no preference"]
    assert list(told.filter(regex="^benefit_[bc]_vs_a$")) == ["benefit_b_vs_a", "benefit_c_vs_a"]


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_swapping_the_arms_swaps_the_preference(make_bundle, data):
    """No rule favours the reference, or the arm that is named first."""
    unit = st.floats(0.0, 1.0)
    p = data.draw(st.lists(st.tuples(unit, unit), min_size=1, max_size=5))
    low, high = sorted(data.draw(st.tuples(st.floats(-1, 1), st.floats(-1, 1))))
    verdict = data.draw(st.sampled_from(["supported", "not supported"]))
    told = []
    for order in itertools.permutations((0, 1)):
        arms = tuple(ARMS[k] for k in order)
        bounds = (low, high, True) if order == (0, 1) else (-high, -low, True)
        key = f"{arms[1]}_vs_{arms[0]}"
        told.append(
            scores(
                make_bundle,
                [[row[k] for k in order] for row in p],
                arms=arms,
                answers=answers(verdict, **{key: bounds}),
                eligibility=ALL_COVERED,
            )[["preferred", "basis"]]
        )
    pd.testing.assert_frame_equal(*told)


def test_the_arm_named_as_better_on_average_is_preferred_among_three(make_bundle):
    told = scores(
        make_bundle,
        [[0.3, 0.3, 0.6]] * 3,
        arms=("a", "b", "c"),
        answers={
            "verdict": {"level": "not supported", "reasons": []},
            "average": {"b_vs_a": {"better": None}, "c_vs_a": {"better": "c"}},
            "heterogeneity": {},
        },
    )
    assert told[["preferred", "basis"]].drop_duplicates().to_numpy().tolist() == [["c", "average"]]
