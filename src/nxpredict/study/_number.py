"""A response that is the number in a column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.errors import Fault, counted
from nxpredict.study._response import MissingRule, OneColumn
from nxpredict.study._scale import ResponseScale


@dataclass(frozen=True, slots=True)
class NumberResponse(OneColumn):
    """Response is the number in a column: continuous.

    Parameters
    ----------
    column : str
    scale : ResponseScale
        With the column's unit, and which end is better.
    missing : {"exclude", "fault"}
        No number stands for failure.

    Examples
    --------
    >>> rule = NumberResponse("hdd_change", ResponseScale("days", "lower"))
    >>> rule.evaluate(pd.DataFrame({"hdd_change": [-6.0, 2.0, np.nan]}))[0].tolist()
    [6.0, -2.0, nan]
    """

    column: str
    scale: ResponseScale
    missing: MissingRule = "exclude"

    def evaluate(self, frame: pd.DataFrame) -> tuple[npt.NDArray[np.float64], tuple[Fault, ...]]:
        """Read the numbers; see the base class."""
        numbers = np.asarray(frame[self.column], dtype=np.float64)
        far = far_from_all(numbers)
        fault = Fault(
            "response-far",
            f"{counted(far, 'value lies', 'values lie')} far from all others",
            "check that they are measured, and no code such as 999 for a missing value",
            column=self.column,
            severity="warning",
        )
        return self.scale.turned(numbers), (fault,) if far else ()

    def describe(self) -> str:
        """Return the rule as one phrase."""
        return f"'{self.column}' in {self.scale.unit}, {self.scale.favourable} is better"


def far_from_all(numbers: npt.NDArray[np.float64]) -> int:
    """Return how many numbers are more than ten interquartile ranges from the median.

    Where half of them are the same number, mean distances from it take the ranges' place.

    Examples
    --------
    >>> far_from_all(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 999.0]))
    1
    >>> far_from_all(np.concatenate([np.zeros(40), np.arange(1, 11)]))
    0
    """
    known = numbers[~np.isnan(numbers)]
    if not known.size:
        return 0
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    away = np.abs(known - middle)
    return int(np.count_nonzero(away > 10 * max(high - low or away.mean(), 1e-12)))
