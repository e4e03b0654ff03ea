"""What must hold for any cohort: names, orders and labels carry no information."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.models import make_model


def cohort(seed: int, n_arms: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 140))
    X = pd.DataFrame(
        {
            "a": rng.normal(size=n),
            "b": np.where(rng.random(n) < 0.3, np.nan, rng.integers(0, 3, n)),
            "c": rng.choice(["x", "y", "z"], n),
        }
    )
    arm = rng.integers(0, n_arms, n)
    y = rng.random(n) < 1 / (1 + np.exp(-X["a"].to_numpy() * (arm - 0.5)))
    return X, y, arm


def fitted(X: pd.DataFrame, y: np.ndarray, arm: np.ndarray):
    return make_model(random_state=1, n_draws=32).fit(X, y, arm=arm)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), n_arms=st.integers(2, 4), data=st.data())
def test_relabelled_arms_and_shuffled_rows_and_columns_change_no_prediction(seed, n_arms, data):
    X, y, arm = cohort(seed, n_arms)
    names = np.array(data.draw(st.permutations([f"arm{k}" for k in range(n_arms)])))
    order = np.random.default_rng(seed).permutation(len(y))
    columns = data.draw(st.permutations(list(X.columns)))
    one = fitted(X, y, np.array([f"arm{k}" for k in range(n_arms)])[arm])
    other = fitted(X.iloc[order][columns], y[order], names[arm][order])
    for k in range(n_arms):
        # Draws are of single precision, and their sums end in its last digit.
        np.testing.assert_allclose(
            one.predict_response(X)[f"arm{k}"], other.predict_response(X)[names[k]], atol=1e-6
        )


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_benefits_are_antisymmetric_and_add_up(seed):
    X, y, arm = cohort(seed, 3)
    model = fitted(X, y, np.array(["a", "b", "c"])[arm])

    def benefit(one: str, other: str) -> pd.Series:
        return model.predict_benefit(X, one, other)["benefit"]

    np.testing.assert_allclose(benefit("a", "b"), -benefit("b", "a"), atol=1e-12)
    np.testing.assert_allclose(benefit("a", "b") + benefit("b", "c"), benefit("a", "c"), atol=1e-12)
