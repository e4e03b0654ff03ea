from __future__ import annotations

import numpy as np
import pytest

from nxpredict.evaluation import advise_recalibration, calibration_slope
from nxpredict.evaluation._closed_test import STEPS
from nxpredict.evaluation._logistic import expit, logit
from nxpredict.evaluation._recalibration import _fit
from nxpredict.evaluation._recalibration_kinds import Bernoulli
from nxpredict.models import Recalibration

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw(n: int, seed: int, truth: Recalibration) -> Arrays:
    """A cohort in which `truth` of the model's log-odds is right."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(scale=1.2, size=n)
    benefit = rng.normal(scale=0.8, size=n)
    log_odds = np.column_stack([shared - benefit / 2, shared + benefit / 2])
    arm = rng.integers(0, 2, n)
    p = expit(truth.apply(log_odds))[np.arange(n), arm]
    return expit(log_odds), (rng.random(n) < p).astype(float), arm


Needed = dict[str, Recalibration]


def log_loss(p: np.ndarray, y: np.ndarray, arm: np.ndarray) -> float:
    own = p[np.arange(len(y)), arm]
    return float(-np.mean(y * np.log(own) + (1 - y) * np.log1p(-own)))


@pytest.mark.parametrize("step", STEPS[1:])
def test_the_step_that_is_needed_is_found(step: str, needed: Needed) -> None:
    advice = advise_recalibration(*draw(4000, 3, needed[step]))
    assert advice.step == step == advice.tested


@pytest.mark.parametrize("step", STEPS[1:])
def test_recalibration_restores_the_slopes_in_patients_it_was_not_learned_from(
    step: str, needed: Needed
) -> None:
    change = advise_recalibration(*draw(3000, 5, needed[step])).change
    p, y, arm = draw(60_000, 6, needed[step])
    mapped = expit(change.apply(logit(p)))
    for a in (0, 1):
        slope = calibration_slope(y[arm == a], mapped[arm == a, a]).estimate
        assert 0.9 <= slope <= 1.1
    assert log_loss(mapped, y, arm) < log_loss(p, y, arm)


def test_a_right_model_is_left_alone_in_19_of_20_cohorts_and_never_hurt(needed: Needed) -> None:
    big_p, big_y, big_arm = draw(40_000, 999, needed["none"])
    steps, losses = [], []
    for seed in range(60):
        advice = advise_recalibration(*draw(400, seed, needed["none"]))
        steps.append(advice.step)
        if advice.step != "none":
            mapped = expit(advice.change.apply(logit(big_p)))
            losses.append(log_loss(mapped, big_y, big_arm) - log_loss(big_p, big_y, big_arm))
    # 0.05 of 60 is 3; a binomial exceeds 8 once in 250 times.
    assert sum(step != "none" for step in steps) <= 8
    # A false alarm costs what one or two numbers learned from 400 patients cost.
    assert max(losses, default=0.0) < 0.02


def test_no_refit_is_recommended_that_loses_out_of_sample(needed: Needed) -> None:
    for seed in range(30):
        truth = needed["per_arm"] if seed % 2 else needed["none"]
        advice = advise_recalibration(*draw(150, seed, truth))
        gains = {r.step: r.gain for r in advice.results}
        assert gains[advice.step] >= 0
        assert STEPS.index(advice.step) <= STEPS.index(advice.tested)


@pytest.mark.parametrize("step", STEPS[1:])
def test_what_is_recommended_helps_patients_that_nobody_has_seen(step: str, needed: Needed) -> None:
    big_p, big_y, big_arm = draw(40_000, 998, needed[step])
    before = log_loss(big_p, big_y, big_arm)
    gains = []
    for seed in range(15):
        change = advise_recalibration(*draw(300, seed, needed[step])).change
        gains.append(before - log_loss(expit(change.apply(logit(big_p))), big_y, big_arm))
    # 300 patients sometimes teach too little to change anything; no change gains nothing.
    assert min(gains) >= 0
    assert np.mean(gains) > 0.005


def test_slopes_of_each_arm_come_back_and_smaller_steps_alone_cannot() -> None:
    truth = Recalibration((0.0, 0.0), 0.8, 0.8, (-0.3, 0.3))
    p, y, arm = draw(20_000, 21, truth)
    new, seen, given = draw(60_000, 22, truth)
    advice = advise_recalibration(p, y, arm)
    assert advice.step == "slope_per_arm"
    mapped = expit(advice.change.apply(logit(new)))
    for a in (0, 1):
        rows = given == a
        assert abs(calibration_slope(seen[rows], new[rows, a]).estimate - 1) > 0.09
        assert 0.9 <= calibration_slope(seen[rows], mapped[rows, a]).estimate <= 1.1
    smaller = _fit(Bernoulli(), "effect_scale", logit(p), y, arm)
    left = expit(smaller.apply(logit(new)))
    slopes = [calibration_slope(seen[given == a], left[given == a, a]).estimate for a in (0, 1)]
    assert slopes[0] < 0.9 < 1.1 < slopes[1]


def test_a_slope_that_was_set_to_nothing_is_not_defined_afterwards() -> None:
    p, y, arm = draw(4000, 23, Recalibration((0.0, 0.0), -0.5, -0.5))
    advice = advise_recalibration(p, y, arm)
    assert advice.change.slope == 0
    for a in (0, 1):
        rows = arm == a
        assert calibration_slope(y[rows], p[rows, a]).upper < 0
        assert np.isnan(calibration_slope(y[rows], advice.cross_fitted[rows, a]).estimate)


SLIGHT = {
    "slight_slope": ("slope", Recalibration((-0.2, -0.2), 0.85, 0.85)),
    "slight_scale": ("effect_scale", Recalibration((-0.15, 0.1), 0.8, 0.9)),
    "slight_slope_per_arm": ("slope_per_arm", Recalibration((0.0, 0.0), 0.8, 0.8, (-0.3, 0.3))),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*STEPS, *SLIGHT])
def test_over_200_cohorts_no_larger_step_than_needed_and_no_harm(name: str, needed: Needed) -> None:
    step, truth = SLIGHT[name] if name in SLIGHT else (name, needed[name])
    big_p, _, big_arm = draw(20_000, 998, truth)
    right = expit(truth.apply(logit(big_p)))[np.arange(len(big_arm)), big_arm]
    before = log_loss(big_p, right, big_arm)
    larger, gains = 0, []
    for seed in range(200):
        advice = advise_recalibration(*draw(300, seed, truth))
        larger += STEPS.index(advice.step) > STEPS.index(step)
        moved = expit(advice.change.apply(logit(big_p)))
        gains.append(before - log_loss(moved, right, big_arm))
    # A step that suffices is passed over in 0.05 of cohorts: 10 of 200, over 19 once in 500.
    assert larger <= 19
    # 300 patients cannot show a slight shift: little is recommended then, and little lost.
    assert np.mean(gains) > (0.002 if name in STEPS[1:] else -0.0002)
    # At most 2 of 100 were seen to hurt; a binomial of 200 exceeds 9 once in 100 times.
    assert sum(gain < 0 for gain in gains) <= 9


def test_of_a_change_is_kept_what_its_likelihood_ratio_exceeds_its_size_by(needed: Needed) -> None:
    p, y, arm = draw(300, 4, needed["per_arm"])
    advice = advise_recalibration(p, y, arm)
    fit = _fit(Bernoulli(), advice.step, logit(p), y, arm)
    size = next(r.parameters for r in advice.results if r.step == advice.step)
    moved = expit(fit.apply(logit(p)))
    ratio = 2 * len(y) * (log_loss(p, y, arm) - log_loss(moved, y, arm))
    assert advice.kept == pytest.approx(1 - size / ratio, rel=1e-9)
    assert 0.5 < advice.kept < 1
    assert advice.change == fit.part(advice.kept)


def test_two_maps_are_one() -> None:
    first, second = Recalibration((0.3, -0.2), 0.7, 1.4), Recalibration((-0.1, 0.5), 1.2, 0.6)
    log_odds = np.random.default_rng(0).normal(size=(5, 2))
    assert np.allclose(second.after(first).apply(log_odds), second.apply(first.apply(log_odds)))
