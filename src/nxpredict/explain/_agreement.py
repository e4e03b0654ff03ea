"""Whether a model that is fitted again on other patients gives the same reasons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

AMONG = 3


def agreement_table(drivers: pd.DataFrame, refits: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return how often refits give each predictor the same place and direction.

    Parameters
    ----------
    drivers : DataFrame
        Of the model, as of `driver_table`.
    refits : sequence of DataFrame
        The same of models fitted to resampled patients, explained on the same patients.

    Returns
    -------
    DataFrame
        Index: predictors, in the order of `drivers`. `first`, `among_three`: share of refits in
        which the predictor was the strongest, or among the three strongest; `same_direction`:
        share of refits with a swing of the same sign (NaN where labels, not numbers, were
        compared and the refits compared others).

    Examples
    --------
    >>> def drivers(**swings):
    ...     found = pd.DataFrame({"swing": swings, "low": 0.0, "high": 1.0})
    ...     return found.assign(mean_absolute=found["swing"].abs()).sort_values(
    ...         "mean_absolute", ascending=False)
    >>> refits = [drivers(age=0.1, sex=0.0, ggt=0.02), drivers(age=-0.1, sex=0.2, ggt=0.01)]
    >>> agreement_table(drivers(age=0.2, sex=0.1, ggt=0.0), refits).round(2).values.tolist()
    [[0.5, 1.0, 0.5], [0.5, 1.0, 0.5], [0.0, 1.0, 0.0]]
    """
    names = drivers.index
    order = [list(refit.index) for refit in refits]
    return pd.DataFrame(
        {
            "first": [_share([o[0] == name for o in order]) for name in names],
            "among_three": [_share([name in o[:AMONG] for o in order]) for name in names],
            "same_direction": [_same(drivers.loc[name], refits) for name in names],
        },
        index=names,
    )


def _same(driver: pd.Series, refits: Sequence[pd.DataFrame]) -> float:
    rows = [refit.loc[str(driver.name)] for refit in refits]
    comparable = [r for r in rows if (r["low"], r["high"]) == (driver["low"], driver["high"])]
    return _share([bool(np.sign(r["swing"]) == np.sign(driver["swing"])) for r in comparable])


def _share(found: Sequence[bool]) -> float:
    return float(np.mean(found)) if found else float("nan")
