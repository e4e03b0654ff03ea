"""What a plan takes for granted, question by question, in one sentence each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nxpredict.planning._finished import FinishedStudy
from nxpredict.planning._plan import Plan
from nxpredict.planning._questions import Average, Choosing, Interaction, MeanInteraction
from nxpredict.planning._trial import Trial


def assumptions(plan: Plan) -> dict[str, str]:
    """Return what each question asked assumes, by its name.

    Examples
    --------
    >>> plan = Plan.from_dict({"n": [200], "average": {"rates": {"a": 0.4, "b": 0.5}}})
    >>> assumptions(plan)["average"]
    'Assumed: response of 40% under a and 50% under b; equal arms. Tested two-sided at 5%.'
    """
    found: dict[str, str] = {}
    if plan.average is not None:
        found["average"] = f"Assumed: {_average(plan.average)}."
        adjusted = ", p-values adjusted by Holm" if len(plan.average.arms) > 2 else ""
        found["average"] += f" Tested two-sided at 5%{adjusted}."
    if plan.interaction is not None:
        found["interaction"] = f"Assumed: {_interaction(plan.interaction)}. Tested two-sided at 5%."
    if plan.choosing:
        # Questions side by side differ in design and missingness; only a crossover has more to say.
        found["choosing"] = f"Assumed: {_choosing(max(plan.choosing, key=lambda q: q.periods))}."
    if plan.development is not None:
        known = plan.development
        found["development"] = (
            f"Assumed: {int(known['parameters'])} parameters, response of "
            f"{100 * known['prevalence']:.3g}% and an AUC of {known['auc']:g}."
        )
    return found


def _average(question: Average) -> str:
    if question.sd is None:
        under = [f"{rate:.3g}% under {_arm(arm)}" for arm, rate in _percent(question.rates).items()]
        what = f"response of {_spoken(under)}"
    else:
        under = [f"{mean:g} under {_arm(arm)}" for arm, mean in question.means.items()]
        what = f"a mean of {_spoken(under)}, with a standard deviation of {question.sd:g} in each"
    return what + _trials(question.trials, question.arms)


def _interaction(question: Interaction | MeanInteraction) -> str:
    if isinstance(question, MeanInteraction):
        what = (
            f"a marker that {100 * question.share:.3g}% of patients have and that adds "
            f"{question.difference:g} to the difference between two arms, with a standard "
            f"deviation of {question.sd:g} within an arm"
        )
        return what + _trials(question.trials, ("first", "second"))
    first, second = map(_arm, question.arms)
    return (
        f"response of {100 * question.rates[0]:.3g}% under {first} and of "
        f"{100 * question.rates[1]:.3g}% under {second} without the marker, which "
        f"{100 * question.share:.3g}% of patients have and which multiplies the odds of response "
        f"under {second} by {question.odds_ratio:g}{_trials(question.trials, question.arms)}"
    )


def _choosing(question: Choosing) -> str:
    scenario = question.scenario
    if isinstance(scenario, FinishedStudy):
        what = f"patients and responses as in the model of study '{scenario.bundle.study}'"
        arms: Sequence[str] = scenario.bundle.arms.names
    else:
        what = f"scenario '{scenario.scenario}', in which {scenario.described}"
        arms = scenario.arms
    scale = question.scale
    least = scale.difference(question.minimum_benefit)
    carried = ""
    if question.periods > 1:
        carried = f"; {question.periods} periods a patient in a crossover"
        carried += f", of an arm's effect {scenario.carry_over:.0%} left in the next period"
    return (
        f"{what}; {_spoken([_arm(arm) for arm in arms])}{carried}. Each study is judged as "
        f"'train' does, with learner '{question.learner}' and a minimum benefit of {least} "
        f"{scale.steps}"
    )


def _trials(trials: Sequence[Trial], arms: Sequence[str]) -> str:
    """Return how patients come to their arms, after a semicolon."""
    told = []
    for trial in trials:
        if trial.crossover:
            told.append(
                "in a crossover every arm once in every patient, whose responses correlate at "
                f"{trial.correlation:g}"
            )
        elif trial.weights:
            shares = [f"{w:g} {_arm(arm)}" for arm, w in zip(arms, trial.weights, strict=True)]
            told.append(f"arms in the proportion {' to '.join(shares)}")
        else:
            told.append("equal arms")
    return "; " + "; ".join(told)


def _percent(rates: Mapping[str, float]) -> dict[str, float]:
    return {arm: 100 * rate for arm, rate in rates.items()}


def _arm(name: Any) -> str:
    return str(name).replace("_", " ")


def _spoken(items: Sequence[str]) -> str:
    return ", ".join(items[:-1]) + f" and {items[-1]}"
