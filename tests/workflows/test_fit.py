"""What a model keeps of its training cohort, beside what it learned."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from nxpredict.cohort import PredictorSpec, Schema
from nxpredict.study import ArmSet, ResponseScale
from nxpredict.workflows._fit import _training


def test_few_missing_values_are_not_counted_in_the_model_file() -> None:
    """The report hides a share that tells of fewer than ten patients; so must what it is with."""
    n = 100
    missing = {"none": 0, "one": 1, "nine": 9, "ten": 10, "all_but_nine": 91}
    X = pd.DataFrame(
        {k: [np.nan] * m + [float(i) for i in range(n - m)] for k, m in missing.items()}
    )
    specs = tuple(PredictorSpec(k, k, "clinical", "continuous", column=k) for k in missing)
    cohort = SimpleNamespace(
        arms=ArmSet.of({"a": "A", "b": "B"}),
        arm=np.tile(np.array(["a", "b"], dtype=object), n // 2),
        y=np.tile([0, 0, 1, 1], n // 4),
        schema=Schema("id", specs),
        scale=ResponseScale(),
    )
    kept = _training(cohort, X, {"a": {"auc": None}, "b": {"auc": None}})  # type: ignore[arg-type]
    assert kept["missing"] == {"none": 0.0, "ten": 0.1}
