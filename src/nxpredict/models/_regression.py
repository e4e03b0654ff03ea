"""Bayesian regression in which every predictor has a shrinkage of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.features import EncodedTable, TableEncoder
from nxpredict.models._adjustment import Adjustment
from nxpredict.models._averaging import averaged_out, hidden_inputs
from nxpredict.models._base import ArmModel
from nxpredict.models._calibration import ArmCalibration, learn_calibration, stretched
from nxpredict.models._design import ArmDesign, Group, Structure, arm_contrasts, model_inputs
from nxpredict.models._draws import ArmDraws, draw_inputs
from nxpredict.models._expected import FIRST_TRUST, ExpectedEffect, expected_interactions
from nxpredict.models._fitting import TrainingData
from nxpredict.models._likelihood import Likelihood
from nxpredict.models._recalibration import Recalibration
from nxpredict.models._repeated import RepeatedBernoulli
from nxpredict.models._repeated_gaussian import RepeatedGaussian
from nxpredict.models._sampler import Posterior, sample_posterior
from nxpredict.models._screen import busy_pairs, choose_pairs
from nxpredict.models._sharing import learn_contrasts
from nxpredict.models._stand_ins import gap_draws
from nxpredict.models._terms import Link, PredictorTerms, terms_of

FloatArray = NDArray[np.float64]


class ShrunkenRegression(ArmModel):
    """Bayesian regression of the response on predictors, arm and their products.

    Main effects and arm-by-predictor interactions are straight, curved, and products of two
    predictors. Each has a shrinkage of its own, learned within its family: interactions
    vanish when the data show none, a single strong one stands alone, many weak ones add up
    (`sample_posterior`). Posterior draws carry the uncertainty, also that of inputs that are
    missing for a patient. Predictions and the size of the benefit are recalibrated by
    `ArmCalibration` on what each patient is predicted from the others. Arms that share a drug by
    name (``naltrexone+prazosin`` and ``naltrexone``) share its effects as far as the responses
    say that drugs add up (`learn_contrasts`).

    Parameters
    ----------
    structure : {"interactions", "risk", "average"}
        ``average``: one response rate an arm. ``risk``: main effects and one odds ratio an
        arm, so the benefit follows baseline risk only. ``interactions``: all of it.
    max_pairs : int
        Products of two predictors that are tried, main effects and interactions, at most; those
        that turn out to move nobody's log-odds are let go.
    n_draws : int
        Posterior draws kept.
    structural_spread : float
        How much wider benefits scatter than the posterior says, as no true effect is exactly
        a sum of these terms (``experiments/interval_spread``); less as far as it is open how
        much benefits differ at all: there the posterior is wide enough by itself.
    calibrate : bool
        Whether to learn the recalibration.
    expected : sequence of ExpectedEffect
        Published moderators. Interactions then start from half of what is expected, and how
        much of it to keep is learned (a power prior: Ibrahim and Chen 2000, Stat Sci 15:46).
    carry_over : bool
        Whether the arm of the period before may still act, where patients had several.
    arms, nuisance, random_state
        See `ArmModel`.
    """

    link: Link
    layout_: ArmDesign
    calibration_: ArmCalibration
    draws_: ArmDraws
    prior_scales_: dict[str, float]
    trust_: float | None
    adding_up_: float | None
    repeats_: dict[str, Any] | None

    def __init__(
        self,
        *,
        structure: Structure = "interactions",
        max_pairs: int = 200,
        n_draws: int = 256,
        structural_spread: float = 1.35,
        calibrate: bool = True,
        expected: Sequence[ExpectedEffect] = (),
        carry_over: bool = True,
        arms: Sequence[str] | None = None,
        nuisance: Sequence[str] = (),
        random_state: int | None = None,
    ) -> None:
        super().__init__(arms=arms, nuisance=nuisance, random_state=random_state)
        self.structure = structure
        self.max_pairs = max_pairs
        self.n_draws = n_draws
        self.structural_spread = structural_spread
        self.calibrate = calibrate
        self.expected = expected
        self.carry_over = carry_over

    def _fit(self, data: TrainingData, rng: np.random.Generator) -> None:
        if self.structure not in ("interactions", "risk", "average"):
            raise ValueError(f"structure must be interactions, risk or average: {self.structure!r}")
        if self.structural_spread < 1:
            raise ValueError(f"structural_spread must be 1 or more, got {self.structural_spread}")
        if self.n_draws < 2:
            raise ValueError(f"n_draws must be at least 2, got {self.n_draws}")
        self.encoder_ = TableEncoder().fit_typed(data.frame)
        alone = ArmDesign.of(self.encoder_, arm_contrasts(len(data.arms)), self.structure)
        encoded = self.encoder_.encode(data.frame)
        known = encoded.values if self.structure != "average" else encoded.values[:, :0]
        adjustment = Adjustment.of(data, known, self.carry_over)
        design = alone.matrix(model_inputs(encoded), data.arm)
        groups = [*alone.groups(), *adjustment.groups(design.shape[1])]
        design = np.concatenate([design, adjustment.columns], axis=1)
        likelihood = self._likelihood(data, design, groups)
        contrasts, self.adding_up_ = learn_contrasts(alone, model_inputs(encoded), data, likelihood)
        sharing = replace(alone, contrasts=contrasts)
        self.encoder_.pairs_, left_out = choose_pairs(
            self.encoder_, encoded, data.arm, likelihood, sharing, self.max_pairs
        )
        self.layout_ = ArmDesign.of(self.encoder_, contrasts, self.structure)
        encoded = self.encoder_.encode(data.frame)
        posterior, added = self._sample(encoded, data, likelihood, adjustment, left_out, rng)
        self.prior_scales_ = posterior.scales
        self.repeats_ = None
        if isinstance(likelihood, RepeatedBernoulli | RepeatedGaussian):
            self.repeats_ = adjustment.describe(added, data) | likelihood.describe()
        intercept, slopes = (
            np.moveaxis(part, 1, 0) for part in self.layout_.per_arm(posterior.draws)
        )
        encoded, slopes = self._without_idle_pairs(encoded, slopes)
        gaps = gap_draws(encoded, self.encoder_, self.n_draws, rng)
        draws = ArmDraws(intercept, slopes, gaps(slopes))
        self.calibration_ = ArmCalibration()
        inputs = draw_inputs(encoded, self.encoder_.pairs_)
        if self.calibrate:
            shift = adjustment.columns @ added.T
            self.calibration_ = learn_calibration(draws, inputs, data, posterior.likelihood, shift)
        widened = 1.0 + (self.structural_spread - 1.0) * draws.certainty_of_size(inputs)
        wider = partial(stretched, slope=1.0, spread=widened)
        draws = draws.of_arms([data.arms.index(str(arm)) for arm in self.arms_]).mapped(
            self.calibration_.linear, self.calibration_.intercept, wider
        )
        if self.link == "logit":
            hidden = hidden_inputs(self.encoder_, self.nuisance)
            draws = averaged_out(draws, inputs, hidden, adjustment.out_of_sight(added))
        self.draws_ = replace(draws, missing=gaps(draws.slopes))

    def _without_idle_pairs(
        self, encoded: EncodedTable, slopes: FloatArray
    ) -> tuple[EncodedTable, FloatArray]:
        """Let go of the products that hardly move anybody's response or benefit."""
        first = slopes.shape[2] - self.encoder_.pairs_.size
        busy = busy_pairs(slopes, first)
        self.encoder_.pairs_ = self.encoder_.pairs_.take(busy)
        self.layout_ = ArmDesign.of(self.encoder_, self.layout_.contrasts, self.structure)
        kept = np.r_[np.arange(first), first + busy]
        return replace(encoded, pairs=encoded.pairs[:, busy]), slopes[:, :, kept]

    @abstractmethod
    def _likelihood(
        self, data: TrainingData, design: FloatArray, groups: list[Group]
    ) -> Likelihood:
        """Return what the responses tell, given a first design, of the linear predictor."""

    def _sample(
        self,
        encoded: EncodedTable,
        data: TrainingData,
        likelihood: Likelihood,
        adjustment: Adjustment,
        left_out: int,
        rng: np.random.Generator,
    ) -> tuple[Posterior, FloatArray]:
        """Draw the coefficients, and apart from them those of the adjustment.

        What is expected of them enters as one more coefficient, its trust.
        """
        design = self.layout_.matrix(model_inputs(encoded), data.arm)
        own = design.shape[1]
        place = [g.columns for g in self.layout_.groups() if g.family == "interaction_value"]
        groups = [*self.layout_.groups(), *adjustment.groups(own)]
        parts, toward = [design, adjustment.columns], np.zeros(own)
        self.trust_ = None
        if self.expected and place:
            toward[np.sort(np.concatenate(place))] = expected_interactions(
                self.expected, self.encoder_, encoded, data, self.layout_.contrasts
            )
            parts.append((design @ toward)[:, None])
            groups.append(Group("expected", np.array([own + adjustment.columns.shape[1]])))
        posterior = sample_posterior(
            np.concatenate(parts, axis=1),
            likelihood,
            groups,
            self.n_draws,
            rng,
            offset=FIRST_TRUST * (design @ toward),
            pairs_left_out=left_out,
        )
        drawn, added, trust = np.split(
            posterior.draws, [own, own + adjustment.columns.shape[1]], axis=1
        )
        if trust.size:
            self.trust_ = float(FIRST_TRUST + trust.mean())
            drawn = drawn + (FIRST_TRUST + trust) * toward
        return replace(posterior, draws=drawn), added

    def _inputs(self, frame: pd.DataFrame) -> NDArray[Any]:
        return draw_inputs(self._encoded(frame), self.encoder_.pairs_)

    def coefficient_draws(self) -> FloatArray:
        """Return intercept and slopes of the predictor as deployed, shape (A, S, 1 + inputs)."""
        centre, unit = self.scale_
        draws = self.draws_
        found = unit * np.concatenate([draws.intercept[:, :, None], draws.slopes], axis=2)
        found[:, :, 0] += centre
        return found

    def predictor_terms(self, X: pd.DataFrame) -> PredictorTerms:
        """Return the terms of the linear predictor, each made of one predictor or of two.

        Parameters
        ----------
        X : DataFrame, shape (n, d)

        Returns
        -------
        PredictorTerms
            Their `responses` are the draws of `predict_draws`.
        """
        encoded = self._encoded(self._frame(X))
        columns = [str(name) for name in X.columns]
        return terms_of(self.draws_, encoded, self.encoder_, columns, self.link, self.scale_)

    def _move(self, change: Recalibration) -> None:
        moved = self.draws_.mapped(change.linear, 0.0, partial(np.multiply, change.scatter))
        shift = np.array(change.intercepts)[:, None]
        self.draws_ = replace(moved, intercept=moved.intercept + shift)

    def description(self) -> dict[str, Any]:
        """Return structure, number of coefficients, prior scales (SD) and calibration."""
        known = {
            "trust_in_evidence": self.trust_,
            "repeats": self.repeats_,
            "probability_that_drugs_add_up": self.adding_up_,
        }
        return {name: value for name, value in known.items() if value is not None} | {
            "structure": self.structure,
            "coefficients": self.layout_.size,
            "prior_scales": dict(self.prior_scales_),
            "calibration": asdict(self.calibration_),
        }

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return parameters and encoder as plain values, posterior draws as arrays."""
        c = self.calibration_
        state = {
            "class": type(self).__name__,
            "structure": self.structure,
            "max_pairs": self.max_pairs,
            **self._common_state(),
            "prior_scales": self.prior_scales_,
            "calibration": [c.intercept, c.slope, c.spread],
            "trust": self.trust_,
            "adding_up": self.adding_up_,
            "repeats": self.repeats_,
            "expected": [effect.to_dict() for effect in self.expected],
            "n_draws": self.n_draws,
            "structural_spread": self.structural_spread,
        }
        return state, asdict(self.draws_)

    @classmethod
    def from_state(cls, state: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        """Rebuild a fitted model from `to_state`; predictions are equal to the bit."""
        model = cls(
            structure=state["structure"],
            max_pairs=int(state["max_pairs"]),
            n_draws=int(state["n_draws"]),
            structural_spread=float(state["structural_spread"]),
            expected=tuple(ExpectedEffect(**effect) for effect in state["expected"]),
            nuisance=tuple(state["nuisance"]),
        )
        model._restore(state)
        model.prior_scales_ = dict(state["prior_scales"])
        model.trust_ = state["trust"]
        model.repeats_ = state.get("repeats")
        model.calibration_ = ArmCalibration(*state["calibration"])
        plain = arm_contrasts(len(state["arms"]))
        model.layout_ = ArmDesign.of(model.encoder_, plain, state["structure"])
        model.adding_up_ = state.get("adding_up")
        model.draws_ = ArmDraws(**arrays)
        return model
