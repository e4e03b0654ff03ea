"""The formats that model folders have had, and the way from each to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nxpredict.errors import BundleError

FORMAT_VERSION = 2
PARTS = frozenset(
    ["README.md", "background.json", "model.json", "model.npz", "schema.json", "study.json"]
)


@dataclass(frozen=True, slots=True)
class Step:
    """The way from one format to the next.

    Parameters
    ----------
    files : frozenset of str
        The files that a model of the older format has.
    change : callable
        From the content of these files to that of the next format's.
    """

    files: frozenset[str]
    change: Callable[[dict[str, bytes]], dict[str, bytes]]


STEPS: dict[int, Step] = {}
"""By the older format. Format 1 has none: what its learner kept, today's cannot predict from."""


def files_of(version: int) -> frozenset[str]:
    """Return the files of a model of a format that can be read.

    Raises
    ------
    BundleError
        When the format is newer than this program, or older without a step to each next one.

    Examples
    --------
    >>> files_of(FORMAT_VERSION) == PARTS
    True
    """
    if version > FORMAT_VERSION:
        raise BundleError(
            f"This model has format {version}; this nxpredict reads {FORMAT_VERSION}.",
            "Install a newer nxpredict.",
        )
    if any(older not in STEPS for older in range(version, FORMAT_VERSION)):
        raise BundleError(
            f"This model has the older format {version}; this nxpredict reads {FORMAT_VERSION}.",
            "Train it again, or use the nxpredict that made it.",
        )
    return STEPS[version].files if version < FORMAT_VERSION else PARTS


def upgraded(parts: dict[str, bytes], version: int) -> dict[str, bytes]:
    """Return the parts of a model of any readable format as parts of today's."""
    for older in range(version, FORMAT_VERSION):
        parts = STEPS[older].change(parts)
    return parts
