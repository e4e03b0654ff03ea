"""How patients came to their arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Allocation = Literal["randomised", "observational", "pooled-indirect"]


@dataclass(frozen=True, slots=True)
class Design:
    """What every design has.

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

    Examples
    --------
    >>> ParallelDesign("patient_id", "drug", site="clinic").roles
    {'patient_id': 'design.id', 'drug': 'design.arm', 'clinic': 'design.site'}
    """

    id: str
    arm: str
    allocation: Allocation = "randomised"
    site: str | None = None
    probabilities: Mapping[str, float] | None = None

    @property
    def kind(self) -> Literal["parallel", "crossover"]:
        """What a study file calls the design."""
        return "crossover" if isinstance(self, CrossoverDesign) else "parallel"

    @property
    def roles(self) -> dict[str, str]:
        """The columns that the design reads, with the keys that name them."""
        keys = ("id", "arm", "site", "period", "sequence")
        named = {key: getattr(self, key, None) for key in keys}
        return {column: f"design.{key}" for key, column in named.items() if column}


@dataclass(frozen=True, slots=True)
class ParallelDesign(Design):
    """A study in which each patient gets one arm: one row a patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossoverDesign(Design):
    """A study in which each patient gets several arms, one after another: one row a period.

    A series of one patient (N-of-1) is a crossover with many periods.

    Parameters
    ----------
    period : str
        Column of the period: 1, 2 and so on. Empty where a study file does not name one, which is
        a fault: what else is wrong is then said with it.
    sequence : str, optional
        Column of the label of the order in which a patient gets the arms.
    wash_out_days : float, optional
        Days without any arm between two periods; None when not known.

    Examples
    --------
    >>> CrossoverDesign("patient_id", "drug", period="period").kind
    'crossover'
    """

    period: str
    sequence: str | None = None
    wash_out_days: float | None = None
