from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.cohort._cells import read_labels, read_numbers


@pytest.mark.parametrize(
    "cell", ["", " ", "NA", "n/a", "NaN", "Null", ".", "missing", None, float("nan")]
)
def test_a_cell_that_holds_no_value_is_neither_a_number_nor_a_label(cell: object) -> None:
    column = pd.Series(["1", cell], dtype="str")
    numbers = read_numbers(column)
    assert np.isnan(numbers.values).tolist() == [False, True]
    assert not numbers.unreadable.any()
    assert read_labels(column).positions.tolist() == [0, -1]


@pytest.mark.parametrize("cell", ["none", "-", "?", "99x", "-nan", "nan(1)", "1 000"])
def test_other_texts_are_no_numbers(cell: str) -> None:
    numbers = read_numbers(pd.Series(["1", cell]))
    assert np.isnan(numbers.values).tolist() == [False, True]
    assert numbers.unreadable.tolist() == [False, True]


def test_numbers_of_a_typed_column_are_labels_as_one_writes_them() -> None:
    """A column of 1 and 2 with a gap is one of floats, and the study file says `1: male`."""
    assert read_labels(pd.Series([1.0, 2.5, np.nan])).texts == ("1", "2.5")
    assert read_labels(pd.Series([7, 2])).texts == ("7", "2")
    assert read_labels(pd.Series([True, False])).texts == ("true", "false")
