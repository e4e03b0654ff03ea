"""A plan to its answers: one table a question, and one sentence each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.evaluation import riley_sample_size
from nxpredict.planning._average import average_power, simulate_average
from nxpredict.planning._choosing import ChoosingTask, choosing_test_patients, simulate_choosing
from nxpredict.planning._interaction import interaction_power, simulate_interaction
from nxpredict.planning._means import (
    mean_interaction_power,
    mean_power,
    simulate_mean_interaction,
    simulate_means,
)
from nxpredict.planning._plan import Plan
from nxpredict.planning._questions import Choosing, Interaction, MeanInteraction

CHEAP = 20_000
"""Repetitions where a study is a handful of counts."""


@dataclass(frozen=True)
class PlanResult:
    """What a plan found.

    Attributes
    ----------
    tables : dict of str to DataFrame
        ``average``, ``interaction``, ``choosing`` and ``development``, those asked for.
    sentences : dict of str to str
        One a table.
    """

    tables: dict[str, pd.DataFrame]
    sentences: dict[str, str]


def run_plan(
    plan: Plan, *, n_jobs: int = 1, progress: Callable[[int, int], None] | None = None
) -> PlanResult:
    """Answer every question of a plan.

    Parameters
    ----------
    plan : Plan
    n_jobs : int
        Processes for whole studies, through joblib's current backend.
    progress : callable, optional
        Called with (studies done, studies in all).

    Returns
    -------
    PlanResult
    """
    tables: dict[str, pd.DataFrame] = {}
    sentences: dict[str, str] = {}
    if plan.arms:
        tables["average"] = _average(plan)
        sentences["average"] = _reached(
            plan, tables["average"], "power", "establishing the average difference"
        )
    if plan.interaction is not None:
        tables["interaction"] = _interaction(plan, plan.interaction)
        sentences["interaction"] = _reached(
            plan, tables["interaction"], "power", "showing that the marker changes the difference"
        )
    if plan.choosing is not None:
        tables["choosing"] = _choosing(plan, plan.choosing, n_jobs, progress)
        sentences["choosing"] = _reached(
            plan, tables["choosing"], "supported", "the verdict that choosing is supported"
        ) + _worth(tables["choosing"])
    if plan.development is not None:
        tables["development"] = _development(plan.development)
        needed = int(tables["development"]["required"].iloc[0])
        sentences["development"] = (
            f"A model of this kind needs {needed} patients under each arm (Riley criteria), and "
            "one with interactions many more."
        )
    return PlanResult(tables, sentences)


def _average(plan: Plan) -> pd.DataFrame:
    reference, *others = plan.arms
    rows = []
    for n in plan.n:
        found, form = _arms_compared(plan, n)
        for arm, (power, error) in zip(others, found, strict=True):
            rows.append(
                {"n": n, "contrast": f"{arm}_vs_{reference}", "power": power, "error": error,
                 "closed_form": form, "cost": _cost(plan, n)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _arms_compared(plan: Plan, n: int) -> tuple[list[tuple[float, float]], float]:
    """Return power and error of every contrast, and the closed form where there is one contrast.

    The closed form knows nothing of an adjustment for several arms.
    """
    chance = {"repetitions": CHEAP, "seed": plan.seed}
    two = len(plan.arms) == 2
    if plan.sd is not None:
        means = list(plan.means.values())
        form = mean_power(n, means, plan.sd) if two else np.nan
        return simulate_means(n, means, plan.sd, **chance), form
    rates = list(plan.rates.values())
    return simulate_average(n, rates, **chance), average_power(n, rates) if two else np.nan


def _marker(plan: Plan, n: int, question: Interaction | MeanInteraction) -> dict[str, float]:
    chance = {"repetitions": CHEAP, "seed": plan.seed}
    if isinstance(question, MeanInteraction):
        power, error = simulate_mean_interaction(n, question, **chance)
        form = mean_interaction_power(n, question)
    else:
        power, error = simulate_interaction(n, question, **chance)
        form = interaction_power(n, question)
    return {"power": power, "error": error, "closed_form": form}


def _interaction(plan: Plan, question: Interaction | MeanInteraction) -> pd.DataFrame:
    return pd.DataFrame(
        [{"n": n, **_marker(plan, n, question), "cost": _cost(plan, n, "genotype")}
         for n in plan.n]
    )  # fmt: skip


def _choosing(
    plan: Plan,
    question: Choosing,
    n_jobs: int,
    progress: Callable[[int, int], None] | None,
) -> pd.DataFrame:
    from joblib import Parallel, delayed

    test = choosing_test_patients(question)
    tasks = [
        ChoosingTask(question, n, _seed(plan.seed, n, k), test)
        for n in plan.n
        for k in range(plan.repetitions)
    ]
    studies = []
    running = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(simulate_choosing)(task) for task in tasks
    )
    for done, (task, found) in enumerate(zip(tasks, running, strict=True), start=1):
        studies.append({"n": task.n, **found})
        if progress is not None:
            progress(done, len(tasks))
    return _summary(plan, pd.DataFrame(studies))


def _seed(seed: int, n: int, repetition: int) -> int:
    """Return a seed of its own for every study, the same whatever else is asked."""
    return int(np.random.SeedSequence([seed, n, repetition]).generate_state(1)[0] % 1_000_000_000)


def _summary(plan: Plan, studies: pd.DataFrame) -> pd.DataFrame:
    studies["better"] = (studies["gain"] > 0).astype("float64")
    rows = []
    for n, own in studies.groupby("n"):
        row: dict[str, Any] = {"n": n, "studies": len(own)}
        for name in own.columns.drop("n"):
            row[name] = float(own[name].mean())
            row[f"{name}_error"] = float(own[name].std(ddof=1) / np.sqrt(len(own)))
        columns = map(str, own.columns)
        families = [c.removeprefix("worth_") for c in columns if c.startswith("worth_")]
        row["cost"] = _cost(plan, int(str(n)), *families)
        rows.append(row)
    return pd.DataFrame(rows)


def _development(section: Any) -> pd.DataFrame:
    size = riley_sample_size(
        parameters=int(section["parameters"]),
        prevalence=section["prevalence"],
        auc=section["auc"],
    )
    return pd.DataFrame(
        [{**section, "shrinkage": size.shrinkage, "optimism": size.optimism,
          "prevalence_margin": size.prevalence, "required": size.required}]
    )  # fmt: skip


def _cost(plan: Plan, n: int, *families: str) -> float:
    """Return what n patients cost with the families measured; NaN when no cost was given."""
    if not plan.costs:
        return float("nan")
    return n * sum(plan.costs.get(name, 0.0) for name in ("patient", *families))


def _reached(plan: Plan, table: pd.DataFrame, column: str, what: str) -> str:
    """Return the sentence on the smallest size that reaches the power wanted."""
    weakest = table.groupby("n")[column].min()
    enough = weakest[weakest >= plan.power]
    if len(enough):
        n = int(enough.index[0])
        return f"{n} patients give a probability of {enough.iloc[0]:.2f} of {what}."
    n = int(weakest.index[-1])
    return (
        f"None of these sizes reaches {plan.power:.2f}: {n} patients give a probability of "
        f"{weakest.iloc[-1]:.2f} of {what}."
    )


def _worth(table: pd.DataFrame) -> str:
    last = table.iloc[-1]
    text = (
        f" At {int(last['n'])} patients choosing by the model gains {100 * last['gain']:+.1f} "
        "points of response over the better single arm, in truth."
    )
    for column in table.columns:
        if column.startswith("worth_") and not column.endswith("_error"):
            family = column.removeprefix("worth_")
            left = 100 * (last["gain"] - last[column])
            text += f" Without {family} predictors it would be {left:+.1f}."
    return text
