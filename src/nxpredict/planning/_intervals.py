"""What a simulation leaves open, beside its standard errors."""

from __future__ import annotations

import math
from collections.abc import Mapping

from scipy import stats

from nxpredict.evaluation import share_interval

LEVEL = 0.95


def share_ends(name: str, share: float, studies: int) -> dict[str, float]:
    """Return the ends of a share of studies, Wilson's, named after it.

    Examples
    --------
    >>> {name: round(end, 2) for name, end in share_ends("power", 0.0, 100).items()}
    {'power_lower': 0.0, 'power_upper': 0.04}
    """
    found = share_interval(share, studies, LEVEL)
    return {f"{name}_lower": found.lower, f"{name}_upper": found.upper}


def mean_ends(name: str, mean: float, error: float, studies: int) -> dict[str, float]:
    """Return the ends of a mean over studies, Student's; NaN where all studies are alike."""
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, studies - 1)) * error if error > 0 else math.nan
    return {f"{name}_lower": mean - reach, f"{name}_upper": mean + reach}


def in_brackets(row: Mapping[str, float], name: str, form: str, unit: float = 1.0) -> str:
    """Return the interval of a number as a sentence gives it, with a space before; or nothing."""
    lower, upper = row[f"{name}_lower"], row[f"{name}_upper"]
    if math.isnan(lower):
        return ""
    return f" ({unit * lower:{form}} to {unit * upper:{form}})"
