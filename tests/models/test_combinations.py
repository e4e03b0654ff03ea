"""A combination shares strength with the drugs in its name, and is not bound by them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from nxpredict.models import make_model
from nxpredict.models._design import OWN_PART, arm_basis, arm_contrasts

SIZES = (300, 300, 60)
REPETITIONS = 14
NAMES = ("naltrexone+prazosin", "the third arm")


def errors(seed: int, *, additive: bool) -> list[float]:
    """Return the error of P(response) under an arm of 60 patients, by each of its two names.

    It is naltrexone with a weaker second drug added, or nothing like naltrexone.
    """
    rng = np.random.default_rng(seed)
    shared, naltrexone, nalmefene, second = rng.normal(0, [[0.4], [0.7], [0.7], [0.2]], (4, 6))
    third = naltrexone + second if additive else rng.normal(0, 0.7, 6)
    arm = np.repeat(np.arange(3), SIZES)
    slopes = shared + np.array([naltrexone, nalmefene, third])
    level = np.array([0.3, 0.0, 0.5 if additive else -0.3])
    X, new = rng.normal(size=(len(arm), 6)), rng.normal(size=(1500, 6))
    y = rng.random(len(arm)) < expit((X * slopes[arm]).sum(axis=1) + level[arm])
    truth = expit(new @ slopes[2] + level[2])
    found = []
    for name in NAMES:
        labels = np.array(["naltrexone", "nalmefene", name])[arm]
        model = make_model("shrunken_interactions", random_state=1)
        model.fit(pd.DataFrame(X), y, arm=labels)
        p = model.predict_response(pd.DataFrame(new))[name]
        found.append(float(np.sqrt(np.mean((p - truth) ** 2))))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("additive", [True, False], ids=["adds up", "unlike its drugs"])
def test_sharing_helps_where_drugs_add_up_and_does_not_hurt_where_not(additive: bool) -> None:
    table = np.array([errors(seed, additive=additive) for seed in range(REPETITIONS)])
    gain = table[:, 1] - table[:, 0]
    error = gain.std(ddof=1) / np.sqrt(REPETITIONS)
    if additive:
        assert gain.mean() > 3 * error
    else:
        assert gain.mean() > -0.02 * table[:, 1].mean() - 2 * error


def test_the_prior_is_that_of_a_sum_of_drugs() -> None:
    basis = arm_basis(["a", "b", "a+b", "c"])
    sums = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=float)
    wanted = sums @ sums.T + np.diag([0, 0, OWN_PART, 0])
    centred = np.eye(4) - 0.25
    np.testing.assert_allclose(basis @ basis.T, centred @ wanted @ centred, atol=1e-12)


@given(st.lists(st.text("abc", min_size=1), min_size=1, max_size=5, unique=True))
def test_without_a_shared_drug_names_do_not_matter(arms: list[str]) -> None:
    np.testing.assert_array_equal(arm_basis(arms), arm_contrasts(len(arms)))
