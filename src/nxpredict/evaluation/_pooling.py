"""Random-effects pooling of one estimate a site."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from nxpredict.evaluation._numbers import FloatArray

_MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Pooled:
    """An average over sites, and how far sites differ.

    Attributes
    ----------
    estimate, lower, upper : float
        Average over sites and its interval; NaN without a site.
    prediction_lower, prediction_upper : float
        Where the value of one more site is expected; NaN with fewer than three sites.
    between_sites_sd : float
        Standard deviation of the sites' true values (tau).
    sites : int
    """

    estimate: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    prediction_lower: float = math.nan
    prediction_upper: float = math.nan
    between_sites_sd: float = math.nan
    sites: int = 0

    def to_dict(self) -> dict[str, float]:
        """Return the numbers by name."""
        return asdict(self)


def pool(estimates: FloatArray, errors: FloatArray, *, level: float = 0.95) -> Pooled:
    """Return the random-effects average of one estimate a site.

    Parameters
    ----------
    estimates, errors : array of float64, shape (sites,)
        Estimates on a scale where they are about normal, and their standard errors. Sites
        without a finite estimate and a positive error are left out.
    level : float
        Of the intervals, 0..1.

    Notes
    -----
    Between-site variance by restricted maximum likelihood; interval of the average by Hartung &
    Knapp 2001 and Sidik & Jonkman 2002 with t on sites - 1 degrees of freedom, never narrower
    than without their factor; prediction interval with t on sites - 2 (Higgins, Thompson &
    Spiegelhalter 2009), a little too narrow with few sites (Partlett & Riley 2017).

    Examples
    --------
    >>> pool(np.array([0.25, 0.75]), np.array([0.5, 0.5])).estimate
    0.5
    """
    from scipy.stats import t

    usable = np.isfinite(estimates) & np.isfinite(errors) & (errors > 0)
    values, variances = estimates[usable], errors[usable] ** 2
    sites = len(values)
    if sites < 2:
        return Pooled(sites=sites) if not sites else Pooled(float(values[0]), sites=1)
    between = _between_variance(values, variances)
    weights = 1 / (variances + between)
    mean = float(weights @ values / weights.sum())
    factor = max(1.0, float(weights @ (values - mean) ** 2) / (sites - 1))
    error = math.sqrt(factor / float(weights.sum()))
    tail = 0.5 + level / 2
    reach = float(t.ppf(tail, sites - 1)) * error
    spread = math.nan
    if sites > 2:
        spread = float(t.ppf(tail, sites - 2)) * math.sqrt(between + error**2)
    return Pooled(
        mean, mean - reach, mean + reach, mean - spread, mean + spread, math.sqrt(between), sites
    )


def _between_variance(values: FloatArray, variances: FloatArray) -> float:
    """Return the variance between sites by REML: Fisher scoring, kept at or above zero."""
    between = max(0.0, float(values.var(ddof=1) - variances.mean()))
    for _ in range(_MOST_STEPS):
        w = 1 / (variances + between)
        total = w.sum()
        gap = values - w @ values / total
        score = w**2 @ gap**2 - total + w**2 @ np.ones_like(w) / total
        information = np.sum(w**2) - 2 * np.sum(w**3) / total + (np.sum(w**2) / total) ** 2
        new = max(0.0, between + float(score / information))
        if abs(new - between) < 1e-12 * (1 + new):
            return new
        between = new
    return between
