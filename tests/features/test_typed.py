"""Columns as notebooks hand them over: the same quantity gives the same numbers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nxpredict.features import as_typed


def typed(values: object) -> pd.Series:
    return as_typed(pd.DataFrame({"x": values}))["x"]


@pytest.mark.parametrize(
    "values",
    [
        [Decimal("1.5"), None, Decimal(3)],  # what Parquet and SQL give for NUMERIC
        [Decimal("1.5"), pd.NA, 3],
        [Fraction(3, 2), np.nan, 3.0],
        pd.array([Decimal("1.5"), None, Decimal(3)], dtype=pd.ArrowDtype(pa.decimal128(9, 2))),
    ],
)
def test_exact_numbers_are_numbers(values):
    np.testing.assert_array_equal(typed(values), [1.5, np.nan, 3.0])


@pytest.mark.parametrize("dtype", ["boolean", "bool[pyarrow]", object])
def test_true_and_false_are_numbers_however_they_are_kept(dtype):
    values = pd.Series([True, False, None], dtype=dtype)
    np.testing.assert_array_equal(typed(values), [1.0, 0.0, np.nan])


@pytest.mark.parametrize(
    "values",
    [
        [dt.date(2020, 1, 1), None],  # what Parquet gives for a date
        [dt.datetime(2020, 1, 1, tzinfo=dt.UTC), None],
        [dt.time(12), None],
        [dt.timedelta(days=1), None],
        [dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)],
        pd.period_range("2020-01", periods=2, freq="M"),
    ],
)
def test_dates_of_any_kind_are_refused(values):
    with pytest.raises(ValueError, match="'x' holds dates or durations"):
        typed(values)


def test_whole_numbers_beyond_any_quantity_are_refused():
    with pytest.raises(ValueError, match=r"'x' holds numbers beyond 1e[+]100"):
        typed([10**400, 1])
    np.testing.assert_array_equal(typed(pd.Series([10**40, None], dtype=object)), [1e40, np.nan])
