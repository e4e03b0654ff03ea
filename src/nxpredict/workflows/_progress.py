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
        TimeRemainingColumn,
    )
    from rich.progress import (
        Progress as Bars,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=None, rate="")

        def step(done: int, total: int) -> None:
            speed = bars.tasks[task].speed
            rate = f"{speed:,.0f} a second" if speed else ""
            bars.update(task, completed=done, total=total or None, rate=rate)

        yield step


def terminal_progress(*, quiet: bool) -> Progress:
    """Return bars on stderr when that is a terminal, else silence."""
    return silent if quiet or not sys.stderr.isatty() else _bar
