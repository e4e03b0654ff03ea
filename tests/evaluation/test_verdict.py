from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.evaluation import holm, judge
from nxpredict.evaluation._answers import AS_OBSERVED, strongest_contrast, verdict_facts
from nxpredict.evaluation._difference import Difference
from nxpredict.evaluation._numbers import mean_and_error
from nxpredict.evaluation._verdict import Verdict, arm_better_on_average, not_assessable

GOOD = {"p_heterogeneity": 0.01, "gain": 0.06, "error": 0.02, "slope": 0.9, "switched": 0.4}
ORDER = ("not supported", "suggestive", "supported")


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "supported"),
        ({"p_heterogeneity": 0.06}, "suggestive"),
        ({"p_heterogeneity": 0.05}, "suggestive"),
        ({"p_heterogeneity": 0.10}, "not supported"),
        ({"p_heterogeneity": 0.06, "gain": 0.005}, "not supported"),
        ({"gain": 0.005}, "suggestive"),
        ({"gain": -0.01}, "not supported"),
        ({"slope": -0.1}, "not supported"),
        ({"slope": float("nan")}, "not supported"),
        ({"slope": 0.0}, "not supported"),
        ({"switched": 0.10}, "supported"),
        ({"switched": 0.09}, "not supported"),
        ({"gain": 0.0, "error": 0.0}, "not supported"),
        ({"error": float("nan")}, "suggestive"),
        ({"gain": 0.0, "error": 0.0, "switched": 0.0}, "not supported"),
    ],
)
def test_each_rule_can_decide(change, level):
    found = judge(**(GOOD | change))
    assert found.level == level
    assert len(found.reasons) == 4


def test_a_gain_that_rounds_to_nothing_is_hardly_one():
    found = judge(**(GOOD | {"gain": 0.0004, "error": 0.0, "switched": 0.001}))
    assert found.reasons[1].startswith("Choosing hardly gains over the better-looking single arm")
    assert judge(**GOOD).reasons[1].startswith("Choosing gains over")


@pytest.mark.parametrize(
    ("slope", "told"),
    [
        (0.8, "rises with predicted benefit (slope 0.80"),
        (0.01, "hardly rises with predicted benefit (slope 0.01"),
        (-0.4, "does not rise with predicted benefit (slope -0.40"),
        (float("nan"), "does not rise with predicted benefit (no slope"),
    ],
)
def test_the_slope_is_told_so_that_a_flat_one_does_not_pass_for_a_right_one(slope, told):
    assert f"benefit {told}" in judge(**(GOOD | {"slope": slope})).reasons[3]


@given(
    p=st.floats(0, 1),
    better=st.floats(0, 1),
    gain=st.floats(-0.2, 0.2),
    more=st.floats(0, 0.2),
)
def test_stronger_evidence_never_weakens_the_verdict(p, better, gain, more):
    weak = judge(p_heterogeneity=p, gain=gain, error=0.02, slope=0.5, switched=0.3)
    strong = judge(
        p_heterogeneity=min(p, better), gain=gain + more, error=0.02, slope=0.5, switched=0.3
    )
    assert ORDER.index(strong.level) >= ORDER.index(weak.level)


def test_an_arm_must_beat_every_other_by_more_than_the_minimum():
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.3, (400, 3))

    def best(shifts, minimum):
        scores = noise + np.array(shifts)

        def difference(a, b):
            return Difference.normal(*mean_and_error(scores[:, a] - scores[:, b]))

        return arm_better_on_average(difference, 3, minimum)

    assert best([0, 0, 0.3], 0.05) == 2
    assert best([0, 0.3, 0.3], 0.05) is None
    assert best([0, 0, 0.3], 0.30) is None


def test_an_arm_that_cannot_be_compared_with_another_is_not_better_than_all():
    known = {(0, 1): 0.4, (1, 0): -0.4}

    def difference(a, b):
        return Difference.normal(known.get((a, b), math.nan), 0.01)

    assert arm_better_on_average(difference, 2, 0.05) == 0
    assert arm_better_on_average(difference, 3, 0.05) is None


def test_of_contrasts_that_differ_alike_the_first_by_name_is_told():
    """Adjusted p-values are often equal where those of each contrast are not."""
    p_values = {"d_vs_a": 0.4, "c_vs_a": 0.02, "b_vs_a": 0.1}
    found = {name: {"p_unadjusted": p, "p": 0.3} for name, p in p_values.items()}
    assert strongest_contrast(found) == "c_vs_a"
    found["b_vs_a"]["p_unadjusted"] = 0.02
    assert strongest_contrast(found) == "b_vs_a"


def test_what_a_period_may_leave_is_said_of_periods_only():
    told = Verdict("supported", ("It gains.",))
    assert verdict_facts(told) == {"level": "supported", "reasons": ["It gains."]}
    assert verdict_facts(told, np.array([1, 2]))["reasons"][1:] == [AS_OBSERVED]


def test_holm_by_hand():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


def test_every_reason_not_to_assess_is_given():
    found = not_assessable(
        patients={"a": 30, "b": 100},
        worth={"a": 25, "b": 99},
        fewest_of_a_response={"a": 12, "b": 4},
        overlap=False,
    )
    assert found is not None
    assert len(found.reasons) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"patients": {"a": 39}}, "Fewer than 40 patients in: a."),
        ({"worth": {"a": 39}}, "Fewer than 40 effective patients after weighting in: a."),
        ({"fewest_of_a_response": {"a": 9}}, "Fewer than 10 patients of one response in: a."),
        ({"overlap": False}, "More than a tenth of patients"),
    ],
)
def test_forty_patients_ten_of_a_response_and_overlap_are_enough(change, reason):
    enough = {"patients": {"a": 40}, "worth": {"a": 40}, "fewest_of_a_response": {"a": 10}}
    found = not_assessable(**({"overlap": True} | enough | change))
    assert (found is None) == (reason is None)
    if found is not None:
        assert len(found.reasons) == 1
        assert found.reasons[0].startswith(reason)


def test_an_arm_of_many_patients_who_are_worth_few_is_not_told_to_have_few():
    found = not_assessable(
        patients={"a": 201, "b": 190},
        worth={"a": 33, "b": 120},
        fewest_of_a_response={"a": 8, "b": 60},
        overlap=True,
        weighted=True,
    )
    assert found is not None
    assert found.reasons == (
        "Fewer than 40 effective patients after weighting in: a.",
        "Fewer than 10 effective patients of one response after weighting in: a.",
    )
