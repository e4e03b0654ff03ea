"""Published rules for choosing between two drugs; nothing in them is fitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog._conditions import Condition
from nxpredict.catalog._evidence import Prior
from nxpredict.catalog._predictors import Predictor


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a rule's score.

    Parameters
    ----------
    predictor : str
    weight : float
        Added to the score for one unit.
    scale : {"condition", "sd", "copy"}
        What one unit is: the condition met, one standard deviation of the cohort, one allele copy.
    condition : Condition, optional
        For ``scale="condition"``.
    """

    predictor: str
    weight: float
    scale: Literal["condition", "sd", "copy"]
    condition: Condition | None

    def values(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return weight times units of each patient, NaN where not known, shape (n,)."""
        if self.predictor not in X:
            return np.full(len(X), np.nan)
        column = X[self.predictor]
        if self.condition is not None:
            return self.weight * self.condition.holds(column)
        units = column.to_numpy(dtype=np.float64)
        if self.scale == "sd" and np.isfinite(units).any():
            spread = np.nanstd(units)
            units = (units - np.nanmean(units)) / (spread if spread > 0 else 1.0)
        return np.asarray(self.weight * units)


@dataclass(frozen=True, slots=True)
class Rule:
    """A published way of choosing between two drugs.

    Parameters
    ----------
    name : str
    arm, versus : str
        Drug given where the score exceeds the cut, and the one given where it does not.
    terms : tuple of Term
    cut : float, optional
        Absent: the cohort's mean score.
    text, source, certainty : str
    """

    name: str
    arm: str
    versus: str
    terms: tuple[Term, ...]
    text: str
    source: str
    certainty: str
    cut: float | None = None

    @classmethod
    def read(
        cls,
        table: Mapping[str, Any],
        predictors: Mapping[str, Predictor],
        priors: Iterable[Prior],
    ) -> Rule:
        """Read one TOML table."""
        entry = dict(table)
        terms = [_read_term(term, predictors) for term in entry.pop("terms", ())]
        known = [prior for prior in priors if prior.times is None]
        for name in entry.pop("predictors", ()):
            mine = [p for p in known if p.predictor == name and p.drug == entry["arm"]]
            theirs = [p for p in known if p.predictor == name and p.drug == entry["versus"]]
            unit = (mine + theirs)[0]
            weight = sum(p.consensus_mean for p in mine) - sum(p.consensus_mean for p in theirs)
            terms.append(Term(name, round(weight, 6), unit.scale, unit.condition))
        return cls(terms=tuple(terms), **entry)

    def apply(self, X: pd.DataFrame) -> tuple[NDArray[np.float64], float]:
        """Return each patient's score and the cut.

        Parameters
        ----------
        X : DataFrame, shape (n, predictors)
            Typed table; columns that the rule knows may be absent.

        Returns
        -------
        score : ndarray of float64, shape (n,)
            A term that is not known counts as the mean of those who have it; NaN where none is
            known. No response is looked at.
        cut : float
        """
        parts = np.column_stack([term.values(X) for term in self.terms])
        known = np.isfinite(parts)
        counts = np.maximum(known.sum(axis=0), 1)
        means = np.where(known, parts, 0.0).sum(axis=0) / counts
        score = np.where(known, parts, means).sum(axis=1)
        score = np.where(known.any(axis=1), score, np.nan)
        if self.cut is not None:
            return score, self.cut
        return score, float(np.nanmean(score)) if known.any() else 0.0


def _read_term(table: Mapping[str, Any], predictors: Mapping[str, Predictor]) -> Term:
    name = table["predictor"]
    condition = Condition.read(table, predictors[name])
    return Term(name, float(table["weight"]), "condition", condition)
