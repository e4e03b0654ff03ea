from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.evaluation._selected import selected_scores


@pytest.mark.parametrize("continuous", [False, True])
def test_scores_do_not_depend_on_others_of_the_same_fold(continuous: bool) -> None:
    """Predictors, responses and who is kept may change beside a patient: nothing learns of it."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(160, 3)), columns=["u", "v", "w"])
    y, arm = rng.integers(0, 2, 160).astype(float), rng.integers(0, 2, 160)
    kept, fold = rng.random(160) < 0.7, np.arange(160) % 4
    e = np.full((160, 2), 0.5)
    beside = (fold == 0) & (np.arange(160) < 80)
    before = selected_scores(X, y, arm, kept, e, fold, continuous=continuous)
    for X_now, y_now, kept_now in (
        (X + 3.0 * beside[:, None], y, kept),
        (X, np.where(beside, 1 - y, y), kept),
        (X, y, kept ^ beside),
    ):
        after = selected_scores(X_now, y_now, arm, kept_now, e, fold, continuous=continuous)
        own, other = (fold == 0) & ~beside, fold != 0
        np.testing.assert_array_equal(after[own], before[own])
        assert (after[other] != before[other]).any()
