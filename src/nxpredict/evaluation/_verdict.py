"""The three answers by the rules of docs/verdict.md: numbers in, answers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nxpredict.evaluation._difference import Difference
from nxpredict.evaluation._numbers import normal_quantile
from nxpredict.study import ResponseScale

SIGNIFICANCE = 0.05
SUGGESTIVE_SIGNIFICANCE = 0.10
GAIN_CONFIDENCE = 0.80
SMALLEST_SHARE_SWITCHED = 0.10
SMALLEST_ARM = 40
SMALLEST_RESPONSE_IN_ARM = 10
SLIGHT_SLOPE = 0.1
"""A smaller positive slope is told as next to nothing; the verdict does not hang on it."""


def planned_tests(contrasts: Sequence[str]) -> dict[str, object]:
    """Return what was fixed beforehand: primary contrasts, order of the questions, adjustment.

    Examples
    --------
    >>> planned_tests(["nalmefene_vs_naltrexone"])["order"]
    ['average', 'heterogeneity', 'verdict']
    """
    return {
        "primary": list(contrasts),
        "order": ["average", "heterogeneity", "verdict"],
        "significance": SIGNIFICANCE,
        "adjustment": "Holm over the primary contrasts; published rules: Holm over the rules",
        "exploratory": "everything else, subgroups included: intervals, no tests",
    }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the cohort supports choosing between arms patient by patient.

    Attributes
    ----------
    level : {"supported", "suggestive", "not supported", "not assessable"}
    reasons : tuple of str
        One sentence a rule, in the order of the rules.
    """

    level: str
    reasons: tuple[str, ...]

    def held_back(self, reason: str | None) -> Verdict:
        """Return the verdict, at most `suggestive` when there is a reason for it.

        Examples
        --------
        >>> Verdict("supported", ("It gains.",)).held_back("Arms differ.")
        Verdict(level='suggestive', reasons=('It gains.', 'Arms differ.'))
        """
        if reason is None:
            return self
        level = "suggestive" if self.level == "supported" else self.level
        return Verdict(level, (*self.reasons, reason))


def p_text(p: float) -> str:
    """Write a p value.

    Examples
    --------
    >>> [p_text(p) for p in (0.0312, 0.00002, 1.0)]
    ['p = 0.031', 'p < 0.001', 'p > 0.99']
    """
    if p < 0.001:
        return "p < 0.001"
    return "p > 0.99" if p > 0.99 else f"p = {p:.3f}"


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values (Holm 1979).

    Examples
    --------
    >>> holm([0.01, 0.04])
    [0.02, 0.04]
    """
    order = np.argsort(p_values, kind="stable")
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for position, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - position) * float(p_values[index])))
        adjusted[index] = running
    return adjusted


def arm_better_on_average(
    difference: Callable[[int, int], Difference], n_arms: int, minimum: float
) -> int | None:
    """Return the arm established as better than every other by more than `minimum`, or None.

    Parameters
    ----------
    difference : callable
        The average difference between two arms, by their codes.
    n_arms : int
    minimum : float
        Smallest difference in response worth a preference, in its unit.

    Notes
    -----
    The lower bound of (arm - other) must exceed the minimum against every other arm, one-sided at
    0.05 divided by the number of arms: needing all comparisons costs nothing (an intersection-
    union test), being allowed to name any arm does (Bonferroni). With two arms this is the
    ordinary two-sided 95 % interval.
    """
    for a in range(n_arms):
        others = (b for b in range(n_arms) if b != a)
        # A comparison that nobody can make is NaN, which exceeds nothing.
        if all(difference(a, b).quantile(SIGNIFICANCE / n_arms) > minimum for b in others):
            return a
    return None


def pooled_indirect() -> Verdict:
    """Return the verdict of a cohort in which drug and study are the same thing."""
    reason = (
        "Drug and study are the same thing in this cohort, so a difference between drugs cannot "
        "be told from a difference between studies."
    )
    return Verdict("not assessable", (reason,))


def not_assessable(
    *,
    patients: Mapping[str, int],
    worth: Mapping[str, int],
    fewest_of_a_response: Mapping[str, int],
    overlap: bool,
    weighted: bool = False,
) -> Verdict | None:
    """Return the verdict `not assessable` with its reasons, or None when it can be assessed.

    Parameters
    ----------
    patients, worth : mapping of str to int
        Of each arm: how many patients, and what they are worth after weighting.
    fewest_of_a_response : mapping of str to int
        Of each arm: patients with the rarer response; what they are worth where `weighted`.
    overlap : bool
    weighted : bool
    """
    small = [arm for arm, n in patients.items() if n < SMALLEST_ARM]
    light = [arm for arm in patients if arm not in small and worth[arm] < SMALLEST_ARM]
    rare = [arm for arm, n in fewest_of_a_response.items() if n < SMALLEST_RESPONSE_IN_ARM]
    kind, after = ("effective patients", " after weighting") if weighted else ("patients", "")
    told = (
        (f"{SMALLEST_ARM} patients in", small),
        (f"{SMALLEST_ARM} effective patients after weighting in", light),
        (f"{SMALLEST_RESPONSE_IN_ARM} {kind} of one response{after} in", rare),
    )
    reasons = [f"Fewer than {what}: {', '.join(arms)}." for what, arms in told if arms]
    if not overlap:
        reasons.append("More than a tenth of patients were very unlikely to get one of the arms.")
    return Verdict("not assessable", tuple(reasons)) if reasons else None


def judge(
    *,
    p_heterogeneity: float,
    gain: float,
    error: float,
    slope: float,
    switched: float,
    scale: ResponseScale = ResponseScale(),  # noqa: B008  (frozen)
    contrast: str = "",
) -> Verdict:
    """Return the verdict on choosing.

    Parameters
    ----------
    p_heterogeneity : float
        Smallest Holm-adjusted p-value over contrasts, 0..1.
    gain, error : float
        Cross-fitted gain of the rule over the better-looking single arm, and its standard error.
    slope : float
        Slope of true on predicted benefit out of fold (of the contrast with the smallest p-value).
    switched : float
        Share of patients for whom the rule names another arm than the single best one, 0..1.
    scale : ResponseScale
        What the gain is measured in.
    contrast : str, optional
        Name of the contrast that the slope is of, where there are several.

    Examples
    --------
    >>> judge(p_heterogeneity=0.001, gain=0.05, error=0.02, slope=0.9, switched=0.4).level
    'supported'
    """
    bound = gain - normal_quantile(GAIN_CONFIDENCE) * error
    differs = p_heterogeneity < SIGNIFICANCE
    gains = bound > 0
    chooses = switched >= SMALLEST_SHARE_SWITCHED
    right_way = slope > 0
    p = p_text(p_heterogeneity)
    amount, least = scale.difference(gain), scale.difference(bound)
    points = f"{amount} {scale.steps}, one-sided 80 % bound {least}"
    share = f"{100 * switched:.0f} %"
    of = f" of {contrast.replace('_vs_', ' over ')}" if contrast else ""
    size = f"slope {slope:.2f}, where 1 is ideal" if np.isfinite(slope) else "no slope"
    rises = "hardly rises" if slope < SLIGHT_SLOPE else "rises"
    brings = "hardly gains" if amount == scale.difference(0.0) else "gains"
    reasons = (
        _sentence(
            differs,
            f"The benefit differs between patients beyond baseline risk ({p}).",
            f"Not shown that the benefit differs between patients beyond baseline risk ({p}).",
        ),
        _sentence(
            gains,
            f"Choosing {brings} over the better-looking single arm: {points}.",
            f"Choosing is not shown to gain over the better-looking single arm: {points}.",
        ),
        _sentence(
            chooses,
            f"The rule gives {share} of patients another arm than the single best one.",
            f"The rule hardly chooses: {share} of patients get another arm than the best one.",
        ),
        _sentence(
            right_way,
            f"Observed benefit{of} {rises} with predicted benefit ({size}).",
            f"Observed benefit{of} does not rise with predicted benefit ({size}).",
        ),
    )
    if not (chooses and right_way and gain > 0):
        return Verdict("not supported", reasons)
    if differs and gains:
        return Verdict("supported", reasons)
    hint = differs or (gains and p_heterogeneity < SUGGESTIVE_SIGNIFICANCE)
    return Verdict("suggestive" if hint else "not supported", reasons)


def _sentence(holds: bool, yes: str, no: str) -> str:
    return yes if holds else no
