"""By how much benefits differ between patients: what draws say, weighed against what is usual.

Which patients gain more than others and how much more are two questions, and small trials
answer the second one badly: the largest of the differences that they predict are too large.
Before any data a cohort is of one of two kinds: benefits differ as usual, or by anything down
to nothing. What is predicted is then the mean of both posterior means, weighed by how likely
each kind makes it. Where the size is known, nothing changes. The constants were settled on the
development cohorts of ``experiments/known_truth``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from nxpredict.models._draws import ArmDraws
from nxpredict.models._likelihood import Likelihood

FloatArray = NDArray[np.float64]

USUAL, USUAL_SD = 0.3, 0.1
"""SD of benefits in cohorts where they differ as usual, and its own SD, in SDs of the response."""
ANY_SD = 0.3
"""Of that SD in other cohorts, where it is normal around 0 with twice the density."""
SHARE_USUAL = 0.3
"""Share of the first kind of cohort."""
NOBODY_DIFFERS = 1e-9


@dataclass(frozen=True, slots=True)
class BenefitSize:
    """By how much benefits are predicted to differ between patients, and how surely.

    Parameters
    ----------
    spread : float
        SD over patients of the predicted benefit, in SDs of the response; with more than two
        arms the root mean square over pairs.
    certainty : float
        E(s)^2 / E(s^2) over posterior draws, s the slope of a draw's benefits on the predicted
        ones; from 0 to 1, which is also where no benefit differs.

    Examples
    --------
    >>> large, sure, unsure = BenefitSize(0.5, 0.9), BenefitSize(0.2, 0.99), BenefitSize(0.1, 0.5)
    >>> [round(size.factor, 2) for size in (large, sure, unsure)]
    [0.74, 1.0, 1.07]
    """

    spread: float = 0.0
    certainty: float = 1.0

    @classmethod
    def of(
        cls, draws: ArmDraws, inputs: NDArray[np.float32], likelihood: Likelihood, y: FloatArray
    ) -> BenefitSize:
        """Return the size of the benefits of the patients that draws were learned from."""
        x = draws.without_gaps(inputs).astype(np.float64)
        x = x[:, 1:] - x[:, 1:].mean(axis=0)
        own = draws.slopes - draws.slopes.mean(axis=0)
        size = np.einsum("asp,ap->s", own, own.mean(axis=1) @ x.T @ x) / len(x)
        if size.mean() < NOBODY_DIFFERS**2 or y.std() < NOBODY_DIFFERS:
            return cls()
        certainty = float(size.mean() ** 2 / (size**2).mean())
        mean = likelihood.mean(draws.means(inputs))
        variance = (mean - mean.mean(axis=1, keepdims=True)).var(axis=0).sum()
        return cls(float(np.sqrt(2 * variance / (len(own) - 1)) / y.std()), certainty)

    @property
    def factor(self) -> float:
        """What differences of benefits are multiplied by to be believed."""
        s, error = self.spread, self.spread**2 * (1 / self.certainty - 1)
        if s == 0:
            return 1.0
        usual, other = USUAL_SD**2 + error, ANY_SD**2 + error
        odds = np.log(SHARE_USUAL / (2 * (1 - SHARE_USUAL))) + 0.5 * (
            np.log(other / usual) + s**2 / other - (s - USUAL) ** 2 / usual
        )
        share = float(expit(odds))
        first = (s * USUAL_SD**2 + USUAL * error) / (s * usual)
        return share * first + (1 - share) * ANY_SD**2 / other
