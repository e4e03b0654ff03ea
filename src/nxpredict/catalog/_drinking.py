"""How drinking is counted: risk levels and heavy days, by sex."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RiskLevels:
    """The WHO drinking risk levels of a mean daily amount.

    Parameters
    ----------
    names : tuple of str
        Lowest first.
    female, male : tuple of float
        Upper bound of every level but the last, in grams of pure alcohol a day; a bound belongs
        to the level below it.
    two_levels_from : str
        Lowest baseline level from which a reduction by two levels is defined.
    certainty, reference, description : str
    """

    names: tuple[str, ...]
    female: tuple[float, ...]
    male: tuple[float, ...]
    two_levels_from: str
    certainty: str
    reference: str
    description: str

    def __post_init__(self) -> None:
        for bounds in (self.female, self.male):
            if len(bounds) != len(self.names) - 1 or list(bounds) != sorted(set(bounds)):
                raise ValueError("every risk level but the last needs a higher bound than before")
        if self.two_levels_from not in self.names:
            raise ValueError(f"there is no risk level {self.two_levels_from!r}")


@dataclass(frozen=True, slots=True)
class HeavyDay:
    """From how many grams of pure alcohol on a day is heavy, in one region.

    Parameters
    ----------
    female, male : float
        Grams; the amount itself is heavy.
    certainty, reference, description : str
    """

    female: float
    male: float
    certainty: str
    reference: str
    description: str


@dataclass(frozen=True, slots=True)
class Drinking:
    """What the responses computed from drinking data rest on.

    Parameters
    ----------
    risk_levels : RiskLevels
    heavy_days : mapping of str to HeavyDay
        By region.
    """

    risk_levels: RiskLevels
    heavy_days: Mapping[str, HeavyDay]

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Drinking:
        """Read the TOML table."""
        return cls(
            RiskLevels(**table["risk_levels"]),
            {region: HeavyDay(**day) for region, day in table["heavy_days"].items()},
        )
