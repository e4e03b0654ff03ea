"""Numbers of patients seen several times: the normal law in closed form, and what is learned."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from nxpredict.models import make_model, model_from_state
from nxpredict.models._fitting import TrainingData
from nxpredict.models._likelihood import Gaussian
from nxpredict.models._repeated_gaussian import RepeatedGaussian

Y = np.array([1.0, -2.0, 0.5, 0.3, 0.0, 0.2])
PATIENT = np.array([0, 1, 0, 2, 1, 0])
ARM = np.array([1, 0, 0, 1, 0, 1])
AT = np.linspace(-1.0, 1.0, 6)
Draw = Callable[..., Any]


def test_without_a_share_rows_are_patients() -> None:
    alone, together = Gaussian(Y), RepeatedGaussian.shared(Y, PATIENT, ARM, between=0.0)
    assert together.value(AT) == pytest.approx(alone.value(AT))
    np.testing.assert_allclose(together.score(AT), alone.score(AT))
    np.testing.assert_allclose(together.information(np.eye(6), AT), np.eye(6))
    assert together.refined(AT, 2.0).variance == pytest.approx(alone.refined(AT, 2.0).variance)


@pytest.mark.parametrize("own", [0.0, 1.2])
def test_a_patients_numbers_are_one_normal_vector(own: float) -> None:
    likelihood = RepeatedGaussian.shared(Y, PATIENT, ARM, between=2.0, own=own)
    same = np.equal.outer(PATIENT, PATIENT)
    covariance = np.eye(6) + 2.0 * same + own * (same & np.equal.outer(ARM, ARM))
    law = multivariate_normal(mean=np.zeros(6), cov=covariance)
    expected = law.logpdf(Y - AT) - law.logpdf(np.zeros(6))
    assert likelihood.value(AT) == pytest.approx(expected)
    np.testing.assert_allclose(
        likelihood.information(np.eye(6), AT), np.linalg.inv(covariance), atol=1e-12
    )
    whole = []
    for k in range(3):
        rows = k == PATIENT
        part = multivariate_normal(mean=np.zeros(rows.sum()), cov=covariance[np.ix_(rows, rows)])
        whole.append(part.logpdf((Y - AT)[rows]) - part.logpdf(np.zeros(rows.sum())))
    draws = np.column_stack([AT, AT])
    found = likelihood.of_patients(draws, np.arange(6))
    np.testing.assert_allclose(found, np.array(whole)[PATIENT][:, None] * np.ones(2))
    part_of = likelihood.of_patients(draws[[1, 4]], np.array([1, 4]))
    np.testing.assert_allclose(part_of, whole[1])


def learned(drawn: Any, name: str = "default", **params):
    model = make_model(name, response="continuous", random_state=1, **params)
    return model.fit(drawn.X, drawn.y, **drawn.when)


def test_variances_between_and_within_patients_are_told_apart(draw_numbers: Draw) -> None:
    drawn = draw_numbers(300, 3, periods=6, own=10.0)
    model = learned(drawn, "shrunken_interactions")
    said, unit = model.description()["repeats"], model.scale_[1]
    assert said["patient_sd"] * unit == pytest.approx(20, rel=0.2)
    assert said["patient_arm_sd"] * unit == pytest.approx(10, rel=0.25)
    assert set(said["period"]) == {str(k) for k in range(1, 7)}
    gap = (said["period"]["2"]["estimate"] - said["period"]["1"]["estimate"]) * unit
    assert gap == pytest.approx(8, abs=4)


def test_one_row_a_patient_and_arm_leaves_nothing_to_tell_of_it(draw_numbers: Draw) -> None:
    drawn = draw_numbers(60, 1)
    data = TrainingData(drawn.X, drawn.y, (drawn.arm == "b").astype(np.int64), ("a", "b"), None)
    found = RepeatedGaussian.of_series(data, drawn.groups, np.ones((len(drawn.y), 1)))
    assert found.own == 0


def test_order_and_names_of_patients_do_not_matter(draw_numbers: Draw) -> None:
    drawn = draw_numbers(80, 2)
    order = np.random.default_rng(3).permutation(len(drawn.y))
    again = make_model("shrunken_interactions", response="continuous", random_state=1).fit(
        drawn.X.iloc[order].reset_index(drop=True),
        drawn.y[order],
        arm=drawn.arm[order],
        groups=np.array([f"P{7919 * k % 1009}" for k in drawn.groups[order]]),
        period=drawn.period[order],
    )
    pd.testing.assert_frame_equal(
        learned(drawn, "shrunken_interactions").predict_response(drawn.patients),
        again.predict_response(drawn.patients),
        atol=1e-5,
    )


def test_what_was_learned_is_kept(draw_numbers: Draw) -> None:
    model = learned(draw_numbers(80, 4), "shrunken_interactions")
    state, arrays = model.to_state()
    again = model_from_state(json.loads(json.dumps(state)), arrays)
    assert again.description() == model.description()


REPEATS, PATIENTS = 16, 100


def judged(drawn: Any, new: Any, **when) -> tuple[float, float]:
    """Return the error of benefits in g, and the share of them that 90 % intervals hold."""
    model = make_model("default", response="continuous", random_state=1)
    found = model.fit(drawn.X, drawn.y, **when).predict_benefit(new.patients, "b", "a")
    held = (found["lower"] <= new.benefit) & (new.benefit <= found["upper"])
    return float(np.sqrt(np.mean((found["benefit"] - new.benefit) ** 2))), float(held.mean())


def errors_above(gaps: np.ndarray) -> float:
    """Return how many standard errors the mean of paired differences lies above 0."""
    return float(gaps.mean() / (gaps.std(ddof=1) / np.sqrt(len(gaps))))


@pytest.mark.slow
def test_ignoring_who_and_when_is_worse(draw_numbers: Draw) -> None:
    gaps, new = [], draw_numbers(1000, 999)
    for seed in range(REPEATS):
        drawn = draw_numbers(PATIENTS, seed, time=25.0)
        gaps.append(judged(drawn, new, arm=drawn.arm)[0] - judged(drawn, new, **drawn.when)[0])
    assert errors_above(np.array(gaps)) > 2


@pytest.mark.slow
def test_patients_who_had_both_arms_teach_more_than_twice_as_many_who_had_one(
    draw_numbers: Draw,
) -> None:
    found, new = [], draw_numbers(1000, 999)
    for seed in range(REPEATS):
        both = draw_numbers(PATIENTS, seed)
        one = draw_numbers(2 * PATIENTS, 1000 + seed, periods=1)
        found.append([judged(both, new, **both.when), judged(one, new, arm=one.arm)])
    error, held = np.moveaxis(np.array(found), 2, 0)
    assert errors_above(error[:, 1] - error[:, 0]) > 2
    assert 0.85 < held[:, 0].mean() < 0.99


@pytest.mark.slow
def test_intervals_hold_the_benefit_when_something_is_carried_over(draw_numbers: Draw) -> None:
    new = draw_numbers(1000, 999)
    drawn = [draw_numbers(PATIENTS, seed, carry_over=5.0) for seed in range(REPEATS)]
    held = [judged(one, new, **one.when)[1] for one in drawn]
    assert 0.85 < np.mean(held) < 0.99
