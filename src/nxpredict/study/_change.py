"""A response that is a change relative to the baseline, or a bound on one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.errors import Fault, counted
from nxpredict.study._response import MissingRule, ResponseDefinition
from nxpredict.study._rules import percent_change
from nxpredict.study._scale import Favourable, ResponseScale


@dataclass(frozen=True, slots=True)
class RelativeChange(ResponseDefinition):
    """Response is a change by at least, or at most, a share of the baseline, or that change.

    The change is ``(follow_up - baseline) / baseline``, so -0.3 is a fall by 30 %. It is unknown
    where either value is missing or the baseline is not above zero.

    Parameters
    ----------
    baseline, follow_up : str
        Columns of numbers in the same unit.
    at_least, at_most : float, optional
        The share of the baseline from which on it is a response.
    favourable : {"higher", "lower"}, optional
        Which end is better, where the change itself is the response, in percent. Exactly one of
        these three is given.
    missing : {"failure", "exclude", "fault"}

    Examples
    --------
    >>> rule = RelativeChange("cd4_0", "cd4_20", at_least=0.10)
    >>> rule.evaluate(pd.DataFrame({"cd4_0": [200.0, 200.0], "cd4_20": [220.0, 210.0]}))[0].tolist()
    [1.0, 0.0]
    """

    baseline: str
    follow_up: str
    at_least: float | None = None
    at_most: float | None = None
    missing: MissingRule = "failure"
    favourable: Favourable | None = None

    def __post_init__(self) -> None:
        if [self.at_least, self.at_most, self.favourable].count(None) != 2:
            raise ValueError("relative_change needs exactly one of at_least, at_most, favourable")

    @property
    def scale(self) -> ResponseScale:
        """In percent of the baseline, where the change itself is the response."""
        if self.favourable is None:
            return ResponseScale()
        return ResponseScale("%", self.favourable, "relative")

    @property
    def columns(self) -> tuple[str, ...]:
        """The baseline and the follow-up column."""
        return (self.baseline, self.follow_up)

    @property
    def outcome_columns(self) -> tuple[str, ...]:
        """The follow-up column; the baseline value is known before treatment."""
        return (self.follow_up,)

    def evaluate(self, frame: pd.DataFrame) -> tuple[npt.NDArray[np.float64], tuple[Fault, ...]]:
        """Apply the rule; see the base class."""
        before = np.asarray(frame[self.baseline], dtype=np.float64)
        after = np.asarray(frame[self.follow_up], dtype=np.float64)
        percent = percent_change(before, after)
        if self.favourable is not None:
            return self.scale.turned(percent), shareless_baselines(before, (self.baseline,))
        change = percent / 100
        # One part in 10^9 keeps 220 of 200 a rise by 0.10 in spite of rounding.
        slack = 1e-9
        if self.at_least is not None:
            response = change >= self.at_least - slack
        else:
            assert self.at_most is not None  # noqa: S101  (held by __post_init__)
            response = change <= self.at_most + slack
        y = np.where(np.isnan(change), np.nan, response.astype(np.float64))
        return y, shareless_baselines(before, (self.baseline,))

    def describe(self) -> str:
        """Return the rule as one phrase."""
        columns = f"change from '{self.baseline}' to '{self.follow_up}'"
        if self.favourable is not None:
            return f"{columns} in % of the baseline, {self.favourable} is better"
        bound = (
            f"at least {self.at_least:+.0%}"
            if self.at_most is None
            else f"at most {self.at_most:+.0%}"
        )
        return f"{columns} of {bound}"


def shareless_baselines(
    before: npt.NDArray[np.float64], column: Sequence[str]
) -> tuple[Fault, ...]:
    """Return the warning that some baselines have no share, as a tuple of none or one.

    `column` holds the baseline's column, and is empty where it was a timeline.
    """
    unusable = int(np.count_nonzero(before <= 0))
    if not unusable:
        return ()
    return (
        Fault(
            "baseline-not-positive",
            f"{counted(unusable, 'baseline value is', 'baseline values are')} not above zero, so "
            "no share can be taken",
            "these patients count as missing the response",
            column=next(iter(column), None),
            severity="warning",
        ),
    )
