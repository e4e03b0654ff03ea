"""What the response of the page being made is measured in: the only place that pages ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from nxpredict.report._phrases import capital
from nxpredict.study import ResponseScale

_MEASURED = ContextVar("_MEASURED", default=ResponseScale())  # noqa: B039  (frozen)


@contextmanager
def measured_in(response: Mapping[str, Any] | None) -> Iterator[None]:
    """Write responses as a study measures them, for as long as a page is made.

    Parameters
    ----------
    response : mapping, optional
        With `kind`, `unit` and `favourable`; without a kind, as it was before.

    Examples
    --------
    >>> with measured_in({"kind": "continuous", "unit": "days", "favourable": "lower"}):
    ...     continuous(), steps(), as_written(-6.0)
    (True, 'days', 6.0)
    """
    known = response is not None and "kind" in response
    token = _MEASURED.set(
        ResponseScale.from_dict(dict(response or {})) if known else _MEASURED.get()
    )
    try:
        yield
    finally:
        _MEASURED.reset(token)


def in_shares(caller: Callable[[], str]) -> str:
    """Write a block of a page in shares of patients, whatever the response is measured in.

    Examples
    --------
    >>> with measured_in({"kind": "continuous", "unit": "days", "favourable": "lower"}):
    ...     in_shares(caller=lambda: steps()), steps()
    ('points', 'days')
    """
    token = _MEASURED.set(ResponseScale())
    try:
        return caller()
    finally:
        _MEASURED.reset(token)


def continuous() -> bool:
    """Tell whether the response of the page is a number."""
    return _MEASURED.get().continuous


def steps(long: bool = False) -> str:
    """Return what differences between treatments are counted in.

    Examples
    --------
    >>> steps(), steps(long=True)
    ('points', 'percentage points')
    """
    return _MEASURED.get().unit or ("percentage points" if long else "points")


def steps_title(long: bool = False) -> str:
    """Return `steps` as the start of a heading; a unit such as g/day keeps its letters.

    Examples
    --------
    >>> with measured_in({"kind": "continuous", "unit": "mg/dL", "favourable": "lower"}):
    ...     steps_title()
    'mg/dL'
    >>> steps_title(long=True)
    'Percentage points'
    """
    return _MEASURED.get().unit or capital(steps(long))


def response_name() -> str:
    """Return what a response that is a number is: the number itself, or its change."""
    return "change from baseline" if _MEASURED.get().change else "response"


def average_title() -> str:
    """Return what the observed average of a treatment is called."""
    return f"Mean {response_name()}, {steps()}" if continuous() else "Response rate"


def as_written(value: float) -> float:
    """Return a response of which more is better as it stands in the table."""
    return _MEASURED.get().turned(value)
