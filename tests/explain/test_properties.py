"""What must hold whatever the model and the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.explain import explain_response
from nxpredict.explain._walk import orders


class Wild:
    """A random, wiggly function of three numbers and a label, with pairwise interactions only."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.w = rng.normal(size=(2, 4))
        self.pairs = rng.normal(size=(2, 4, 4))

    def predict_response(self, X: pd.DataFrame) -> pd.DataFrame:
        x = np.column_stack(
            [X[n].fillna(0.3) for n in "abc"] + [X["d"].map({"u": 1.0, "v": -1.0}).fillna(0.1)]
        )
        parts = np.sin(x)
        p = parts @ self.w.T + np.einsum("ni,nj,kij->nk", parts, parts, self.pairs)
        return pd.DataFrame(p, columns=["one", "two"])


cell = st.one_of(st.none(), st.floats(-2, 2, allow_nan=False).map(lambda v: round(v, 1)))
row = st.tuples(cell, cell, cell, st.sampled_from(["u", "v", None]))


def frame(rows) -> pd.DataFrame:
    typed = pd.DataFrame(rows, columns=list("abcd"))
    return typed.astype({"a": float, "b": float, "c": float, "d": "str"})


@given(
    st.integers(0, 10**6),
    st.lists(row, min_size=1, max_size=4),
    st.lists(row, min_size=1, max_size=5),
)
@settings(max_examples=40, deadline=None)
def test_additive_symmetric_and_exact_for_pairwise_interactions(seed, patients, background) -> None:
    model, X, B = Wild(seed), frame(patients), frame(background)
    found = explain_response(model, X, B, random_state=seed, walks=2 * len(B))
    prediction = model.predict_response(X).to_numpy()
    np.testing.assert_allclose(found.base + found.values.sum(axis=2), prediction, atol=1e-9)
    # Reversed pairs of orders cancel pairwise interactions: a second design says the same.
    again = explain_response(model, X, B, random_state=seed + 1, walks=2 * len(B))
    np.testing.assert_allclose(found.values, again.values, atol=1e-9)
    np.testing.assert_array_equal(
        found.contrast("one", "two").values, -found.contrast("two", "one").values
    )


@given(st.integers(1, 30), st.integers(1, 12), st.integers(1, 90), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_every_walk_is_an_order_and_every_background_row_is_used_equally(b, p, walks, seed) -> None:
    position = orders(b, p, walks, seed)
    assert len(position) % b == 0
    assert len(position) >= walks
    assert (np.sort(position, axis=1) == np.arange(p)).all()
