"""The interface that every learner shares: the response under each arm, and its difference."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from nxpredict.features import EncodedTable, TableEncoder, as_typed, typed_frame
from nxpredict.models._fitting import (
    TrainingData,
    canonical,
    check_arms,
    check_nuisance,
    check_propensity,
    check_repeats,
)
from nxpredict.models._summary import Draws, ResponseSummary, mean_of, moments, summarise

if TYPE_CHECKING:
    from nxpredict.models._recalibration import Recalibration

FloatArray = NDArray[np.float64]

BLOCK = 8192
"""Patients encoded at a time: fixed, so that results and memory never depend on the batch."""

CHUNK = 256
"""Patients whose draws exist at a time: so few that they stay in the processor's cache."""


class ArmModel(BaseEstimator, metaclass=ABCMeta):
    """A model of the response under each of several arms: its probability, or its mean.

    `BinaryResponse` or `ContinuousResponse` says which; of either, more is better. The arm is
    fit metadata, never a feature. Columns are matched by name. Rows, columns and arm labels may
    come in any order. Missing values are accepted and widen the intervals.

    Parameters
    ----------
    arms : sequence of str, optional
        The arms in the order wanted; by default those seen, sorted.
    nuisance : sequence of str
        Columns that are adjusted for in `fit` and averaged out in predictions, such as
        ancestry; they may be absent when predicting.
    random_state : int, optional
        Seed of everything that is drawn.
    """

    response: str
    limits_: tuple[float, float]
    scale_: tuple[float, float]
    arms_: NDArray[Any]
    arm_share_: FloatArray
    feature_columns_: tuple[str, ...]
    encoder_: TableEncoder

    def __init__(
        self,
        *,
        arms: Sequence[str] | None = None,
        nuisance: Sequence[str] = (),
        random_state: int | None = None,
    ) -> None:
        self.arms = arms
        self.nuisance = nuisance
        self.random_state = random_state

    @abstractmethod
    def _read_response(self, y: Any) -> tuple[FloatArray, tuple[float, float]]:
        """Return the response as it is learned, and the centre and unit of that scale."""

    @abstractmethod
    def _fit(self, data: TrainingData, rng: np.random.Generator) -> None:
        """Learn from training patients in canonical order."""

    @abstractmethod
    def _inputs(self, frame: pd.DataFrame) -> NDArray[Any]:
        """Return the numbers of patients that draws are computed from, shape (n, k)."""

    @abstractmethod
    def _draws(self, inputs: NDArray[Any]) -> Draws:
        """Return draws of the response as learned, (n, A, S), arms in the order of ``arms_``."""

    @abstractmethod
    def _move(self, change: Recalibration) -> None:
        """Move predictions by a map of their log-odds, in place; see `recalibrated`."""

    @abstractmethod
    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return what was learned as plain values and arrays, for a model file."""

    @abstractmethod
    def description(self) -> dict[str, Any]:
        """Return what was learned about itself, such as shrinkage, as plain values."""

    def _common_state(self) -> dict[str, Any]:
        """Return what every learner keeps, as plain values."""
        return {
            "arms": [str(arm) for arm in self.arms_],
            "scale": list(self.scale_),
            "arm_share": [float(share) for share in self.arm_share_],
            "nuisance": [str(name) for name in self.nuisance],
            "feature_columns": list(self.feature_columns_),
            "encoder": self.encoder_.to_state(),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        """Set what `_common_state` returned."""
        self.arms_ = np.array(state["arms"], dtype=object)
        centre, unit = state.get("scale", (0.0, 1.0))
        self.scale_ = (float(centre), float(unit))
        self.arm_share_ = np.array([float(share) for share in state["arm_share"]])
        self.feature_columns_ = tuple(state["feature_columns"])
        self.n_features_in_ = len(self.feature_columns_)
        self.encoder_ = TableEncoder.from_state(state["encoder"])

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        arm: Any = None,
        propensity: Any = None,
        groups: Any = None,
        period: Any = None,
    ) -> Self:
        """Learn the response under each arm.

        Parameters
        ----------
        X : DataFrame or array, shape (n, d)
            Numbers, booleans, categories or text (= categories); NaN or None where missing.
        y : array, shape (n,)
            The response: two classes, of which the second in sorted order is the response; or
            numbers, of which more is better.
        arm : array of labels, shape (n,), optional
            The arm each patient received; None means that all share one arm.
        propensity : mapping, DataFrame or array of shape (n, A), optional
            Probability of each arm, where it is known (a randomised trial). Where it differs
            between patients, as between sites with ratios of their own, it is adjusted for.
        groups : array of labels, shape (n,), optional
            Who a row belongs to, where patients had one arm after another (crossover).
        period : array of whole numbers, shape (n,), optional
            When a row was, 1, 2 and so on. What time and the arm of the period before add is
            adjusted for; predictions are for an average period with nothing carried over.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On a response that is not of this learner's kind, infinite values, missing arm
            labels, or probabilities that do not sum to 1.
        """
        if y is None:
            raise ValueError("This estimator requires y to be passed, but the target y is None.")
        frame = typed_frame(self, X, reset=True)
        response, self.scale_ = self._read_response(y)
        check_consistent_length(frame, response)
        check_nuisance(self.nuisance, frame.columns)
        names, codes = check_arms(arm, len(frame), self.arms)
        known = check_propensity(propensity, names, len(frame))
        patient, when = check_repeats(groups, period, len(frame))
        self.arms_ = np.array(names, dtype=object)
        self.arm_share_ = np.bincount(codes, minlength=len(names)) / len(codes)
        self.feature_columns_ = tuple(frame.columns)
        data = canonical(frame, response, codes, names, known, patient, when)
        self._fit(data, np.random.default_rng(self.random_state))
        return self

    def predict_response(self, X: Any) -> pd.DataFrame:
        """Return the probability, or the mean, of the response under each arm.

        Parameters
        ----------
        X : DataFrame, shape (n, d)
            Columns of `fit` in any order, by name; other columns are ignored.

        Returns
        -------
        DataFrame, shape (n, A)
            Index of `X`, one float64 column an arm; probabilities, or the unit of the response.
        """
        frame = self._frame(X)
        centre, unit = self.scale_
        p = centre + unit * np.concatenate([mean_of(draws) for draws in self._chunks(frame)])
        return pd.DataFrame(p, index=frame.index, columns=list(self.arms_))

    def predict_benefit(
        self, X: Any, arm: str, reference: str, level: float = 0.90, minimum: float = 0.0
    ) -> pd.DataFrame:
        """Return the difference of the response between two arms.

        Parameters
        ----------
        X : DataFrame, shape (n, d)
        arm, reference : str
            Benefit is what is predicted under `arm` less that under `reference`.
        level : float in (0, 1)
            Probability content of the interval.
        minimum : float
            In the unit of the response (of probabilities: -1..1). Threshold of ``prob_better``.

        Returns
        -------
        DataFrame, shape (n, 4)
            ``benefit``, ``lower``, ``upper``, ``prob_better`` = P(benefit > minimum).
        """
        frame = self._frame(X)
        arm, reference = str(arm), str(reference)  # arms of any type are known by their text
        for name in (arm, reference):
            if name not in self.arms_:
                raise ValueError(f"unknown arm {name!r}; this model knows {list(self.arms_)}")
        if arm == reference:
            raise ValueError("arm and reference must differ")
        summary = self.predict_summary(X, reference=reference, level=level, minimum=minimum)
        k = summary.others.index(arm)
        parts = {
            "benefit": summary.benefit,
            "lower": summary.benefit_lower,
            "upper": summary.benefit_upper,
            "prob_better": summary.prob_better,
        }
        return pd.DataFrame({n: v[:, k] for n, v in parts.items()}, index=frame.index)

    def predict_summary(
        self, X: Any, *, reference: str | None = None, level: float = 0.90, minimum: float = 0.0
    ) -> ResponseSummary:
        """Return responses, benefits, intervals and P(benefit > minimum) in one pass.

        Arguments are those of `predict_benefit`; the reference is the first arm by default.
        """
        if not 0 < level < 1:
            raise ValueError(f"level must be between 0 and 1, got {level}")
        frame = self._frame(X)
        arms = tuple(str(arm) for arm in self.arms_)
        against = reference if reference is not None else arms[0]
        if against not in arms:
            raise ValueError(f"unknown reference {against!r}; this model knows {list(arms)}")
        p, covariance = zip(*map(moments, self._chunks(frame)), strict=True)
        centre, unit = self.scale_
        return summarise(
            centre + unit * np.concatenate(p),
            unit**2 * np.concatenate(covariance),
            arms,
            against,
            level,
            minimum,
            self.limits_,
        )

    def predict_draws(self, X: Any) -> FloatArray:
        """Return draws of what `predict_response` is the mean of, shape (S, n, A)."""
        centre, unit = self.scale_
        drawn = np.concatenate(list(self._chunks(self._frame(X))), dtype=np.float64)
        return centre + unit * drawn.transpose(2, 0, 1)

    def _chunks(self, frame: pd.DataFrame) -> Iterator[Draws]:
        """Yield the draws of consecutive patients."""
        for first in range(0, len(frame), BLOCK):
            inputs = self._inputs(frame.iloc[first : first + BLOCK])
            for start in range(0, len(inputs), CHUNK):
                yield self._draws(inputs[start : start + CHUNK])

    def _encoded(self, frame: pd.DataFrame) -> EncodedTable:
        """Encode patients; a nuisance column is neither known nor missing but averaged out."""
        encoded = self.encoder_.encode(frame, absent=tuple(self.nuisance))
        encoded.missing[:, np.isin(self.encoder_.sources_, list(self.nuisance))] = False
        return encoded

    def _frame(self, X: Any) -> pd.DataFrame:
        """Return the columns of fit, by name, without the nuisance ones."""
        check_is_fitted(self)
        if not isinstance(X, pd.DataFrame):
            X = typed_frame(self, X, reset=False)
        X = X.set_axis([str(name) for name in X.columns], axis=1)
        wanted = [c for c in self.feature_columns_ if c not in self.nuisance]
        lacking = [c for c in wanted if c not in X.columns]
        if lacking:
            raise ValueError(
                f"Feature names seen at fit time, yet now missing: {', '.join(lacking)}"
            )
        return as_typed(X[wanted])

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "arms_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
