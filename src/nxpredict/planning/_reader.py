"""Reads the sections of a plan, and gathers what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import product
from typing import Any, get_args

from nxpredict.bundle import Bundle
from nxpredict.errors import DataError, Fault
from nxpredict.models import LEARNERS
from nxpredict.planning._finished import FinishedStudy, Missing
from nxpredict.planning._questions import (
    Average,
    Choosing,
    Family,
    Interaction,
    MeanInteraction,
)
from nxpredict.planning._trial import Design, Trial
from nxpredict.planning._values import PlanValues
from nxpredict.synthetic import Kind, Scenario, load_parameters

FEWEST = 40
_TRIAL = ("design", "allocation", "correlation")
_CHOOSING = ("learner", "minimum_benefit", "without")
_OF_THE_PLAN = ("n", "seed", "new_patients")
_SIDE_BY_SIDE = ("design", "missingness")


class PlanReader(PlanValues):
    """The sections of a plan, and the model that ``choosing.scenario`` names, if it does."""

    def __init__(self, config: Mapping[str, Any], model: Bundle | None = None) -> None:
        super().__init__(config)
        self.model = model

    def sizes(self) -> tuple[int, ...]:
        value = self.config.get("n")
        listed = value if isinstance(value, list | tuple) else [value]
        return tuple(sorted({self.whole("n", size, FEWEST) for size in listed}))

    def average(self) -> Average | None:
        section = self.section("average")
        self.only("average.", section, ("rates", "means", "sd", *_TRIAL))
        if not section:
            return None
        if not {"means", "sd"} & set(section):
            rates = self._rates("average", section)
            return Average(rates, trials=self._trials("average", section, list(rates)))
        if "rates" in section:
            self.bad("average", "either rates or means, not both")
        means = section.get("means")
        if not isinstance(means, Mapping) or len(means) < 2:
            means = self.bad("average.means", "the mean response under two or more arms", {})
        known = {
            str(arm): self.number(f"average.means.{arm}", mean, -math.inf, math.inf)
            for arm, mean in means.items()
        }
        sd = self.number("average.sd", section.get("sd"), 0.0, math.inf)
        return Average({}, known, sd, self._trials("average", section, list(known)))

    def interaction(self) -> Interaction | MeanInteraction | None:
        section = self.section("interaction")
        if not section:
            return None
        if {"sd", "difference"} & set(section):
            self.only("interaction.", section, ("sd", "share", "difference", *_TRIAL))
            change = section.get("difference")
            return MeanInteraction(
                self.number("interaction.sd", section.get("sd"), 0.0, math.inf),
                self.number("interaction.share", section.get("share"), 0.0, 1.0),
                self.number("interaction.difference", change, -math.inf, math.inf),
                self._trials("interaction", section, ["first", "second"]),
            )
        self.only("interaction.", section, ("rates", "share", "odds_ratio", *_TRIAL))
        rates = self._rates("interaction", section)
        if len(rates) != 2:
            return self.bad("interaction.rates", "the response under two arms", None)
        first, second = rates.values()
        return Interaction(
            (first, second),
            self.number("interaction.share", section.get("share"), 0.0, 1.0),
            self.number("interaction.odds_ratio", section.get("odds_ratio"), 0.0, math.inf),
            self._trials("interaction", section, list(rates)),
        )

    def choosing(self) -> tuple[Choosing, ...]:
        section = self.section("choosing")
        if not section:
            return ()
        drawn = [f.name for f in fields(Scenario)]
        known = [name for name in drawn if name not in _OF_THE_PLAN]
        self.only("choosing.", {k: 0 for k in section if k not in drawn}, (*known, *_CHOOSING))
        learner = str(section.get("learner", "default"))
        if learner not in LEARNERS:
            self.bad("choosing.learner", f"one of {', '.join(LEARNERS)}")
        without = section.get("without", [])
        without = [without] if isinstance(without, str) else without
        if not set(without) <= set(get_args(Family)):
            self.bad("choosing.without", f"families: {', '.join(get_args(Family))}")
        for key in set(_OF_THE_PLAN) & set(section):
            self.bad(f"choosing.{key}", "nothing: the plan's own n and seed are used")
        given = {key: section[key] for key in known if key in section}
        scenarios: Sequence[Scenario | FinishedStudy] = (
            self._scenarios(given) if self.model is None else self._finished(self.model, given)
        )
        if learner == "x_forest" and any(one.design == "crossover" for one in scenarios):
            self.bad("choosing.learner", "a learner of patients seen several times, as default is")
        minimum = self._minimum(section, scenarios)
        return tuple(Choosing(one, learner, minimum, tuple(without)) for one in scenarios)

    def _minimum(
        self, section: Mapping[str, Any], scenarios: Sequence[Scenario | FinishedStudy]
    ) -> float:
        """Return the smallest benefit worth a choice; by default that of the study or scenario."""
        if not scenarios:
            return 0.0
        first = Choosing(scenarios[0])
        if self.model is not None:
            usual = self.model.preference["minimum_benefit"]
        else:
            number = load_parameters().number
            usual = number.minimum_benefit if first.scale.continuous else first.minimum_benefit
        given = section.get("minimum_benefit", usual)
        most = math.inf if first.scale.continuous else 1.0
        return self.number("choosing.minimum_benefit", given, -1e-12, most)

    def development(self) -> dict[str, float] | None:
        section = self.section("development")
        if not section:
            return None
        self.only("development.", section, ("parameters", "prevalence", "auc"))
        prevalence = section.get("prevalence")
        return {
            "parameters": self.whole("development.parameters", section.get("parameters"), 1),
            "prevalence": self.number("development.prevalence", prevalence, 0.0, 1.0),
            "auc": self.number("development.auc", section.get("auc"), 0.5, 1.0),
        }

    def costs(self) -> dict[str, float]:
        section, known = self.section("costs"), ("patient", "period", *get_args(Family))
        self.only("costs.", section, known)
        return {
            key: self.number(f"costs.{key}", value, -1e-12, math.inf)
            for key, value in section.items()
            if key in known
        }

    def _rates(self, name: str, section: Mapping[str, Any]) -> dict[str, float]:
        rates = section.get("rates")
        if not isinstance(rates, Mapping) or len(rates) < 2:
            expected = "the probability of response under two or more arms"
            return self.bad(f"{name}.rates", expected, {})
        return {str(a): self.number(f"{name}.rates.{a}", r, 0.0, 1.0) for a, r in rates.items()}

    def _trials(self, name: str, section: Mapping[str, Any], arms: list[str]) -> tuple[Trial, ...]:
        """Return the designs that a question is asked for."""
        designs = self.several(
            f"{name}.design", section.get("design", "parallel"), get_args(Design)
        )
        for key, needed in (("allocation", "parallel"), ("correlation", "crossover")):
            if key in section and needed not in designs:
                self.bad(f"{name}.{key}", f"nothing: it belongs to 'design: {needed}'")
        weights = self._weights(f"{name}.allocation", section.get("allocation"), arms)
        alike = section.get("correlation", load_parameters().crossover["correlation"])
        correlation = self.number(f"{name}.correlation", alike, -1e-12, 1.0)
        return tuple(
            Trial("crossover", (), correlation) if one == "crossover" else Trial(one, weights)
            for one in designs
        )

    def _weights(self, key: str, value: Any, arms: list[str]) -> tuple[float, ...]:
        if value is None:
            return ()
        if not isinstance(value, Mapping) or [str(arm) for arm in value] != arms:
            named = ", ".join(f"{arm}: 1" for arm in arms)
            return self.bad(key, f"patients by arm in proportion, such as {{{named}}}", ())
        return tuple(self.number(f"{key}.{a}", w, 0.0, math.inf) for a, w in value.items())

    def _scenarios(self, drawn: dict[str, Any]) -> Sequence[Scenario]:
        """Return one scenario for each design and missingness; a fault is reported once."""
        if drawn.get("scenario") not in get_args(Kind):
            known = ", ".join(get_args(Kind))
            self.bad("choosing.scenario", f"one of {known}, or the folder of a trained model")
            drawn = drawn | {"scenario": get_args(Kind)[0]}
        keys = [key for key in _SIDE_BY_SIDE if key in drawn]
        asked = [
            list(dict.fromkeys(map(str, value))) or [None] if isinstance(value, list) else [value]
            for value in (drawn[key] for key in keys)
        ]
        found: list[Scenario] = []
        faults: dict[str, Fault] = {}
        for chosen in product(*asked):
            try:
                found.append(Scenario.from_dict(drawn | dict(zip(keys, chosen, strict=True))))
            except DataError as error:
                faults |= {str(fault): fault for fault in error.faults}
        self.faults.extend(faults.values())
        return found

    def _finished(self, model: Bundle, given: Mapping[str, Any]) -> Sequence[FinishedStudy]:
        """Return one study drawn from the model for each design and missingness."""
        for key in set(given) - {"scenario", "design", "missingness", "periods", "carry_over"}:
            self.bad(f"choosing.{key}", "nothing: it is as in the model")
        if model.allocation == "pooled-indirect":
            self.bad("choosing.scenario", "a model of one study: this one compares no arms")
        designs = self.several("choosing.design", given.get("design", "parallel"), get_args(Design))
        missingness = self.several(
            "choosing.missingness", given.get("missingness", "at_random"), get_args(Missing)
        )
        if len(missingness) > 1 and not any(model.training.get("missing", {}).values()):
            self.bad("choosing.missingness", "one of them: nothing was missing in that study")
        periods = self.whole("choosing.periods", given.get("periods", 2), 2)
        left = self.number("choosing.carry_over", given.get("carry_over", 0.0), -1e-12, 1.0)
        return [
            FinishedStudy(model, design, missing, periods, left)
            for design, missing in product(designs, missingness)
        ]
