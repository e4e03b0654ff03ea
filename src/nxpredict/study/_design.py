"""How patients came to their arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Allocation = Literal["randomised", "observational", "pooled-indirect"]


@dataclass(frozen=True, slots=True)
class ParallelDesign:
    """A study in which each patient gets one arm: one row a patient.

    Parameters
    ----------
    id : str
        Column of the patient identifier.
    arm : str
        Column of the arm label.
    allocation : {"randomised", "observational", "pooled-indirect"}
        Decides what may be claimed. ``pooled-indirect`` means that each drug comes from another
        study, so no causal contrast is possible.
    site : str, optional
        Column of the site: folds, results per site, and the stratum of the randomisation.
    probabilities : mapping of str to float, optional
        Known allocation probability of each arm, by arm name, in (0, 1), summing to 1.
    """

    id: str
    arm: str
    allocation: Allocation = "randomised"
    site: str | None = None
    probabilities: Mapping[str, float] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the design reads, in order: id, arm and, when given, site."""
        return (self.id, self.arm) if self.site is None else (self.id, self.arm, self.site)
