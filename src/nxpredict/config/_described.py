"""A YAML file that is no study: a scenario, a plan; read, overridden and built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from nxpredict.config._yaml import Override, read_yaml
from nxpredict.errors import DataError, UsageError

T = TypeVar("T")


def read_described(
    path: str | Path,
    overrides: Sequence[str],
    build: Callable[[Mapping[str, Any]], T],
    *,
    what: str,
    start: str,
) -> T:
    """Return what `build` makes of a YAML file and its overrides.

    Parameters
    ----------
    path : path-like
    overrides : sequence of str
        ``key.key=value`` each.
    build : callable
        Takes the tree of the file; raises `DataError` on what it cannot take.
    what, start : str
        What the file should be, and where to start from without one.

    Raises
    ------
    UsageError
        When there is no such file, or when the overrides alone are at fault.
    DataError
        With the faults of the file, each with its name.
    """
    changes = [Override.parse(text) for text in overrides]
    document = read_yaml(path, what=what, start=start)
    document.faults.raise_if_errors()
    as_written = deepcopy(document.tree)
    document.apply(changes)
    try:
        return build(document.tree)
    except DataError as error:
        faults = [replace(fault, file=fault.file or Path(path).name) for fault in error.faults]
    if changes and _builds(build, as_written):
        said = "; ".join(fault.message for fault in faults if fault.severity == "error")
        raise UsageError(f"--set {' '.join(overrides)}: {said}.")
    raise DataError(faults)


def _builds(build: Callable[[Mapping[str, Any]], object], tree: Mapping[str, Any]) -> bool:
    try:
        build(tree)
    except DataError:
        return False
    return True
