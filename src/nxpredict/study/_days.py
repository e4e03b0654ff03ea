"""Daily drinking (timeline follow-back) as one number a patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nxpredict.study._reading import TableSource

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SLACK = 1e-9
"""Keeps an amount that is a bound but for rounding (5 drinks of 14 g) on that bound."""


LONGEST_WINDOW_DAYS = 3660
"""Ten years; more is a slip of the pen that would fill the memory with days without a record."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days of the treatment, first and last included; day 1 is the first day on treatment.

    Parameters
    ----------
    first, last : int
        Days before the treatment are 0 and below.

    Raises
    ------
    ValueError
        When the first day is after the last, or more than ten years before it.

    Examples
    --------
    >>> Window(-28, -1).length
    28
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("the first day is after the last")
        if self.length > LONGEST_WINDOW_DAYS:
            raise ValueError("the window is longer than ten years")

    @property
    def length(self) -> int:
        """Number of days."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Timeline:
    """A table with one row a patient and day, and which of its days count.

    Parameters
    ----------
    table : TableSource
    id, day, amount : str
        Columns: the patient, the day of the treatment (whole number), the amount drunk that day.
    baseline : Window, optional
        Needed where a response compares with it.
    follow_up : Window
    grace_days : int
        First days of the follow-up window that do not count.
    minimum_recorded : float
        Share of a window's days, in (0, 1], that must be recorded for it to be known.
    period : str, optional
        Column of the period of a crossover; days then count from the first of that period.

    Raises
    ------
    ValueError
        When the grace days leave no day of the follow-up.

    Examples
    --------
    >>> from pathlib import Path
    >>> columns = {"id": "patient_id", "day": "day", "amount": "drinks"}
    >>> table = TableSource(Path("days.csv"))
    >>> Timeline(table, **columns, follow_up=Window(1, 84), grace_days=28).counted
    Window(first=29, last=84)
    """

    table: TableSource
    id: str
    day: str
    amount: str
    follow_up: Window
    baseline: Window | None = None
    grace_days: int = 0
    minimum_recorded: float = 0.8
    period: str | None = None

    def __post_init__(self) -> None:
        if self.grace_days >= self.follow_up.length:
            raise ValueError("the grace days leave no day of the follow-up")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        found = (self.id, self.period, self.day, self.amount)
        return tuple(column for column in found if column is not None)

    @property
    def counted(self) -> Window:
        """The follow-up window without its grace days."""
        return Window(self.follow_up.first + self.grace_days, self.follow_up.last)


@dataclass(frozen=True, slots=True)
class Days:
    """Amounts of one window.

    Parameters
    ----------
    grams : ndarray of float64, shape (n, days)
        NaN where a day was not recorded.
    heavy_from : ndarray of float64, shape (n,)
        Grams from which on a day is heavy for this patient; NaN when the sex is not known.
    minimum_recorded : float
    """

    grams: Floats
    heavy_from: Floats
    minimum_recorded: float

    @property
    def known(self) -> Flags:
        """Whether enough of a patient's days are recorded."""
        share = np.mean(~np.isnan(self.grams), axis=1)
        return np.asarray(share >= self.minimum_recorded - SLACK)

    @property
    def heavy(self) -> Flags:
        """Whether a day is heavy; False where it was not recorded."""
        return np.asarray(self.grams >= self.heavy_from[:, None] - SLACK)


def _share(counted: Flags, days: Days) -> Floats:
    recorded = np.sum(~np.isnan(days.grams), axis=1)
    percent = 100.0 * counted.sum(axis=1) / np.maximum(recorded, 1)
    return np.where(days.known, percent, np.nan)


def grams_per_day(days: Days) -> Floats:
    """Return the mean over the recorded days, NaN where too few are."""
    recorded = np.sum(~np.isnan(days.grams), axis=1)
    mean = np.nansum(days.grams, axis=1) / np.maximum(recorded, 1)
    return np.where(days.known, mean, np.nan)


def percent_heavy(days: Days) -> Floats:
    """Return heavy days in percent of the recorded days."""
    return np.where(np.isnan(days.heavy_from), np.nan, _share(days.heavy, days))


def heavy_days_in_four_weeks(days: Days) -> Floats:
    """Return how many of 28 days are heavy, at the rate of the recorded days."""
    return np.asarray(0.28 * percent_heavy(days))


def percent_abstinent(days: Days) -> Floats:
    """Return days without alcohol in percent of the recorded days."""
    return _share(days.grams <= SLACK, days)


def grams_per_drinking_day(days: Days) -> Floats:
    """Return the mean over the days with alcohol; 0 for a patient who drank on none."""
    drank = days.grams > SLACK
    mean = np.nansum(days.grams, axis=1) / np.maximum(drank.sum(axis=1), 1)
    return np.where(days.known, mean, np.nan)


def most_heavy_days_within(length: int | None, enough: int = 1) -> Callable[[Days], Floats]:
    """Return a count: the most heavy days in any `length` consecutive days, or in all.

    Parameters
    ----------
    length : int or None
        Days, 1 or more.
    enough : int
        So many settle the response however few days are recorded: the count is unknown only
        where there are fewer on too few recorded days.

    Returns
    -------
    callable
        From `Days` to float64, shape (n,); a day not recorded is not counted as heavy.

    Examples
    --------
    >>> grams = np.array([[80.0, 0.0, 80.0, np.nan], [0.0, 0.0, np.nan, np.nan]])
    >>> days = Days(grams, heavy_from=np.array([60.0, 40.0]), minimum_recorded=0.75)
    >>> most_heavy_days_within(2)(days).tolist()
    [1.0, nan]
    """

    def count(days: Days) -> Floats:
        span = days.grams.shape[1] if length is None else min(length, days.grams.shape[1])
        total = np.cumsum(days.heavy, axis=1, dtype=np.float64)
        total = np.concatenate([np.zeros((len(total), 1)), total], axis=1)
        most = (total[:, span:] - total[:, :-span]).max(axis=1)
        unknown = np.isnan(days.heavy_from) | (~days.known & (most < enough))
        return np.where(unknown, np.nan, most)

    return count
