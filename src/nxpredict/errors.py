"""Every way nxpredict can refuse, and what it says.

::

    NxpredictError                exit 1   a bug of ours
    ├── UsageError                exit 2   wrong option, no such study, bad --set
    ├── DataError                 exit 3   the data or the study file is faulty; carries every Fault
    ├── BundleError               exit 5   a model file is damaged, foreign or untrusted
    └── AccessError               exit 6   disk, permission, network, missing extra

A message says where, what was expected and what to do next, and never a patient's value.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import ClassVar, Literal, TypedDict, Unpack

RESEARCH_USE = "Research use only. Not a medical device. Not for choosing treatment for any person."

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input, and what to do about it.

    Parameters
    ----------
    code : str
        Stable kebab-case name of the kind of fault, for machines and tests.
    message : str
        What is wrong and what was expected; never a patient's value.
    hint : str
        What to do next.
    file, column : str, optional
        Where it is.
    row : int, optional
        Row as a spreadsheet counts: the header is row 1, the first patient row 2.
    severity : {"error", "warning", "note"}
        Errors stop a run; warnings and notes are shown and kept.

    Examples
    --------
    >>> print(Fault("bad-number", "not a number", "write 1.5", file="a.csv", row=3, column="age"))
    a.csv, row 3, column 'age': not a number. Write 1.5.
    """

    code: str
    message: str
    hint: str = ""
    file: str | None = None
    row: int | None = None
    column: str | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        where = ", ".join(
            part
            for part in (
                self.file,
                f"row {self.row}" if self.row is not None else None,
                f"column '{self.column}'" if self.column is not None else None,
            )
            if part
        )
        text = f"{where}: {self.message}" if where else self.message
        text = _sentence(text)
        if self.hint:
            text += f" {_sentence(self.hint[0].upper() + self.hint[1:])}"
        return text

    def to_dict(self) -> dict[str, str | int | None]:
        """Return the fault as plain values for ``--json``."""
        return asdict(self)


def _sentence(text: str) -> str:
    return text if text.endswith(("?", "!", "...")) else text.rstrip(".") + "."


class Place(TypedDict, total=False):
    """Where a fault is; see `Fault`."""

    file: str | None
    row: int | None
    column: str | None


class FaultLog:
    """Gathers faults so that all of them can be reported together.

    Examples
    --------
    >>> log = FaultLog()
    >>> log.warn("few-patients", "an arm has 30 patients")
    >>> log.raise_if_errors()
    >>> len(log)
    1
    """

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults: list[Fault] = list(faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, fault: Fault) -> None:
        """Add one fault."""
        self._faults.append(fault)

    def extend(self, faults: Iterable[Fault]) -> None:
        """Add several faults."""
        self._faults.extend(faults)

    def error(self, code: str, message: str, hint: str = "", **place: Unpack[Place]) -> None:
        """Add a fault that stops the run."""
        self.add(Fault(code, message, hint, **place))

    def warn(self, code: str, message: str, hint: str = "", **place: Unpack[Place]) -> None:
        """Add a fault that is shown and kept, and lets the run go on."""
        self.add(Fault(code, message, hint, severity="warning", **place))

    def note(self, code: str, message: str, hint: str = "", **place: Unpack[Place]) -> None:
        """Add something worth knowing that is no fault, such as a unit converted."""
        self.add(Fault(code, message, hint, severity="note", **place))

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that stop a run, in the order found."""
        return tuple(f for f in self._faults if f.severity == "error")

    def raise_if_errors(self) -> None:
        """Raise one `DataError` with everything found, when anything stops the run."""
        if self.errors:
            raise DataError(self._faults)


class NxpredictError(Exception):
    """Base of every error that nxpredict raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(NxpredictError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class DataError(NxpredictError):
    """The data or the study file is faulty; every fault is listed in ``faults``."""

    exit_code = 3

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        errors = [f for f in self.faults if f.severity == "error"]
        lines = "\n".join(f"  {fault}" for fault in errors)
        super().__init__(f"{counted(len(errors), 'fault')} found:\n{lines}")


class BundleError(NxpredictError):
    """A model file is damaged, foreign or untrusted; nothing of it was used."""

    exit_code = 5


class AccessError(NxpredictError):
    """The machine said no: disk, permission, network, or an extra that is not installed."""

    exit_code = 6


def closest(name: str, known: Iterable[str], n: int = 3) -> str:
    """Return a phrase with the known names nearest to `name`, empty when none is near.

    Examples
    --------
    >>> closest("naltrexon", ["naltrexone", "nalmefene"])
    "did you mean 'naltrexone'?"
    """
    lowered = {k.lower(): k for k in known}
    found = difflib.get_close_matches(name.lower(), lowered, n=n, cutoff=0.6)
    if not found:
        return ""
    return "did you mean " + " or ".join(f"'{lowered[f]}'" for f in found) + "?"


def counted(number: int, one: str, several: str = "") -> str:
    """Return a number and what it counts, as `one` or `several` (by default with an s).

    Examples
    --------
    >>> counted(1, "row"), counted(2, "row"), counted(2, "row is", "rows are")
    ('1 row', '2 rows', '2 rows are')
    """
    return f"{number} {one if number == 1 else several or one + 's'}"
