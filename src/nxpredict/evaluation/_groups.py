"""Who is predicted to benefit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nxpredict.evaluation._benefit import ranks_by_fold
from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval, mean_and_error
from nxpredict.features import TableEncoder


def group_characteristics(
    X: pd.DataFrame, benefit: FloatArray, fold: IntArray, *, level: float = 0.95
) -> pd.DataFrame:
    """Return how the quarter with the largest predicted benefit differs from the smallest (CLAN).

    Parameters
    ----------
    X : DataFrame, shape (n, predictors)
    benefit : array of float64, shape (n,)
        Predicted out of fold; ranked within fold.
    fold : array of int64, shape (n,)
    level : float
        Of all intervals together (Bonferroni over predictors), 0..1.

    Returns
    -------
    DataFrame
        `predictor`, `estimate` (mean in the top quarter minus the bottom one, in standard
        deviations of the predictor; missing values left out), `lower`, `upper`; the largest
        difference first.

    Notes
    -----
    Chernozhukov, Demirer, Duflo & Fernandez-Val 2018. It describes the model's groups; it does
    not show that a predictor modifies the benefit.
    """
    encoder = TableEncoder().fit(X)
    values = encoder.transform(X)
    share = ranks_by_fold(benefit, fold)
    rows = []
    for j, (name, source) in enumerate(zip(encoder.outputs_, encoder.sources_, strict=True)):
        known = X[source].notna().to_numpy()
        spread = values[known, j].std() if known.any() else 0.0
        top, bottom = known & (share > 0.75), known & (share <= 0.25)
        if spread > 0 and min(top.sum(), bottom.sum()) >= 10:
            high, high_error = mean_and_error(values[top, j] / spread)
            low, low_error = mean_and_error(values[bottom, j] / spread)
            rows.append((name, high - low, float(np.hypot(high_error, low_error))))
    reach = 1 - (1 - level) / max(len(rows), 1)
    table = [
        {"predictor": name, **Interval.normal(difference, error, reach).to_dict()}
        for name, difference, error in sorted(rows, key=lambda row: (-abs(row[1]), row[0]))
    ]
    return pd.DataFrame(table, columns=["predictor", "estimate", "lower", "upper"])
