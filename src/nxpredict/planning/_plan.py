"""What a plan asks, read from plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nxpredict.bundle import Bundle
from nxpredict.planning._questions import Average, Choosing, Interaction, MeanInteraction
from nxpredict.planning._reader import PlanReader

SECTIONS = ("average", "interaction", "choosing", "development")


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; every section may be absent, not all of them.

    Parameters
    ----------
    name : str
    n : tuple of int
        Numbers of patients asked about, in all arms together.
    repetitions, seed : int
        Whole studies drawn for `choosing`, at each n.
    power : float in (0, 1)
        What is wanted.
    average : Average, optional
    interaction : Interaction or MeanInteraction, optional
    choosing : tuple of Choosing
        Designs and missingness side by side.
    development : mapping, optional
        ``parameters``, ``prevalence`` and ``auc`` of a model, for its minimum size.
    costs : mapping of str to float
        Of a ``patient``, and of a family of predictors in each.

    Examples
    --------
    >>> plan = Plan.from_dict({"n": [200], "average": {"rates": {"a": 0.4, "b": 0.5}}})
    >>> plan.average.arms
    ('a', 'b')
    """

    name: str
    n: tuple[int, ...]
    repetitions: int = 100
    seed: int = 1
    power: float = 0.80
    average: Average | None = None
    interaction: Interaction | MeanInteraction | None = None
    choosing: tuple[Choosing, ...] = ()
    development: Mapping[str, float] | None = None
    costs: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, config: Mapping[str, Any], model: Bundle | None = None) -> Plan:
        """Read a plan; numbers may be text.

        Parameters
        ----------
        config : mapping
        model : Bundle, optional
            What `choosing.scenario` is the address of, where it names a trained model.

        Raises
        ------
        DataError
            With every fault: unknown keys, wrong values, nothing asked.
        """
        read = PlanReader(config, model)
        if {"study", "table"} <= set(config):
            read.faults.error(
                "study-file",
                "this is a study file, and a plan is about a study that has no data yet",
                "write a plan (configs/plan.yaml is one): n, and what each arm achieves as "
                "average.rates or, where the response is a number, as average.means with its sd",
            )
            read.faults.raise_if_errors()
        known = ("plan", "n", "repetitions", "seed", "power", *SECTIONS, "costs")
        read.only("", {key: config[key] for key in config if key != "response"}, known)
        if "response" in config:
            read.faults.error(
                "plan-response",
                "a plan has no section 'response': it reads no data",
                "remove it; write what arms achieve, as rates or, where it is a number, as means "
                "with their sd; 'choosing' takes 'response: continuous'",
            )
        plan = cls(
            name=str(config.get("plan", "plan")),
            n=read.sizes(),
            repetitions=read.whole("repetitions", config.get("repetitions", 100), 2),
            seed=read.whole("seed", config.get("seed", 1), 0),
            power=read.number("power", config.get("power", 0.8), 0.0, 1.0),
            average=read.average(),
            interaction=read.interaction(),
            choosing=read.choosing(),
            development=read.development(),
            costs=read.costs(),
        )
        if not any(config.get(section) for section in SECTIONS):
            read.faults.error(
                "empty-plan",
                "the plan asks nothing",
                "give a section: average, interaction, choosing or development",
            )
        read.faults.raise_if_errors()
        return plan
