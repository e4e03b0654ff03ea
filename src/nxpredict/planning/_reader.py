"""Reads the values of a plan, and gathers what is wrong with them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from nxpredict.errors import DataError, FaultLog, closest
from nxpredict.models import LEARNERS
from nxpredict.planning._questions import Choosing, Family, Interaction, MeanInteraction
from nxpredict.synthetic import Scenario

T = TypeVar("T")
FEWEST = 40


class PlanReader:
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
        limits = (f"above {low:g}", low), (f"below {high:g}", high)
        between = ", ".join(["a number", *(text for text, end in limits if math.isfinite(end))])
        between = between.replace("number, ", "number ", 1)
        return self._bad(key, between, 0.5)

    def sizes(self, value: Any) -> tuple[int, ...]:
        listed = value if isinstance(value, list | tuple) else [value]
        return tuple(sorted({self.whole("n", size, FEWEST) for size in listed}))

    def average(self) -> tuple[dict[str, float], dict[str, float], float | None]:
        """Return rates, or means and their standard deviation."""
        section = self.section("average")
        self.only("average.", section, ("rates", "means", "sd"))
        if not section:
            return {}, {}, None
        if not {"means", "sd"} & set(section):
            return self.rates("average", section), {}, None
        if "rates" in section:
            self._bad("average", "either rates or means, not both")
        means = section.get("means")
        if not isinstance(means, Mapping) or len(means) < 2:
            means = self._bad("average.means", "the mean response under two or more arms", {})
        known = {
            str(arm): self.number(f"average.means.{arm}", mean, -math.inf, math.inf)
            for arm, mean in means.items()
        }
        return {}, known, self.number("average.sd", section.get("sd"), 0.0, math.inf)

    def rates(self, name: str, section: Mapping[str, Any]) -> dict[str, float]:
        rates = section.get("rates")
        if not isinstance(rates, Mapping) or len(rates) < 2:
            return self._bad(
                f"{name}.rates", "the probability of response under two or more arms", {}
            )
        return {str(a): self.number(f"{name}.rates.{a}", r, 0.0, 1.0) for a, r in rates.items()}

    def interaction(self) -> Interaction | MeanInteraction | None:
        section = self.section("interaction")
        if not section:
            return None
        if {"sd", "difference"} & set(section):
            self.only("interaction.", section, ("sd", "share", "difference"))
            return MeanInteraction(
                self.number("interaction.sd", section.get("sd"), 0.0, math.inf),
                self.number("interaction.share", section.get("share"), 0.0, 1.0),
                self.number(
                    "interaction.difference", section.get("difference"), -math.inf, math.inf
                ),
            )
        self.only("interaction.", section, ("rates", "share", "odds_ratio"))
        rates = list(self.rates("interaction", section).values())
        if len(rates) != 2:
            return self._bad("interaction.rates", "the response under two arms", None)
        return Interaction(
            (rates[0], rates[1]),
            self.number("interaction.share", section.get("share"), 0.0, 1.0),
            self.number("interaction.odds_ratio", section.get("odds_ratio"), 0.0, math.inf),
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
            key: self.number(f"costs.{key}", value, -1e-12, math.inf)
            for key, value in section.items()
        }

    def _bad(self, key: str, expected: str, instead: T = None) -> T:  # type: ignore[assignment]
        self.faults.error("bad-value", f"'{key}': expected {expected}", "correct the plan")
        return instead
