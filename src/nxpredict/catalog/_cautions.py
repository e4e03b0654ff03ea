"""Label cautions: which patients a drug is not for, who says so, and whether we know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog._conditions import Condition
from nxpredict.catalog._predictors import Predictor

Level = Literal["scope", "block", "caution"]


@dataclass(frozen=True, slots=True)
class Caution:
    """One caution of one drug's label.

    Parameters
    ----------
    code : str
        Stable name; unique together with `drug`.
    drug : str
        A drug of the catalogue, or ``"any"`` for the scope of the program.
    regions : tuple of str
        Where the label says so.
    level : {"scope", "block", "caution"}
        Scope: the patient is flagged and not scored. Block: the drug is never preferred. Caution:
        shown.
    predictor : str
        What it is read from.
    condition : Condition
        When it is present.
    covered_by : tuple of str
        Eligibility codes of a study that make it absent for everybody.
    text, source, certainty : str
        For people, with its source and provenance tag.
    """

    code: str
    drug: str
    regions: tuple[str, ...]
    level: Level
    predictor: str
    condition: Condition
    covered_by: tuple[str, ...]
    text: str
    source: str
    certainty: str

    @classmethod
    def read(cls, table: Mapping[str, Any], predictors: Mapping[str, Predictor]) -> Caution:
        """Read one TOML table."""
        entry = dict(table)
        condition = Condition.read(entry.pop("when"), predictors[table["predictor"]])
        return cls(condition=condition, **{"covered_by": (), **entry})

    @property
    def blocks(self) -> bool:
        """Whether the drug may not be preferred while this is present or not assessed."""
        return self.level != "caution"

    def met(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Tell for each patient whether the caution is present.

        Parameters
        ----------
        X : DataFrame of shape (n, p)
            Typed table: binary 0/1, ordinal as level index, categorical as text, missing as NaN.
            A column that is not there was not assessed in anybody.

        Returns
        -------
        ndarray of float64, shape (n,)
            1 present, 0 absent, NaN not assessed.
        """
        if self.predictor not in X.columns:
            return np.full(len(X), np.nan)
        return self.condition.holds(X[self.predictor])


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug that the catalogue knows, and the words that arms call it by.

    `half_life_hours` is that of the drug's effect, its hold on the receptor, where that lasts
    longer than the drug in plasma. It is that of a formulation in which one of
    `half_life_formulations` occurs as a word.
    """

    name: str
    label: str
    aliases: tuple[str, ...]
    atc: str
    rxnorm: str
    description: str
    certainty: str
    source: str
    half_life_hours: float | None = None
    half_life_source: str = ""
    half_life_certainty: str = ""
    half_life_formulations: tuple[str, ...] = ()

    def half_life(self, formulation: str | None) -> float | None:
        """Return the hours, None where not known; without a declaration it was that formulation."""
        words = re.findall(r"[a-z]+", (formulation or "").lower())
        if formulation is not None and not set(words) & set(self.half_life_formulations):
            return None
        return self.half_life_hours

    @classmethod
    def read(cls, name: str, table: Mapping[str, Any]) -> Drug:
        """Read one TOML table."""
        return cls(name=name, **table)


@dataclass(frozen=True, slots=True)
class Regimen:
    """How a drug is given where, and whether it can be had there."""

    name: str
    drug: str
    regions: tuple[str, ...]
    available: bool
    route: str
    dose: str
    schedule: str
    indication: str
    source: str
    certainty: str

    @classmethod
    def read(cls, name: str, table: Mapping[str, Any]) -> Regimen:
        """Read one TOML table."""
        return cls(name=name, **table)
