from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.study import Arm, ArmSet

LABELS = st.lists(st.text("ABC012", min_size=1, max_size=4), min_size=2, max_size=5, unique=True)


@given(labels=LABELS, picks=st.lists(st.integers(0, 4)))
def test_encoding_a_label_gives_its_position_back(labels: list[str], picks: list[int]) -> None:
    arms = ArmSet.of({f"arm{i}": label for i, label in enumerate(labels)})
    wanted = [i % len(labels) for i in picks]
    assert arms.encode([labels[i] for i in wanted]).tolist() == wanted


def test_labels_are_text_even_when_they_look_like_numbers_or_nothing() -> None:
    arms = ArmSet.of({"a": "0012", "b": "null", "c": "NO"})
    assert arms.encode(pd.Series(["12", "0012", "null", "NO", None])).tolist() == [-1, 0, 1, 2, -1]


def test_labels_that_are_integers_in_a_typed_table_match_their_text() -> None:
    arms = ArmSet.of({"a": "1", "b": "2"})
    assert arms.encode(pd.Series([2, 1, 3])).tolist() == [1, 0, -1]


def test_white_space_around_a_label_is_not_part_of_it() -> None:
    assert ArmSet.of({"a": "N ", "b": "M"}).encode(["N", " N", "M "]).tolist() == [0, 0, 1]


def test_contrasts_are_against_the_reference_in_arm_order() -> None:
    arms = ArmSet.of({"a": "A", "b": "B", "c": "C"}, reference="b")
    assert arms.others == ("a", "c")
    assert arms.contrasts == (("a", "b"), ("c", "b"))


@pytest.mark.parametrize("name", ["", "A", "1a", "a b", "a+", "+a", "a++b", "ä"])
def test_a_name_that_could_not_stand_in_a_column_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="arm name"):
        Arm(name, "x")


@pytest.mark.parametrize(
    ("labels", "reference", "said"),
    [
        ({"a": "A"}, "a", "two or more"),
        ({"a": "A", "b": "A"}, "a", "label given twice"),
        ({"a": "A", "b": "B"}, "c", "not one of the arms"),
        ({"a": "A", "b": ""}, "a", "no label"),
        ({"a": "A", "b": " "}, "a", "no label"),
        ({"a": "A", "b": "A "}, "a", "label given twice"),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(
    labels: dict[str, str], reference: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        ArmSet.of(labels, reference=reference)
