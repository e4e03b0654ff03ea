"""The X-learner on forests, for any number of arms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from nxpredict.features import TableEncoder
from nxpredict.models._adjustment import Adjustment
from nxpredict.models._base import ArmModel
from nxpredict.models._fitting import TrainingData
from nxpredict.models._kinds import BinaryResponse, ContinuousResponse
from nxpredict.models._recalibration import Recalibration
from nxpredict.models._trees import Forest

FloatArray = NDArray[np.float64]

EDGE = 0.001
"""Probabilities are kept this far from 0 and 1."""


class XForestBase(ArmModel):
    """X-learner on forests (Künzel et al. 2019, PNAS 116:4156), for any number of arms.

    A forest an arm predicts the response. For each pair of arms, two forests learn the
    difference between what happened to the patients of one arm and what the other arm's
    forest says of them; their mean is the benefit. Arm predictions are the mean over arms
    plus each arm's mean benefit over the others. Intervals come from growing everything on
    random halves of the cohort.

    Parameters
    ----------
    n_halves : int
        Random halves, each with trees of its own; they are the posterior draws of this model.
    n_trees : int
        Trees on each half.
    arms, nuisance, random_state
        See `ArmModel`.
    """

    forests_: dict[str, Forest]
    changes_: tuple[Recalibration, ...] = ()

    def __init__(
        self,
        *,
        n_halves: int = 50,
        n_trees: int = 4,
        arms: Sequence[str] | None = None,
        nuisance: Sequence[str] = (),
        random_state: int | None = None,
    ) -> None:
        super().__init__(arms=arms, nuisance=nuisance, random_state=random_state)
        self.n_halves = n_halves
        self.n_trees = n_trees

    def _fit(self, data: TrainingData, rng: np.random.Generator) -> None:
        if self.n_halves < 2 or self.n_trees < 1:
            raise ValueError("n_halves must be at least 2 and n_trees at least 1")
        if data.patient is not None:
            raise ValueError("XForest cannot learn from patients seen several times; use default")
        self.encoder_ = TableEncoder().fit_typed(data.frame)
        X = self._inputs(data.frame)
        seed = int(rng.integers(2**31))
        y = _without_allocation(data, self.encoder_.encode(data.frame).values)

        def grow(rows: NDArray[np.bool_], target: FloatArray) -> Forest:
            # One seed for all, so that swapping two arms swaps their forests and no more.
            return Forest.grow(X[rows], target, halves=self.n_halves, trees=self.n_trees, seed=seed)

        members = [data.arm == k for k in range(len(data.arms))]
        outcome = [grow(rows, y[rows]) for rows in members]
        said = [forest.predict(X, self.n_halves).mean(axis=1) for forest in outcome]
        self.forests_ = {
            f"response.{name}": forest for name, forest in zip(data.arms, outcome, strict=True)
        }
        for a, name in enumerate(data.arms):
            for b, other in enumerate(data.arms):
                if a != b:
                    # Patients of `a`: by how much they did better than under `b`.
                    rows = members[a]
                    self.forests_[f"gain.{name}.{other}"] = grow(rows, y[rows] - said[b][rows])

    def _inputs(self, frame: pd.DataFrame) -> NDArray[Any]:
        encoded = self._encoded(frame)
        values = np.where(encoded.missing, np.nan, encoded.values)
        return values if values.shape[1] else np.zeros((len(frame), 1))

    def _draws(self, inputs: FloatArray) -> FloatArray:
        arms = [str(arm) for arm in self.arms_]
        said = {
            name: forest.predict(inputs, self.n_halves) for name, forest in self.forests_.items()
        }
        middle = np.mean([said[f"response.{name}"] for name in arms], axis=0)
        ahead = np.zeros((len(inputs), len(arms), self.n_halves))
        for a, name in enumerate(arms):
            for other in arms:
                if other != name:
                    both = said[f"gain.{name}.{other}"] - said[f"gain.{other}.{name}"]
                    ahead[:, a] += both / 2 / len(arms)
        found: FloatArray = middle[:, None] + ahead
        return found

    def _move(self, change: Recalibration) -> None:
        self.changes_ = (*self.changes_, change)

    def _moved(self, draws: FloatArray) -> FloatArray:
        for change in self.changes_:
            draws = change.of_draws(draws)
        return draws

    def description(self) -> dict[str, Any]:
        """Return the number of forests, halves and trees."""
        return {"forests": len(self.forests_), "halves": self.n_halves, "trees": self.n_trees}

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return parameters and encoder as plain values, trees as arrays."""
        state = {
            "class": type(self).__name__,
            **self._common_state(),
            "n_halves": self.n_halves,
            "n_trees": self.n_trees,
            "forests": list(self.forests_),
            "change": [change.to_dict() for change in self.changes_],
        }
        arrays = {
            f"{k}.{part}": getattr(forest, part)
            for k, forest in enumerate(self.forests_.values())
            for part in Forest.__slots__
        }
        return state, arrays

    @classmethod
    def from_state(cls, state: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        """Rebuild a fitted model from `to_state`; predictions are equal to the bit."""
        model = cls(
            n_halves=int(state["n_halves"]),
            n_trees=int(state["n_trees"]),
            nuisance=tuple(state["nuisance"]),
        )
        model._restore(state)
        # Until a model could be moved twice it had one change, or none.
        found = state.get("change") or []
        listed = [found] if isinstance(found, dict) else found
        model.changes_ = tuple(Recalibration.from_dict(change) for change in listed)
        model.forests_ = {
            name: Forest(*(arrays[f"{k}.{part}"] for part in Forest.__slots__))
            for k, name in enumerate(state["forests"])
        }
        return model


def _without_allocation(data: TrainingData, known: FloatArray) -> FloatArray:
    """Return the responses less what `Adjustment` explains of them, the arms alike."""
    columns = Adjustment.of(data, known, carry_over=False).columns
    design = np.hstack([np.eye(len(data.arms))[data.arm], columns])
    slopes = np.linalg.lstsq(design, data.y, rcond=None)[0][len(data.arms) :]
    found: FloatArray = data.y - columns @ slopes
    return found


class XForest(BinaryResponse, XForestBase):
    """`XForestBase` of a response that is there or not.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"craving": rng.normal(size=400)})
    >>> arm = np.where(rng.random(400) < 0.5, "naltrexone", "nalmefene")
    >>> y = rng.random(400) < np.where((arm == "naltrexone") & (X["craving"] > 0), 0.8, 0.3)
    >>> model = XForest(n_halves=8, random_state=1).fit(X, y, arm=arm)
    >>> new = pd.DataFrame({"craving": [-1.0, 1.0]})
    >>> model.predict_benefit(new, "naltrexone", "nalmefene")["benefit"].gt(0.2).tolist()
    [False, True]
    """

    def _draws(self, inputs: FloatArray) -> FloatArray:
        p: FloatArray = np.clip(super()._draws(inputs), EDGE, 1 - EDGE)
        return expit(self._moved(logit(p))) if self.changes_ else p


class XForestRegressor(ContinuousResponse, XForestBase):
    """`XForestBase` of a response that is a number.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"craving": rng.normal(size=400)})
    >>> arm = np.where(rng.random(400) < 0.5, "naltrexone", "nalmefene")
    >>> y = rng.normal(np.where((arm == "naltrexone") & (X["craving"] > 0), 5.0, 0.0))
    >>> model = XForestRegressor(n_halves=8, random_state=1).fit(X, y, arm=arm)
    >>> new = pd.DataFrame({"craving": [-1.0, 1.0]})
    >>> model.predict_benefit(new, "naltrexone", "nalmefene")["benefit"].gt(2).tolist()
    [False, True]
    """

    def _draws(self, inputs: FloatArray) -> FloatArray:
        return self._moved(super()._draws(inputs))
