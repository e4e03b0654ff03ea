"""What counts as response to treatment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.errors import Fault
from nxpredict.study._scale import ResponseScale

MissingRule = Literal["failure", "exclude", "fault"]


class ResponseDefinition(ABC):
    """A rule that turns one or more table columns into response or no response, or a number.

    ``missing`` says what a patient without the response's columns counts as: ``failure`` (no
    response, as in the analysis of most dependence trials), ``exclude`` or ``fault``. The rule
    itself gives NaN there; who applies it knows the arms and counts.
    """

    missing: MissingRule
    reads_numbers: ClassVar[bool] = True
    """Whether `evaluate` expects its columns as numbers; labels are compared as text first."""

    @property
    def scale(self) -> ResponseScale:
        """What the response is measured in; there or not, unless a definition says otherwise."""
        return ResponseScale()

    @property
    def needs_sex(self) -> bool:
        """Whether `evaluate` also reads the column ``sex``: 0 for women, 1 for men."""
        return False

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The table columns that the rule reads."""

    @property
    @abstractmethod
    def outcome_columns(self) -> tuple[str, ...]:
        """Those of `columns` that are known only after treatment: no predictor may read them."""

    @abstractmethod
    def evaluate(self, frame: pd.DataFrame) -> tuple[npt.NDArray[np.float64], tuple[Fault, ...]]:
        """Apply the rule.

        Parameters
        ----------
        frame : DataFrame, shape (n, ...)
            Holds `columns`; missing cells are NaN or None.

        Returns
        -------
        y : ndarray of float64, shape (n,)
            1 response, 0 no response, NaN unknown; a continuous response as turned by `scale`.
        faults : tuple of Fault
        """

    @abstractmethod
    def describe(self) -> str:
        """Return the rule as one phrase."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain values, with the study file's keys."""


class OneColumn(ResponseDefinition):
    """A response that stands in one column."""

    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    @property
    def outcome_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)


def _as_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def label_matches(label: str, wanted: str) -> bool:
    """Return whether a cell holds the label wanted: as text, or as numbers when both are.

    Examples
    --------
    >>> label_matches("0.0", "0"), label_matches("TRUE", "true"), label_matches("Yes", "yes")
    (True, True, False)
    """
    wanted, number = wanted.strip(), _as_number(wanted)
    if wanted.lower() in ("true", "false"):
        return label.lower() == wanted.lower()
    return label == wanted or (number is not None and _as_number(label) == number)


@dataclass(frozen=True, slots=True)
class ColumnResponse(OneColumn):
    """Response is a label in a column.

    Labels are compared as text, and as numbers when both are numbers: ``0`` equals ``0.0``. The
    case of ``true`` and ``false`` does not matter.

    Parameters
    ----------
    column : str
    favourable : str
        The label that means response; every other label means none.
    missing : {"failure", "exclude", "fault"}

    Examples
    --------
    >>> rule = ColumnResponse("dropout", favourable="0")
    >>> y, faults = rule.evaluate(pd.DataFrame({"dropout": ["0.0", "1", None]}))
    >>> y.tolist()
    [1.0, 0.0, nan]
    """

    column: str
    favourable: str
    missing: MissingRule = "failure"
    reads_numbers: ClassVar[bool] = False

    def evaluate(self, frame: pd.DataFrame) -> tuple[npt.NDArray[np.float64], tuple[Fault, ...]]:
        """Apply the rule; see the base class."""
        cells = frame[self.column].astype("str").str.strip()
        found = [str(label) for label in cells.dropna().unique()]
        scores = {label: float(label_matches(label, self.favourable)) for label in found}
        y = np.asarray(cells.map(scores).astype("float64"), dtype=np.float64)
        faults: list[Fault] = []
        if found and not any(scores.values()):
            faults.append(
                Fault(
                    "response-label-absent",
                    f"no patient has the favourable label '{self.favourable}'",
                    "write the label under response.favourable as it stands in the table; "
                    "upper and lower case differ",
                    column=self.column,
                )
            )
        elif len(found) > 2:
            faults.append(
                Fault(
                    "response-labels",
                    f"{len(found)} labels; all but '{self.favourable}' count as no response",
                    "check that this is what is meant",
                    column=self.column,
                    severity="warning",
                )
            )
        return y, tuple(faults)

    def describe(self) -> str:
        """Return the rule as one phrase."""
        return f"'{self.column}' is '{self.favourable}'"

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain values."""
        return {"column": self.column, "favourable": self.favourable, "missing": self.missing}


@dataclass(frozen=True, slots=True)
class RelativeChange(ResponseDefinition):
    """Response is a change by at least, or at most, a share of the baseline value.

    The change is ``(follow_up - baseline) / baseline``, so -0.3 is a fall by 30 %. It is unknown
    where either value is missing or the baseline is not above zero.

    Parameters
    ----------
    baseline, follow_up : str
        Columns of numbers in the same unit.
    at_least, at_most : float, optional
        Exactly one of them: the share of the baseline from which on it is a response.
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

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("relative_change needs exactly one of at_least and at_most")

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
        positive = before > 0
        change = np.full(len(frame), np.nan)
        np.divide(after - before, before, out=change, where=positive)
        # One part in 10^9 keeps 220 of 200 a rise by 0.10 in spite of rounding.
        slack = 1e-9
        if self.at_least is not None:
            response = change >= self.at_least - slack
        else:
            assert self.at_most is not None  # noqa: S101  (held by __post_init__)
            response = change <= self.at_most + slack
        y = np.where(np.isnan(change), np.nan, response.astype(np.float64))
        unusable = int(np.count_nonzero(before <= 0))
        if not unusable:
            return y, ()
        fault = Fault(
            "baseline-not-positive",
            f"{unusable} baseline values are not above zero, so no share of them can be taken",
            "these patients count as missing the response",
            column=self.baseline,
            severity="warning",
        )
        return y, (fault,)

    def describe(self) -> str:
        """Return the rule as one phrase."""
        bound = (
            f"at least {self.at_least:+.0%}"
            if self.at_most is None
            else f"at most {self.at_most:+.0%}"
        )
        return f"change from '{self.baseline}' to '{self.follow_up}' of {bound}"

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain values."""
        data: dict[str, Any] = {
            "definition": "relative_change",
            "baseline": self.baseline,
            "follow_up": self.follow_up,
        }
        if self.at_least is not None:
            data["at_least"] = self.at_least
        if self.at_most is not None:
            data["at_most"] = self.at_most
        return {**data, "missing": self.missing}
