"""A finished study as the truth to plan from: new patients and responses out of its model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.bundle import Bundle
from nxpredict.cohort import Cohort, PredictorSpec, check_sizes
from nxpredict.errors import FaultLog
from nxpredict.planning._trial import Design
from nxpredict.synthetic import (
    draw_number_periods,
    draw_numbers,
    draw_orders,
    draw_periods,
    draw_responses,
    load_parameters,
    over_periods,
    time_shifts,
)

Missing = Literal["at_random", "none"]
FloatArray = NDArray[np.float64]
_EDGE = 1e-6
LEAST_LEFT = 0.05
"""Of a number's variance: no patient's own number is told exactly by predictors."""


@dataclass(frozen=True, eq=False)
class FinishedStudy:
    """A trained model, believed.

    A model file holds no patient, so new ones are drawn from what it keeps of its cohort: each
    predictor by itself from the background (averages over ten patients or more, and levels that
    ten share), and each value missing as often as it was. How they respond is what the model
    predicts; of the draws of its posterior one whole study takes one for the truth, so that what
    the model does not know is part of the plan. (The mean of all draws would make patients too
    much alike: it is shrunken by what is not known.) Numbers scatter normally around what is
    predicted, so that in all they scatter as in the cohort.

    Parameters
    ----------
    bundle : Bundle
        Of a response that is there or not, or a number.
    design : {"parallel", "crossover"}
        Equal arms, randomised, without sites.
    missingness : {"at_random", "none"}
    periods : int
        Of a crossover.
    carry_over : float in [0, 1)
        Share of an arm's effect that is left in the period after it.
    """

    bundle: Bundle
    design: Design = "parallel"
    missingness: Missing = "at_random"
    periods: int = 2
    carry_over: float = 0.0

    @property
    def allocation(self) -> str:
        """How patients of the next study come to their arm."""
        return "randomised"

    @property
    def belief(self) -> str:
        """Return the sentences on what the plan takes for granted."""
        bundle = self.bundle
        text = (
            f"The plan believes the model of study '{bundle.study}' (model {bundle.model_id}; its "
            f"verdict: {bundle.answers['verdict']['level']}): every study is drawn from one draw "
            "of its predictions, and each predictor by itself, so that correlations between "
            "predictors are left out."
        )
        if bundle.allocation != "randomised":
            text += " That study was not randomised: what confounded it is believed, too."
        return text

    def patients(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draw complete patients; a predictor that the model kept no value of is NaN."""
        return pd.DataFrame({spec.name: self._values(spec, n, rng) for spec in self._specs})

    @property
    def _specs(self) -> list[PredictorSpec]:
        return [spec for spec in self.bundle.schema.predictors if spec.role == "predictor"]

    def _values(self, spec: PredictorSpec, n: int, rng: np.random.Generator) -> pd.Series:
        kept = self.bundle.background[spec.name].dropna().sort_values()
        dtype = "str" if spec.kind == "categorical" else "float64"
        if kept.empty:
            return pd.Series(np.full(n, np.nan), dtype=dtype)
        if spec.kind == "continuous":
            places = (np.arange(len(kept)) + 0.5) / len(kept)
            return pd.Series(np.interp(rng.random(n), places, kept.to_numpy(np.float64)))
        return pd.Series(kept.to_numpy()[rng.integers(0, len(kept), n)], dtype=dtype)

    def worlds(self, X: pd.DataFrame, *, shifted: bool = True) -> FloatArray:
        """Return P(response), or the mean, of complete patients, shape (worlds, n, arms).

        One world a draw of the posterior. In a crossover averaged over its periods, as predictions
        are, unless not `shifted`.
        """
        model = self.bundle.model
        order = [list(model.arms_).index(name) for name in self.bundle.arms.names]
        p: FloatArray = model.predict_draws(X)[:, :, order]
        if self.bundle.scale.continuous:
            # What time adds is, on average over periods, nothing.
            return p
        p = np.clip(p, _EDGE, 1 - _EDGE)
        if not shifted or self.design == "parallel":
            return p
        flat = pd.DataFrame(p.reshape(-1, p.shape[2]))
        shifts = time_shifts(self, load_parameters())
        return over_periods(flat, shifts).to_numpy().reshape(p.shape)

    def observed(self, X: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return what a study sees of complete patients."""
        seen = X.dropna(axis=1, how="all")
        if self.missingness == "none":
            return seen
        shares = self.bundle.training.get("missing", {})
        absent = {name: rng.random(len(X)) < shares.get(name, 0.0) for name in seen}
        blanks = pd.DataFrame(absent, index=X.index)
        # A column that is missing for everybody is a column that the study does not have.
        return seen.mask(blanks).dropna(axis=1, how="all")

    def draw(self, n: int, seed: int) -> Cohort:
        """Draw a study and return it as the door would.

        Raises
        ------
        DataError
            When an arm has too few patients of either response, as at the door.
        """
        rng = np.random.default_rng(seed)
        complete = self.patients(n, rng)
        every = self.worlds(complete, shifted=False)
        arms = self.bundle.arms
        p = pd.DataFrame(every[seed % len(every)], columns=list(arms.names))
        arm = rng.permutation(np.resize(rng.permutation(arms.names), n))
        periods = self.periods if self.design == "crossover" else 1
        if periods > 1:
            order = draw_orders(arm, arms.names, periods, rng)
            y = self._over_periods(p, order, rng).ravel()
            arm = order.ravel()
        else:
            y = self._responses(p, arm, rng)
        patient = np.repeat(np.arange(n), periods)
        X = self.observed(complete, rng).iloc[patient].reset_index(drop=True)
        return self._cohort(X, y, arm, patient, np.tile(np.arange(1, periods + 1), n))

    def _responses(
        self, p: pd.DataFrame, arm: NDArray[np.str_], rng: np.random.Generator
    ) -> NDArray[Any]:
        if self.bundle.scale.continuous:
            return draw_numbers(p, arm, rng, sd=self._scatter(p))
        return draw_responses(p, arm, rng)

    def _over_periods(
        self, p: pd.DataFrame, order: NDArray[np.str_], rng: np.random.Generator
    ) -> NDArray[Any]:
        parameters = load_parameters()
        if self.bundle.scale.continuous:
            sd = self._scatter(p)
            return draw_number_periods(p, order, self, parameters, rng, sd=sd)
        return draw_periods(p, order, self, parameters, rng)

    def _scatter(self, means: pd.DataFrame) -> float:
        """Return the sd of patients who are alike: what means leave of that of the cohort."""
        variance = self.bundle.model.scale_[1] ** 2
        left = variance - float(means.to_numpy().var())
        return math.sqrt(max(left, LEAST_LEFT * variance))

    def _cohort(
        self,
        X: pd.DataFrame,
        y: NDArray[Any],
        arm: NDArray[np.str_],
        patient: NDArray[np.int64],
        period: NDArray[np.int64],
    ) -> Cohort:
        arms, faults = self.bundle.arms, FaultLog()
        codes = pd.Index(arms.names).get_indexer(pd.Index(arm))
        check_sizes(
            codes,
            y.astype(np.float64),
            patient,
            arms,
            self.bundle.scale,
            faults,
            file="plan",
            column="arm",
        )
        faults.raise_if_errors()
        share = np.full((len(y), len(arms.names)), 1 / len(arms.names))
        specs = tuple(spec for spec in self._specs if spec.name in X)
        return Cohort(
            X=X,
            y=y,
            unknown=np.zeros(len(y), dtype=bool),
            arm=arm.astype(object),
            groups=patient,
            site=None,
            propensity=pd.DataFrame(share, columns=list(arms.names)),
            ids=pd.Series(patient.astype(str)),
            schema=replace(self.bundle.schema, predictors=specs),
            arms=arms,
            issues=(),
            facts={},
            fingerprint="",
            period=period if self.design == "crossover" else None,
            carried=float(self.carry_over > 0),
            scale=self.bundle.scale,
        )
