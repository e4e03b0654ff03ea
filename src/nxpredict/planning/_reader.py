"""Reads the cheap sections of a plan, and gathers what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

from nxpredict.planning._questions import Average, Family, Interaction, MeanInteraction
from nxpredict.planning._reader_choosing import ChoosingReader
from nxpredict.planning._trial import Design, Trial
from nxpredict.synthetic import load_parameters

FEWEST = 40
_TRIAL = ("design", "allocation", "correlation")
_RATES, _MEANS = ("rates", "share", "odds_ratio"), ("sd", "share", "difference")


class PlanReader(ChoosingReader):
    """The sections of a plan."""

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
        number = bool({"sd", "difference"} & set(section))
        every = (*_RATES, *_MEANS, *_TRIAL)
        self.only("interaction.", section, (*(_MEANS if number else _RATES), *_TRIAL), every)
        share = self.number("interaction.share", section.get("share"), 0.0, 1.0)
        if number:
            change = section.get("difference")
            return MeanInteraction(
                self.number("interaction.sd", section.get("sd"), 0.0, math.inf),
                share,
                self.number("interaction.difference", change, -math.inf, math.inf),
                self._trials("interaction", section, ["first", "second"]),
            )
        odds_ratio = self.number("interaction.odds_ratio", section.get("odds_ratio"), 0.0, math.inf)
        rates = self._rates("interaction", section, "two arms", most=2)
        trials = self._trials("interaction", section, list(rates))
        if len(rates) != 2:
            return None
        first, second = rates.values()
        return Interaction((first, second), share, odds_ratio, trials, tuple(rates))

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
            key: self.number(f"costs.{key}", value, 0.0, math.inf, from_low=True)
            for key, value in section.items()
            if key in known
        }

    def _rates(
        self, name: str, section: Mapping[str, Any], arms: str = "two or more arms", most: int = 99
    ) -> dict[str, float]:
        rates = section.get("rates")
        if not isinstance(rates, Mapping) or not 2 <= len(rates) <= most:
            return self.bad(f"{name}.rates", f"the probability of response under {arms}", {})
        return {str(a): self.number(f"{name}.rates.{a}", r, 0.0, 1.0) for a, r in rates.items()}

    def _trials(self, name: str, section: Mapping[str, Any], arms: list[str]) -> tuple[Trial, ...]:
        """Return the designs that a question is asked for."""
        designs = self.several(
            f"{name}.design", section.get("design", "parallel"), get_args(Design)
        )
        for key, needed in (("allocation", "parallel"), ("correlation", "crossover")):
            if key in section and needed not in designs:
                self.unused(f"{name}.{key}", f"it belongs to 'design: {needed}'")
        weights = self._weights(f"{name}.allocation", section.get("allocation"), arms)
        alike = section.get("correlation", load_parameters().crossover["correlation"])
        correlation = self.number(f"{name}.correlation", alike, 0.0, 1.0, from_low=True)
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
