"""From the address of a model to its folder on this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from nxpredict.bundle import MANIFEST
from nxpredict.errors import AccessError, BundleError
from nxpredict.tracking._store import database_file, import_mlflow, mlflow_client, store_uri

DEFAULT_STORE = "sqlite:///mlflow.db"
_ADDRESS = re.compile(r"(runs|models):/+\S+")
_RUN = re.compile(r"runs:/+(?P<run>[0-9a-zA-Z]+)/(?P<path>.+)")
_LOGGED = re.compile(r"models:/+(?P<model>m-[0-9a-zA-Z]+)")
_REGISTERED = re.compile(r"models:/+(?P<name>[^/@']+)(?P<kind>[@/])(?P<which>[^/@']+)")
# A missing alias and a version that is no number are bad parameters to MLflow.
_NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def fetch_bundle(address: str | Path, tracking_uri: str | None = None) -> Path:
    """Return the model folder behind an address; nothing of it is run.

    Parameters
    ----------
    address : str or Path
        A folder, ``runs:/ID/model``, ``models:/NAME@alias``, ``models:/NAME/3`` or
        ``models:/m-ID``. ``latest`` is the newest version.
    tracking_uri : str, optional
        Where MLflow keeps runs; ``MLFLOW_TRACKING_URI``, or ``mlflow.db`` in this folder.

    Returns
    -------
    Path
        What `nxpredict.bundle.load_bundle` reads.

    Raises
    ------
    AccessError
        When the store or the model is not there.
    BundleError
        When what is there is no nxpredict model.
    """
    if not _ADDRESS.fullmatch(str(address)):
        return Path(address)
    uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_STORE
    database = database_file(uri, Path.cwd())
    if database is not None and not database.is_file():
        raise AccessError(
            f"There is no MLflow store '{database.name}' here.",
            "Set MLFLOW_TRACKING_URI, or run from the folder of the study file.",
        )
    folder = _download(str(address), store_uri(uri, Path.cwd()))
    found = [
        place.parent
        for place in (folder / MANIFEST, *folder.glob(f"artifacts/*/{MANIFEST}"))
        if place.is_file()
    ]
    if len(found) != 1:
        raise BundleError(f"'{address}' is no nxpredict model.", "Name a model that train logged.")
    return found[0]


def _download(address: str, uri: str) -> Path:
    mlflow = import_mlflow()
    with mlflow_client(uri) as client:
        try:
            if found := _RUN.fullmatch(address):
                return Path(client.download_artifacts(found["run"], found["path"]))
            location = _locate(client, address)
            files = mlflow.artifacts.download_artifacts(artifact_uri=location, tracking_uri=uri)
        except mlflow.exceptions.MlflowException as error:
            if error.error_code not in _NOT_THERE:
                raise
            raise AccessError(
                f"The MLflow store holds no model '{address}'.",
                "`mlflow ui` shows its runs, and its models with their versions and aliases.",
            ) from error
        return Path(files)


def _locate(client: Any, address: str) -> str:
    """Return where the files of a model lie, asking this store and not the process's own."""
    if found := _LOGGED.fullmatch(address):
        return str(client.get_logged_model(found["model"]).artifact_location)
    found = _REGISTERED.fullmatch(address)
    if found is None:
        raise AccessError(
            f"'{address}' is no address of a model.",
            "Expected runs:/ID/model, models:/NAME@ALIAS, models:/NAME/VERSION or a folder.",
        )
    name, version = found["name"], found["which"]
    if version.lower() == "latest":
        # MLflow reserves this alias and lets nobody set it.
        versions = [int(v.version) for v in client.search_model_versions(f"name = '{name}'")]
        if not versions:
            raise AccessError(
                f"No model is registered as '{name}'.",
                "Train with `tracking.register`, or give the folder of the model.",
            )
        version = str(max(versions))
    elif found["kind"] == "@":
        version = client.get_model_version_by_alias(name, version).version
    location = str(client.get_model_version_download_uri(name, version))
    return _locate(client, location) if _LOGGED.fullmatch(location) else location
