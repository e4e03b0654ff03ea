"""What `fit` is given, checked and put into an order that labels and rows cannot change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import assert_all_finite, check_consistent_length, column_or_1d

from nxpredict.study import LARGEST_NUMBER

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ONE_ARM = "all"


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Training patients in canonical order.

    Parameters
    ----------
    frame : DataFrame
        Typed predictors (float64 or text).
    y : ndarray of float64, shape (n,)
        1 for the response, 0 otherwise; a continuous response has mean 0 and variance 1.
    arm : ndarray of int64, shape (n,)
        Index into `arms`.
    arms : tuple of str
        Arms in canonical order: by what was seen in them, never by their names.
    propensity : ndarray, shape (n, A), or None
        Probability of each arm, where known.
    patient : ndarray of int64, shape (n,), or None
        Codes 0, 1, ... of who a row belongs to; None when every row is a patient.
    period : ndarray of int64, shape (n,), or None
        When a row was, where patients had one arm after another.
    """

    frame: pd.DataFrame
    y: FloatArray
    arm: IntArray
    arms: tuple[str, ...]
    propensity: FloatArray | None
    patient: IntArray | None = None
    period: IntArray | None = None

    def take(self, rows: NDArray[Any]) -> TrainingData:
        """Return the patients of some rows."""
        return TrainingData(
            self.frame.iloc[rows],
            self.y[rows],
            self.arm[rows],
            self.arms,
            None if self.propensity is None else self.propensity[rows],
            None if self.patient is None else np.unique(self.patient[rows], return_inverse=True)[1],
            None if self.period is None else self.period[rows],
        )


def check_response(y: Any) -> tuple[NDArray[Any], FloatArray]:
    """Return the two classes and the response as 0/1; raise ValueError on anything else."""
    y = _plain(y)
    kind = type_of_target(y, input_name="y")
    if kind not in ("binary", "multiclass"):
        raise ValueError(f"Unknown label type: {kind}. The response must have two classes.")
    classes = np.unique(y)
    if len(classes) > 2:
        raise ValueError(
            "Only binary classification is supported. The type of the target is multiclass."
        )
    if len(classes) < 2:
        raise ValueError("The response has one class only; two classes are needed to learn from.")
    return classes, (np.asarray(y) == classes[1]).astype(np.float64)


def check_numbers(y: Any) -> FloatArray:
    """Return a response that is a number; raise ValueError on anything else."""
    y = _plain(y)
    try:
        numbers = None if y.dtype.kind in "cmM" else np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = None
    if numbers is None:
        raise ValueError("The response must be numbers.")
    if (np.abs(numbers) > LARGEST_NUMBER).any():
        raise ValueError(
            f"The response holds numbers beyond {LARGEST_NUMBER:g}; take another unit."
        )
    return numbers


def _plain(y: Any) -> NDArray[Any]:
    """Return a response as one column without gaps; no message may repeat its values."""
    y = column_or_1d(y, warn=True)
    if y.dtype == object:
        if pd.isna(y).any():
            raise ValueError("Input y contains NaN.")
        y = pd.Series(y).infer_objects().to_numpy()
    assert_all_finite(y, input_name="y")
    found: NDArray[Any] = y
    return found


def check_arms(arm: Any, n: int, wanted: Sequence[str] | None) -> tuple[tuple[str, ...], IntArray]:
    """Return the arms in their public order and each patient's arm as an index."""
    if arm is None:
        return (ONE_ARM,), np.zeros(n, dtype=np.int64)
    labels = np.asarray(arm, dtype=object)
    if labels.ndim != 1 or len(labels) != n:
        raise ValueError(f"arm must hold one label a patient: expected {n}, got {labels.shape}.")
    if pd.isna(labels).any():
        raise ValueError("arm has missing labels; drop those patients first.")
    text = np.array([str(label) for label in labels], dtype=object)
    seen = sorted(set(text))
    names = tuple(map(str, wanted)) if wanted is not None else tuple(seen)
    if len(set(names)) < len(names):
        raise ValueError(f"arms must name each arm once, got {list(names)}.")
    if set(seen) != set(names):
        raise ValueError(f"arm holds {seen}, expected exactly {sorted(names)}.")
    position = {name: k for k, name in enumerate(names)}
    return names, np.array([position[label] for label in text], dtype=np.int64)


def check_propensity(propensity: Any, arms: tuple[str, ...], n: int) -> FloatArray | None:
    """Return probabilities of the arms, shape (n, A), from a mapping, a frame or an array."""
    if propensity is None:
        return None
    if isinstance(propensity, Mapping):
        propensity = {str(arm): share for arm, share in propensity.items()}
    elif isinstance(propensity, pd.DataFrame):
        propensity = propensity.set_axis([str(arm) for arm in propensity.columns], axis=1)
    if isinstance(propensity, (Mapping, pd.DataFrame)) and (
        lacking := [arm for arm in arms if arm not in propensity]
    ):
        raise ValueError(f"propensity lacks the arms {lacking}.")
    if isinstance(propensity, Mapping):
        values = np.tile([float(propensity[arm]) for arm in arms], (n, 1))
    elif isinstance(propensity, pd.DataFrame):
        values = propensity[list(arms)].to_numpy(dtype=np.float64)
    else:
        values = np.asarray(propensity, dtype=np.float64)
    if values.shape != (n, len(arms)):
        raise ValueError(f"propensity must have shape {(n, len(arms))}, got {values.shape}.")
    if not ((values > 0).all() and np.allclose(values.sum(axis=1), 1.0, atol=1e-6)):
        raise ValueError("propensity must be positive and sum to 1 over the arms of a patient.")
    return values


def check_nuisance(nuisance: Sequence[str], columns: pd.Index) -> None:
    """Raise ValueError when a column that is to be adjusted for is not there."""
    unknown = [name for name in nuisance if name not in columns]
    if isinstance(nuisance, str) or unknown:
        raise ValueError("nuisance must list names of columns of X, as text.")


def check_repeats(groups: Any, period: Any, n: int) -> tuple[IntArray | None, IntArray | None]:
    """Return patients as codes, and periods as whole numbers, from what `fit` was given."""
    if groups is None:
        if period is not None:
            raise ValueError("period needs groups: who was seen in several periods.")
        return None, None
    codes, _ = pd.factorize(np.asarray(groups))
    if codes.shape != (n,) or (codes < 0).any():
        raise ValueError(f"groups must hold one patient a row: {n} labels, none missing.")
    if period is None:
        return codes.astype(np.int64), None
    when = np.asarray(period, dtype=np.float64)
    if when.shape != (n,) or not np.array_equal(when, np.round(when)):
        raise ValueError(f"period must hold a whole number a row: {n} of them, none missing.")
    if pd.DataFrame({"patient": codes, "period": when}).duplicated().any():
        raise ValueError("a patient has two rows of one period.")
    return codes.astype(np.int64), when.astype(np.int64)


def canonical(
    frame: pd.DataFrame,
    y: FloatArray,
    arm: IntArray,
    arms: tuple[str, ...],
    propensity: FloatArray | None,
    patient: IntArray | None = None,
    period: IntArray | None = None,
) -> TrainingData:
    """Order arms and patients by content, so that names and row order cannot matter."""
    check_consistent_length(frame, y, arm)
    frame = frame[sorted(frame.columns)]
    keys = [y, *(_sort_key(frame[name]) for name in frame.columns)]
    stacked = np.column_stack(keys)

    def content(k: int) -> tuple[float, ...]:
        rows = arm == k
        # Arms of a crossover have the same patients: what tells them apart is who responded.
        sums = np.concatenate([stacked[rows].sum(axis=0), y[rows] @ stacked[rows]])
        return (float(rows.sum()), *(float(f"{value:.9g}") for value in sums))

    order_of_arms = sorted(range(len(arms)), key=content)
    rank = np.empty(len(arms), dtype=np.int64)
    rank[order_of_arms] = np.arange(len(arms))
    chances = [] if propensity is None else list(propensity[:, order_of_arms].T)
    order = np.lexsort([*chances, *([] if period is None else [period]), rank[arm], *keys])
    return TrainingData(
        frame.iloc[order],
        y[order],
        rank[arm][order],
        tuple(arms[k] for k in order_of_arms),
        None if propensity is None else propensity[order][:, order_of_arms],
        None if patient is None else pd.factorize(patient[order])[0].astype(np.int64),
        None if period is None else period[order],
    )


def _sort_key(column: pd.Series[Any]) -> FloatArray:
    if column.dtype == np.float64:
        return np.asarray(np.nan_to_num(column.to_numpy(), nan=1e12), dtype=np.float64)
    codes, _ = pd.factorize(column, sort=True)
    return codes.astype(np.float64)
