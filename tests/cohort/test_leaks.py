from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.cohort._leaks import STOPS, find_leaks


@pytest.mark.parametrize("n", [20, 26, 60])
def test_a_label_that_everybody_shares_tells_nothing(n):
    rng = np.random.default_rng(n)
    for _ in range(40):
        y = rng.permutation(np.r_[np.ones(n // 2), np.zeros(n - n // 2)])
        assert find_leaks(pd.DataFrame({"tube": ["serum"] * n}), y) == []


def test_labels_by_chance_hardly_ever_stop_a_run():
    rng = np.random.default_rng(0)
    stopped = 0
    for _ in range(200):
        y = rng.permutation(np.r_[np.ones(15), np.zeros(15)])
        labels = rng.choice(["a", "b", "c"], 30)
        stopped += any(leak.auc >= STOPS for leak in find_leaks(pd.DataFrame({"x": labels}), y))
    assert stopped == 0


def test_labels_that_copy_the_response_do_stop():
    y = np.tile([0.0, 1.0], 30)
    X = pd.DataFrame({"outcome": np.where(y == 1, "well", "ill")})
    assert find_leaks(X, y)[0].auc >= STOPS
