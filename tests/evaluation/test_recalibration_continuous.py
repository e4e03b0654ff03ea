"""How much a model of a number must change: least squares in place of likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.evaluation import advise_recalibration
from nxpredict.evaluation._closed_test import STEPS
from nxpredict.evaluation._recalibration_kinds import Gaussian
from nxpredict.models import Recalibration

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]
Needed = dict[str, Recalibration]


def draw(n: int, seed: int, truth: Recalibration) -> Arrays:
    """A cohort in which `truth` of the model's means is right; the noise is as large as they."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(scale=0.7, size=n)
    benefit = rng.normal(scale=0.8, size=n)
    mean = np.column_stack([shared - benefit / 2, shared + benefit / 2])
    arm = rng.integers(0, 2, n)
    y = truth.apply(mean)[np.arange(n), arm] + rng.normal(size=n)
    return mean, y, arm


@pytest.mark.parametrize("step", STEPS[1:])
def test_the_step_that_is_needed_is_found_with_its_numbers(step: str, needed: Needed) -> None:
    advice = advise_recalibration(*draw(2000, 3, needed[step]), continuous=True)
    assert advice.step == step == advice.tested
    truth, found = needed[step], advice.change
    # Four standard errors at 1,000 patients an arm.
    np.testing.assert_allclose(found.intercepts, truth.intercepts, atol=4 / np.sqrt(1000))
    assert found.slope == pytest.approx(truth.slope, abs=0.15)
    assert found.spread == pytest.approx(truth.spread, abs=0.2)
    assert (found.by_arm or (0.0, 0.0)) == pytest.approx(truth.by_arm or (0.0, 0.0), abs=0.15)


def test_a_right_model_is_tested_at_the_level_promised_even_when_patients_are_few(
    needed: Needed,
) -> None:
    same = needed["none"]
    told = [advise_recalibration(*draw(40, s, same), continuous=True).tested for s in range(100)]
    # 0.05 of 100 is 5; a binomial exceeds 11 once in 250 times.
    assert sum(step != "none" for step in told) <= 11


def test_the_test_is_the_f_test_between_two_least_squares(needed: Needed) -> None:
    from scipy.stats import f

    mean, y, arm = draw(60, 7, needed["slope"])
    own, middle = mean[np.arange(60), arm], mean.mean(axis=1)
    full = [np.eye(2)[arm], middle, own - middle, arm * own]
    designs = {
        "slope": np.column_stack([np.ones(60), own]),
        "everything": np.column_stack(full),
    }
    rest = {
        name: float(np.sum((y - d @ np.linalg.lstsq(d, y)[0]) ** 2)) for name, d in designs.items()
    }
    ratio = (rest["slope"] - rest["everything"]) / 3 / (rest["everything"] / 55)
    results = {r.step: r for r in advise_recalibration(mean, y, arm, continuous=True).results}
    assert results["slope"].p == pytest.approx(f.sf(ratio, 3, 55), rel=1e-6)


@settings(max_examples=10, deadline=None)
@given(centre=st.floats(-50, 50), unit=st.floats(0.2, 20))
def test_the_unit_of_the_response_changes_no_answer(
    centre: float, unit: float, needed: Needed
) -> None:
    mean, y, arm = draw(80, 11, needed["per_arm"])
    here = advise_recalibration(mean, y, arm, continuous=True)
    there = advise_recalibration(centre + unit * mean, centre + unit * y, arm, continuous=True)
    assert here.step == there.step
    np.testing.assert_allclose(
        [r.gain for r in here.results], [r.gain for r in there.results], atol=1e-6
    )
    in_unit = here.change.of_responses(centre, unit)
    np.testing.assert_allclose(there.change.intercepts, in_unit.intercepts, atol=1e-5 * unit)
    assert there.change.slope == pytest.approx(in_unit.slope, abs=1e-6)


def test_predictions_that_do_not_vary_are_moved_and_not_stretched(needed: Needed) -> None:
    _, y, arm = draw(100, 12, needed["none"])
    mean = np.full((100, 2), 0.5) + np.random.default_rng(0).normal(scale=1e-9, size=(100, 2))
    advice = advise_recalibration(mean, y + 2, arm, continuous=True)
    assert advice.step == "intercept"
    assert all(np.abs(advice.cross_fitted - 2).max(axis=0) < 1)
    design = np.column_stack([np.ones(100), mean[:, 0]])
    assert np.abs(Gaussian().solve(design, y + 2, mean[:, 0])).max() < 3
