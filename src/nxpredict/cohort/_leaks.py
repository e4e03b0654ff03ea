"""Predictors that give the response away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from nxpredict.cohort._schema import Schema
from nxpredict.errors import FaultLog
from nxpredict.study import ResponseScale

STOPS, WARNS = 0.95, 0.80
"""AUC of a single predictor for the response: what stops a run and what is only said."""

_FEWEST = 10
"""Values needed with either response: ten against ten separate by chance once in 90,000 columns."""

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """A predictor that alone tells the response too well.

    Parameters
    ----------
    predictor : str
    auc : float
        Area under the ROC curve, at least 0.5.
    by : {"value", "missingness"}
        What tells: its values, or whether it is missing.
    allowed : bool
        Named in ``allow_leak``.
    """

    predictor: str
    auc: float
    by: str
    allowed: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the leak as plain values."""
        return asdict(self)


def find_leaks(
    X: pd.DataFrame, y: npt.NDArray[np.float64], allowed: Collection[str] = ()
) -> list[Leak]:
    """Return the predictors whose AUC for the response is at least `WARNS`.

    Parameters
    ----------
    X : DataFrame, shape (n, ...)
        Typed predictors, in an order that does not depend on the file.
    y : ndarray of 0 and 1, shape (n,)
    allowed : collection of str

    Returns
    -------
    list of Leak
        A labelled predictor is judged by the response rate of its labels in the other rows
        (five interleaved folds), so that many labels alone do not make a leak.

    Examples
    --------
    >>> y = np.array([0.0, 1.0] * 30)
    >>> [leak.auc for leak in find_leaks(pd.DataFrame({"weeks": y * 12}), y)]
    [1.0]
    """
    leaks = []
    for name in X:
        column = X[name]
        given = np.asarray(column.notna())
        for by, score, rows in (
            ("value", _score(column, y, given), given),
            ("missingness", given.astype(np.float64), np.ones(len(y), dtype=bool)),
        ):
            # Rates of other folds run against a fold's own luck, so their AUC is never turned.
            learned = by == "value" and not pd.api.types.is_numeric_dtype(column)
            auc = _auc(score[rows], y[rows], either_way=not learned)
            if auc >= WARNS:
                leaks.append(Leak(str(name), round(auc, 3), by, str(name) in allowed))
    return leaks


def sides(y: npt.NDArray[np.float64], scale: ResponseScale) -> npt.NDArray[np.float64]:
    """Return a response as 0 and 1: itself, or whether a number is above the median."""
    return (y > np.median(y)).astype(np.float64) if scale.continuous else y


def check_leaks(
    X: pd.DataFrame,
    y: npt.NDArray[np.float64],
    stopped: npt.NDArray[np.float64] | None,
    allowed: Collection[str],
    *,
    schema: Schema,
    change: bool,
    file: str,
    faults: FaultLog,
) -> list[Leak]:
    """Report predictors that give away the response or, where declared, the tolerability.

    Of a `change` from baseline no value stops the run: the baseline is in it by arithmetic.

    Returns
    -------
    list of Leak
        Those of the response.
    """
    leaks = find_leaks(X, y, allowed)
    _report_leaks(leaks, "the response", schema, file, faults, change=change)
    if stopped is not None:
        told = ~np.isnan(stopped)
        copies = find_leaks(X[told], stopped[told], allowed)
        _report_leaks(copies, "the tolerability", schema, file, faults)
    return leaks


def _report_leaks(
    leaks: list[Leak],
    of: str,
    schema: Schema,
    file: str,
    faults: FaultLog,
    *,
    change: bool = False,
) -> None:
    """Turn leaks into faults: an error from `STOPS` on unless allowed, otherwise a warning."""
    for leak in leaks:
        built_in = change and leak.by == "value"
        what = "its being missing" if leak.by == "missingness" else "its value"
        message = f"'{leak.predictor}' alone predicts {of} with AUC {leak.auc:.2f} ({what})"
        column = schema.spec(leak.predictor).column
        if leak.auc >= STOPS and not leak.allowed and not built_in:
            faults.error(
                "leak",
                message,
                "it was probably recorded after baseline; remove it, or name it in "
                "`allow_leak` if it is known before treatment",
                file=file,
                column=column,
            )
        else:
            faults.warn(
                "leak",
                message,
                "check that it was known before treatment"
                + " (a change holds its baseline, so the baseline tells of it)" * built_in,
                file=file,
                column=column,
            )


def report_arm_copies(
    X: pd.DataFrame,
    codes: npt.NDArray[np.intp],
    allowed: Collection[str],
    schema: Schema,
    file: str,
    faults: FaultLog,
) -> None:
    """Report predictors that tell the arm of a randomised study: they were known after it."""
    told = {
        leak.predictor
        for arm in np.unique(codes)
        for leak in find_leaks(X, (codes == arm).astype(np.float64), allowed)
        if leak.auc >= STOPS and not leak.allowed
    }
    for name in X:
        if name in told:
            faults.error(
                "arm-as-predictor",
                f"'{name}' tells which arm a patient is in, which randomisation makes impossible "
                "before treatment",
                "remove it from the predictors",
                file=file,
                column=schema.spec(str(name)).column,
            )


def _score(
    column: pd.Series, y: npt.NDArray[np.float64], given: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    if pd.api.types.is_numeric_dtype(column):
        return np.asarray(column, dtype=np.float64)
    labels = pd.factorize(column)[0]
    fold = np.cumsum(given) % _FOLDS
    score = np.full(len(y), np.nan)
    for k in range(_FOLDS):
        seen = given & (fold != k)
        size = max(int(labels.max()) + 1, 1) if len(labels) else 1
        hits = np.bincount(labels[seen], weights=y[seen], minlength=size)
        times = np.bincount(labels[seen], minlength=size)
        overall = y[seen].mean() if seen.any() else 0.5
        rates = (hits + overall) / (times + 1)
        held = given & (fold == k)
        score[held] = rates[labels[held]]
    return score


def _auc(score: npt.NDArray[np.float64], y: npt.NDArray[np.float64], *, either_way: bool) -> float:
    """Return the AUC of a score, in the better direction if either will do, 0.5 when too few."""
    positive = y == 1
    n1, n0 = int(positive.sum()), int((~positive).sum())
    if min(n1, n0) < _FEWEST:
        return 0.5
    u = rankdata(score)[positive].sum() - n1 * (n1 + 1) / 2
    auc = float(u / (n1 * n0))
    return max(auc, 1 - auc) if either_way else max(auc, 0.5)
