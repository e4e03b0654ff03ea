"""The questions of a plan that are more than a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nxpredict.synthetic import Scenario

Family = Literal["genotype", "biomarker", "clinical"]


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
class MeanInteraction:
    """A marker that changes the difference between the means of two arms.

    Parameters
    ----------
    sd : float above 0
        Of the response within an arm.
    share : float in (0, 1)
        Patients with the marker.
    difference : float
        What the marker adds to the difference between the arms, in the response's unit.
    """

    sd: float
    share: float
    difference: float


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
