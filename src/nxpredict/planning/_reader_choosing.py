"""Reads the section of a plan that draws whole studies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import product
from typing import Any, get_args

from nxpredict.bundle import Bundle
from nxpredict.errors import DataError, Fault
from nxpredict.models import LEARNERS, accepts
from nxpredict.planning._finished import FinishedStudy, Missing
from nxpredict.planning._questions import Choosing, Family
from nxpredict.planning._trial import Design
from nxpredict.planning._values import PlanValues
from nxpredict.synthetic import Kind, Scenario, load_parameters

_CHOOSING = ("learner", "minimum_benefit", "without")
_OF_THE_PLAN = ("n", "seed", "new_patients")
_SIDE_BY_SIDE = ("design", "missingness")
_OF_A_CROSSOVER = ("periods", "carry_over")


class ChoosingReader(PlanValues):
    """The section, and the model that ``choosing.scenario`` names, if it does."""

    def __init__(self, config: Mapping[str, Any], model: Bundle | None = None) -> None:
        super().__init__(config)
        self.model = model

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
        for key in (key for key in _OF_THE_PLAN if key in section):
            self.unused(f"choosing.{key}", "the plan's own n and seed are used")
        given = {key: section[key] for key in known if key in section}
        scenarios: Sequence[Scenario | FinishedStudy] = (
            self._scenarios(given) if self.model is None else self._finished(self.model, given)
        )
        designs = {one.design for one in scenarios}
        for key in _OF_A_CROSSOVER:
            if key in section and designs == {"parallel"}:
                self.unused(f"choosing.{key}", "it belongs to 'design: crossover'")
        crossed = learner in LEARNERS and "crossover" in designs
        if crossed and not accepts(learner, "carry_over"):
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
        return self.number("choosing.minimum_benefit", given, 0.0, most, from_low=True)

    def _scenarios(self, drawn: dict[str, Any]) -> Sequence[Scenario]:
        """Return one scenario for each design and missingness; a fault is reported once."""
        if drawn.get("scenario") not in get_args(Kind):
            known = ", ".join(get_args(Kind))
            expected = f"one of {known}, or the folder of a trained model"
            self.bad("choosing.scenario", expected, hint="a folder is relative to the plan file")
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
                faults |= {str(fault): _placed(fault) for fault in error.faults}
        self.faults.extend(faults.values())
        return found

    def _finished(self, model: Bundle, given: Mapping[str, Any]) -> Sequence[FinishedStudy]:
        """Return one study drawn from the model for each design and missingness."""
        for key in set(given) - {"scenario", "design", "missingness", "periods", "carry_over"}:
            self.unused(f"choosing.{key}", "it is as in the model")
        if model.allocation == "pooled-indirect":
            self.bad("choosing.scenario", "a model of one study: this one compares no arms")
        designs = self.several("choosing.design", given.get("design", "parallel"), get_args(Design))
        missingness = self.several(
            "choosing.missingness", given.get("missingness", "at_random"), get_args(Missing)
        )
        if len(missingness) > 1 and not any(model.training.get("missing", {}).values()):
            self.bad("choosing.missingness", "one of them: nothing was missing in that study")
        periods = self.whole("choosing.periods", given.get("periods", 2), 2)
        left = self.number(
            "choosing.carry_over", given.get("carry_over", 0.0), 0.0, 1.0, from_low=True
        )
        return [
            FinishedStudy(model, design, missing, periods, left)
            for design, missing in product(designs, missingness)
        ]


def _placed(fault: Fault) -> Fault:
    """Return a fault of a scenario with the place of its key in the plan."""
    quoted = fault.message.startswith("'")
    return replace(fault, message=f"'choosing.{fault.message[1:]}") if quoted else fault
