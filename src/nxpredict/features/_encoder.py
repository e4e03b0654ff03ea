"""The one transformer between typed columns and the learners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from nxpredict.features._column import Column, NumericColumn, TextColumn, column_from_dict
from nxpredict.features._curves import Curves
from nxpredict.features._pairs import Pairs
from nxpredict.features._typed import typed_frame

FloatArray = NDArray[np.float64]

INDICATOR_SHARE = 0.02
"""Being missing gets a main effect of its own when it happens, and does not, in this share."""


@dataclass(frozen=True, slots=True)
class EncodedTable:
    """Standardised numbers of a table.

    Parameters
    ----------
    values : ndarray of float64, shape (n, d)
        Standardised predictors; 0 (the training mean) where missing.
    missing : ndarray of bool, shape (n, d)
        Where a value was missing.
    indicators : ndarray of float64, shape (n, k)
        Centred indicators of being missing, for columns where that happens often enough.
    curves : ndarray of float64, shape (n, c)
        Bent functions of the continuous columns, see `Curves`; 0 where missing.
    pairs : ndarray of float64, shape (n, q)
        Products of two columns, see `Pairs`; 0 where either is missing.
    """

    values: FloatArray
    missing: NDArray[np.bool_]
    indicators: FloatArray
    curves: FloatArray
    pairs: FloatArray


class TableEncoder(TransformerMixin, BaseEstimator):
    """Turn numbers, booleans, categories, text and missing values into standardised numbers.

    Numeric columns are centred and scaled (after a shifted logarithm when they have a long
    right tail), text columns become centred indicators with rare labels pooled. Missing
    values become 0, the training mean; whether a value was missing is kept beside it.
    Columns are taken in the order of their names, so the order of a table never matters.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30.0, 40.0, 50.0], "ggt": [20.0, None, 60.0]})
    >>> TableEncoder().fit(X).transform(X).round(2)
    array([[-1.22, -1.  ],
           [ 0.  ,  0.  ],
           [ 1.22,  1.  ]])
    """

    columns_: tuple[Column, ...]
    indicator_columns_: tuple[str, ...]
    indicator_shares_: FloatArray
    curves_: Curves
    pairs_: Pairs

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn centres, scales and labels from `X` (frame, or array of floats with NaN)."""
        return self.fit_typed(typed_frame(self, X, reset=True))

    def fit_typed(self, frame: pd.DataFrame) -> Self:
        """Learn from a frame that `as_typed` made."""
        self.columns_ = tuple(_learn(str(name), frame[name]) for name in sorted(frame.columns))
        shares = {str(name): float(frame[name].isna().mean()) for name in frame.columns}
        often = [c for c in self.columns_ if c.outputs and _often_missing(shares[c.name])]
        self.indicator_columns_ = tuple(c.name for c in often)
        self.indicator_shares_ = np.array([shares[name] for name in self.indicator_columns_])
        self.curves_ = Curves.learn(*self._values(frame, ()))
        self.pairs_ = Pairs.none()
        return self

    def transform(self, X: Any) -> FloatArray:
        """Return the standardised matrix, shape (n, d), 0 where missing."""
        check_is_fitted(self)
        return self.encode(typed_frame(self, X, reset=False)).values

    def encode(self, frame: pd.DataFrame, absent: tuple[str, ...] = ()) -> EncodedTable:
        """Encode a typed frame by column names; columns named in `absent` may lack.

        Raises
        ------
        ValueError
            If a column seen in fit is missing from the frame and not in `absent`.
        """
        lacking = {c.name for c in self.columns_ if c.name not in frame.columns}
        if lacking - set(absent):
            names = ", ".join(sorted(lacking - set(absent)))
            raise ValueError(f"Feature names seen at fit time, yet now missing: {names}")
        values, missing = self._values(frame, tuple(lacking))
        flags = [
            np.zeros(len(frame))
            if name in lacking
            else frame[name].isna().to_numpy(dtype=float) - share
            for name, share in zip(self.indicator_columns_, self.indicator_shares_, strict=True)
        ]
        indicators = np.column_stack(flags) if flags else np.empty((len(frame), 0))
        curves = self.curves_.evaluate(values, missing)
        return EncodedTable(values, missing, indicators, curves, self.pairs_.evaluate(values))

    def _values(
        self, frame: pd.DataFrame, lacking: tuple[str, ...]
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return the standardised values, 0 where missing, and where they were missing."""
        blocks = [
            np.full((len(frame), len(c.outputs)), np.nan)
            if c.name in lacking
            else _encode(c, frame[c.name])
            for c in self.columns_
        ]
        values = np.concatenate(blocks, axis=1) if blocks else np.empty((len(frame), 0))
        missing = np.isnan(values)
        return np.where(missing, 0.0, values), missing

    @property
    def outputs_(self) -> tuple[str, ...]:
        """Names of the encoded columns, ``column`` or ``column=label``."""
        return tuple(name for column in self.columns_ for name in column.outputs)

    @property
    def sources_(self) -> tuple[str, ...]:
        """For each encoded column the predictor it comes from."""
        return tuple(column.name for column in self.columns_ for _ in column.outputs)

    @property
    def source_codes_(self) -> NDArray[np.int64]:
        """The same as numbers, in the order of names."""
        _, codes = np.unique(np.array(self.sources_, dtype=str), return_inverse=True)
        return codes.astype(np.int64)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the names of the encoded columns."""
        check_is_fitted(self)
        return np.array(self.outputs_, dtype=object)

    def to_state(self) -> dict[str, Any]:
        """Return what was learned as plain values."""
        return {
            "columns": [column.to_dict() for column in self.columns_],
            "indicator_columns": list(self.indicator_columns_),
            "indicator_shares": [float(s) for s in self.indicator_shares_],
            "curves": self.curves_.to_state(),
            "pairs": self.pairs_.to_state(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> TableEncoder:
        """Rebuild a fitted encoder from `to_state`."""
        encoder = cls()
        encoder.columns_ = tuple(column_from_dict(c) for c in state["columns"])
        encoder.indicator_columns_ = tuple(str(c) for c in state["indicator_columns"])
        encoder.indicator_shares_ = np.array(state["indicator_shares"], dtype=np.float64)
        encoder.curves_ = Curves.from_state(state["curves"])
        encoder.pairs_ = Pairs.from_state(state["pairs"])
        return encoder

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "columns_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _often_missing(share: float) -> bool:
    return INDICATOR_SHARE <= share <= 1 - INDICATOR_SHARE


def _learn(name: str, column: pd.Series[Any]) -> Column:
    if column.dtype == np.float64:
        return NumericColumn.learn(name, column.to_numpy())
    return TextColumn.learn(name, column.dropna())


def _encode(column: Column, values: pd.Series[Any]) -> FloatArray:
    if isinstance(column, TextColumn):
        if column.levels and values.dtype == np.float64 and values.notna().any():
            raise ValueError(
                f"Column {column.name!r} held labels at fit time and holds numbers now."
            )
        return column.encode(values)
    if values.dtype != np.float64:
        if values.notna().any():
            raise ValueError(f"Column {column.name!r} held numbers at fit time and holds text now.")
        return column.encode(np.full(len(values), np.nan))
    return column.encode(values.to_numpy())
