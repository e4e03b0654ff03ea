from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.bundle import Distribution, make_distributions
from nxpredict.cohort import PredictorSpec, Schema

AGE = Schema("id", (PredictorSpec("age", "Age", "clinical", "continuous", column="age"),))


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(0, 400),
    distinct=st.integers(1, 400),
    seed=st.integers(0, 1000),
)
def test_no_cell_holds_few_and_no_edge_is_a_value(n, distinct, seed):
    rng = np.random.default_rng(seed)
    values = pd.Series(rng.choice(rng.lognormal(0, 2, distinct), n))
    found = make_distributions(pd.DataFrame({"age": values}), AGE)
    if not found:
        return
    cells = Distribution.from_dict(json.loads(json.dumps(found["age"])))
    counts = cells.count(values)
    assert counts.sum() == n
    assert counts.min() >= 10
    assert len(counts) <= 10
    np.testing.assert_allclose(counts / n, cells.shares, atol=1e-4)
    assert not set(cells.edges) & set(values)


def test_levels_that_few_share_are_pooled_or_left_out():
    specs = (
        PredictorSpec("town", "Town", "additional", "categorical", column="town"),
        PredictorSpec("g", "G", "genotype", "dosage", column="g"),
    )
    town = ["north"] * 50 + ["south"] * 40 + ["rare"] * 6 + ["rarer"] * 4
    table = pd.DataFrame(
        {"town": pd.Series(town, dtype="str"), "g": [0.0] * 60 + [1.0] * 38 + [2.0] * 2}
    )
    found = make_distributions(table, Schema("id", specs))
    assert found["town"]["levels"] == ["north", "south", "other"]
    assert found["g"]["levels"] == [0.0, 1.0]
    new = pd.Series(["south", "rare", "never seen", None], dtype="str")
    assert Distribution.from_dict(found["town"]).count(new).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "content",
    [
        {"edges": [2.0, 1.0], "levels": [], "shares": [0.2, 0.3, 0.5]},
        {"edges": [], "levels": ["a"], "shares": [0.5, 0.5]},
        {"edges": [1.0], "levels": ["a"], "shares": [0.5, 0.5]},
        {"edges": [], "levels": ["a", "b"], "shares": [-1.0, 2.0]},
    ],
)
def test_nonsense_is_refused(content):
    with pytest.raises(ValueError, match="a distribution"):
        Distribution.from_dict(content)
