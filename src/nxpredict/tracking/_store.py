"""Opening an MLflow store: quietly, without telemetry, and set up on first use."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nxpredict.errors import AccessError, NxpredictError

_SQLITE = re.compile(r"sqlite:///(?P<path>.+)")
_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # A served model reads this, too: details of a schema error would quote the request.
    "MLFLOW_DISABLE_SCHEMA_DETAILS": "true",
}
ARTIFACTS = "mlartifacts"


def import_mlflow() -> Any:
    """Return mlflow, its telemetry switched off before it is first imported."""
    os.environ.update(_SETTINGS)
    import mlflow

    return mlflow


def store_uri(uri: str, folder: Path) -> str:
    """Return `uri` with a relative SQLite path made absolute, from `folder`.

    Parameters
    ----------
    uri : str
        Address of an MLflow store; any but that of an SQLite file stays as it is.
    folder : Path

    Examples
    --------
    >>> store_uri("sqlite:///mlflow.db", Path("/studies/one"))
    'sqlite:////studies/one/mlflow.db'
    >>> store_uri("https://tracking.example", Path("/studies/one"))
    'https://tracking.example'
    """
    database = database_file(uri, folder)
    return uri if database is None else f"sqlite:///{database.as_posix()}"


def database_file(uri: str, folder: Path) -> Path | None:
    """Return the file of a SQLite store; None for a server."""
    found = _SQLITE.fullmatch(uri)
    return None if found is None else (folder / found["path"]).absolute()


@contextlib.contextmanager
def mlflow_client(uri: str) -> Iterator[Any]:
    """Yield a client of the store at `uri`; whatever fails in it is an `AccessError`.

    The address stays with the client: the one that MLflow keeps in the process is left alone.
    """
    mlflow = import_mlflow()
    try:
        with _quiet():
            yield mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
    except NxpredictError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise AccessError(
            f"The MLflow store did not do what was asked of it ({kind}).",
            "Check `tracking.uri`, the network and the disk; `mlflow server` shows its own log.",
        ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep MLflow and its database migration from talking; what they print goes to stderr."""
    loggers = [logging.getLogger(name) for name in ("alembic", "mlflow")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def set_up(database: Path) -> None:
    """Make a database that appears only when MLflow has set it up completely.

    Setting up takes seconds; interrupted half-way under the final name, it would stay unusable.
    """
    if database.exists():
        return
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        _set_up_beside(database)
    except OSError as error:
        raise AccessError(
            f"The MLflow store '{database.name}' could not be made: {error.strerror}.",
            "Check `tracking.uri`, the disk and the permissions.",
        ) from error


def _set_up_beside(database: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{database.name}.", dir=database.parent) as scratch:
        fresh = Path(scratch) / database.name
        with mlflow_client(f"sqlite:///{fresh.as_posix()}") as client:
            client.search_experiments(max_results=1)
        # Never over one that appeared meanwhile: another training may have begun to use it.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, database)


def open_experiment(client: Any, name: str, uri: str, folder: Path) -> str:
    """Return the id of an experiment, made on first use with its artifacts beside the database."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    database = database_file(uri, folder)
    plain = re.sub(r"[^\w-]", "_", name)
    place = None if database is None else (database.parent / ARTIFACTS / plain).as_uri()
    return str(client.create_experiment(name, artifact_location=place))
