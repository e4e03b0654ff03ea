"""When a patient's numbers before and after count as response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from nxpredict.study._days import SLACK, Flags, Floats
from nxpredict.study._scale import ResponseScale


class Numbers(NamedTuple):
    """What a rule looks at; arrays of float64, shape (n,), NaN where not known.

    Parameters
    ----------
    baseline, follow_up : ndarray
    male : ndarray
        1 for men, 0 for women.
    """

    baseline: Floats
    follow_up: Floats
    male: Floats


class Rule(Protocol):
    """A rule on one number at follow-up, and perhaps one at baseline.

    More drinking at follow-up, that is a number further on the unfavourable side, never turns no
    response into a response.
    """

    @property
    def compares(self) -> bool:
        """Whether the baseline counts."""

    @property
    def by_sex(self) -> bool:
        """Whether the bounds differ between women and men."""

    def met(self, numbers: Numbers) -> Flags | Floats:
        """Return who responds; unknown numbers give False, which the caller overrides.

        A continuous response is returned as its number.
        """

    def describe(self) -> str:
        """Return the rule as one phrase."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The number at follow-up is at most, or at least, a bound that itself is a response.

    Parameters
    ----------
    bound : float
        In `unit`.
    upper : bool
        Whether a response is at most the bound, rather than at least.
    unit : str
        For people; empty for a score.

    Examples
    --------
    >>> rule = Bound(20.0, upper=True)
    >>> after = np.array([20.0, 20.1])
    >>> rule.met(Numbers(after, after, after)).tolist()
    [True, False]
    """

    bound: float
    upper: bool
    unit: str = ""
    compares = False
    by_sex = False

    def met(self, numbers: Numbers) -> Flags:
        """Return who responds."""
        reach = SLACK * max(1.0, abs(self.bound))
        if self.upper:
            return np.asarray(numbers.follow_up <= self.bound + reach)
        return np.asarray(numbers.follow_up >= self.bound - reach)

    def describe(self) -> str:
        """Return the rule as one phrase."""
        return f"at {'most' if self.upper else 'least'} {self.bound:g} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Amount:
    """The number at follow-up, or its change from the baseline, is itself the response.

    Parameters
    ----------
    scale : ResponseScale
        A relative change is in percent of the baseline, and not known where that is 0.

    Examples
    --------
    >>> after, before = np.array([20.0, 60.0]), np.array([80.0, 50.0])
    >>> numbers = Numbers(before, after, after)
    >>> Amount(ResponseScale("g/day", "lower")).met(numbers).tolist()
    [-20.0, -60.0]
    >>> Amount(ResponseScale("g/day", "lower", "absolute")).met(numbers).tolist()
    [60.0, -10.0]
    >>> Amount(ResponseScale("%", "lower", "relative")).met(numbers).tolist()
    [75.0, -20.0]
    """

    scale: ResponseScale
    by_sex = False

    @property
    def compares(self) -> bool:
        """Whether it is a change."""
        return self.scale.change is not None

    def met(self, numbers: Numbers) -> Floats:
        """Return the numbers, turned so that more is better."""
        baseline, found, _ = numbers
        if self.scale.change == "relative":
            found = percent_change(baseline, found)
        elif self.scale.change == "absolute":
            found = found - baseline
        return self.scale.turned(found)

    def describe(self) -> str:
        """Return the rule as one phrase."""
        return f"{self.scale.measured}, {self.scale.favourable} is better"


def percent_change(baseline: Floats, follow_up: Floats) -> Floats:
    """Return the change in percent of the baseline, NaN where that is not above zero.

    Examples
    --------
    >>> percent_change(np.array([80.0, 0.0]), np.array([20.0, 20.0])).tolist()
    [-75.0, nan]
    """
    found = np.full(len(baseline), np.nan)
    np.divide(100 * (follow_up - baseline), baseline, out=found, where=baseline > 0)
    return found


@dataclass(frozen=True, slots=True)
class Reduction:
    """The number falls by at least a share of the baseline.

    Parameters
    ----------
    share : float
        In (0, 1].

    Examples
    --------
    >>> rule = Reduction(0.7)
    >>> before, after = np.array([100.0, 100.0]), np.array([30.0, 30.1])
    >>> rule.met(Numbers(before, after, before)).tolist()
    [True, False]
    """

    share: float
    compares = True
    by_sex = False
    too_low = "at 0"

    def can_respond(self, baseline: Floats, male: Floats) -> Flags:  # noqa: ARG002
        """Return who is high enough at baseline; True where that is not known."""
        return np.asarray(~(baseline <= 0))

    def met(self, numbers: Numbers) -> Flags:
        """Return who responds."""
        limit = numbers.baseline * (1 - self.share)
        fell = numbers.follow_up <= limit + SLACK * np.maximum(1, limit)
        return np.asarray(fell & self.can_respond(numbers.baseline, numbers.male))

    def describe(self) -> str:
        """Return the rule as one phrase."""
        return f"a fall by at least {100 * self.share:g}%"


@dataclass(frozen=True, slots=True)
class Fall:
    """The number falls by at least so much.

    Parameters
    ----------
    amount : float
        Above 0, in `unit`.
    unit : str
        For people; empty for a score.

    Examples
    --------
    >>> rule = Fall(10.0, "points")
    >>> before, after = np.array([25.0, 25.0]), np.array([15.0, 16.0])
    >>> rule.met(Numbers(before, after, before)).tolist()
    [True, False]
    """

    amount: float
    unit: str = ""
    compares = True
    by_sex = False

    @property
    def too_low(self) -> str:
        """Where those who cannot respond are."""
        return f"below {self.amount:g} {self.unit}".strip()

    def can_respond(self, baseline: Floats, male: Floats) -> Flags:  # noqa: ARG002
        """Return who is high enough at baseline, numbers below 0 being none; True if unknown."""
        return np.asarray(~(baseline < self.amount - SLACK * max(1.0, self.amount)))

    def met(self, numbers: Numbers) -> Flags:
        """Return who responds."""
        reach = SLACK * np.maximum(1, numbers.baseline)
        return np.asarray(numbers.follow_up <= numbers.baseline - self.amount + reach)

    def describe(self) -> str:
        """Return the rule as one phrase."""
        return f"a fall by at least {self.amount:g} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class LevelReduction:
    """The drinking risk level falls by one or more levels.

    Parameters
    ----------
    levels : int
        How many.
    names : tuple of str
        Lowest first.
    female, male : tuple of float
        Upper bound of every level but the last, in grams a day; the bound belongs to the level
        below it.
    lowest_baseline : int
        Level from which the reduction is defined; a patient below it cannot respond.

    Examples
    --------
    >>> names = ("abstinent", "low", "medium", "high", "very high")
    >>> rule = LevelReduction(2, names, (0, 20, 40, 60), (0, 40, 60, 100), lowest_baseline=3)
    >>> before, after = np.array([100.0, 100.0, 60.0]), np.array([40.0, 40.5, 0.0])
    >>> rule.met(Numbers(before, after, np.ones(3))).tolist()
    [True, False, False]
    """

    levels: int
    names: tuple[str, ...]
    female: tuple[float, ...]
    male: tuple[float, ...]
    lowest_baseline: int
    compares = True
    by_sex = True

    @property
    def too_low(self) -> str:
        """Where those who cannot respond are."""
        return f"below the risk level '{self.names[self.lowest_baseline]}'"

    def level(self, grams: Floats, male: Floats) -> Floats:
        """Return each patient's level, 0 for the lowest; NaN without amount or sex."""
        found = np.full(len(grams), np.nan)
        for sex, bounds in ((0.0, self.female), (1.0, self.male)):
            own = (male == sex) & ~np.isnan(grams)
            amount = grams[own] - SLACK * np.maximum(1, grams[own])
            found[own] = np.searchsorted(bounds, amount, side="left")
        return found

    def can_respond(self, baseline: Floats, male: Floats) -> Flags:
        """Return who is high enough at baseline; True where that is not known."""
        return np.asarray(~(self.level(baseline, male) < self.lowest_baseline))

    def met(self, numbers: Numbers) -> Flags:
        """Return who responds."""
        baseline, follow_up, male = numbers
        fall = self.level(baseline, male) - self.level(follow_up, male)
        return np.asarray((fall >= self.levels) & self.can_respond(baseline, male))

    def describe(self) -> str:
        """Return the rule as one phrase."""
        lowest = self.names[self.lowest_baseline]
        return f"a drinking risk level lower by {self.levels} or more, from '{lowest}' or above"
