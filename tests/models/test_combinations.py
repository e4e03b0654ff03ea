"""A combination shares strength with the drugs in its name as far as drugs add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from nxpredict.models import make_model
from nxpredict.models._design import arm_contrasts
from nxpredict.models._sharing import OWN_PARTS, arm_covariances

SIZES = (300, 300, 60)
REPETITIONS = 60
SHARING = "naltrexone+prazosin"
NAMES = (SHARING, "the third arm")


def cohort(seed: int, *, additive: bool):
    """Return patients of three arms, and new ones with their truth, shape (n, 3).

    The third is naltrexone with a weaker second drug added, or nothing like naltrexone.
    """
    rng = np.random.default_rng(seed)
    shared, naltrexone, nalmefene, second = rng.normal(0, [[0.4], [0.7], [0.7], [0.2]], (4, 6))
    third = naltrexone + second if additive else rng.normal(0, 0.7, 6)
    arm = np.repeat(np.arange(3), SIZES)
    slopes = shared + np.array([naltrexone, nalmefene, third])
    level = np.array([0.3, 0.0, 0.5 if additive else -0.3])
    X, new = rng.normal(size=(len(arm), 6)), rng.normal(size=(1500, 6))
    y = rng.random(len(arm)) < expit((X * slopes[arm]).sum(axis=1) + level[arm])
    return pd.DataFrame(X), y, arm, pd.DataFrame(new), expit(new @ slopes.T + level)


def fitted(X: pd.DataFrame, y: np.ndarray, arm: np.ndarray, name: str):
    names = np.array(["naltrexone", "nalmefene", name])
    return make_model("shrunken_interactions", n_draws=128, random_state=1).fit(
        X, y, arm=names[arm]
    )


def errors(seed: int, *, additive: bool) -> list[list[float]]:
    """Return, by each name of the third arm, the errors of its P and of the other benefit."""
    X, y, arm, new, truth = cohort(seed, additive=additive)
    found = []
    for name in NAMES:
        p = fitted(X, y, arm, name).predict_response(new)
        benefit = p["nalmefene"] - p["naltrexone"] - (truth[:, 1] - truth[:, 0])
        found.append(
            [float(np.sqrt(np.mean(error**2))) for error in (p[name] - truth[:, 2], benefit)]
        )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("additive", [True, False], ids=["adds up", "unlike its drugs"])
def test_sharing_helps_where_drugs_add_up_and_does_not_hurt_where_not(additive: bool) -> None:
    # Seeds on which nothing was chosen.
    table = np.array([errors(1000 + seed, additive=additive) for seed in range(REPETITIONS)])
    gain = table[:, 1] - table[:, 0]
    error = gain.std(axis=0, ddof=1) / np.sqrt(REPETITIONS)
    if additive:
        assert np.all(gain.mean(axis=0) > np.array([4, 1]) * error)
    else:
        assert np.all(gain.mean(axis=0) > -0.01 * table[:, 1].mean(axis=0) - 2 * error)


@pytest.mark.parametrize(("additive", "low", "high"), [(True, 0.8, 1.0), (False, 0.0, 0.2)])
def test_the_model_says_whether_drugs_add_up(additive: bool, low: float, high: float) -> None:
    X, y, arm, _, _ = cohort(3, additive=additive)
    assert low < fitted(X, y, arm, SHARING).description()["probability_that_drugs_add_up"] < high
    assert "probability_that_drugs_add_up" not in fitted(X, y, arm, "the third arm").description()


def test_the_priors_are_those_of_a_sum_of_drugs() -> None:
    found = arm_covariances(["a", "b", "a+b", "a+c"])
    drugs = np.array([[1, 0], [0, 1], [1, 1], [1, 0]], dtype=float)
    centred = np.eye(4) - 0.25
    plain = arm_contrasts(4)
    np.testing.assert_array_equal(found[0], np.eye(3))
    for part, covariance in zip(OWN_PARTS, found[1:], strict=True):
        wanted = centred @ (drugs @ drugs.T + np.diag([0, 0, part, part])) @ centred
        np.testing.assert_allclose(
            plain @ covariance @ plain.T, wanted * 3 / np.trace(wanted), atol=1e-12
        )


@given(st.lists(st.text("abc", min_size=1), min_size=1, max_size=5, unique=True))
def test_without_a_shared_drug_names_do_not_matter(arms: list[str]) -> None:
    (only,) = arm_covariances(arms)
    np.testing.assert_array_equal(only, np.eye(len(arms) - 1))


@given(st.lists(st.text("ab+", min_size=1).filter(lambda name: name.strip("+") == name),
                min_size=3, max_size=5, unique=True))  # fmt: skip
def test_any_names_give_covariances(arms: list[str]) -> None:
    for covariance in arm_covariances(arms):
        assert np.linalg.eigvalsh(covariance).min() > 0
        assert np.trace(covariance) == pytest.approx(len(arms) - 1)


def test_two_arms_have_nothing_to_borrow() -> None:
    X, y, arm, new, _ = cohort(1, additive=True)
    two = arm != 1
    p = [fitted(X[two], y[two], arm[two], name).predict_response(new).to_numpy() for name in NAMES]
    np.testing.assert_array_equal(p[0][:, 0], p[1][:, 0])


def test_benefits_turn_with_the_arms_and_orders_do_not_matter() -> None:
    X, y, arm, new, _ = cohort(2, additive=True)
    order = np.random.default_rng(0).permutation(len(y))
    model = fitted(X, y, arm, SHARING)
    other = fitted(X.iloc[order], y[order], arm[order], SHARING)
    one = model.predict_benefit(new, SHARING, "naltrexone")["benefit"]
    back = model.predict_benefit(new, "naltrexone", SHARING)["benefit"]
    np.testing.assert_allclose(one, -back, atol=1e-12)
    np.testing.assert_allclose(
        one, other.predict_benefit(new, SHARING, "naltrexone")["benefit"], atol=1e-9
    )
