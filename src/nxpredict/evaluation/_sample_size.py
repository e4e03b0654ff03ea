"""How many patients a prediction model needs (Riley et al. 2019, 2020)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nxpredict.errors import UsageError
from nxpredict.evaluation._numbers import normal_quantile

_SHRINKAGE = 0.9
_OPTIMISM_IN_R2 = 0.05
_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Patients needed by each criterion, and by all of them together.

    Attributes
    ----------
    shrinkage : int
        Expected uniform shrinkage of at least 0.9.
    optimism : int
        Difference of at most 0.05 between apparent and adjusted Nagelkerke R squared.
    prevalence : int
        Overall risk estimated within 0.05.
    required : int
        The largest of the three.
    """

    shrinkage: int
    optimism: int
    prevalence: int
    required: int


def riley_sample_size(*, parameters: int, prevalence: float, auc: float) -> SampleSize:
    """Return the minimum number of patients to develop a model for a binary response.

    Parameters
    ----------
    parameters : int
        Candidate parameters, at least 1.
    prevalence : float
        Anticipated share responding, 0..1 exclusive.
    auc : float
        Anticipated area under the ROC curve, 0.5..1 exclusive.

    Returns
    -------
    SampleSize

    Notes
    -----
    With Cox-Snell R2 and its maximum R2max = 1 - exp(2 l0), l0 = mean log likelihood of the
    prevalence alone: (1) p / ((S - 1) ln(1 - R2 / S)), S = 0.9; (2) the same with S = R2 / (R2 +
    0.05 R2max); (3) (1.96 / 0.05)^2 * prevalence * (1 - prevalence). R2 follows from the AUC when
    the linear predictor is normal with equal variance in both responses (Riley, Van Calster &
    Collins 2021), here by quadrature and not by simulation.

    Examples
    --------
    >>> riley_sample_size(parameters=24, prevalence=0.174, auc=0.89).required
    660
    """
    if parameters < 1 or not 0 < prevalence < 1 or not 0.5 < auc < 1:
        raise UsageError("Needs parameters >= 1, prevalence in (0, 1) and auc in (0.5, 1).")
    null = prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)
    highest = 1 - math.exp(2 * null)
    r2 = 1 - math.exp(-2 * (_mean_log_likelihood(prevalence, auc) - null))
    first = parameters / ((_SHRINKAGE - 1) * math.log(1 - r2 / _SHRINKAGE))
    kept = r2 / (r2 + _OPTIMISM_IN_R2 * highest)
    second = parameters / ((kept - 1) * math.log(1 - r2 / kept))
    third = (normal_quantile(0.975) / _MARGIN) ** 2 * prevalence * (1 - prevalence)
    sizes = [math.ceil(size) for size in (first, second, third)]
    return SampleSize(sizes[0], sizes[1], sizes[2], max(sizes))


def _mean_log_likelihood(prevalence: float, auc: float) -> float:
    """Return the true model's mean log likelihood, its linear predictor normal given y."""
    distance = math.sqrt(2) * normal_quantile(auc)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    base = math.log(prevalence / (1 - prevalence)) - distance**2 / 2
    case = base + distance * (nodes + distance)
    control = base + distance * nodes
    return float(
        -prevalence * weights @ np.logaddexp(0, -case)
        - (1 - prevalence) * weights @ np.logaddexp(0, control)
    )
