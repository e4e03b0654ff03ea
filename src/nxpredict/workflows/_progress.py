"""Progress on a terminal, silence in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Step = Callable[[int, int], None]
Progress = Callable[[str], AbstractContextManager[Step]]
"""Opens a named stage and gives a function to call with (done, in all)."""


@contextmanager
def silent(_what: str) -> Iterator[Step]:
    """Show nothing."""
    yield lambda _done, _total: None


@contextmanager
def _bar(what: str) -> Iterator[Step]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import (
        Progress as Bars,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def terminal_progress(*, quiet: bool) -> Progress:
    """Return bars on stderr when that is a terminal, else silence."""
    return silent if quiet or not sys.stderr.isatty() else _bar
