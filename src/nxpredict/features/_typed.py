"""Any table as columns of numbers and of text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from nxpredict.study import LARGEST_NUMBER

_NUMBERS = (Real, Decimal)
_TIMES = (dt.date, dt.time, dt.timedelta, pd.Period)


def typed_frame(estimator: BaseEstimator, X: Any, *, reset: bool) -> pd.DataFrame:
    """Return `X` as a frame of float and text columns, checked as scikit-learn expects.

    Parameters
    ----------
    estimator : BaseEstimator
        Whose names and number of columns are checked.
    X : DataFrame, or array of float, shape (n, d)
        Columns of an array are called x00000, x00001 and so on.
    reset : bool
        Whether the estimator learns names and number from `X`.

    Raises
    ------
    ValueError
        On wrong names or a wrong width, and as `as_typed`.
    """
    if not isinstance(X, pd.DataFrame):
        values = validate_data(
            estimator, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        return pd.DataFrame(values, columns=[f"x{i:05d}" for i in range(values.shape[1])])
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    return as_typed(X)


def as_typed(X: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a frame as float64 or text.

    Parameters
    ----------
    X : DataFrame, shape (n, d)
        Objects that all are numbers, or all true or false, are numbers.

    Returns
    -------
    DataFrame, shape (n, d)
        Numbers and booleans as float64, all else as text; NaN or None where missing.

    Raises
    ------
    ValueError
        On infinities, numbers beyond `LARGEST_NUMBER`, complex numbers, dates and durations, a name
        given twice, or a frame without rows or columns.

    Examples
    --------
    >>> frame = as_typed(pd.DataFrame({"smoker": [True, None], "site": ["east", "west"]}))
    >>> frame["smoker"].tolist(), frame["site"].tolist()
    ([1.0, nan], ['east', 'west'])
    """
    if len(X) == 0 or X.shape[1] == 0:
        raise ValueError(
            f"Found array with {len(X)} sample(s) and {X.shape[1]} feature(s) "
            f"(shape={X.shape}) while a minimum of 1 is required."
        )
    if X.columns.has_duplicates:
        raise ValueError("Feature names must be unique; these columns are given twice or more.")
    columns = {str(name): _as_typed_column(str(name), X[name]) for name in X.columns}
    return pd.DataFrame(columns, index=X.index)


def _as_typed_column(name: str, column: pd.Series[Any]) -> Any:
    boxed = set(map(type, column.dropna())) if column.dtype == object else set()
    known = column.dropna().infer_objects() if boxed else column
    if known.dtype.kind in "mM" or isinstance(known.dtype, pd.PeriodDtype) or _all(boxed, _TIMES):
        raise ValueError(f"Column {name!r} holds dates or durations; give numbers, such as years.")
    if known.dtype.kind == "c":
        raise ValueError(f"Column {name!r} holds complex numbers; give one number a patient.")
    # Arrow's booleans are no numbers to pandas.
    numeric = pd.api.types.is_numeric_dtype(known.dtype) or known.dtype.kind == "b"
    if not (numeric or (_all(boxed, _NUMBERS) and bool not in boxed)):
        return _as_text(column)
    try:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError:
        raise _too_large(name) from None
    if np.isinf(values).any():
        raise ValueError(f"Input X contains infinity in column {name!r}.")
    if (np.abs(values) > LARGEST_NUMBER).any():
        raise _too_large(name)
    return values


def _all(types: set[type], kinds: tuple[type, ...]) -> bool:
    return bool(types) and all(issubclass(each, kinds) for each in types)


def _too_large(name: str) -> ValueError:
    return ValueError(
        f"Column {name!r} holds numbers beyond {LARGEST_NUMBER:g}; take another unit."
    )


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    if column.dtype == "str":
        return column
    if isinstance(column.dtype, pd.CategoricalDtype):
        # One missing value turns whole labels into floats: 1.0 is the label that 1 was.
        column = column.cat.rename_categories(_label)
    missing = column.isna()
    return column.astype(object).where(missing, column.astype(str)).where(~missing, None)


def _label(category: Any) -> Any:
    return int(category) if isinstance(category, float) and category.is_integer() else category
