"""A continuous response of a study file: what it becomes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.config import load_study


@pytest.fixture
def response_of(write, good):
    """Return the response that a study file declares: `response_of(keys)`."""

    def load(keys: str):
        text = good.replace("column: responder, favourable: 1", f"kind: continuous, {keys}")
        return load_study(write(text + "preference: {minimum_benefit: 2}\n")).response

    return load


@pytest.mark.parametrize(
    ("keys", "unit", "expected"),
    [
        ("column: f, favourable: lower, unit: days", "days", [-7.0, -14.0]),
        ("column: f, favourable: higher, unit: kg", "kg", [7.0, 14.0]),
        ("definition: percent_days_abstinent, follow_up: f", "%", [7.0, 14.0]),
        ("definition: percent_heavy_drinking_days, follow_up: f", "%", [-7.0, -14.0]),
        ("definition: alcohol_per_day, follow_up: f, unit: g/week", "g/day", [-1.0, -2.0]),
        ("definition: craving, follow_up: f, unit: PACS points", "PACS points", [-7.0, -14.0]),
    ],
)
def test_more_is_better_inside(response_of, keys: str, unit: str, expected: list[float]) -> None:
    response = response_of(keys)
    assert response.scale.unit == unit
    assert response.missing == "exclude"
    y, faults = response.evaluate(pd.DataFrame({"f": [7.0, 14.0, np.nan]}))
    np.testing.assert_allclose(y, [*expected, np.nan])
    np.testing.assert_allclose(np.abs(response.scale.turned(y[:2])), np.abs(expected))
    assert not faults


def test_a_code_for_a_missing_value_is_told(response_of) -> None:
    response = response_of("column: f, favourable: lower, unit: days")
    frame = pd.DataFrame({"f": [*np.linspace(-9, 3, 30), 999.0]})
    (fault,) = response.evaluate(frame)[1]
    assert fault.severity == "warning"
    assert "far from all others" in fault.message
    assert "999" not in fault.message
