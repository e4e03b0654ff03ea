"""A plan to its answers: one table a question, and one sentence each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import pandas as pd

from nxpredict.evaluation import riley_sample_size
from nxpredict.planning._assumed import assumptions
from nxpredict.planning._average import average_power, simulate_average
from nxpredict.planning._finished import FinishedStudy
from nxpredict.planning._interaction import interaction_power, simulate_interaction
from nxpredict.planning._intervals import share_ends
from nxpredict.planning._means import (
    mean_interaction_power,
    mean_power,
    simulate_mean_interaction,
    simulate_means,
)
from nxpredict.planning._plan import Plan
from nxpredict.planning._questions import Average, Family, Interaction, MeanInteraction
from nxpredict.planning._sentences import believed, chosen, reached
from nxpredict.planning._studies import summarise_studies, whole_studies
from nxpredict.planning._trial import Trial

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
        One a table, with a line for each design and missingness.
    assumed : dict of str to str
        What each takes for granted.
    """

    tables: dict[str, pd.DataFrame]
    sentences: dict[str, str]
    assumed: dict[str, str]


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
    if plan.average is not None:
        tables["average"] = _average(plan, plan.average)
        what = "establishing the average difference"
        sentences["average"] = _said(plan, tables["average"], what)
    if plan.interaction is not None:
        tables["interaction"] = _interaction(plan, plan.interaction)
        what = "showing that the marker changes the difference"
        sentences["interaction"] = _said(plan, tables["interaction"], what)
    if plan.choosing:
        table = tables["choosing"] = _choosing(plan, n_jobs, progress)
        sentences["choosing"] = chosen(plan.power, table, plan.choosing[0], plan.costs)
        if isinstance(truth := plan.choosing[0].scenario, FinishedStudy):
            sentences["choosing"] += "\n" + truth.belief
    if plan.development is not None:
        tables["development"] = _development(plan.development)
        needed = int(tables["development"]["required"].iloc[0])
        sentences["development"] = (
            f"A model of this kind needs {needed:,} patients under each arm (Riley criteria), and "
            "one with interactions many more."
        )
    return PlanResult(tables, sentences, assumptions(plan))


def _said(plan: Plan, table: pd.DataFrame, what: str) -> str:
    return reached(plan.power, table, "power", what) + believed(table)


def _average(plan: Plan, question: Average) -> pd.DataFrame:
    reference, *others = question.arms
    rows = []
    for trial in question.trials:
        for n in plan.n:
            found, forms = _arms_compared(plan, question, n, trial)
            periods = len(question.arms) if trial.crossover else 1
            rows += [
                {**_which(question.trials, trial), "n": n, "contrast": f"{arm}_vs_{reference}",
                 "power": power, "error": error, **share_ends("power", power, CHEAP),
                 "closed_form": form, "cost": _cost(plan, n, periods)}
                for arm, (power, error), form in zip(others, found, forms, strict=True)
            ]  # fmt: skip
    return pd.DataFrame(rows)


def _arms_compared(
    plan: Plan, question: Average, n: int, trial: Trial
) -> tuple[list[tuple[float, float]], list[float]]:
    """Return power and error of every contrast, and the closed form of each."""
    chance: Any = {"repetitions": CHEAP, "seed": plan.seed, "trial": trial}
    if question.sd is not None:
        means = list(question.means.values())
        forms = mean_power(n, means, question.sd, trial)
        return simulate_means(n, means, question.sd, **chance), forms
    rates = list(question.rates.values())
    return simulate_average(n, rates, **chance), average_power(n, rates, trial)


def _interaction(plan: Plan, question: Interaction | MeanInteraction) -> pd.DataFrame:
    return pd.DataFrame(
        [{**_which(question.trials, trial), "n": n, **_marker(plan, n, question, trial),
          "cost": _cost(plan, n, 2 if trial.crossover else 1, "genotype")}
         for trial in question.trials for n in plan.n]
    )  # fmt: skip


def _marker(
    plan: Plan, n: int, question: Interaction | MeanInteraction, trial: Trial
) -> dict[str, float]:
    chance: Any = {"repetitions": CHEAP, "seed": plan.seed, "trial": trial}
    if isinstance(question, MeanInteraction):
        power, error = simulate_mean_interaction(n, question, **chance)
        form = mean_interaction_power(n, question, trial)
    else:
        power, error = simulate_interaction(n, question, **chance)
        form = interaction_power(n, question, trial)
    ends = share_ends("power", power, CHEAP)
    return {"power": power, "error": error, **ends, "closed_form": form}


def _which(trials: tuple[Trial, ...], trial: Trial) -> dict[str, str]:
    """Return what tells rows of one design from those of another, where there are several."""
    return {"design": trial.design} if len(trials) > 1 else {}


def _choosing(plan: Plan, n_jobs: int, progress: Callable[[int, int], None] | None) -> pd.DataFrame:
    studies = whole_studies(
        plan.choosing, plan.n, plan.repetitions, plan.seed, n_jobs=n_jobs, progress=progress
    )
    summary = summarise_studies(studies)
    # A whole study measures every family, also one whose worth is not asked for.
    families = get_args(Family)
    periods = [plan.choosing[k].periods for k in summary.pop("question")]
    summary["cost"] = [
        _cost(plan, n, each, *families) for n, each in zip(summary["n"], periods, strict=True)
    ]
    return summary


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


def _cost(plan: Plan, n: int, periods: int, *families: str) -> float:
    """Return what n patients cost with the families measured; NaN when no cost was given."""
    if not plan.costs:
        return float("nan")
    each = sum(plan.costs.get(name, 0.0) for name in ("patient", *families))
    return n * (each + periods * plan.costs.get("period", 0.0))
