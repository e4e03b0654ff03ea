from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.study import (
    ArmSet,
    ColumnResponse,
    NumberResponse,
    RelativeChange,
    ResponseReading,
    ResponseScale,
    estimand,
)


def column(labels: list[str | None], favourable: str) -> list[float]:
    frame = pd.DataFrame({"r": pd.Series(labels, dtype="str")})
    return ColumnResponse("r", favourable).evaluate(frame)[0].tolist()


@pytest.mark.parametrize(
    ("label", "favourable", "same"),
    [
        ("0", "0.0", True),
        ("1.0", "1", True),
        (" 1 ", "1", True),
        ("NO", "NO", True),
        ("no", "NO", False),
        ("True", "true", True),
        ("1e0", "1", True),
        ("0012", "12", True),
        ("nan", "nan", True),
    ],
)
def test_labels_equal_as_text_or_as_numbers(label: str, favourable: str, same: bool) -> None:
    assert column([label, "zzz"], favourable) == [float(same), 0.0]


def test_a_favourable_label_that_nobody_has_is_a_fault_without_any_patient_label() -> None:
    frame = pd.DataFrame({"r": ["secret", "hidden"]})
    _, faults = ColumnResponse("r", "yes").evaluate(frame)
    assert [f.code for f in faults] == ["response-label-absent"]
    assert "secret" not in str(faults[0])


def test_a_third_label_is_said() -> None:
    _, faults = ColumnResponse("r", "a").evaluate(pd.DataFrame({"r": ["a", "b", "c"]}))
    assert [(f.code, f.severity) for f in faults] == [("response-labels", "warning")]


@pytest.mark.parametrize("labels", [["ja", "Ja", "nein"], ["ja", "JA"]])
def test_the_favourable_label_in_other_letters_is_a_fault_and_no_failure(labels: list[str]) -> None:
    _, faults = ColumnResponse("r", "ja").evaluate(pd.DataFrame({"r": labels}))
    assert [(f.code, f.severity) for f in faults] == [("response-label-case", "error")]


def test_a_missing_label_is_unknown_for_the_caller_to_judge() -> None:
    assert np.isnan(column([None, "1"], "1")[0])
    cells = pd.DataFrame({"r": pd.Series(["1", None, "0"], dtype="str")})
    assert ColumnResponse("r", "1").evaluate(cells)[1] == ()


@given(
    before=st.floats(1, 1e4),
    share=st.floats(-0.9, 3),
)
def test_the_bound_itself_is_a_response(before: float, share: float) -> None:
    frame = pd.DataFrame({"b": [before], "f": [before * (1 + share)]})
    assert RelativeChange("b", "f", at_least=share).evaluate(frame)[0].tolist() == [1.0]
    assert RelativeChange("b", "f", at_most=share).evaluate(frame)[0].tolist() == [1.0]


@given(before=st.floats(1, 1e4), after=st.floats(0, 1e4), more=st.floats(0, 1e4))
def test_a_larger_rise_never_undoes_a_response(before: float, after: float, more: float) -> None:
    rule = RelativeChange("b", "f", at_least=0.1)
    frame = pd.DataFrame({"b": [before] * 2, "f": [after, after + more]})
    y, _ = rule.evaluate(frame)
    assert y[1] >= y[0]


def test_no_share_can_be_taken_of_a_baseline_of_zero() -> None:
    frame = pd.DataFrame({"b": [0.0, np.nan, 0.5], "f": [5.0, 5.0, np.nan]})
    rule = RelativeChange("b", "f", at_least=0.1)
    y, faults = rule.evaluate(frame)
    assert np.isnan(y).all()
    assert [f.severity for f in faults] == ["warning"]
    assert faults[0].message.startswith("1 baseline value is not above zero")
    assert rule.evaluate(frame[1:])[1] == ()


@pytest.mark.parametrize("bounds", [{}, {"at_least": 0.1, "at_most": 0.2}])
def test_exactly_one_bound_is_needed(bounds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        RelativeChange("b", "f", **bounds)


@pytest.mark.parametrize(("number", "told"), [(44, 0), (45, 1), (-37, 0), (-38, 1), (np.nan, 0)])
def test_a_number_beyond_ten_interquartile_ranges_from_the_median_is_said(
    number: float, told: int
) -> None:
    """The quartiles are 2 and 6 with a number above all, 1 and 5 with one below."""
    numbers = [0.0, 1, 2, 3, 4, 5, 6, 7, number]
    rule = NumberResponse("r", ResponseScale("days", "lower"))
    assert len(rule.evaluate(pd.DataFrame({"r": numbers}))[1]) == told


def test_a_missing_number_is_not_outside_of_what_can_be() -> None:
    reading = ResponseReading(low=0, high=7, unit="days", whole=True)
    numbers = np.array([-1, 0, 2.5, 7, 8, np.nan])
    assert reading.outside(numbers).tolist() == [True, False, True, False, True, False]


def test_an_interval_is_turned_with_its_ends() -> None:
    assert ResponseScale("days", "lower").interval(2.0, 1.0, 4.0) == (-2.0, -4.0, -1.0)
    assert ResponseScale("days", "higher").interval(2.0, 1.0, 4.0) == (2.0, 1.0, 4.0)
    assert ResponseScale().interval(0.2, 0.1, 0.4) == (0.2, 0.1, 0.4)


def test_only_the_column_after_treatment_is_an_outcome() -> None:
    assert RelativeChange("b", "f", at_least=0.1).outcome_columns == ("f",)
    assert ColumnResponse("r", "1").outcome_columns == ("r",)


def test_arms_of_different_studies_are_not_compared() -> None:
    arms = ArmSet.of({"naltrexone": "N", "nalmefene": "M"})
    for rule, measured in (
        (ColumnResponse("abstinent", "1"), "probabilities of response"),
        (NumberResponse("grams", ResponseScale("g/day", "lower")), "mean response in g/day"),
    ):
        said = estimand(arms, rule, ())
        apart = estimand(arms, rule, (), compared=False)
        assert "difference" in said["summary"]
        assert "against" in said["treatments"]
        assert measured in apart["summary"]
        assert not any("difference" in text or "against" in text for text in apart.values())


def test_the_case_of_true_and_false_makes_no_third_label() -> None:
    cells = pd.DataFrame({"r": ["TRUE", "True", "FALSE", "false", "true"]})
    y, faults = ColumnResponse("r", "true").evaluate(cells)
    assert y.tolist() == [1, 1, 0, 0, 1]
    assert faults == ()
