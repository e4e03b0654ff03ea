"""A run of MLflow that is closed whatever happens, and what MLflow lets one write into it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nxpredict.tracking._store import (
    database_file,
    mlflow_client,
    open_experiment,
    set_up,
    store_uri,
)

_NOT_IN_A_KEY = re.compile(r"[^\w\-. /]")
_LONGEST_KEY = 250
_MOST_AT_ONCE = 100
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that is being written: the client, the run and the experiment it is part of."""

    client: Any
    id: str
    experiment: str


@contextmanager
def new_run(
    *, name: str, tags: Mapping[str, str], uri: str, experiment: str, folder: Path
) -> Iterator[OpenRun]:
    """Open a run and end it: finished, or failed when anything is raised.

    Parameters
    ----------
    name : str
    tags : mapping of str to str
    uri : str
        Where MLflow keeps runs; a relative SQLite path starts from `folder`.
    experiment : str
        Name of the experiment, made where it is new.
    folder : Path

    Raises
    ------
    AccessError
        When the store refuses.
    """
    if (database := database_file(uri, folder)) is not None:
        set_up(database)
    with mlflow_client(store_uri(uri, folder)) as client:
        place = open_experiment(client, experiment, uri, folder)
        run_id = str(client.create_run(place, tags=dict(tags), run_name=name).info.run_id)
        try:
            yield OpenRun(client, run_id, place)
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id)


def batched(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield items in lists as long as MLflow takes at once.

    Examples
    --------
    >>> [len(some) for some in batched(range(250))]
    [100, 100, 50]
    """
    left = iter(items)
    while some := list(itertools.islice(left, _MOST_AT_ONCE)):
        yield some


def mlflow_key(name: str) -> str:
    """Return a name with the characters that MLflow allows."""
    return _NOT_IN_A_KEY.sub("_", name)[:_LONGEST_KEY]
