"""Responses from drinking data, craving and blood alcohol markers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.errors import Fault, counted
from nxpredict.study._change import shareless_baselines
from nxpredict.study._days import (
    Days,
    Floats,
    Timeline,
    grams_per_day,
    grams_per_drinking_day,
    heavy_days_in_four_weeks,
    percent_abstinent,
    percent_heavy,
)
from nxpredict.study._response import MissingRule, ResponseDefinition
from nxpredict.study._rules import Amount, Fall, LevelReduction, Numbers, Reduction, Rule
from nxpredict.study._scale import Favourable, ResponseScale

Source = Literal["columns", "timeline"]

SEX = "sex"
"""Name of the column, beside the response's own, that holds 0 for women and 1 for men."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What one ``response.definition`` measures and which keys of the study file it takes.

    Parameters
    ----------
    measure : str
        What the number is, for people.
    unit : str
        Unit of the number, empty for a score.
    sources : tuple of {"columns", "timeline"}
        Where the number may come from.
    needs : tuple of str
        Keys without which there is no rule.
    compares : bool
        Whether a baseline is needed; a number may be asked for as its change from one.
    counts_heavy_days : bool
        Whether a timeline needs to know from when on a day is heavy.
    converts : str, optional
        Catalogue predictor whose units columns may have; a timeline has those of alcohol intake.
    most : float, optional
        Largest number that can be, where no catalogue predictor tells.
    reduce : callable, optional
        From days to the number; absent where it depends on other keys, or there are no days.
    better : {"higher", "lower"}
        Of the number itself, where it is a continuous response.
    continuous : bool
        Whether the number itself may be the response.

    Examples
    --------
    >>> DEFINITIONS["percent_days_abstinent"].needs
    ('at_least',)
    """

    measure: str
    unit: str = ""
    sources: tuple[Source, ...] = ("columns", "timeline")
    needs: tuple[str, ...] = ()
    compares: bool = False
    counts_heavy_days: bool = False
    converts: str | None = None
    most: float | None = None
    reduce: Callable[[Days], Floats] | None = None
    better: Favourable = "lower"
    continuous: bool = True


DEFINITIONS: Mapping[str, Definition] = {
    "who_risk_level_reduction": Definition(
        "mean daily alcohol", "g/day", needs=("levels",), compares=True,
        converts="alcohol_intake", reduce=grams_per_day, continuous=False,
    ),
    "alcohol_per_day": Definition(
        "mean daily alcohol", "g/day", needs=("at_most",), converts="alcohol_intake",
        reduce=grams_per_day,
    ),
    "alcohol_reduction": Definition(
        "total alcohol consumption", "g/day", needs=("at_least",), compares=True,
        converts="alcohol_intake", reduce=grams_per_day, continuous=False,
    ),
    "no_heavy_drinking_days": Definition(
        "heavy drinking days", "days", counts_heavy_days=True, continuous=False,
    ),
    "heavy_drinking_days": Definition(
        "heavy drinking days", "days per 28 days", needs=("at_most",), counts_heavy_days=True,
        most=28.0, reduce=heavy_days_in_four_weeks,
    ),
    "no_relapse": Definition(
        "most heavy drinking days within so many days", "days", sources=("timeline",),
        needs=("heavy_days", "within_days"), counts_heavy_days=True, continuous=False,
    ),
    "percent_heavy_drinking_days": Definition(
        "heavy drinking days", "%", needs=("at_most",), counts_heavy_days=True,
        most=100.0, reduce=percent_heavy,
    ),
    "percent_days_abstinent": Definition(
        "abstinent days", "%", needs=("at_least",), most=100.0, reduce=percent_abstinent,
        better="higher",
    ),
    "drinks_per_drinking_day": Definition(
        "alcohol per drinking day", "g/day", needs=("at_most",), converts="alcohol_intake",
        reduce=grams_per_drinking_day,
    ),
    "craving": Definition("craving score", sources=("columns",), needs=("at_most",)),
    "peth": Definition(
        "phosphatidylethanol", "ng/mL", sources=("columns",), needs=("at_most",), converts="peth",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DrinkingResponse(ResponseDefinition):
    """Response by a rule on a number that a column holds.

    Parameters
    ----------
    definition : str
        A key of `DEFINITIONS`.
    rule : Rule
    baseline, follow_up : str
        Columns.
    factor : float
        From the unit of the columns to that of the rule.
    missing : {"failure", "exclude", "fault"}

    Examples
    --------
    >>> from nxpredict.study import Bound
    >>> rule = DrinkingResponse("peth", Bound(20.0, upper=True, unit="ng/mL"))
    >>> rule.evaluate(pd.DataFrame({"follow_up": [8.0, 150.0, np.nan]}))[0].tolist()
    [1.0, 0.0, nan]
    """

    definition: str
    rule: Rule
    baseline: str = "baseline"
    follow_up: str = "follow_up"
    factor: float = 1.0
    missing: MissingRule = "failure"

    @property
    def scale(self) -> ResponseScale:
        """That of the amount, where the number itself is the response."""
        return self.rule.scale if isinstance(self.rule, Amount) else ResponseScale()

    @property
    def columns(self) -> tuple[str, ...]:
        """The follow-up column, and the baseline's where the rule compares."""
        return (self.baseline, self.follow_up) if self.rule.compares else (self.follow_up,)

    @property
    def outcome_columns(self) -> tuple[str, ...]:
        """The follow-up column; what is known at baseline may be a predictor too."""
        return (self.follow_up,)

    @property
    def needs_sex(self) -> bool:
        """Whether bounds differ between women and men."""
        return self.rule.by_sex

    def evaluate(self, frame: pd.DataFrame) -> tuple[npt.NDArray[np.float64], tuple[Fault, ...]]:
        """Apply the rule; the frame holds ``sex`` too where it is needed."""
        after = np.asarray(frame[self.follow_up], dtype=np.float64) * self.factor
        before = np.zeros(len(after))
        if self.rule.compares:
            before = np.asarray(frame[self.baseline], dtype=np.float64) * self.factor
        male = np.zeros(len(after))
        if self.needs_sex:
            male = np.asarray(frame[SEX], dtype=np.float64)
        unknown = np.isnan(after) | np.isnan(before) | np.isnan(male)
        met = self.rule.met(Numbers(before, after, male))
        y = np.where(unknown, np.nan, met.astype(np.float64))
        return y, self._faults(before, male)

    def _faults(self, before: Floats, male: Floats) -> tuple[Fault, ...]:
        if self.scale.change == "relative":
            return shareless_baselines(before, self.columns[:1])
        if not isinstance(self.rule, Reduction | Fall | LevelReduction):
            return ()
        low = int(np.count_nonzero(~self.rule.can_respond(before, male)))
        if not low:
            return ()
        return (
            Fault(
                "cannot-respond",
                f"{counted(low, 'patient is', 'patients are')} {self.rule.too_low} at baseline, so "
                "that they cannot respond by this definition",
                "they count as no response; leave them out of the table when they are not part of "
                "the population that the question is about",
                severity="warning",
            ),
        )

    def describe(self) -> str:
        """Return the rule as one phrase."""
        measure = DEFINITIONS[self.definition].measure
        baseline = f", baseline in '{self.baseline}'" if self.rule.compares else ""
        return f"{measure} in '{self.follow_up}'{baseline}: {self.rule.describe()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineResponse(DrinkingResponse):
    """Response by a rule on a number that a timeline of days is reduced to.

    Parameters
    ----------
    timeline : Timeline
    reduce : callable
        From days to the number, in the unit of the rule.
    grams : float
        Grams in one unit of the timeline's amounts.
    heavy_from : tuple of float, optional
        Grams from which on a day is heavy, for women and for men.
    """

    timeline: Timeline
    reduce: Callable[[Days], Floats]
    grams: float = 1.0
    heavy_from: tuple[float, float] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """None of the patients' table."""
        return ()

    @property
    def outcome_columns(self) -> tuple[str, ...]:
        """None of the patients' table."""
        return ()

    @property
    def needs_sex(self) -> bool:
        """Whether bounds, or what a heavy day is, differ between women and men."""
        return self.rule.by_sex or self.heavy_from is not None

    def summarise(self, baseline: Floats | None, follow_up: Floats, male: Floats) -> pd.DataFrame:
        """Return the numbers of the timeline's days, as `evaluate` reads them.

        Parameters
        ----------
        baseline, follow_up : ndarray of float64, shape (n, days)
            Amounts as written, NaN where a day was not recorded.
        male : ndarray of float64, shape (n,)
            1 for men, 0 for women, NaN.

        Returns
        -------
        DataFrame
            One row a patient, in the unit of the rule.
        """
        found = {SEX: male}
        women, men = self.heavy_from or (np.nan, np.nan)
        heavy_from = np.where(male == 1, men, np.where(male == 0, women, np.nan))
        windows = {self.baseline: baseline, self.follow_up: follow_up}
        for name, amounts in windows.items():
            if amounts is not None:
                days = Days(amounts * self.grams, heavy_from, self.timeline.minimum_recorded)
                found[name] = self.reduce(days)
        return pd.DataFrame(found)

    def describe(self) -> str:
        """Return the rule as one phrase."""
        measure, counted = DEFINITIONS[self.definition].measure, self.timeline.counted
        before = self.timeline.baseline if self.rule.compares else None
        baseline = f", baseline on days {before.first} to {before.last}" if before else ""
        return (
            f"{measure} on days {counted.first} to {counted.last} of the timeline{baseline}: "
            f"{self.rule.describe()}"
        )
