"""The study that ran, in an MLflow run: no place of this machine, no password."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PureWindowsPath
from typing import Any

import yaml

from nxpredict.tracking._run import batched, mlflow_key

_LONGEST_VALUE = 500
_PATHS = frozenset(["path", "files", "table", "genotypes", "scenario"])
_OF_THIS_MACHINE = re.compile(r"[/~\\$]|[A-Za-z]:")
_ADDRESS = "uri"
_BESIDE_THE_STUDY = re.compile(r"sqlite:///[\w.-]+")
# Of no interest among parameters, which are there to compare runs.
_NO_PARAMETERS = frozenset(["table", "genotypes", "tracking"])


def log_study(
    client: Any,
    run_id: str,
    study: Mapping[str, Any],
    text: str | None,
    more: Mapping[str, str] | None = None,
) -> None:
    """Log a study as parameters, with `more` of them, and as the artifact ``study.yaml``.

    Parameters
    ----------
    study : mapping
        Nested values, as it ran: defaults and what the command line changed included.
    text : str, optional
        The study file. Logged as it is, unless it names places of this machine or an address:
        then `study` is, without them; so it is without a text.
    """
    from mlflow.entities import Param

    shown = without_places(study)
    chosen = {key: value for key, value in shown.items() if key not in _NO_PARAMETERS}
    found = {**chosen, **(more or {})}
    texts = {mlflow_key(name): str(value)[:_LONGEST_VALUE] for name, value in _flat(found)}
    for params in batched(Param(name, text) for name, text in texts.items()):
        client.log_batch(run_id, params=params)
    # As the study file is read: a code such as 9999-99-99 is text, and no date that cannot be.
    written = None if text is None else yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    if text is None or without_places(written) != written:
        text = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True)
    client.log_text(run_id, text, "study.yaml")


def without_places(value: Any, key: str = "") -> Any:
    """Return nested values without folders of this machine and addresses that may hold a password.

    Paths that start from the study file stay, and so does a database beside it.

    Parameters
    ----------
    value : mapping, list or str
        A study file, or a part of it.
    key : str
        Under which the value stands.

    Examples
    --------
    >>> without_places({"table": {"path": "/a/b.csv"}, "tracking": {"uri": "c", "experiment": "d"}})
    {'table': {'path': 'b.csv'}, 'tracking': {'experiment': 'd'}}
    >>> without_places({"table": "data/b.csv", "tracking": {"uri": "sqlite:///mlflow.db"}})
    {'table': 'data/b.csv', 'tracking': {'uri': 'sqlite:///mlflow.db'}}
    """
    if isinstance(value, Mapping):
        kept = {
            k: v for k, v in value.items() if k != _ADDRESS or _BESIDE_THE_STUDY.fullmatch(str(v))
        }
        return {k: without_places(v, str(k)) for k, v in kept.items()}
    if isinstance(value, list | tuple):
        return [without_places(item, key) for item in value]
    if key in _PATHS and isinstance(value, str) and _OF_THIS_MACHINE.match(value):
        return PureWindowsPath(value).name
    return value


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested values with dotted names; lists stay one value."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        yield name, ", ".join(str(item) for item in value)
    else:
        yield name, value
