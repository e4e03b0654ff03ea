"""A continuous response of a study file: what it becomes, and what it cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nxpredict.config import load_study, read_study
from nxpredict.errors import DataError

STUDY = """\
study: trial
table: cohort.csv
design: {allocation: randomised, id: id, arm: arm%s}
arms: {naltrexone: NTX, nalmefene: NMF}
response: {kind: continuous, %s}
preference: {minimum_benefit: 2}
"""


def written(folder: Path, response: str, design: str = "") -> Path:
    path = folder / "study.yaml"
    path.write_text(STUDY % (design, response))
    return path


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
def test_more_is_better_inside(tmp_path: Path, keys: str, unit: str, expected: list[float]) -> None:
    response = load_study(written(tmp_path, keys)).response
    assert response.scale.unit == unit
    assert response.missing == "exclude"
    y, faults = response.evaluate(pd.DataFrame({"f": [7.0, 14.0, np.nan]}))
    np.testing.assert_allclose(y, [*expected, np.nan])
    np.testing.assert_allclose(np.abs(response.scale.turned(y[:2])), np.abs(expected))
    assert not faults


def test_a_code_for_a_missing_value_is_told(tmp_path: Path) -> None:
    study = load_study(written(tmp_path, "column: f, favourable: lower, unit: days"))
    frame = pd.DataFrame({"f": [*np.linspace(-9, 3, 30), 999.0]})
    (fault,) = study.response.evaluate(frame)[1]
    assert fault.severity == "warning"
    assert "far from all others" in fault.message
    assert "999" not in fault.message


@pytest.mark.parametrize(
    ("keys", "design", "said"),
    [
        ("definition: no_relapse, follow_up: f", "", "is no continuous response"),
        ("definition: peth, follow_up: f, at_most: 20", "", "no meaning"),
        ("column: f, favourable: less, unit: days", "", "'higher' or 'lower'"),
        ("column: f, favourable: lower", "", "lacks unit"),
        ("column: f, favourable: lower, unit: d, missing: failure", "", "no number stands"),
        (
            "column: f, favourable: lower, unit: d, adherence: {column: taken}",
            "",
            "there or not",
        ),
        ("column: f, favourable: lower, unit: d", ", kind: crossover, period: p", "crossover"),
    ],
)
def test_what_cannot_be_is_a_fault(tmp_path: Path, keys: str, design: str, said: str) -> None:
    try:
        faults = read_study(written(tmp_path, keys, design)).faults
    except DataError as error:
        faults = tuple(error.faults)
    assert any(said in str(fault) for fault in faults)


def test_a_difference_of_probabilities_is_below_one(tmp_path: Path) -> None:
    path = written(tmp_path, "column: f, favourable: 1, missing: failure")
    path.write_text(path.read_text().replace("kind: continuous, ", ""))
    assert any("less than 1" in str(fault) for fault in read_study(path).faults)
