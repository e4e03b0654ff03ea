"""Who was likely to get which arm: known, counted or estimated; and whether the arms overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation._factual import auc
from nxpredict.evaluation._numbers import BoolArray, FloatArray, IntArray
from nxpredict.features import TableEncoder

SMALLEST_STRATUM_ARM = 5
OVERLAP_LOWEST = 0.05
OVERLAP_SHARE = 0.10
LEAST_PROPENSITY = 1e-3
RIDGES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Inverse strengths of the ridge that are compared."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Whether every kind of patient could have had every arm.

    Attributes
    ----------
    adequate : bool
        At most 10 % of patients have a probability below 0.05 for any arm.
    table : DataFrame
        One row an arm: 1st percentile of its probability, share of patients below 0.05 and above
        0.95, effective sample size, and the AUC of the probability for who got the arm (0.5: the
        predictors do not tell).
    """

    adequate: bool
    table: pd.DataFrame


def observed_shares(arm: IntArray, n_arms: int, site: Sequence[Any] | None = None) -> FloatArray:
    """Return the share of each arm within the stratum, shape (n, arms).

    A stratum with fewer than 5 patients in an arm takes the shares of the whole cohort.

    Examples
    --------
    >>> observed_shares(np.array([0, 0, 0, 1]), 2)[0].tolist()
    [0.75, 0.25]
    """
    overall = np.bincount(arm, minlength=n_arms) / len(arm)
    shares = np.tile(overall, (len(arm), 1))
    if site is None:
        return shares
    codes = pd.factorize(np.asarray(site, dtype=object))[0]
    for code in np.unique(codes):
        rows = codes == code
        counts = np.bincount(arm[rows], minlength=n_arms)
        if counts.min() >= SMALLEST_STRATUM_ARM:
            shares[rows] = counts / counts.sum()
    return shares


def estimated_propensity(X: pd.DataFrame, arm: IntArray, fold: IntArray) -> FloatArray:
    """Return P(arm | predictors) by ridge multinomial logistic regression, out of fold.

    Parameters
    ----------
    X : DataFrame, shape (n, predictors)
    arm : array of int64, shape (n,)
        Arm codes 0..A-1.
    fold : array of int64, shape (n,)

    Returns
    -------
    array of float64, shape (n, A)

    Notes
    -----
    Of a few ridges that one is taken whose probabilities balance the predictors best: the mean
    weighted standardised difference is smallest (as McCaffrey, Ridgeway and Morral 2004, Psychol
    Methods 9:403, stop their trees). The response has no part in it.
    """
    from threadpoolctl import threadpool_limits

    values = TableEncoder().fit(X).transform(X)
    values = values[:, values.std(axis=0) > 0]
    values = values / values.std(axis=0)
    with threadpool_limits(limits=1):
        tried = [np.clip(p, LEAST_PROPENSITY, 1.0) for p in _by_ridge(X, arm, fold)]
    return min(tried, key=lambda p: _imbalance(values, arm, p))


def _imbalance(values: FloatArray, arm: IntArray, propensity: FloatArray) -> float:
    gaps = [_gaps(values, arm == a, p) for a, p in enumerate(propensity.T)]
    return float(np.abs(gaps).mean())


def _gaps(values: FloatArray, own: BoolArray, p: FloatArray) -> FloatArray:
    """Return the difference in every column between an arm and all else, weighted by 1 / P."""
    weight = np.where(own, 1 / p, 1 / np.clip(1 - p, LEAST_PROPENSITY, 1))
    found: FloatArray = np.average(values[own], axis=0, weights=weight[own]) - np.average(
        values[~own], axis=0, weights=weight[~own]
    )
    return found


def _by_ridge(X: pd.DataFrame, arm: IntArray, fold: IntArray) -> list[FloatArray]:
    """Return the probabilities out of fold under every ridge, the strongest first."""
    from sklearn.linear_model import LogisticRegression

    found = [np.empty((len(arm), int(arm.max()) + 1)) for _ in RIDGES]
    for k in np.unique(fold):
        train, test = fold != k, fold == k
        encoder = TableEncoder().fit(X[train])
        known, new = encoder.transform(X[train]), encoder.transform(X[test])
        for p, inverse in zip(found, RIDGES, strict=True):
            model = LogisticRegression(C=inverse, max_iter=500).fit(known, arm[train])
            p[test] = model.predict_proba(new)
    return found


def check_overlap(propensity: FloatArray, arm: IntArray, arms: Sequence[str]) -> Overlap:
    """Return how far the allocation probabilities stay away from zero."""
    rows = []
    for a, name in enumerate(arms):
        e = propensity[:, a]
        weights = 1 / e[arm == a]
        rows.append(
            {
                "arm": name,
                "percentile_1": float(np.quantile(e, 0.01)),
                "share_below_0.05": float(np.mean(e < OVERLAP_LOWEST)),
                "share_above_0.95": float(np.mean(e > 1 - OVERLAP_LOWEST)),
                "membership_auc": auc((arm == a).astype(np.float64), e).estimate,
                "effective_sample_size": float(weights.sum() ** 2 / np.sum(weights**2)),
            }
        )
    thin = float(np.mean(propensity.min(axis=1) < OVERLAP_LOWEST))
    return Overlap(thin <= OVERLAP_SHARE, pd.DataFrame(rows))


def standardised_differences(
    X: pd.DataFrame, arm: IntArray, arms: Sequence[str], propensity: FloatArray | None
) -> pd.DataFrame:
    """Return each predictor's standardised difference between arms, plain and weighted.

    Formula: (mean in the arm - mean in everyone else) / SD over the cohort; weighted by 1 /
    P(arm). Values beyond 0.1 are commonly read as imbalance (Austin 2009).
    """
    encoder = TableEncoder().fit(X)
    values = encoder.transform(X)
    spread = values.std(axis=0)
    rows: list[dict[str, Any]] = []
    for a, name in enumerate(arms):
        own = arm == a
        plain = values[own].mean(axis=0) - values[~own].mean(axis=0)
        weighted = np.full(len(plain), np.nan)
        if propensity is not None:
            weighted = _gaps(values, own, propensity[:, a])
        rows.extend(
            {
                "arm": name,
                "predictor": str(column),
                "difference": float(plain[j] / spread[j]),
                "difference_weighted": float(weighted[j] / spread[j]),
            }
            for j, column in enumerate(encoder.get_feature_names_out())
            if spread[j] > 0
        )
    return pd.DataFrame(rows, columns=["arm", "predictor", "difference", "difference_weighted"])
