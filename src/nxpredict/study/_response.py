"""What counts as response to treatment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

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

    Parameters
    ----------
    label : str
        Of the cell, without white space around it.
    wanted : str
        As in the study file; the case of ``true`` and ``false`` does not matter.

    Examples
    --------
    >>> label_matches("0.0", "0"), label_matches("TRUE", "true"), label_matches("Yes", "yes")
    (True, True, False)
    """
    return _compared(label) == _compared(wanted.strip())


def differs_in_case(labels: Iterable[str], wanted: str) -> bool:
    """Return whether a label is the one wanted but for upper and lower case.

    Parameters
    ----------
    labels : iterable of str
        Of the cells.
    wanted : str
        As in the study file.

    Examples
    --------
    >>> differs_in_case(["Ja", "nein"], "ja"), differs_in_case(["TRUE", "false"], "true")
    (True, False)
    """
    folded = wanted.strip().casefold()
    return any(
        label.strip().casefold() == folded and not label_matches(label, wanted) for label in labels
    )


def _compared(label: str) -> str | float:
    """Return what labels are compared by."""
    if label.lower() in ("true", "false"):
        return label.lower()
    number = _as_number(label)
    return label if number is None else number


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
        elif differs_in_case(found, self.favourable):
            faults.append(
                Fault(
                    "response-label-case",
                    f"a label is '{self.favourable}' but for upper and lower case, and would count "
                    "as no response",
                    "write it alike in every row",
                    column=self.column,
                )
            )
        elif (others := len({_compared(label) for label in found if not scores[label]})) > 1:
            faults.append(
                Fault(
                    "response-labels",
                    f"{1 + others} labels; all but '{self.favourable}' count as no response",
                    "check that this is what is meant; name a code for a missing value under "
                    "`response.missing_codes`",
                    column=self.column,
                    severity="warning",
                )
            )
        return y, tuple(faults)

    def describe(self) -> str:
        """Return the rule as one phrase."""
        return f"'{self.column}' is '{self.favourable}'"
