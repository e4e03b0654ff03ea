"""Whether patients of different arms can be compared: overlap, balance, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.errors import counted
from nxpredict.evaluation._factual import auc
from nxpredict.evaluation._numbers import FloatArray, IntArray, normal_quantile
from nxpredict.evaluation._propensity import weighted_gaps
from nxpredict.evaluation._second_order import second_order
from nxpredict.features import TableEncoder

LOWEST = 0.05
SHARE = 0.10
NOTABLE_DIFFERENCE = 0.10
"""A standardised difference beyond this is commonly read as imbalance (Austin 2009)."""

LARGEST_DIFFERENCE = 0.25
LEAST_SHARE_EFFECTIVE = 0.5


@dataclass(frozen=True, slots=True)
class Overlap:
    """Whether every kind of patient could have had every arm, and whether weighting balances them.

    Attributes
    ----------
    adequate : bool
        At most 10 % of patients have a probability below 0.05 for any arm.
    table : DataFrame
        One row an arm: `n`, 1st percentile of its probability, share of patients below 0.05 and
        above 0.95, effective sample size, the AUC of the probability for who got the arm (0.5: the
        predictors do not tell), and the largest standardised difference, plain and weighted.
    balance : DataFrame
        Of `standardised_differences`.
    apart : tuple of str
        Arms with a weighted difference beyond 0.25 and beyond what chance leaves.
    """

    adequate: bool
    table: pd.DataFrame
    balance: pd.DataFrame
    apart: tuple[str, ...]

    @property
    def effective(self) -> dict[str, int]:
        """How many patients each arm is worth."""
        found = zip(self.table["arm"], self.table["effective_sample_size"], strict=True)
        # A hair's breadth for what rounding takes from equal weights.
        return {str(arm): int(size + 1e-6) for arm, size in found}

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers an arm at a time (`overlap` in evaluation.json)."""
        rows = self.table.set_index("arm").to_dict("index")
        return {str(arm): {**row} for arm, row in rows.items()}

    def reason(self) -> str | None:
        """Return why the verdict may be suggestive at most; None when nothing speaks against."""
        if not self.apart:
            return None
        named = ", ".join(self.apart)
        return (
            f"Weighting leaves differences beyond {LARGEST_DIFFERENCE} standard deviations between "
            f"patients of an arm and all others ({named}): suggestive at most."
        )

    def sentences(self) -> list[str]:
        """Return warnings about arms that weighting does not balance, or only by a few patients."""
        found = []
        for row in self.table.to_dict("records"):
            arm, largest = row["arm"], row["largest_difference_weighted"]
            if largest > NOTABLE_DIFFERENCE:
                own = self.balance["difference_weighted"][self.balance["arm"] == arm].abs()
                beyond = counted(
                    int((own > NOTABLE_DIFFERENCE).sum()), "column differs", "columns differ"
                )
                found.append(
                    f"Weighted by the probability of {arm}, {beyond} by more than "
                    f"{NOTABLE_DIFFERENCE} standard deviations between its patients and all "
                    f"others (largest {largest:.2f}): what is left of it rests on the model."
                )
            if row["effective_sample_size"] < LEAST_SHARE_EFFECTIVE * row["n"]:
                found.append(
                    f"Weighted, the {row['n']} patients on {arm} are worth "
                    f"{row['effective_sample_size']:.0f}: a few of them decide."
                )
        return found


def check_overlap(
    X: pd.DataFrame,
    arm: IntArray,
    arms: Sequence[str],
    propensity: FloatArray,
    weights: FloatArray | None = None,
) -> Overlap:
    """Return how far the allocation probabilities stay away from zero, and what they balance.

    Parameters
    ----------
    X : DataFrame, shape (n, predictors)
    arm : array of int64, shape (n,)
    arms : sequence of str
    propensity : array of float64, shape (n, arms)
    weights : array of float64, shape (n,), optional
        Where another population is meant.
    """
    w = np.ones(len(arm)) if weights is None else weights
    balance = standardised_differences(X, arm, arms, propensity, w)
    rows = []
    for a, name in enumerate(arms):
        e, own = propensity[:, a], arm == a
        mine = balance[balance["arm"] == name]
        rows.append(
            {
                "arm": name,
                "n": int(own.sum()),
                "percentile_1": float(np.quantile(e, 0.01)),
                "share_below_0.05": float(np.average(e < LOWEST, weights=w)),
                "share_above_0.95": float(np.average(e > 1 - LOWEST, weights=w)),
                "membership_auc": auc(own.astype(np.float64), e).estimate,
                "effective_sample_size": effective_size((w / e)[own]),
                "largest_difference": float(mine["difference"].abs().max()),
                "largest_difference_weighted": float(mine["difference_weighted"].abs().max()),
            }
        )
    table = pd.DataFrame(rows)
    thin = float(np.average(propensity.min(axis=1) < LOWEST, weights=w))
    return Overlap(thin <= SHARE, table, balance, _apart(table, balance))


def effective_size(weights: FloatArray) -> float:
    """Return how many equal patients weigh as much: (sum w)^2 / sum w^2.

    Examples
    --------
    >>> effective_size(np.array([1.0, 1.0, 0.0])), effective_size(np.array([]))
    (2.0, 0.0)
    """
    return float(weights.sum() ** 2 / np.sum(weights**2)) if len(weights) else 0.0


def _apart(table: pd.DataFrame, balance: pd.DataFrame) -> tuple[str, ...]:
    size = table["effective_sample_size"].to_numpy()
    chance = np.sqrt(1 / size + 1 / (size.sum() - size))
    columns = max(int((balance["arm"] == table["arm"].iloc[0]).sum()), 1)
    allowed = np.maximum(LARGEST_DIFFERENCE, normal_quantile(1 - 0.025 / columns) * chance)
    return tuple(table["arm"][table["largest_difference_weighted"] > allowed])


def standardised_differences(
    X: pd.DataFrame,
    arm: IntArray,
    arms: Sequence[str],
    propensity: FloatArray | None,
    weights: FloatArray | float = 1.0,
) -> pd.DataFrame:
    """Return each predictor's standardised difference between arms, plain and weighted.

    Formula: (mean in the arm - mean in everyone else) / SD over the cohort; weighted by 1 /
    P(arm). Values beyond 0.1 are commonly read as imbalance (Austin 2009). Products and squares of
    `second_order` have rows of their own, ``a x b``.
    """
    encoder, more = TableEncoder().fit(X), second_order(X, arm)
    values = np.column_stack([encoder.transform(X), more.to_numpy()])
    columns = [*encoder.get_feature_names_out(), *more.columns]
    spread = values.std(axis=0)
    rows: list[dict[str, Any]] = []
    for a, name in enumerate(arms):
        own = arm == a
        plain = values[own].mean(axis=0) - values[~own].mean(axis=0)
        weighted = np.full(len(plain), np.nan)
        if propensity is not None:
            weighted = weighted_gaps(values, own, propensity[:, a], weights)
        rows.extend(
            {
                "arm": name,
                "predictor": str(column),
                "difference": float(plain[j] / spread[j]),
                "difference_weighted": float(weighted[j] / spread[j]),
            }
            for j, column in enumerate(columns)
            if spread[j] > 0
        )
    return pd.DataFrame(rows, columns=["arm", "predictor", "difference", "difference_weighted"])
