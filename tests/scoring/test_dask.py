from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nxpredict.errors import AccessError
from nxpredict.evaluation import cross_validate
from nxpredict.models import make_model
from nxpredict.scoring import (
    _dask,
    _source,
    dask_client,
    dask_engine,
    joblib_on,
    score_file,
    sidecar,
)

pytest.importorskip("distributed")

import dask
from distributed.utils import get_mp_context


@pytest.fixture(scope="module")
def client():
    """A cluster whose workers start at once: forked from a server that has imported all."""
    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        known = ["distributed.nanny", "nxpredict.scoring", "nxpredict.models"]
        get_mp_context().set_forkserver_preload(known)
        with dask_client(None, 2) as found:
            yield found


@pytest.fixture
def table(patients, tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(_source, "BLOCK", 64)
    drawn = patients(1000, 31)
    drawn.loc[[40, 950], "patient_id"] = "P000003"
    drawn.loc[77, "age"] = "old"
    path = tmp_path / "in.csv"
    drawn.to_csv(path, index=False)
    return path


def steps(client) -> int:
    """Return what the scheduler has done so far."""
    return client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.transition_counter)


def same(one: Path, two: Path) -> bool:
    return (
        one.read_bytes() == two.read_bytes()
        and sidecar(one).read_bytes() == sidecar(two).read_bytes()
    )


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_cluster_gives_the_bytes_of_one_thread(bundle, client, table, tmp_path, ending):
    here, there = tmp_path / f"here{ending}", tmp_path / f"there{ending}"
    engine = dask_engine(client.scheduler.address, 1)
    score_file(table, bundle, here)
    report = score_file(table, bundle, there, engine=engine)
    assert same(here, there)
    assert (report.rows, report.not_scorable) == (1000, 3)


def test_a_worker_that_is_killed_changes_nothing(bundle, client, table, tmp_path):
    score_file(table, bundle, tmp_path / "here.csv")
    killed: list[int] = []

    def kill(rows: int, total: int) -> None:
        if rows in (256, 640):
            process = next(iter(client.run(os.getpid).values()))
            os.kill(process, signal.SIGKILL)
            killed.append(process)

    engine = dask_engine(client.scheduler.address, 1)
    score_file(table, bundle, tmp_path / "there.csv", engine=engine, progress=kill)
    assert len(set(killed)) == 2
    assert same(tmp_path / "here.csv", tmp_path / "there.csv")


@pytest.mark.filterwarnings("error:Sending large graph")
def test_large_blocks_are_no_reason_to_lecture_the_user(bundle, client, table, tmp_path):
    engine = dask_engine(client.scheduler.address, 1)
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1kB"}):
        report = score_file(table, bundle, tmp_path / "out.csv", engine=engine)
    assert report.rows == 1000


def test_a_scheduler_that_is_not_there_is_a_sentence(bundle, table, tmp_path, monkeypatch):
    monkeypatch.setattr(_dask, "PATIENCE_SECONDS", 1)
    engine = dask_engine("tcp://127.0.0.1:9", 1)
    with pytest.raises(AccessError, match="No Dask scheduler answers"):
        score_file(table, bundle, tmp_path / "out.csv", engine=engine)
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_repeated_work_of_training_is_the_same_on_a_cluster(client):
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"age": rng.normal(45, 10, 120), "ggt": rng.lognormal(4, 0.5, 120)})
    y, arm = rng.integers(0, 2, 120), rng.choice(["a", "b"], 120)
    model = make_model("risk_based", random_state=1)
    how = {"folds": 2, "repeats": 1, "random_state": 1}
    here = cross_validate(model, X, y, arm, n_jobs=1, **how)
    before = steps(client)
    with joblib_on(client.scheduler.address):
        there = cross_validate(model, X, y, arm, n_jobs=-1, **how)
    assert steps(client) > before
    np.testing.assert_array_equal(here.prediction, there.prediction)
