"""Whole studies of every question and size, in any number of processes, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.planning._choosing import ChoosingTask, choosing_test_patients, simulate_choosing
from nxpredict.planning._intervals import mean_ends, share_ends
from nxpredict.planning._questions import Choosing

SHARES = ("supported", "differs", "better")
"""What a study shows or does not; the rest are numbers."""


def whole_studies(
    questions: Sequence[Choosing],
    sizes: Sequence[int],
    repetitions: int,
    seed: int,
    *,
    n_jobs: int,
    progress: Callable[[int, int], None] | None,
) -> pd.DataFrame:
    """Draw and judge studies, one row each.

    Questions share the seeds of their studies, so that what differs between them is not luck.

    Returns
    -------
    DataFrame
        ``question`` (its position), what tells it from the others, ``n``, and what
        `simulate_choosing` returned.
    """
    from joblib import Parallel, delayed

    tests = [choosing_test_patients(question) for question in questions]
    tasks = [
        (
            place,
            ChoosingTask(question, n, (own := _seed(seed, n, repetition)), tests[place].of(own)),
        )
        for place, question in enumerate(questions)
        for n in sizes
        for repetition in range(repetitions)
    ]
    running = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(simulate_choosing)(task) for _, task in tasks
    )
    studies = []
    for done, ((place, task), found) in enumerate(zip(tasks, running, strict=True), start=1):
        which = _which(questions, questions[place])
        studies.append({"question": place, **which, "n": task.n, **found})
        if progress is not None:
            progress(done, len(tasks))
    return pd.DataFrame(studies)


def _which(questions: Sequence[Choosing], question: Choosing) -> dict[str, str]:
    """Return the design and the missingness of a question where others have another."""
    return {
        name: getattr(question.scenario, name)
        for name in ("design", "missingness")
        if len({getattr(one.scenario, name) for one in questions}) > 1
    }


def _seed(seed: int, n: int, repetition: int) -> int:
    """Return a seed of its own for every study, the same whatever else is asked."""
    return int(np.random.SeedSequence([seed, n, repetition]).generate_state(1)[0] % 1_000_000_000)


def summarise_studies(studies: pd.DataFrame) -> pd.DataFrame:
    """Return means over studies, their standard errors and 95 % intervals, by question and size."""
    studies = studies.copy()
    better = (studies["gain"] > 0).astype("float64")
    studies.insert(list(studies).index("gain"), "better", better)
    told = [name for name in ("question", "design", "missingness", "n") if name in studies]
    rows = []
    for which, own in studies.groupby(told, sort=False):
        row: dict[str, Any] = {**dict(zip(told, which, strict=True)), "studies": len(own)}
        for name in own.columns.drop(told):
            mean, error = float(own[name].mean()), float(own[name].std(ddof=1) / np.sqrt(len(own)))
            row |= {name: mean, f"{name}_error": error}
            if name in SHARES:
                row |= share_ends(name, mean, len(own))
            else:
                row |= mean_ends(name, mean, error, len(own))
        rows.append(row)
    return pd.DataFrame(rows)
