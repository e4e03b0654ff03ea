"""How much hidden confounding it would take to explain an average difference away."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nxpredict.evaluation._numbers import FloatArray, IntArray, normal_quantile

STRENGTHS = (1.0, 1.25, 1.5, 2.0, 3.0)
_STEPS = 60
LOG_RATIO_PER_SD = 0.91


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
    pair = [(y[arm == k], propensity[arm == k, k]) for k in (a, reference)]
    move = float(scores[:, a].mean() - scores[:, reference].mean()) - _difference(pair, 1.0)[0]
    bounds = [(s, *_difference(pair, s, move)) for s in STRENGTHS]
    return {
        **_e_values(scores[:, a], scores[:, reference], y.std() if continuous else None, level),
        "bounds": [{"strength": s, "lower": low, "upper": high} for s, low, high in bounds],
        "explained_away_from": _tipping(pair, move),
    }


def _e_values(
    score: FloatArray, other: FloatArray, spread: float | None, level: float
) -> dict[str, float]:
    """Return both E-values; `spread` is the standard deviation of a continuous response."""
    p, q = float(score.mean()), float(other.mean())
    if spread is not None:
        influence = LOG_RATIO_PER_SD * (score - other) / spread
        log_ratio = float(influence.mean())
    elif p > 0 and q > 0:
        influence = score / p - other / q
        log_ratio = math.log(p / q)
    else:
        return {"e_value": math.nan, "e_value_interval": math.nan}
    error = float(influence.std(ddof=1) / math.sqrt(len(score)))
    reach = normal_quantile(0.5 + level / 2) * error
    nearest = math.copysign(max(abs(log_ratio) - reach, 0.0), log_ratio)
    return {
        "e_value": e_value(math.exp(log_ratio)),
        "e_value_interval": e_value(math.exp(nearest)),
    }


def _difference(
    pair: list[tuple[FloatArray, FloatArray]], strength: float, move: float = 0.0
) -> tuple[float, float]:
    (low, high), (base_low, base_high) = (_mean_bounds(y, e, strength) for y, e in pair)
    return low - base_high + move, high - base_low + move


def _mean_bounds(y: FloatArray, e: FloatArray, strength: float) -> tuple[float, float]:
    """Return the smallest and the largest Hajek mean: the lowest or highest k weigh the most."""
    order = np.argsort(y, kind="stable")
    y, odds = y[order], (1 / e - 1)[order]
    large, small = 1 + odds * strength, 1 + odds / strength

    def means(first: FloatArray, rest: FloatArray) -> FloatArray:
        def total(values: FloatArray) -> FloatArray:
            head = np.concatenate([[0.0], np.cumsum(first * values)])
            tail = np.concatenate([[0.0], np.cumsum((rest * values)[::-1])])[::-1]
            both: FloatArray = head + tail
            return both

        found: FloatArray = total(y) / total(np.ones(len(y)))
        return found

    return float(means(large, small).min()), float(means(small, large).max())


def _tipping(
    pair: list[tuple[FloatArray, FloatArray]], move: float, highest: float = 20.0
) -> float | None:
    def holds_zero(strength: float) -> bool:
        lower, upper = _difference(pair, strength, move)
        return lower <= 0 <= upper

    low, high = 1.0, highest
    if not holds_zero(high):
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if holds_zero(middle):
            high = middle
        else:
            low = middle
    return high


def hidden_sentence(contrast: str, facts: dict[str, Any]) -> str:
    """Return one sentence for whoever reads only the warnings."""
    strength = facts["explained_away_from"]
    enough = (
        "no hidden reason that changes the odds of treatment by a factor of 20 or less"
        if strength is None
        else f"a hidden reason that changes each patient's odds of the drug by {strength:.2f} times"
    )
    return (
        f"Not randomised, {contrast.replace('_vs_', ' versus ')}: {enough} could explain the "
        f"average difference away (E-value {facts['e_value']:.2f}, of the interval "
        f"{facts['e_value_interval']:.2f})."
    )
