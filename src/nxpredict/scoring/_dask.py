"""Blocks scored on a Dask cluster: this machine's, or one that is there already."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pyarrow as pa

from nxpredict.errors import AccessError
from nxpredict.scoring._blocks import Block
from nxpredict.scoring._local import Engine

AHEAD = 2
"""Blocks under way for each thread of the cluster."""
RETRIES = 3
_ANY_SIZE = "1TiB"
PATIENCE_SECONDS = 10
_HINT = "Run again with --resume when the cluster is well."


def dask_engine(scheduler: str | None, jobs: int) -> Engine:
    """Return an engine that scores blocks on a Dask cluster.

    A worker that is lost takes nothing with it: its blocks and the model are sent anew.

    Parameters
    ----------
    scheduler : str, optional
        Address of a running scheduler, such as ``tcp://10.0.0.1:8786``; without one a cluster
        of `jobs` processes is started on this machine.
    jobs : int

    Returns
    -------
    Engine

    Raises
    ------
    AccessError
        When Dask is not installed or the cluster does not answer.
    """
    return partial(_run, scheduler, jobs)


def _run(
    scheduler: str | None, jobs: int, task: Callable[[Block], pa.Table], blocks: Iterator[Block]
) -> Iterator[pa.Table]:
    import dask.config

    with (
        dask_client(scheduler, jobs) as client,
        _reachable(_HINT),
        dask.config.set({"distributed.admin.large-graph-warning-threshold": _ANY_SIZE}),
    ):
        # A task of its own and not data: what a lost worker knew is made again from the graph.
        model = client.submit(_hand_over, task, pure=False)
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        waiting: deque[Any] = deque()
        for block in blocks:
            waiting.append(client.submit(_score, model, block, pure=False, retries=RETRIES))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def joblib_on(scheduler: str | None, jobs: int | None = None) -> Iterator[int]:
    """Give the `n_jobs` of work that goes through joblib: processes here, or a Dask cluster.

    Parameters
    ----------
    scheduler : str, optional
        Address of a running scheduler.
    jobs : int, optional
        Processes without a scheduler; all cores by default.

    Yields
    ------
    int
        For joblib; -1 means all of the cluster.

    Raises
    ------
    AccessError
        When Dask is not installed or the cluster is lost.

    Examples
    --------
    >>> with joblib_on(None, jobs=2) as n_jobs:
    ...     n_jobs
    2
    """
    if scheduler is None:
        yield jobs or os.cpu_count() or 1
        return
    from joblib import parallel_config

    with (
        dask_client(scheduler, 1) as client,
        _reachable("Run again when the cluster is well."),
        parallel_config("dask", client=client, n_jobs=-1),
    ):
        yield -1


@contextmanager
def dask_client(scheduler: str | None, jobs: int) -> Iterator[Any]:
    """Give a client of the cluster at `scheduler`, or of one started here; close what was started.

    Parameters
    ----------
    scheduler, jobs
        As of `dask_engine`.

    Yields
    ------
    distributed.Client

    Raises
    ------
    AccessError
        When Dask is not installed or the scheduler does not answer.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise AccessError(
            "The Dask engine needs Dask.", "Install it: pip install 'nxpredict[dask]'."
        ) from None
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=PATIENCE_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError):
            raise AccessError(
                f"No Dask scheduler answers at {scheduler}.", "Check the address and the network."
            ) from None
        with client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=jobs, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def _reachable(hint: str) -> Iterator[None]:
    """Turn the loss of the cluster into a sentence."""
    from distributed import CancelledError, KilledWorker
    from distributed.comm.core import CommClosedError

    try:
        yield
    except KilledWorker:
        raise AccessError("One task killed several workers of the cluster.", hint) from None
    except (CancelledError, CommClosedError, TimeoutError):
        raise AccessError("The connection to the Dask scheduler was lost.", hint) from None


def _hand_over(task: Callable[[Block], pa.Table]) -> Callable[[Block], pa.Table]:
    return task


def _score(task: Callable[[Block], pa.Table], block: Block) -> pa.Table:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return task(block)
