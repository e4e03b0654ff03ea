"""How much hidden confounding it would take to explain an average difference away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nxpredict.evaluation._numbers import FloatArray, IntArray, normal_quantile
from nxpredict.evaluation._target import weighted_error

STRENGTHS = (1.0, 1.25, 1.5, 2.0, 3.0)
_STEPS = 60
STRONGEST = 20.0
"""A hidden reason that multiplies both risks by more is not looked for."""

LOG_RATIO_PER_SD = 0.91
Group = tuple[FloatArray, FloatArray, FloatArray]
"""Of the patients of an arm: response, P(arm), weight."""


def e_value(risk_ratio: float) -> float:
    """Return the E-value of a risk ratio.

    Formula: RR + sqrt(RR (RR - 1)) for RR >= 1, of 1 / RR otherwise: the least risk ratio that a
    hidden confounder must have both with the treatment and with the response to explain the
    ratio away (VanderWeele & Ding 2017).

    Examples
    --------
    >>> round(e_value(2.0), 2), round(e_value(0.5), 2), e_value(1.0)
    (3.41, 3.41, 1.0)
    """
    if not risk_ratio > 0:
        return math.nan
    above = max(risk_ratio, 1 / risk_ratio)
    return above + math.sqrt(above * (above - 1))


def hidden_confounding(
    scores: FloatArray,
    y: FloatArray,
    arm: IntArray,
    propensity: FloatArray,
    *,
    a: int,
    reference: int,
    continuous: bool = False,
    weights: FloatArray | None = None,
    level: float = 0.95,
) -> dict[str, Any]:
    """Return what stands next to an average difference that was not randomised.

    Parameters
    ----------
    scores : array of float64, shape (n, arms)
        Doubly robust scores.
    y : array of float64, shape (n,)
        0 and 1, or numbers when `continuous`.
    arm : array of int64, shape (n,)
    propensity : array of float64, shape (n, arms)
        Estimated P(arm | predictors).
    a, reference : int
    weights : array of float64, shape (n,), optional
        Of mean 1, where the difference is that of another population.
    level : float

    Returns
    -------
    dict
        `e_value` of the risk ratio, `e_value_interval` of the end of its interval nearest to 1
        (1 when the interval holds 1), `bounds` (`strength`, `lower`, `upper`: the difference if
        hidden reasons may change every patient's odds of the treatment by up to that factor) and
        `explained_away_from`, the least strength at which the bounds hold 0 (None above 20).

    Notes
    -----
    Interval of log(p_a / p_ref) by the delta method on the scores. Bounds after Zhao, Small &
    Bhattacharya (2019): the Hajek mean of an arm over all weights 1 + (1/e - 1) L with L in
    [1/strength, strength] (Tan 2006), without sampling error, and moved so that at strength 1 they
    are the doubly robust difference that they stand beside. Of a continuous response the risk
    ratio is taken as exp(0.91 d), with d the difference in standard deviations (VanderWeele &
    Ding 2017).
    """
    w = np.ones(len(y)) if weights is None else weights
    pair = [(y[arm == k], propensity[arm == k, k], w[arm == k]) for k in (a, reference)]
    estimate = float(np.average(scores[:, a] - scores[:, reference], weights=w))
    return {
        **_e_values(scores[:, a], scores[:, reference], w, y.std() if continuous else None, level),
        **_bounds(pair, estimate),
    }


def hidden_gain(
    gain: float,
    y: FloatArray,
    arm: IntArray,
    propensity: FloatArray,
    *,
    chosen: IntArray,
    single: IntArray,
    weights: FloatArray | None = None,
) -> dict[str, Any] | None:
    """Return `bounds` and `explained_away_from` of the gain of choosing, as of a difference.

    Parameters
    ----------
    gain : float
        Doubly robust, over all patients.
    y, arm, propensity
        See `hidden_confounding`.
    chosen, single : array of int64, shape (n,)
        Arm that the rule, and the single-arm strategy, gives each patient.
    weights : array of float64, shape (n,), optional

    Notes
    -----
    The gain is that of the patients for whom both differ, times their share: of these, those
    who had the chosen arm are compared with those who had the single one. None where nobody did.
    """
    w = np.ones(len(y)) if weights is None else weights
    switched = chosen != single
    share = float(np.average(switched, weights=w))
    pair = []
    for given in (chosen, single):
        rows = np.flatnonzero(switched & (arm == given))
        pair.append((y[rows], propensity[rows, given[rows]], w[rows]))
    if min(len(group[0]) for group in pair) == 0:
        return None
    found = _bounds(pair, gain / share)
    for bound in found["bounds"]:
        bound["lower"], bound["upper"] = share * bound["lower"], share * bound["upper"]
    return found


def _bounds(pair: Sequence[Group], estimate: float) -> dict[str, Any]:
    """Return bounds that start at an estimate, and the least strength at which they hold 0."""
    move = estimate - _difference(pair, 1.0)[0]
    bounds = [(s, *_difference(pair, s, move)) for s in STRENGTHS]
    return {
        "bounds": [{"strength": s, "lower": low, "upper": high} for s, low, high in bounds],
        "explained_away_from": _tipping(pair, move),
    }


def _e_values(
    score: FloatArray, other: FloatArray, w: FloatArray, spread: float | None, level: float
) -> dict[str, float]:
    """Return both E-values; `spread` is the standard deviation of a continuous response."""
    p, q = float(np.average(score, weights=w)), float(np.average(other, weights=w))
    if spread is not None:
        influence = LOG_RATIO_PER_SD * (score - other) / spread
        log_ratio = float(np.average(influence, weights=w))
    elif p > 0 and q > 0:
        influence = score / p - other / q
        log_ratio = math.log(p / q)
    else:
        return {"e_value": math.nan, "e_value_interval": math.nan}
    parts = w * (influence - np.average(influence, weights=w))
    error = weighted_error(parts, None) / float(w.sum())
    reach = normal_quantile(0.5 + level / 2) * error
    nearest = math.copysign(max(abs(log_ratio) - reach, 0.0), log_ratio)
    return {
        "e_value": e_value(math.exp(log_ratio)),
        "e_value_interval": e_value(math.exp(nearest)),
    }


def _difference(pair: Sequence[Group], strength: float, move: float = 0.0) -> tuple[float, float]:
    (low, high), (base_low, base_high) = (_mean_bounds(*g, strength) for g in pair)
    return low - base_high + move, high - base_low + move


def _mean_bounds(
    y: FloatArray, e: FloatArray, w: FloatArray, strength: float
) -> tuple[float, float]:
    """Return the smallest and the largest Hajek mean: the lowest or highest k weigh the most."""
    order = np.argsort(y, kind="stable")
    y, odds, w = y[order], (1 / e - 1)[order], w[order]
    large, small = w * (1 + odds * strength), w * (1 + odds / strength)

    def means(first: FloatArray, rest: FloatArray) -> FloatArray:
        def total(values: FloatArray) -> FloatArray:
            head = np.concatenate([[0.0], np.cumsum(first * values)])
            tail = np.concatenate([[0.0], np.cumsum((rest * values)[::-1])])[::-1]
            both: FloatArray = head + tail
            return both

        found: FloatArray = total(y) / total(np.ones(len(y)))
        return found

    return float(means(large, small).min()), float(means(small, large).max())


def _tipping(pair: Sequence[Group], move: float) -> float | None:
    def holds_zero(strength: float) -> bool:
        lower, upper = _difference(pair, strength, move)
        return lower <= 0 <= upper

    low, high = 1.0, STRONGEST
    if not holds_zero(high):
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if holds_zero(middle):
            high = middle
        else:
            low = middle
    return high


def hidden_sentence(contrast: str, facts: Mapping[str, Any]) -> str:
    """Return one sentence for whoever reads only the warnings."""
    return (
        f"Not randomised, {contrast.replace('_vs_', ' versus ')}: {_enough(facts)} could explain "
        f"the average difference away (E-value {facts['e_value']:.2f}, of the interval "
        f"{facts['e_value_interval']:.2f})."
    )


def gain_sentence(facts: Mapping[str, Any]) -> str:
    """Return the assumption behind a gain, and how little would break it."""
    return (
        "Not randomised: all of this rests on there being no unmeasured reason for the choice of "
        f"drug; {_enough(facts)} could explain the gain away."
    )


def _enough(facts: Mapping[str, Any]) -> str:
    strength = facts["explained_away_from"]
    if strength is None:
        return "no hidden reason that changes the odds of treatment by a factor of 20 or less"
    return f"a hidden reason that changes each patient's odds of the drug by {strength:.2f} times"
