"""The true probability, or mean, of response under each arm, and the responses drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from nxpredict.synthetic._draws import intercept_for
from nxpredict.synthetic._parameters import FloatArray, Number, Parameters
from nxpredict.synthetic._terms import Term, total


@dataclass(frozen=True, slots=True)
class ResponseModel:
    r"""Probability of response, drop-out counted as failure, given the complete predictors.

    .. math:: \operatorname{logit} p_a(x) = \alpha_a + \sum_t \beta_t t(x) + \sum_m \gamma_{am} m(x)

    with the same prognostic terms under every arm and moderators of its own for each drug. The
    intercepts are solved on a reference population so that the arm averages are those of the
    parameters, whatever the moderators: this is what centring the moderators means. Of a number
    the mean is a straight line in the same log-odds, centred so that patients who respond at the
    rate of an arm on average lie where that rate is.
    """

    intercepts: Mapping[str, float]
    terms: Mapping[str, tuple[Term, ...]]
    number: Number | None = None

    @classmethod
    def with_averages(
        cls,
        terms: Mapping[str, tuple[Term, ...]],
        reference: pd.DataFrame,
        rates: Mapping[str, float],
        number: Number | None = None,
    ) -> ResponseModel:
        """Solve the intercepts so that `reference` patients respond at the `rates`."""
        summed = {arm: total(terms[arm], reference) for arm in terms}
        if number is None:
            intercepts = {arm: intercept_for(summed[arm], rates[arm]) for arm in terms}
        else:
            intercepts = {
                arm: float(special.logit(rates[arm]) - summed[arm].mean()) for arm in terms
            }
        return cls(intercepts, terms, number)

    def expected(self, patients: pd.DataFrame) -> pd.DataFrame:
        """Return one column an arm, P(response) or the mean under that arm, to 6 decimals."""
        found = {
            arm: self._expected(intercept + total(self.terms[arm], patients)).round(6)
            for arm, intercept in self.intercepts.items()
        }
        return pd.DataFrame(found, index=patients.index)

    def _expected(self, log_odds: FloatArray) -> FloatArray:
        if self.number is None:
            return np.asarray(special.expit(log_odds), dtype=np.float64)
        return self.number.middle + self.number.per_log_odds * log_odds


def truth_table(ids: pd.Series, p: pd.DataFrame, number: Number | None = None) -> pd.DataFrame:
    """Return ``patient_id``, ``p_<arm>`` (or ``mean_``) and ``benefit_<arm>_vs_<reference>``.

    The first arm is the reference.
    """
    reference, *others = p.columns
    table = p.add_prefix("p_" if number is None else "mean_")
    table.insert(0, "patient_id", ids.to_numpy())
    for arm in others:
        table[f"benefit_{arm}_vs_{reference}"] = (p[arm] - p[reference]).round(6)
    return table


def draw_responses(
    p: pd.DataFrame, arm: NDArray[np.str_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw 0 or 1 for every patient under the arm given.

    Parameters
    ----------
    p : DataFrame, shape (n, arms)
        P(response) under each arm.
    arm : array of str, shape (n,)
    rng : numpy.random.Generator

    Examples
    --------
    >>> sure, rng = pd.DataFrame({"a": [0.0, 0.0], "b": [1.0, 1.0]}), np.random.default_rng(0)
    >>> draw_responses(sure, np.array(["b", "a"]), rng).tolist()
    [1, 0]
    """
    return (rng.random(len(p)) < _received(p, arm)).astype(np.int64)


def draw_numbers(
    means: pd.DataFrame, arm: NDArray[np.str_], rng: np.random.Generator, *, sd: float
) -> FloatArray:
    """Draw a number for every patient under the arm given, scattered normally.

    Parameters
    ----------
    means : DataFrame, shape (n, arms)
    arm : array of str, shape (n,)
    rng : numpy.random.Generator
    sd : float
        In the unit of the number.

    Examples
    --------
    >>> means, rng = pd.DataFrame({"a": [5.0], "b": [7.0]}), np.random.default_rng(0)
    >>> draw_numbers(means, np.array(["b"]), rng, sd=0.0).tolist()
    [7.0]
    """
    return _received(means, arm) + sd * rng.standard_normal(len(means))


def _received(expected: pd.DataFrame, arm: NDArray[np.str_]) -> FloatArray:
    column = expected.columns.get_indexer(pd.Index(arm))
    found: FloatArray = expected.to_numpy(dtype=np.float64)[np.arange(len(expected)), column]
    return found


def draw_completion(
    patients: pd.DataFrame,
    arm: NDArray[np.str_],
    responded: NDArray[np.int64],
    parameters: Parameters,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw who stayed to the end: every responder, and those non-responders who did not leave.

    Leaving depends on nausea, which depends on the arm, and on severity; each arm loses as many
    in all as the parameters state.
    """
    stayed = np.ones(len(patients), dtype=np.int64)
    severity = parameters.severity_of(patients)
    u, v = rng.random((2, len(patients)))
    for name in np.unique(arm):
        spec = parameters.arms[str(name)]
        rows = np.flatnonzero((arm == name) & (responded == 0))
        if len(rows) == 0:
            continue
        linear = parameters.drop_out["nausea"] * (u[rows] < spec.nausea)
        linear = linear + parameters.drop_out["severity"] * severity[rows]
        share = min(spec.drop_out * np.sum(arm == name) / len(rows), 0.99)
        leaves = v[rows] < special.expit(intercept_for(linear, share) + linear)
        stayed[rows[leaves]] = 0
    return stayed
