"""How the patients of a new cohort differ from those a model was trained on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nxpredict.study import share_of


def case_mix(
    X: pd.DataFrame,
    background: pd.DataFrame,
    ranges: Mapping[str, tuple[float, float]],
    missing: Mapping[str, float],
) -> pd.DataFrame:
    """Return one row a predictor: the cohort beside what the model file remembers of training.

    Parameters
    ----------
    X : DataFrame, shape (n, predictors)
        Typed predictors of the new cohort.
    background : DataFrame
        Drawn, non-existing patients of the training cohort: each column has the training
        cohort's distribution, in steps of ten patients or more.
    ranges : mapping of str to (float, float)
        1st and 99th percentile in training.
    missing : mapping of str to float
        Share missing in training.

    Returns
    -------
    DataFrame
        `predictor`, `difference` (of means over the pooled SD, infinite between two constants; for
        labels the largest difference of a label's share; NaN where either lacks all values),
        `outside_range` (share of the recorded values; NaN for labels, and where it tells of few
        patients), `missing`, `missing_in_training`.

    Examples
    --------
    >>> new, old = pd.DataFrame({"age": [40.0, 60.0] * 10}), pd.DataFrame({"age": [30.0, 50.0]})
    >>> found = case_mix(new, old, ranges={"age": (30.0, 50.0)}, missing={"age": 0.0})
    >>> found.loc[0, ["difference", "outside_range"]].round(2).tolist()
    [0.81, 0.5]
    """
    rows = []
    for name in background.columns:
        new = X[name].dropna() if name in X else pd.Series(dtype="float64")
        old = background[name].dropna()
        rows.append(
            {
                "predictor": str(name),
                "difference": _difference(new, old),
                "outside_range": _outside(new, ranges.get(str(name))),
                "missing": 1 - len(new) / max(len(X), 1),
                "missing_in_training": float(missing.get(str(name), np.nan)),
            }
        )
    return pd.DataFrame(rows)


def _difference(new: pd.Series, old: pd.Series) -> float:
    if new.empty or old.empty:
        return float("nan")
    if not pd.api.types.is_numeric_dtype(old):
        shares = pd.concat([new.value_counts(normalize=True), old.value_counts(normalize=True)],
                           axis=1).fillna(0.0)  # fmt: skip
        return float((shares.iloc[:, 0] - shares.iloc[:, 1]).abs().max())
    apart = float(new.mean() - old.mean())
    if np.isclose(new.mean(), old.mean(), rtol=1e-9, atol=0):
        return 0.0
    if new.nunique() == old.nunique() == 1:
        return float(np.copysign(np.inf, apart))
    # One value alone has no variance.
    return apart / float(np.sqrt(np.nansum([new.var(), old.var()]) / 2))


def _outside(new: pd.Series, ends: tuple[float, float] | None) -> float:
    if ends is None or new.empty:
        return float("nan")
    share = share_of(((new < ends[0]) | (new > ends[1])).to_numpy())
    return float("nan") if share is None else share
