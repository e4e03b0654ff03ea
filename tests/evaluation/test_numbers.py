from __future__ import annotations

import json
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.evaluation import Interval, rounded
from nxpredict.evaluation._numbers import mean_and_error, mean_interval


@given(st.floats(-1e300, 1e300) | st.sampled_from([math.nan, math.inf]))
def test_rounding_is_stable_and_keeps_ten_digits(value):
    once = rounded(value)
    assert rounded(once) == once
    json.dumps(once, allow_nan=False)
    if math.isfinite(value):
        assert math.isclose(once, value, rel_tol=1e-9, abs_tol=5e-324)


def test_everything_becomes_plain_json():
    value = {
        "interval": Interval(1 / 3, -0.0, math.inf),
        "flags": (np.True_, False),
        "array": np.array([[1, 2]]),
        "none": None,
        "text": "a",
    }
    assert json.dumps(rounded(value)) == (
        '{"interval": {"estimate": 0.3333333333, "lower": 0.0, "upper": null}, '
        '"flags": [true, false], "array": [[1, 2]], "none": null, "text": "a"}'
    )


def test_repeated_rows_of_a_patient_do_not_narrow_the_error():
    rng = np.random.default_rng(0)
    values = rng.normal(size=50)
    once = mean_and_error(values)
    twice = mean_and_error(np.repeat(values, 2), np.repeat(np.arange(50), 2))
    np.testing.assert_allclose(once, twice)


def test_repeats_without_a_number_are_left_out():
    found = mean_interval([Interval(1, 0, 2), Interval(), Interval(3, 2, 4)])
    assert found == Interval(2, 1, 3)
    assert math.isnan(mean_interval([Interval()]).estimate)
