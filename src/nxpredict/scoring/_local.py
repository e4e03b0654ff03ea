"""Blocks scored on the cores of this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pyarrow as pa

from nxpredict.scoring._blocks import Block

Engine = Callable[[Callable[[Block], pa.Table], Iterator[Block]], Iterator[pa.Table]]
"""Applies a function to blocks and yields the results in the order of the blocks."""


def local_engine(jobs: int) -> Engine:
    """Return an engine of `jobs` threads.

    Threads, because nearly all of the work is numpy's and Arrow's, which let others run: nothing
    is copied between processes and nothing has to start.

    Parameters
    ----------
    jobs : int
        1 or more.

    Returns
    -------
    Engine

    Examples
    --------
    >>> engine = local_engine(2)
    >>> list(engine(lambda block: block + 1, iter([1, 2, 3])))
    [2, 3, 4]
    """
    return partial(_run, jobs)


def _run(
    jobs: int, task: Callable[[Block], pa.Table], blocks: Iterator[Block]
) -> Iterator[pa.Table]:
    from threadpoolctl import threadpool_limits

    # One thread a product: the order of sums, and so the last digit, must not depend on cores.
    with threadpool_limits(1):
        if jobs == 1:
            yield from map(task, blocks)
            return
        pool = ThreadPoolExecutor(jobs)
        try:
            waiting: deque[Future[Any]] = deque()
            for block in blocks:
                waiting.append(pool.submit(task, block))
                if len(waiting) > 2 * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
