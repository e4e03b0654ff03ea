"""What a plan asks, read from plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args

from nxpredict.errors import DataError, FaultLog, closest
from nxpredict.models import LEARNERS
from nxpredict.synthetic import Scenario

T = TypeVar("T")
Family = Literal["genotype", "biomarker", "clinical"]
_FEWEST = 40


@dataclass(frozen=True, slots=True)
class Interaction:
    """A marker that changes the difference between two arms.

    Parameters
    ----------
    rates : tuple of two floats in (0, 1)
        Response under either arm of patients without the marker.
    share : float in (0, 1)
        Patients with the marker.
    odds_ratio : float above 0
        Odds of response with the marker over those without it, under the second arm only.
    """

    rates: tuple[float, float]
    share: float
    odds_ratio: float


@dataclass(frozen=True, slots=True)
class Choosing:
    """A whole study: train, judge, and use the model on patients whose truth is known.

    Parameters
    ----------
    scenario : Scenario
        What to draw; its `n` and seed are those of the plan.
    learner : str
    minimum_benefit : float
    without : tuple of str
        Families of predictors whose worth is asked for: each is left out once.
    """

    scenario: Scenario
    learner: str = "default"
    minimum_benefit: float = 0.05
    without: tuple[Family, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; every section may be absent, not all of them.

    Parameters
    ----------
    name : str
    n : tuple of int
        Numbers of patients asked about, in all arms together.
    arms : tuple of str
        The reference first.
    repetitions, seed : int
        Whole studies drawn for `choosing`, at each n.
    power : float in (0, 1)
        What is wanted.
    rates : mapping of str to float
        Response under each arm, for the average.
    interaction : Interaction, optional
    choosing : Choosing, optional
    development : mapping, optional
        ``parameters``, ``prevalence`` and ``auc`` of a model, for its minimum size.
    costs : mapping of str to float
        Of a ``patient``, and of a family of predictors in each.

    Examples
    --------
    >>> plan = Plan.from_dict({"n": [200], "average": {"rates": {"a": 0.4, "b": 0.5}}})
    >>> plan.arms
    ('a', 'b')
    """

    name: str
    n: tuple[int, ...]
    arms: tuple[str, ...]
    repetitions: int = 100
    seed: int = 1
    power: float = 0.80
    rates: Mapping[str, float] = field(default_factory=dict)
    interaction: Interaction | None = None
    choosing: Choosing | None = None
    development: Mapping[str, float] | None = None
    costs: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> Plan:
        """Read a plan; numbers may be text.

        Raises
        ------
        DataError
            With every fault: unknown keys, wrong values, nothing asked.
        """
        read = _Reader(config)
        known = (
            "plan", "n", "repetitions", "seed", "power", "average", "interaction", "choosing",
            "development", "costs",
        )  # fmt: skip
        read.only("", config, (*known, "response"))
        if "response" in config:
            read.faults.error(
                "plan-response",
                "the response of a plan is there or not, so that it has no section 'response'",
                "remove it; what arms achieve are rates between 0 and 1",
            )
        rates = read.rates("average", read.section("average"))
        plan = cls(
            name=str(config.get("plan", "plan")),
            n=read.sizes(config.get("n")),
            arms=tuple(rates),
            repetitions=read.whole("repetitions", config.get("repetitions", 100), 2),
            seed=read.whole("seed", config.get("seed", 1), 0),
            power=read.number("power", config.get("power", 0.8), 0.0, 1.0),
            rates=rates,
            interaction=read.interaction(),
            choosing=read.choosing(),
            development=read.development(),
            costs=read.costs(),
        )
        if not rates and not (plan.interaction or plan.choosing or plan.development):
            read.faults.error(
                "empty-plan",
                "the plan asks nothing",
                "give a section: average, interaction, choosing or development",
            )
        read.faults.raise_if_errors()
        return plan


class _Reader:
    """Reads values and gathers what is wrong with them."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.faults = FaultLog()

    def only(self, place: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in given:
            if key not in known:
                hint = closest(str(key), known) or "known keys: " + ", ".join(known)
                self.faults.error("unknown-key", f"unknown key '{place}{key}' in the plan", hint)

    def section(self, name: str) -> Mapping[str, Any]:
        value = self.config.get(name)
        if value is None or isinstance(value, Mapping):
            return value or {}
        self._bad(name, "a section of 'key: value' lines")
        return {}

    def whole(self, key: str, value: Any, low: int) -> int:
        if re.fullmatch(r"[0-9]{1,9}", str(value).strip()) and int(value) >= low:
            return int(value)
        return self._bad(key, f"a whole number of at least {low}", low)

    def number(self, key: str, value: Any, low: float, high: float) -> float:
        """Return a number strictly between `low` and `high`."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if low < number < high:
            return number
        between = f"a number above {low:g}" + ("" if high == float("inf") else f", below {high:g}")
        return self._bad(key, between, 0.5)

    def sizes(self, value: Any) -> tuple[int, ...]:
        listed = value if isinstance(value, list | tuple) else [value]
        return tuple(sorted({self.whole("n", size, _FEWEST) for size in listed}))

    def rates(self, name: str, section: Mapping[str, Any]) -> dict[str, float]:
        if not section:
            return {}
        rates = section.get("rates")
        if not isinstance(rates, Mapping) or len(rates) < 2:
            return self._bad(
                f"{name}.rates", "the probability of response under two or more arms", {}
            )
        return {str(a): self.number(f"{name}.rates.{a}", r, 0.0, 1.0) for a, r in rates.items()}

    def interaction(self) -> Interaction | None:
        section = self.section("interaction")
        if not section:
            return None
        self.only("interaction.", section, ("rates", "share", "odds_ratio"))
        rates = list(self.rates("interaction", section).values())
        if len(rates) != 2:
            return self._bad("interaction.rates", "the response under two arms", None)
        return Interaction(
            (rates[0], rates[1]),
            self.number("interaction.share", section.get("share"), 0.0, 1.0),
            self.number("interaction.odds_ratio", section.get("odds_ratio"), 0.0, float("inf")),
        )

    def choosing(self) -> Choosing | None:
        section = dict(self.section("choosing"))
        if not section:
            return None
        own = ("learner", "minimum_benefit", "without")
        learner = str(section.get("learner", "default"))
        if learner not in LEARNERS:
            self._bad("choosing.learner", f"one of {', '.join(LEARNERS)}")
        minimum = self.number(
            "choosing.minimum_benefit", section.get("minimum_benefit", 0.05), -1, 1
        )
        without = section.get("without", [])
        without = [without] if isinstance(without, str) else without
        if not set(without) <= set(get_args(Family)):
            self._bad("choosing.without", f"families: {', '.join(get_args(Family))}")
        drawn = {key: value for key, value in section.items() if key not in own}
        for key in {"n", "seed", "new_patients"} & set(drawn):
            self._bad(f"choosing.{key}", "nothing: the plan's own n and seed are used")
            del drawn[key]
        try:
            scenario = Scenario.from_dict(drawn)
        except DataError as error:
            self.faults.extend(error.faults)
            return None
        if learner == "x_forest" and scenario.design == "crossover":
            self._bad(
                "choosing.learner", "a learner of patients seen several times, such as default"
            )
        return Choosing(scenario, learner, minimum, tuple(without))

    def development(self) -> dict[str, float] | None:
        section = self.section("development")
        if not section:
            return None
        self.only("development.", section, ("parameters", "prevalence", "auc"))
        return {
            "parameters": self.whole("development.parameters", section.get("parameters"), 1),
            "prevalence": self.number(
                "development.prevalence", section.get("prevalence"), 0.0, 1.0
            ),
            "auc": self.number("development.auc", section.get("auc"), 0.5, 1.0),
        }

    def costs(self) -> dict[str, float]:
        section = self.section("costs")
        self.only("costs.", section, ("patient", *get_args(Family)))
        return {
            key: self.number(f"costs.{key}", value, -1e-12, float("inf"))
            for key, value in section.items()
        }

    def _bad(self, key: str, expected: str, instead: T = None) -> T:  # type: ignore[assignment]
        self.faults.error("bad-value", f"'{key}': expected {expected}", "correct the plan")
        return instead
