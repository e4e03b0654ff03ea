from __future__ import annotations

import numpy as np
import pytest

from nxpredict.study import most_heavy_days_within
from nxpredict.study._days import (
    Days,
    Window,
    grams_per_day,
    grams_per_drinking_day,
    percent_abstinent,
    percent_heavy,
)

NAN = np.nan


def days(*grams: float, heavy_from: float = 60.0, minimum: float = 0.8) -> Days:
    return Days(np.array([grams]), np.array([heavy_from]), minimum)


def test_both_ends_belong_to_a_window() -> None:
    assert (Window(-28, -1).length, Window(57, 84).length, Window(7, 7).length) == (28, 28, 1)


def test_a_window_is_not_longer_than_ten_years() -> None:
    assert Window(1, 3660).length == 3660
    with pytest.raises(ValueError, match="ten years"):
        Window(0, 3660)


@pytest.mark.parametrize(("grams", "heavy"), [(59.9, 0), (60, 1), (14 * (60 / 14), 1)])
def test_the_bound_itself_is_a_heavy_day(grams: float, heavy: int) -> None:
    assert most_heavy_days_within(None)(days(grams, 0)).tolist() == [heavy]


@pytest.mark.parametrize(("recorded", "known"), [(22, False), (23, True)])
def test_a_window_of_28_days_is_known_from_23_recorded_days_on(recorded: int, known: bool) -> None:
    grams = [10.0] * recorded + [NAN] * (28 - recorded)
    for measure in (grams_per_day, percent_heavy, percent_abstinent, grams_per_drinking_day):
        assert np.isfinite(measure(days(*grams)))[0] == known


def test_means_are_over_the_recorded_days() -> None:
    window = days(0, 60, 120, 20, NAN)
    assert grams_per_day(window).tolist() == [50.0]
    assert percent_heavy(window).tolist() == [50.0]
    assert percent_abstinent(window).tolist() == [25.0]
    assert grams_per_drinking_day(window).tolist() == [200 / 3]


@pytest.mark.parametrize("amount", [0.0, 80.0])
def test_one_day_of_one_is_all_of_them(amount: float) -> None:
    window = days(amount)
    assert grams_per_day(window).tolist() == [amount]
    assert grams_per_drinking_day(window).tolist() == [amount]
    assert percent_heavy(window).tolist() == [100.0 * (amount > 0)]
    assert percent_abstinent(window).tolist() == [100.0 * (amount == 0)]


def test_a_patient_who_never_drank_has_no_drink_per_drinking_day() -> None:
    assert grams_per_drinking_day(days(0, 0)).tolist() == [0.0]


def test_one_heavy_day_is_known_however_few_days_are_recorded() -> None:
    count = most_heavy_days_within(None)
    assert count(days(60, NAN, NAN, NAN)).tolist() == [1.0]
    assert np.isnan(count(days(59, NAN, NAN, NAN)))[0]


def test_one_heavy_day_of_few_recorded_does_not_tell_that_there_was_no_second() -> None:
    count = most_heavy_days_within(2, enough=2)
    assert np.isnan(count(days(60, NAN, NAN, NAN)))[0]
    assert count(days(60, 60, NAN, NAN)).tolist() == [2.0]
    assert count(days(60, 0, 0, 0)).tolist() == [1.0]


@pytest.mark.parametrize(("within", "most"), [(1, 1), (2, 1), (3, 2), (7, 3), (None, 3)])
def test_heavy_days_are_counted_within_so_many_consecutive_days(
    within: int | None, most: int
) -> None:
    window = days(60, 0, 60, 0, 0, 0, 60, 0)
    assert most_heavy_days_within(within)(window).tolist() == [most]


def test_nobody_of_unknown_sex_has_a_heavy_day() -> None:
    window = days(100, 0, heavy_from=NAN)
    assert np.isnan(most_heavy_days_within(None)(window))[0]
    assert np.isnan(percent_heavy(window))[0]
