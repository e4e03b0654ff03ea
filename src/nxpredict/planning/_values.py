"""Reads single values of a plan, and gathers what is wrong with them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from nxpredict.errors import FaultLog, closest

T = TypeVar("T")


class PlanValues:
    """Values of a plan; each that is wrong is a fault, and reading goes on."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.faults = FaultLog()

    def only(
        self,
        place: str,
        given: Mapping[str, Any],
        known: Sequence[str],
        every: Sequence[str] = (),
    ) -> None:
        """Report keys that mean nothing here; `every` are those that may stand here otherwise."""
        for key in given:
            if key not in known:
                listed = dict.fromkeys(every or known)
                hint = closest(str(key), known) or "known keys: " + ", ".join(listed)
                self.faults.error("unknown-key", f"unknown key '{place}{key}' in the plan", hint)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section, empty when it is not there."""
        value = self.config.get(name)
        if value is None or isinstance(value, Mapping):
            return value or {}
        self.bad(name, "a section of 'key: value' lines")
        return {}

    def whole(self, key: str, value: Any, low: int) -> int:
        """Return a whole number of at least `low`."""
        if re.fullmatch(r"[0-9]{1,9}", str(value).strip()) and int(value) >= low:
            return int(value)
        return self.bad(key, f"a whole number of at least {low}", low)

    def number(
        self, key: str, value: Any, low: float, high: float, *, from_low: bool = False
    ) -> float:
        """Return a number strictly between `low` and `high`, or from `low` on."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if low < number < high or (from_low and number == low):
            return number
        least = f"of at least {low:g}" if from_low else f"above {low:g}"
        limits = (least, low), (f"below {high:g}", high)
        between = ", ".join(["a number", *(text for text, end in limits if math.isfinite(end))])
        between = between.replace("number, ", "number ", 1)
        share = "write a share of 1, such as 0.48" if (low, high) == (0.0, 1.0) else ""
        return self.bad(key, between, 0.5, hint=share)

    def several(self, key: str, value: Any, allowed: Sequence[str]) -> tuple[Any, ...]:
        """Return one choice, or a list of different ones to look at side by side."""
        chosen = tuple(value) if isinstance(value, list | tuple) else (value,)
        if chosen and all(chosen.count(one) == 1 and one in allowed for one in chosen):
            return chosen
        return self.bad(key, f"{' or '.join(allowed)}, or a list of them", tuple(allowed[:1]))

    def bad(self, key: str, expected: str, instead: T = None, *, hint: str = "") -> T:  # type: ignore[assignment]
        """Report a value and return what to go on with."""
        hint = hint or "correct the plan"
        self.faults.error("bad-value", f"'{key}': expected {expected}", hint)
        return instead

    def unused(self, key: str, why: str) -> None:
        """Report a key that means nothing beside the others."""
        self.faults.error("bad-value", f"'{key}' means nothing here: {why}", "remove it")
