"""What a verb hands back to the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOT_SCORABLE = 4
"""The exit code when all is done, but some patients could not be scored."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a verb: text for people, facts for machines, and the exit code.

    Parameters
    ----------
    text : str
        What is printed.
    facts : mapping
        What ``--json`` prints; plain values only.
    exit_code : int
        0, `NOT_SCORABLE`, or that of `DataError` where `check` found faults.
    """

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int = 0
