"""Every wrong declaration of a response is a fault that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from nxpredict.config import read_study
from nxpredict.errors import DataError

STUDY = """\
study: trial
table: cohort.csv
design: {allocation: randomised, id: id, arm: arm}
arms: {naltrexone: NTX, nalmefene: NMF}
response: {%s}
"""
DAYS = "timeline: {path: t.csv, id: id, day: day, amount: g, %s}"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("definition: who_risk_level_reduction, baseline: b, follow_up: f", "lacks levels"),
        ("definition: who_risk_level_reduction, levels: 3, baseline: b, follow_up: f", "levels"),
        ("definition: alcohol_reduction, at_least: 70, baseline: b, follow_up: f", "a share"),
        ("definition: alcohol_reduction, at_least: 0.7, follow_up: f", "lacks baseline"),
        ("definition: percent_days_abstinent, at_least: 101, follow_up: f", "a percentage"),
        ("definition: craving, at_most: 3, follow_up: f, unit: g/day", "no meaning"),
        ("definition: peth, at_most: 20, follow_up: f, unit: mg", "is no unit"),
        ("definition: craving, at_most: 3, " + DAYS % "follow_up_days: [1, 4]", "from columns"),
        ("definition: no_relapse, follow_up: f", "lacks"),
        (
            "definition: no_heavy_drinking_days, " + DAYS % "follow_up_days: [1, 4]",
            "lacks heavy_day",
        ),
        (
            "definition: no_heavy_drinking_days, heavy_day: UK, " + DAYS % "follow_up_days: [1, 4]",
            "heavy days of 'UK'",
        ),
        (
            "definition: alcohol_reduction, at_least: 0.7, " + DAYS % "follow_up_days: [1, 4]",
            "compares with the days before",
        ),
        (
            "definition: alcohol_reduction, at_least: 0.7, "
            + DAYS % "baseline_days: [1, 28], follow_up_days: [1, 4]",
            "begins before the baseline has ended",
        ),
        (
            "definition: percent_days_abstinent, at_least: 90, "
            + DAYS % "follow_up_days: [4, 1], grace_days: 9",
            "the first day is after the last",
        ),
        (
            "definition: percent_days_abstinent, at_least: 90, " + DAYS % "follow_up_days: [0, 4]",
            "begins before treatment",
        ),
        (
            "definition: relative_change, at_least: 0.1, baseline: b, follow_up: b",
            "both the value before and",
        ),
        ("column: r, favourable: 1, tolerability: {column: stopped}", "unfavourable"),
        (
            "column: r, favourable: 1, tolerability: {column: r, unfavourable: 1}",
            "two roles",
        ),
        ("column: r, favourable: 1, adherence: {column: arm}", "two roles"),
        ("column: r, favourable: 1, adherence: {column: taken, at_least: 80}", "at_least"),
        (
            "definition: percent_days_abstinent, at_least: 90, "
            + DAYS % "follow_up_days: [1, 4], grace_days: 4",
            "leave no day",
        ),
        (
            "definition: percent_days_abstinent, at_least: 90, "
            + DAYS.replace("id: id", "id: day") % "follow_up_days: [1, 4]",
            "two roles",
        ),
    ],
)
def test_a_wrong_response(tmp_path: Path, keys: str, said: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY % keys, encoding="utf-8")
    try:
        faults = list(read_study(path).faults)
    except DataError as error:
        faults = list(error.faults)
    assert any(said in str(fault) and "study.yaml:5" in str(fault) for fault in faults), [
        str(fault) for fault in faults
    ]
