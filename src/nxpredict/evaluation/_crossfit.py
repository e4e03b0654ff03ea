"""Repeated cross-validation of a whole model, and what it leaves behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.errors import UsageError
from nxpredict.evaluation._folds import assign_folds, quarters
from nxpredict.evaluation._numbers import BoolArray, FloatArray, IntArray
from nxpredict.study import ResponseScale

Propensity = pd.DataFrame | Mapping[str, float]
Look = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What models trained without a patient's fold predict for that patient.

    Attributes
    ----------
    arms : tuple of str
        Arms in the order of the last axis of `prediction`.
    fold : array of int64, shape (repeats, n)
        Fold of each patient in each repeat.
    prediction : array of float64, shape (repeats, n, arms)
        P(response) under each arm, 0..1, or its mean, of which more is better; also the nuisance
        of the doubly robust score.
    propensity : array of float64, shape (n, arms), or None
        Known allocation probabilities, in the order of `arms`.
    clusters : array of int64, shape (n,), or None
        Codes of what was sampled together; None when every row is its own group.
    refits : array of float64, shape (repeats, folds, n, arms), or None
        What every fold's model predicts for every patient, its training patients included; None
        when nothing was refitted.
    looks : tuple
        What `look` returned of every fold's model.
    """

    arms: tuple[str, ...]
    fold: IntArray
    prediction: FloatArray
    propensity: FloatArray | None
    clusters: IntArray | None
    refits: FloatArray | None = None
    looks: tuple[Any, ...] = ()

    @property
    def repeats(self) -> int:
        """Number of repeats."""
        return len(self.fold)

    @property
    def crossed(self) -> bool:
        """Whether the models that predicted learned from the other patients here."""
        return self.refits is not None

    @property
    def folds_sha256(self) -> str:
        """Sum of who is in which fold: results with the same sum come from the same folds."""
        return hashlib.sha256(np.ascontiguousarray(self.fold, dtype="<i8").tobytes()).hexdigest()

    def as_written(self, scale: ResponseScale) -> OutOfFold:
        """Return the same with predictions as the response stands in the table."""
        refits = None if self.refits is None else scale.turned(self.refits)
        return replace(self, prediction=scale.turned(self.prediction), refits=refits)

    def ordered(self, arms: Sequence[str]) -> OutOfFold:
        """Return the same with the arm axis in the order of `arms`."""
        if sorted(arms) != sorted(self.arms):
            raise UsageError(
                f"The model was trained on the arms {', '.join(self.arms)}, not {', '.join(arms)}."
            )
        order = [self.arms.index(arm) for arm in arms]
        propensity = None if self.propensity is None else self.propensity[:, order]
        return OutOfFold(
            tuple(arms),
            self.fold,
            self.prediction[..., order],
            propensity,
            self.clusters,
            None if self.refits is None else self.refits[..., order],
            self.looks,
        )

    def clusters_of(self, rows: IntArray | BoolArray) -> IntArray | None:
        """Return codes 0, 1, ... of the clusters of some rows; None when rows are their own."""
        if self.clusters is None:
            return None
        return np.asarray(pd.factorize(self.clusters[rows])[0], dtype=np.int64)

    def count(self, rows: BoolArray) -> int:
        """Return how many patients some rows belong to."""
        clusters = self.clusters_of(rows)
        return int(rows.sum()) if clusters is None else int(clusters.max(initial=-1)) + 1

    def take(self, rows: IntArray) -> OutOfFold:
        """Return what was predicted for some patients."""
        return OutOfFold(
            self.arms,
            self.fold[:, rows],
            self.prediction[:, rows],
            None if self.propensity is None else self.propensity[rows],
            self.clusters_of(rows),
            None if self.refits is None else self.refits[:, :, rows],
        )


def cross_validate(
    model: Any,
    X: pd.DataFrame,
    y: Sequence[float] | np.ndarray[Any, Any] | pd.Series,
    arm: Sequence[str] | np.ndarray[Any, Any] | pd.Series,
    *,
    propensity: Propensity | None = None,
    groups: Sequence[Any] | np.ndarray[Any, Any] | pd.Series | None = None,
    site: Sequence[Any] | np.ndarray[Any, Any] | pd.Series | None = None,
    folds: int = 5,
    repeats: int = 2,
    random_state: int = 0,
    n_jobs: int | None = 1,
    progress: Callable[[int, int], None] | None = None,
    look: Look | None = None,
    told: Mapping[str, np.ndarray[Any, Any]] | None = None,
) -> OutOfFold:
    """Fit `model` anew without each fold and predict every patient, `repeats` times over.

    Parameters
    ----------
    model : estimator
        ``fit(X, y, *, arm, propensity)``, ``predict_response(X)``; cloned for every fold, so that
        whatever it learns (imputation, penalties, calibration) is learned without the patients it
        is tested on.
    X : DataFrame, shape (n, predictors)
    y : array-like of {0, 1}, or of numbers, length n
    arm : array-like of str, length n
    propensity : DataFrame (n, arms) or mapping arm -> probability, optional
        Known allocation probabilities.
    groups : array-like, length n, optional
        Rows with the same label are never on both sides of a split; absent = every row on its own.
    site : array-like, length n, optional
        Sites are spread over the folds, within arm and response.
    folds, repeats : int
    random_state : int
        Decides the folds; the model keeps its own seed.
    n_jobs : int, optional
        Processes, through joblib's current backend.
    progress : callable, optional
        Called with (fits done, fits in all).
    look : callable, optional
        Called with every fitted model where it was fitted; what it returns is kept in `looks`.
    told : mapping of str to array, optional
        What else `fit` takes, a value a row, such as whose row it is and its period.

    Returns
    -------
    OutOfFold

    Raises
    ------
    UsageError
        When lengths disagree, `y` is not finite, or there are fewer groups than folds.

    Notes
    -----
    Folds are stratified by arm and response, of numbers by arm and quarter. Each fit runs with one
    thread in numerical libraries, so that processes and threads do not multiply. Every model also
    predicts the patients it was trained on: optimism and instability are read off these at no
    further fit.

    Examples
    --------
    >>> from nxpredict.models import make_model
    >>> X, arm = pd.DataFrame({"age": np.arange(40.0)}), np.tile(["a", "b"], 20)
    >>> model, y = make_model("average", random_state=1), np.tile([0.0, 0, 1, 1], 10)
    >>> cross_validate(model, X, y, arm, folds=2, repeats=1).prediction.mean(axis=1).round(1)
    array([[0.5, 0.5]])
    """
    labels = np.asarray(arm, dtype=str)
    outcome = np.asarray(y, dtype=np.float64)
    group = np.arange(len(X)) if groups is None else np.asarray(groups)
    _check(X, outcome, labels, group, folds)
    arms = tuple(sorted(set(labels.tolist())))
    strata = list(zip(labels.tolist(), quarters(outcome).tolist(), strict=True))
    sites = None if site is None else list(site)
    seeds = [random_state * 1009 + repeat for repeat in range(repeats)]
    fold = np.stack(
        [assign_folds(strata, group.tolist(), folds=folds, seed=s, site=sites) for s in seeds]
    )
    tasks = [(repeat, k) for repeat in range(repeats) for k in range(folds)]
    trained = [np.flatnonzero(fold[repeat] != k) for repeat, k in tasks]
    given = (model, X, outcome, labels, propensity)
    results = _run([(*given, train, arms, look, told or {}) for train in trained], n_jobs)
    refits = np.full((repeats, folds, len(X), len(arms)), np.nan)
    looks = []
    for done, (task, (found, seen)) in enumerate(zip(tasks, results, strict=True), start=1):
        refits[task] = found
        looks.append(seen)
        if progress is not None:
            progress(done, len(tasks))
    prediction = np.take_along_axis(refits, fold[:, None, :, None], axis=1)[:, 0]
    codes = pd.factorize(group)[0].astype(np.int64)
    clustered = codes.max() + 1 < len(codes)
    return OutOfFold(
        arms,
        fold,
        prediction,
        propensity_array(propensity, arms, len(X)),
        codes if clustered else None,
        refits,
        tuple(looks) if look is not None else (),
    )


def _check(
    X: pd.DataFrame,
    y: FloatArray,
    arm: np.ndarray[Any, Any],
    groups: np.ndarray[Any, Any],
    folds: int,
) -> None:
    if not len(X) == len(y) == len(arm) == len(groups):
        raise UsageError("X, y, arm and groups must have the same number of rows.")
    if not np.isfinite(y).all():
        raise UsageError("y must be a number for every patient.")
    if folds < 2 or len(set(groups.tolist())) < folds:
        raise UsageError("folds must be at least 2 and at most the number of groups.")


def _run(tasks: list[tuple[Any, ...]], n_jobs: int | None) -> Any:
    if n_jobs == 1:
        return (_refit(*task) for task in tasks)
    from joblib import Parallel, delayed

    return Parallel(n_jobs=n_jobs, return_as="generator")(delayed(_refit)(*task) for task in tasks)


def _refit(
    model: Any,
    X: pd.DataFrame,
    y: FloatArray,
    arm: np.ndarray[Any, Any],
    propensity: Propensity | None,
    train: IntArray,
    arms: tuple[str, ...],
    look: Look | None,
    told: Mapping[str, np.ndarray[Any, Any]],
) -> tuple[FloatArray, Any]:
    from sklearn.base import clone
    from threadpoolctl import threadpool_limits

    known = propensity.iloc[train] if isinstance(propensity, pd.DataFrame) else propensity
    with threadpool_limits(limits=1):
        more = {name: values[train] for name, values in told.items()}
        fitted = clone(model).fit(X.iloc[train], y[train], arm=arm[train], propensity=known, **more)
        found = fitted.predict_response(X)
        seen = None if look is None else look(fitted)
    return np.asarray(found[list(arms)], dtype=np.float64), seen


def propensity_array(
    propensity: Propensity | None, arms: Sequence[str], n: int
) -> FloatArray | None:
    """Return allocation probabilities as an (n, arms) array whose rows sum to one.

    Examples
    --------
    >>> propensity_array({"a": 0.5, "b": 0.5}, ["b", "a"], 2).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    if propensity is None:
        return None
    if isinstance(propensity, pd.DataFrame):
        table = propensity[list(arms)].to_numpy(dtype=np.float64)
    else:
        table = np.tile([float(propensity[arm]) for arm in arms], (n, 1))
    return np.asarray(table / table.sum(axis=1, keepdims=True), dtype=np.float64)
