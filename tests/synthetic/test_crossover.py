from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nxpredict.catalog import Catalog
from nxpredict.errors import DataError
from nxpredict.synthetic import Scenario, simulate
from nxpredict.synthetic._crossover import draw_orders, draw_periods, over_periods, time_shifts
from nxpredict.synthetic._parameters import load_parameters

SCENARIO = Scenario("published", n=120, new_patients=2, seed=3, design="crossover")


def test_every_patient_has_every_arm_before_any_again() -> None:
    arms = ("a", "b", "c")
    first = np.resize(np.array(arms), 90)
    order = draw_orders(first, arms, 6, np.random.default_rng(0))
    assert (order[:, 0] == first).all()
    for half in (order[:, :3], order[:, 3:]):
        assert all(set(row) == set(arms) for row in half.tolist())


def test_the_table_has_a_row_a_period_and_half_the_patients_in_either_order(
    catalog: Catalog,
) -> None:
    drawn = simulate(SCENARIO, catalog)
    table = drawn.cohort
    assert len(table) == 240
    assert table.groupby("patient_id")["arm"].nunique().eq(2).all()
    assert table.groupby("patient_id")["age_years"].nunique(dropna=False).eq(1).all()
    starts = table.loc[table["period"] == 1, "arm"].value_counts()
    assert abs(starts["NTX"] - starts["NMF"]) <= 8
    assert not table["patient_id"].isin(drawn.new_patients["patient_id"]).any()
    assert "wash_out_days: 21" in drawn.study
    assert "wash_out" not in simulate(replace(SCENARIO, carry_over=0.2), catalog).study


def drawn_periods(scenario: Scenario, n: int = 40_000) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the truth, and responses of periods 1 and 2, of patients who are all alike."""
    p = pd.DataFrame({"a": np.full(n, 0.3), "b": np.full(n, 0.6)})
    order = np.resize(np.array([["a", "b"], ["b", "a"]]), (n, 2))
    rng = np.random.default_rng(1)
    y = draw_periods(p, order, scenario, load_parameters(), rng)
    return over_periods(p, time_shifts(scenario, load_parameters())).iloc[0], y


def test_the_truth_is_what_happens_averaged_over_patients_and_periods() -> None:
    truth, y = drawn_periods(SCENARIO)
    under_a = np.concatenate([y[::2, 0], y[1::2, 1]])
    under_b = np.concatenate([y[1::2, 0], y[::2, 1]])
    for found, p in ((under_a, truth["a"]), (under_b, truth["b"])):
        assert abs(found.mean() - p) < 4 * np.sqrt(p * (1 - p) / len(found))


def test_two_responses_of_a_patient_belong_together() -> None:
    _, y = drawn_periods(SCENARIO)
    y = y[::2]
    both, one, other, none = (
        ((y[:, 0] == i) & (y[:, 1] == j)).sum() for i, j in ((1, 1), (1, 0), (0, 1), (0, 0))
    )
    assert 2.5 < both * none / (one * other) < 6


def test_what_is_carried_over_levels_the_arms_in_the_second_period() -> None:
    _, y = drawn_periods(replace(SCENARIO, carry_over=0.5))
    first = y[1::2, 0].mean() - y[::2, 0].mean()
    second = y[::2, 1].mean() - y[1::2, 1].mean()
    assert first == pytest.approx(0.3, abs=0.02)
    assert second == pytest.approx(first / 2, abs=0.04)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"allocation": "observational"}, "not observational"),
        ({"carry_over": "1.5"}, "'carry_over'"),
        ({"periods": "1"}, "'periods'"),
        ({"design": "sequential"}, "'design'"),
    ],
)
def test_wrong_crossovers_are_refused(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        Scenario.from_dict({"scenario": "published", "design": "crossover"} | wrong)
