"""Bayesian regression in which every predictor has a shrinkage of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.features import EncodedTable, TableEncoder
from nxpredict.models._base import ArmModel
from nxpredict.models._calibration import ArmCalibration, leave_one_out
from nxpredict.models._design import ArmDesign, Group, Structure, model_inputs
from nxpredict.models._draws import ArmDraws, draw_inputs
from nxpredict.models._expected import ExpectedEffect, expected_interactions
from nxpredict.models._fitting import TrainingData
from nxpredict.models._kinds import BinaryResponse, ContinuousResponse
from nxpredict.models._likelihood import Bernoulli, Gaussian, Likelihood
from nxpredict.models._sampler import Posterior, sample_posterior
from nxpredict.models._screen import busy_pairs, choose_pairs
from nxpredict.models._stand_ins import plausible, stand_ins
from nxpredict.models._summary import Draws
from nxpredict.models._terms import Link, PredictorTerms, terms_of

FloatArray = NDArray[np.float64]

CALIBRATION_MINIMUM = 100
"""Fewer patients than this cannot teach a recalibration anything."""
FIRST_TRUST = 0.5
"""Share of the expected effects that is believed before any data."""


class ShrunkenRegression(ArmModel):
    """Bayesian regression of the response on predictors, arm and their products.

    Main effects and arm-by-predictor interactions are straight, curved, and products of two
    predictors. Each has a shrinkage of its own, learned within its family: interactions
    vanish when the data show none, a single strong one stands alone, many weak ones add up
    (`sample_posterior`). Posterior draws carry the uncertainty, also that of inputs that are
    missing for a patient. Predictions and the size of the benefit are recalibrated by
    `ArmCalibration` on what each patient is predicted from the others.

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
        How much wider the truth scatters than the posterior says, because no true effect is
        exactly a sum of these terms; measured in ``experiments/interval_spread``.
    calibrate : bool
        Whether to learn the recalibration.
    expected : sequence of ExpectedEffect
        Published moderators. Interactions then start from half of what is expected, and how
        much of it to keep is learned (a power prior: Ibrahim and Chen 2000, Stat Sci 15:46).
    arms, nuisance, random_state
        See `ArmModel`.
    """

    link: Link
    layout_: ArmDesign
    calibration_: ArmCalibration
    draws_: ArmDraws
    prior_scales_: dict[str, float]
    trust_: float | None

    def __init__(
        self,
        *,
        structure: Structure = "interactions",
        max_pairs: int = 200,
        n_draws: int = 256,
        structural_spread: float = 1.4,
        calibrate: bool = True,
        expected: Sequence[ExpectedEffect] = (),
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

    def _fit(self, data: TrainingData, rng: np.random.Generator) -> None:
        if self.structure not in ("interactions", "risk", "average"):
            raise ValueError(f"structure must be interactions, risk or average: {self.structure!r}")
        if self.structural_spread <= 0:
            raise ValueError(f"structural_spread must be positive, got {self.structural_spread}")
        if self.n_draws < 2:
            raise ValueError(f"n_draws must be at least 2, got {self.n_draws}")
        self.encoder_ = TableEncoder().fit_typed(data.frame)
        alone = ArmDesign.of(self.encoder_, len(data.arms), self.structure)
        encoded = self.encoder_.encode(data.frame)
        likelihood = self._likelihood(data, alone.matrix(model_inputs(encoded), data.arm))
        self.encoder_.pairs_, left_out = choose_pairs(
            self.encoder_,
            encoded,
            data.arm,
            likelihood,
            alone,
            self.max_pairs,
        )
        self.layout_ = ArmDesign.of(self.encoder_, len(data.arms), self.structure)
        encoded = self.encoder_.encode(data.frame)
        posterior = self._sample(encoded, data, likelihood, left_out, rng)
        self.prior_scales_ = posterior.scales
        intercept, slopes = (
            np.moveaxis(part, 1, 0) for part in self.layout_.per_arm(posterior.draws)
        )
        encoded, slopes = self._without_idle_pairs(encoded, slopes)
        gaps = self._gaps(encoded, rng)
        draws = ArmDraws(intercept, slopes, gaps(slopes))
        self.calibration_ = (
            ArmCalibration.learn(
                leave_one_out(
                    draws,
                    draw_inputs(encoded, self.encoder_.pairs_),
                    data.arm,
                    posterior.likelihood,
                ),
                posterior.likelihood,
                data.arm,
            )
            if self.calibrate and len(data.y) >= CALIBRATION_MINIMUM
            else ArmCalibration()
        )
        draws = draws.of_arms([data.arms.index(str(arm)) for arm in self.arms_]).mapped(
            self.calibration_.linear, self.calibration_.intercept, self.structural_spread
        )
        self.draws_ = replace(draws, missing=gaps(draws.slopes))

    def _without_idle_pairs(
        self, encoded: EncodedTable, slopes: FloatArray
    ) -> tuple[EncodedTable, FloatArray]:
        """Let go of the products that hardly move anybody's response or benefit."""
        first = slopes.shape[2] - self.encoder_.pairs_.size
        busy = busy_pairs(slopes, first)
        self.encoder_.pairs_ = self.encoder_.pairs_.take(busy)
        self.layout_ = ArmDesign.of(self.encoder_, slopes.shape[0], self.structure)
        kept = np.r_[np.arange(first), first + busy]
        return replace(encoded, pairs=encoded.pairs[:, busy]), slopes[:, :, kept]

    @abstractmethod
    def _likelihood(self, data: TrainingData, design: FloatArray) -> Likelihood:
        """Return what the responses tell, given a first design, of the linear predictor."""

    def _sample(
        self,
        encoded: EncodedTable,
        data: TrainingData,
        likelihood: Likelihood,
        left_out: int,
        rng: np.random.Generator,
    ) -> Posterior:
        """Draw coefficients; what is expected of them enters as one more coefficient, its trust."""
        design = self.layout_.matrix(model_inputs(encoded), data.arm)
        groups = self.layout_.groups()
        place = [group.columns for group in groups if group.family == "interaction_value"]
        self.trust_ = None
        if not (self.expected and place):
            return sample_posterior(
                design, likelihood, groups, self.n_draws, rng, pairs_left_out=left_out
            )
        toward = np.zeros(design.shape[1])
        toward[np.sort(np.concatenate(place))] = expected_interactions(
            self.expected, self.encoder_, encoded, data.frame, data.arms
        )
        column = design @ toward
        posterior = sample_posterior(
            np.column_stack([design, column]),
            likelihood,
            [*groups, Group("expected", np.array([len(toward)]))],
            self.n_draws,
            rng,
            offset=FIRST_TRUST * column,
            pairs_left_out=left_out,
        )
        trust = FIRST_TRUST + posterior.draws[:, -1]
        self.trust_ = float(trust.mean())
        return replace(posterior, draws=posterior.draws[:, :-1] + trust[:, None] * toward)

    def _gaps(
        self, encoded: EncodedTable, rng: np.random.Generator
    ) -> Callable[[FloatArray], FloatArray]:
        """Return what missing inputs might add in each draw, as a function of the slopes."""
        d, curves, q = encoded.values.shape[1], self.encoder_.curves_, self.encoder_.pairs_.size
        stand_in = stand_ins(encoded, self.n_draws, rng)
        bent = curves.evaluate(stand_in)
        noise = plausible(rng.standard_normal((self.n_draws, q)))

        def gaps(slopes: FloatArray) -> FloatArray:
            missing = slopes[:, :, :d] * stand_in
            for k, source in enumerate(curves.sources):
                missing[:, :, source] += slopes[:, :, d + k] * bent[:, k]
            products = slopes[:, :, slopes.shape[2] - q :] * noise
            return np.concatenate([missing, products], axis=2)

        return gaps

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

    def description(self) -> dict[str, Any]:
        """Return structure, number of coefficients, prior scales (SD) and calibration."""
        trust = {} if self.trust_ is None else {"trust_in_evidence": self.trust_}
        return trust | {
            "structure": self.structure,
            "coefficients": self.layout_.size,
            "prior_scales": dict(self.prior_scales_),
            "calibration": {
                "intercept": self.calibration_.intercept,
                "slope": self.calibration_.slope,
                "spread": self.calibration_.spread,
            },
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
        model.calibration_ = ArmCalibration(*state["calibration"])
        model.layout_ = ArmDesign.of(model.encoder_, len(model.arms_), state["structure"])
        model.draws_ = ArmDraws(**arrays)
        return model


class ShrunkenLogistic(BinaryResponse, ShrunkenRegression):
    """`ShrunkenRegression` of the log-odds of a response that is there or not.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"craving": rng.normal(size=400)})
    >>> arm = np.where(rng.random(400) < 0.5, "naltrexone", "nalmefene")
    >>> helps = np.where(arm == "naltrexone", X["craving"], 0.0)
    >>> y = rng.random(400) < 1 / (1 + np.exp(-helps))
    >>> model = ShrunkenLogistic(random_state=1).fit(X, y, arm=arm)
    >>> new = pd.DataFrame({"craving": [-1.5, 1.5]})
    >>> model.predict_benefit(new, "naltrexone", "nalmefene")["benefit"].round(1).tolist()
    [-0.4, 0.3]
    """

    link = "logit"

    def _likelihood(self, data: TrainingData, design: FloatArray) -> Bernoulli:
        return Bernoulli(data.y)

    def _draws(self, inputs: NDArray[Any]) -> Draws:
        return self.draws_.probabilities(inputs)

    def _restore(self, state: dict[str, Any]) -> None:
        super()._restore(state)
        self.classes_ = np.array([0, 1])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = self.structure == "average"
        return tags


class ShrunkenLinear(ContinuousResponse, ShrunkenRegression):
    """`ShrunkenRegression` of the mean of a response that is a number.

    The response is standardised, so that prior scales mean the same whatever its unit; the
    variance of what predictors leave unexplained is learned.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"craving": rng.normal(size=400)})
    >>> arm = np.where(rng.random(400) < 0.5, "naltrexone", "nalmefene")
    >>> y = rng.normal(np.where(arm == "naltrexone", 2 * X["craving"], 0.0))
    >>> model = ShrunkenLinear(random_state=1).fit(X, y, arm=arm)
    >>> new = pd.DataFrame({"craving": [-1.0, 1.0]})
    >>> model.predict_benefit(new, "naltrexone", "nalmefene")["benefit"].round().tolist()
    [-2.0, 2.0]
    """

    link = "identity"

    def _likelihood(self, data: TrainingData, design: FloatArray) -> Gaussian:
        return Gaussian.given(data.y, design)

    def _draws(self, inputs: NDArray[Any]) -> Draws:
        return self.draws_.predictors(inputs)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = self.structure == "average"
        return tags
