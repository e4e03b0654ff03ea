"""The questions of a plan that are more than a few numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nxpredict.planning._finished import FinishedStudy
from nxpredict.planning._trial import Trial
from nxpredict.study import ResponseScale
from nxpredict.synthetic import Scenario

Family = Literal["genotype", "biomarker", "clinical"]


@dataclass(frozen=True, slots=True)
class Average:
    """Whether an arm is better than the reference on average.

    Parameters
    ----------
    rates : mapping of str to float
        Probability of response under each arm, the reference first.
    means : mapping of str to float
        In its place, of a response that is a number: its mean under each arm.
    sd : float, optional
        And how it scatters within an arm, in the same unit.
    trials : tuple of Trial
        Looked at side by side.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    means: Mapping[str, float] = field(default_factory=dict)
    sd: float | None = None
    trials: tuple[Trial, ...] = (Trial(),)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, the reference first."""
        return tuple(self.rates or self.means)


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
    trials : tuple of Trial
    arms : tuple of two str
    """

    rates: tuple[float, float]
    share: float
    odds_ratio: float
    trials: tuple[Trial, ...] = (Trial(),)
    arms: tuple[str, ...] = ("first", "second")


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
    trials : tuple of Trial
    """

    sd: float
    share: float
    difference: float
    trials: tuple[Trial, ...] = (Trial(),)


@dataclass(frozen=True, slots=True)
class Choosing:
    """A whole study: train, judge, and use the model on patients whose truth is known.

    Parameters
    ----------
    scenario : Scenario or FinishedStudy
        What to draw; its `n` and seed are those of the plan.
    learner : str
    minimum_benefit : float
        In the unit of the response.
    without : tuple of str
        Families of predictors whose worth is asked for: each is left out once.
    """

    scenario: Scenario | FinishedStudy
    learner: str = "default"
    minimum_benefit: float = 0.05
    without: tuple[Family, ...] = ()

    @property
    def scale(self) -> ResponseScale:
        """What the response is measured in."""
        if isinstance(self.scenario, FinishedStudy):
            return self.scenario.bundle.scale
        number = self.scenario.number
        return ResponseScale() if number is None else number.response.scale

    @property
    def periods(self) -> int:
        """How often a patient is treated."""
        return self.scenario.periods if self.scenario.design == "crossover" else 1
