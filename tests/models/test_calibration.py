from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from nxpredict.models._calibration import leave_one_out
from nxpredict.models._draws import ArmDraws
from nxpredict.models._fitting import TrainingData
from nxpredict.models._likelihood import Bernoulli

DRAWS = 20_000


def test_nobody_tells_their_own_prediction() -> None:
    """Of n with s responses and a flat prior, the others say (s - y + 1) / (n + 1)."""
    y = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    n, s = len(y), y.sum()
    p = np.random.default_rng(0).beta(s + 1, n - s + 1, DRAWS)
    draws = ArmDraws(logit(p)[None], np.zeros((1, DRAWS, 0)), np.zeros((1, DRAWS, 0)))
    data = TrainingData(pd.DataFrame(index=range(n)), y, np.zeros(n, np.int64), ("a",), None)
    inputs, shift = np.ones((n, 1), dtype=np.float32), np.zeros((n, DRAWS))
    found = expit(leave_one_out(draws, inputs, data, Bernoulli(y), shift)[:, 0])
    # Weights that differ are worth fewer draws, here more than a third of them.
    tolerance = 4 * p.std() * np.sqrt(3 / DRAWS)
    assert found == pytest.approx((s - y + 1) / (n + 1), abs=tolerance)
