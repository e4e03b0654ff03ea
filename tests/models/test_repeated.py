from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from nxpredict.models import _repeated, make_model, model_from_state
from nxpredict.models._adjustment import previous_arm
from nxpredict.models._fitting import canonical
from nxpredict.models._likelihood import Bernoulli
from nxpredict.models._repeated import ATTENUATION, RepeatedBernoulli

Y = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0])
PATIENT = np.array([0, 1, 0, 2, 1, 0])
ARM = np.array([1, 0, 0, 1, 0, 1])
AT = np.linspace(-1.0, 1.0, 6)


def fitted(drawn, name: str = "default", **params):
    return make_model(name, random_state=1, **params).fit(drawn.X, drawn.y, **drawn.when)


def test_without_a_spread_rows_are_patients() -> None:
    alone, together = Bernoulli(Y), RepeatedBernoulli(Y, PATIENT, ARM, 0.0)
    assert together.value(AT) == pytest.approx(alone.value(AT))
    np.testing.assert_allclose(together.score(AT), alone.score(AT))
    np.testing.assert_allclose(together.information(np.eye(6), AT), np.diag(alone.weights(AT)))


@pytest.mark.parametrize("own", [0.0, 1.2])
def test_a_patients_responses_are_one_observation(own: float) -> None:
    likelihood = RepeatedBernoulli(Y, PATIENT, ARM, 2.0, own)
    z = np.linspace(-8, 8, 401)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    log_odds = likelihood.stretch * AT[:, None, None] + 2.0 * z[:, None] + own * z
    each = expit(np.where(Y == 1, 1, -1)[:, None, None] * log_odds)
    whole = []
    for k in range(3):
        arms = [each[(k == PATIENT) & (a == ARM)].prod(axis=0) @ density for a in (0, 1)]
        whole.append(float((arms[0] * arms[1]) @ density))
    assert likelihood.value(AT) == pytest.approx(np.log(whole).sum(), abs=1e-4)
    draws = np.column_stack([AT, AT])
    found = likelihood.of_patients(draws, np.arange(6))
    np.testing.assert_allclose(found, np.log(whole)[PATIENT][:, None] * np.ones(2), atol=1e-4)
    part = likelihood.of_patients(draws[[1, 4]], np.array([1, 4]))
    np.testing.assert_allclose(part, np.log(whole[1]), atol=1e-4)


@pytest.mark.parametrize("spread", [0.4, 1.2, 2.0, 3.2])
def test_the_predictor_is_the_log_odds_averaged_over_patients(spread: float) -> None:
    z = np.linspace(-8, 8, 4001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    m = np.linspace(-4, 4, 81)[:, None]
    average = expit(np.sqrt(1 + ATTENUATION * spread**2) * m + spread * z) @ density
    assert np.abs(average - expit(m[:, 0])).max() < 0.011


def test_order_of_rows_and_names_of_patients_never_matter(crossover) -> None:
    order = np.random.default_rng(5).permutation(len(crossover.y))
    first = fitted(crossover, "shrunken_interactions")
    again = make_model("shrunken_interactions", random_state=1).fit(
        crossover.X.iloc[order],
        crossover.y[order],
        arm=crossover.arm[order],
        groups=np.array([f"P{7919 * k % 1009}" for k in crossover.groups[order]]),
        period=crossover.period[order],
    )
    pd.testing.assert_frame_equal(
        first.predict_response(crossover.patients),
        again.predict_response(crossover.patients),
        atol=1e-6,
    )


def test_arms_with_as_many_responses_have_an_order_of_their_own() -> None:
    rng = np.random.default_rng(2)
    age, n = rng.normal(50, 10, 40), 40
    frame = pd.DataFrame({"age": np.tile(age, 2)})
    responds = np.concatenate([np.argsort(np.argsort(age)) < 15, rng.permutation(n) < 15])
    given = np.repeat([0, 1], n)
    patient = np.tile(np.arange(n), 2)
    one, two = (
        canonical(frame, responds.astype(np.float64), code, names, None, patient)
        for code, names in ((given, ("a", "b")), (1 - given, ("b", "a")))
    )
    assert one.arms == two.arms
    assert one.arm.tolist() == two.arm.tolist()


def test_swapping_the_arms_flips_every_benefit(crossover) -> None:
    first = fitted(crossover).predict_benefit(crossover.patients, "b", "a")
    swapped = np.where(crossover.arm == "a", "b", "a")
    again = make_model("default", random_state=1).fit(
        crossover.X, crossover.y, **crossover.when | {"arm": swapped}
    )
    second = again.predict_benefit(crossover.patients, "b", "a")
    np.testing.assert_allclose(first["benefit"], -second["benefit"], atol=1e-6)
    np.testing.assert_allclose(first["upper"], -second["lower"], atol=1e-6)


def test_a_long_series_is_learned_from(draw_crossover) -> None:
    series = draw_crossover(40, 2, periods=12)
    model = fitted(series, "shrunken_interactions")
    found = model.predict_benefit(series.patients, "b", "a")
    gap = found["benefit"] - series.benefit
    assert np.sqrt(np.mean(gap**2)) < np.sqrt(np.mean(series.benefit**2))
    assert set(model.description()["repeats"]["period"]) == {str(k) for k in range(1, 13)}


def test_what_patients_have_of_their_own_in_an_arm_makes_the_average_less_sure(
    draw_crossover, monkeypatch
) -> None:
    series = draw_crossover(30, 3, periods=12, correlation=0.2, own=0.3)

    def learned() -> tuple[float, float]:
        model = fitted(series, "average", carry_over=False)
        draws = model.predict_draws(series.patients)
        average = (draws[:, :, 1] - draws[:, :, 0]).mean(axis=1)
        return model.description()["repeats"]["patient_arm_sd"], float(average.std())

    own, error = learned()
    monkeypatch.setattr(_repeated, "OWN", (0.0,))
    assert own >= 0.8
    assert error > 1.1 * learned()[1]


def test_information_of_many_periods_is_positive() -> None:
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(30), 20)
    y = rng.integers(0, 2, 600).astype(float)
    likelihood = RepeatedBernoulli(y, patient, np.arange(600) % 2, 3.2, 0.8)
    design = np.column_stack([np.ones(600), rng.standard_normal((600, 4))])
    for at in (np.zeros(5), np.array([2.0, 1.0, -1.0, 0.5, 0.0])):
        assert np.linalg.eigvalsh(likelihood.information(design, design @ at)).min() > 0


def test_what_was_learned_of_patients_and_periods_is_said_and_kept(crossover) -> None:
    model = fitted(crossover)
    said = model.description()["repeats"]
    assert 1.0 < said["patient_sd"] < 4.0
    # Two periods cannot tell what a patient has of his or her own in an arm.
    assert said["patient_arm_sd"] == 0.0
    assert said["period"]["2"]["upper"] > 0 > said["period"]["1"]["lower"]
    assert set(said["carry_over"]) == {"a", "b"}
    assert "carry_over" not in fitted(crossover, carry_over=False).description()["repeats"]
    state, arrays = model.to_state()
    again = model_from_state(json.loads(json.dumps(state)), arrays)
    assert again.description() == model.description()
    assert (
        "repeats" not in make_model().fit(crossover.X, crossover.y, arm=crossover.arm).description()
    )


def test_the_arm_before_is_that_of_the_period_before() -> None:
    patient, period = np.array([0, 0, 0, 1, 1]), np.array([3, 1, 2, 1, 3])
    assert previous_arm(patient, period, np.arange(5)).tolist() == [2, -1, 1, -1, -1]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"groups": None}, "period needs groups"),
        ({"groups": [None, *range(399)]}, "one patient a row"),
        ({"period": [1.5] * 400}, "whole number"),
        ({"period": [1] * 400}, "two rows of one period"),
    ],
)
def test_wrong_patients_and_periods_are_refused(crossover, wrong, said) -> None:
    with pytest.raises(ValueError, match=said):
        make_model().fit(crossover.X, crossover.y, **crossover.when | wrong)


def test_a_learner_of_single_rows_says_so(crossover) -> None:
    with pytest.raises(ValueError, match="several times"):
        fitted(crossover, "x_forest")
