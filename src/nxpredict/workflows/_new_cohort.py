"""An existing model on the patients of a new cohort: predictions, their judgement, a change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.bundle import Bundle
from nxpredict.cohort import Cohort
from nxpredict.config import Study
from nxpredict.evaluation import (
    Advice,
    Comparison,
    OutOfFold,
    advise_recalibration,
    assign_folds,
    evaluate,
    learn_recalibration,
    quarters,
)
from nxpredict.models import Recalibration, recalibrated

FOLDS = 5
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NewCohort:
    """A model and a cohort that it was not trained on; `X` holds the model's inputs."""

    study: Study
    model: Bundle
    cohort: Cohort
    X: pd.DataFrame
    comparison: Comparison

    @property
    def arms(self) -> list[str]:
        """Arms of the cohort, in its order."""
        return list(self.cohort.arms.names)

    def predict(self, change: Recalibration | None = None) -> Floats:
        """Return predicted responses under the arms of the cohort, after a change."""
        learner = self.model.model if change is None else recalibrated(self.model.model, change)
        return learner.predict_response(self.X)[self.arms].to_numpy()

    def learned(self, response: npt.NDArray[Any]) -> Floats:
        """Return responses on the scale that the model learned; a probability is its own."""
        centre, unit = self.model.model.scale_
        return np.asarray((response.astype(np.float64) - centre) / unit)

    def as_if_held_out(self, p: Floats) -> OutOfFold:
        """Return predictions that no fold was needed for, with folds for what they teach."""
        cohort = self.cohort
        balanced = quarters(cohort.y.astype(np.float64)).tolist()
        strata = list(zip(cohort.arm.tolist(), balanced, strict=True))
        seed = self.study.model.seed
        fold = assign_folds(strata, cohort.groups.tolist(), folds=FOLDS, seed=seed)
        known = None if cohort.propensity is None else cohort.propensity[self.arms].to_numpy()
        return OutOfFold(cohort.arms.names, fold[None, :], p[None, :, :], known, cohort.clusters)

    def judge(self, p: Floats) -> dict[str, Any]:
        """Return the evaluation of given predictions, as training writes it."""
        evaluation = evaluate(
            self.as_if_held_out(p),
            self.comparison,
            minimum_benefit=self.study.preference.minimum_benefit,
            random_state=self.study.model.seed,
        )
        curves = evaluation.tables["calibration"]
        by_arm = {
            name: curves[curves["arm"] == name].drop(columns="arm").to_dict("records")
            for name in self.arms
        }
        return {**evaluation.to_dict(), "curves": by_arm}

    def advise(self, p: Floats) -> Advice:
        """Return how much of the model should change."""
        return advise_recalibration(
            self.learned(p),
            self.learned(self.cohort.y),
            self.comparison.received,
            clusters=self.cohort.clusters,
            continuous=self.cohort.scale.continuous,
            random_state=self.study.model.seed,
        )

    def learn(self, advice: Advice) -> Recalibration:
        """Learn the change on the model's own draws, in the order of its arms."""
        return self._widened(
            learn_recalibration(
                advice.step,
                lambda change: self.learned(self.predict(self._widened(change))),
                self.learned(self.cohort.y),
                self.comparison.received,
                n_arms=len(self.arms),
                kept=advice.kept,
                continuous=self.cohort.scale.continuous,
            )
        )

    def _widened(self, change: Recalibration) -> Recalibration:
        """Return a change of all arms of the model: those not seen here move with the mean."""

        def of_all(values: tuple[float, ...]) -> tuple[float, ...]:
            own = dict(zip(self.arms, values, strict=True)) if values else {}
            mean = float(np.mean(values)) if values else 0.0
            return tuple(own.get(str(arm), mean) for arm in self.model.model.arms_) if own else ()

        return replace(change, intercepts=of_all(change.intercepts), by_arm=of_all(change.by_arm))
