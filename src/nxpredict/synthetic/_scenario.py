"""What one synthetic cohort is made of, as a config states it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, get_args

from nxpredict.errors import FaultLog, closest
from nxpredict.synthetic._parameters import Number, Parameters, load_parameters

Kind = Literal["no_difference", "consensus", "published"]
Allocation = Literal["randomised", "observational"]
Layout = Literal["parallel", "crossover"]
Response = Literal["binary", "continuous"]
Missingness = Literal["site_and_severity", "at_random", "none"]

_WORDS: dict[str, str] = {
    "no_difference": "the drugs do not differ for anybody",
    "consensus": "the drugs differ as little as the evidence as a whole supports",
    "published": "the drugs differ as much as single studies reported: optimistic, not the truth",
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A recipe for one cohort; the same recipe gives the same bytes.

    Parameters
    ----------
    scenario : {"no_difference", "consensus", "published"}
        How the drugs differ between patients: not at all, as the evidence as a whole supports, or
        as single studies reported. Their averages are equal in all three.
    n : int, default 1200
        Patients in the trial.
    new_patients : int, default 200
        Patients to score, unscreened and untreated.
    seed : int, default 1
        Seed of every random number.
    region_mix : str or mapping of str to float, default "us"
        Ancestry: a preset (``us``, ``eu``, ``jp``) or shares that add up to 1.
    arms : tuple of str, default ("naltrexone", "nalmefene")
        Arms, the reference first; ``placebo`` and ``naltrexone+prazosin`` may join.
    allocation : {"randomised", "observational"}, default "randomised"
        Equal shares within each site, or by how ill a patient is, which bears on the response.
    missingness : {"site_and_severity", "at_random", "none"}, default "site_and_severity"
        What decides which values are missing.
    design : {"parallel", "crossover"}, default "parallel"
        One arm a patient, or one after another.
    periods : int, default 2
        Of a crossover; a multiple of the number of arms gives all of them equally often.
    carry_over : float in [0, 1), default 0
        Share of an arm's effect that is left in the period after it.
    response : {"binary", "continuous"}, default "binary"
        There or not, or a number: by how much daily alcohol falls.

    Examples
    --------
    >>> Scenario.from_dict({"scenario": "consensus", "n": 300}).n
    300
    """

    scenario: Kind
    n: int = 1200
    new_patients: int = 200
    seed: int = 1
    region_mix: str | tuple[tuple[str, float], ...] = "us"
    arms: tuple[str, ...] = ("naltrexone", "nalmefene")
    allocation: Allocation = "randomised"
    missingness: Missingness = "site_and_severity"
    design: Layout = "parallel"
    periods: int = 2
    carry_over: float = 0.0
    response: Response = "binary"

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> Scenario:
        """Read a scenario from plain values; numbers may be text, as in a study file.

        Raises
        ------
        DataError
            With every fault: unknown keys, wrong values.
        """
        faults = FaultLog()
        known = [f.name for f in fields(cls)]
        for key in config:
            if key not in known:
                hint = closest(str(key), known) or "known keys: " + ", ".join(known)
                faults.error("unknown-key", f"unknown key '{key}' in the scenario", hint)
        parameters = load_parameters()
        given = {f.name: None if f.default is MISSING else f.default for f in fields(cls)}
        given |= config
        values = {
            "scenario": _choice(given, "scenario", get_args(Kind), faults),
            "n": _whole(given, "n", 20, faults),
            "new_patients": _whole(given, "new_patients", 1, faults),
            "seed": _whole(given, "seed", 0, faults),
            "region_mix": _mix(given["region_mix"], parameters, faults),
            "arms": _arms(given["arms"], parameters, faults),
            "allocation": _choice(given, "allocation", get_args(Allocation), faults),
            "missingness": _choice(given, "missingness", get_args(Missingness), faults),
            "design": _choice(given, "design", get_args(Layout), faults),
            "periods": _whole(given, "periods", 2, faults),
            "carry_over": _share(given, "carry_over", faults),
            "response": _choice(given, "response", get_args(Response), faults),
        }
        if values["design"] == "crossover" and values["allocation"] == "observational":
            faults.error(
                "bad-value",
                "a crossover is not observational: the order of its arms is randomised",
                "write 'allocation: randomised', or 'design: parallel'",
            )
        faults.raise_if_errors()
        return cls(**values)

    @property
    def wash_out_days(self) -> float | None:
        """Days between two periods; None, not declared, where something is carried over."""
        return None if self.carry_over else load_parameters().crossover["wash_out_days"]

    @property
    def described(self) -> str:
        """How the drugs differ, in words."""
        return _WORDS[self.scenario]

    @property
    def number(self) -> Number | None:
        """What a response that is a number is like; None where it is there or not."""
        return load_parameters().number if self.response == "continuous" else None

    @property
    def ancestry_mix(self) -> dict[str, float]:
        """Share of each ancestry."""
        if isinstance(self.region_mix, str):
            return dict(load_parameters().ancestry_mix[self.region_mix])
        return dict(self.region_mix)


def _choice(given: Mapping[str, Any], key: str, allowed: tuple[str, ...], faults: FaultLog) -> Any:
    value = given[key]
    if value in allowed:
        return value
    problem = f"'{key}' is missing" if value is None else f"'{key}' is not one that is known"
    faults.error("bad-value", problem, f"write one of: {', '.join(allowed)}")
    return None


def _whole(given: Mapping[str, Any], key: str, low: int, faults: FaultLog) -> int:
    text = str(given[key]).strip()
    if re.fullmatch(r"[0-9]{1,9}", text) and int(text) >= low:
        return int(text)
    faults.error("bad-value", f"'{key}' is not a whole number of at least {low}", "write digits")
    return low


def _share(given: Mapping[str, Any], key: str, faults: FaultLog) -> float:
    try:
        share = float(given[key])
    except (TypeError, ValueError):
        share = math.nan
    if 0 <= share < 1:
        return share
    faults.error("bad-value", f"'{key}' is not a share of at least 0 and below 1", "write 0.3, say")
    return 0.0


def _mix(value: Any, parameters: Parameters, faults: FaultLog) -> Any:
    presets = parameters.ancestry_mix
    if isinstance(value, str) and value in presets:
        return value
    known = list(dict.fromkeys(name for preset in presets.values() for name in preset))
    if isinstance(value, Mapping) and all(name in known for name in value):
        try:
            shares = {str(name): float(share) for name, share in value.items()}
        except (TypeError, ValueError):
            shares = {}
        total = math.fsum(shares.values())
        if shares and min(shares.values()) >= 0 and math.isclose(total, 1.0, abs_tol=1e-9):
            return tuple(shares.items())
    faults.error(
        "bad-value",
        "'region_mix' is neither a preset nor shares that add up to 1",
        f"write one of {', '.join(presets)}, or shares of {', '.join(known)}",
    )
    return "us"


def _arms(value: Any, parameters: Parameters, faults: FaultLog) -> tuple[str, ...]:
    known = list(parameters.arms)
    listed = isinstance(value, list | tuple) and all(isinstance(arm, str) for arm in value)
    names = tuple(value) if listed else ()
    if len(names) >= 2 and len(set(names)) == len(names) and set(names) <= set(known):
        return names
    faults.error(
        "bad-value",
        "'arms' is not a list of two or more different arms",
        f"choose from: {', '.join(known)}",
    )
    return tuple(known[:2])
