"""The MLflow store: set up whole or not at all, where the study says."""

from __future__ import annotations

import pytest

from nxpredict.errors import AccessError
from nxpredict.tracking._store import import_mlflow, store_uri


def test_the_process_keeps_its_own_mlflow_address(logged, study_folder):
    mlflow = import_mlflow()
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    logged()
    assert (mlflow.get_tracking_uri(), mlflow.get_registry_uri()) == before
    assert mlflow.active_run() is None


def test_first_use_sets_the_store_up(first_use):
    assert sorted(p.name for p in first_use.iterdir()) == ["out", "runs"]
    assert sorted(p.name for p in (first_use / "runs").iterdir()) == ["mlartifacts", "mlflow.db"]


@pytest.mark.parametrize(
    "uri", ["sqlite:////proc/no/mlflow.db", "file:somewhere", "http://127.0.0.1:9"]
)
def test_a_store_that_refuses_is_an_access_error(logged, uri, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(AccessError):
        logged(uri=uri)


def test_relative_databases_start_from_the_study(tmp_path):
    assert store_uri("sqlite:///a/b.db", tmp_path) == f"sqlite:///{tmp_path}/a/b.db"
    assert store_uri("sqlite:////x/b.db", tmp_path) == "sqlite:////x/b.db"


def test_an_interrupted_set_up_leaves_no_half_made_store(tmp_path, monkeypatch):
    from nxpredict.tracking import _store

    def interrupted(client, *args, **kwargs):
        raise KeyboardInterrupt

    mlflow = _store.import_mlflow()
    with monkeypatch.context() as patch:
        patch.setattr(mlflow.MlflowClient, "search_experiments", interrupted)
        with pytest.raises(KeyboardInterrupt):
            _store.set_up(tmp_path / "deep" / "mlflow.db")
    assert list((tmp_path / "deep").iterdir()) == []
    _store.set_up(tmp_path / "deep" / "mlflow.db")
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["mlflow.db"]
