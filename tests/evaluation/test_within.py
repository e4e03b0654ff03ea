from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.evaluation import (
    Comparison,
    WithinPatients,
    cross_validate,
    evaluate,
    within_patients,
)
from nxpredict.evaluation._within import within_sentences
from nxpredict.study import ResponseScale

ROWS = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def draw(
    n: int, seed: int, *, effect: float = 0.1, time: float = 0.1, carried: float = 0.0, periods=2
) -> ROWS:
    rng = np.random.default_rng(seed)
    patient, period = (part.ravel() for part in np.mgrid[:n, :periods])
    arm = (rng.permutation(np.resize([0, 1], n))[patient] + period) % 2
    p = 0.35 + effect * arm + time * period + carried * np.where(period > 0, 1 - arm, 0)
    shared = rng.random(n)[patient]
    same = rng.random(len(patient)) < 0.5
    y = (np.where(same, shared, rng.random(len(patient))) < p).astype(float)
    return y, arm, patient, period + 1


def compare(rows: ROWS, carried: float = 1.0) -> WithinPatients:
    return within_patients(*rows, a=1, reference=0, n_arms=2, carried=carried)


def test_with_two_periods_it_is_the_mean_over_both_orders_of_the_paired_differences() -> None:
    y, arm, patient, period = draw(80, 0)
    y, arm = y.reshape(-1, 2), arm.reshape(-1, 2)
    paired = np.where(arm[:, 0] == 1, y[:, 0] - y[:, 1], y[:, 1] - y[:, 0])
    by_order = [paired[arm[:, 0] == k] for k in (0, 1)]
    found = compare((y.ravel(), arm.ravel(), patient, period))
    assert found.within.estimate == pytest.approx(np.mean([d.mean() for d in by_order]))
    expected = np.sqrt(sum(d.var() / len(d) for d in by_order)) / 2
    assert found.within.errors[0] == pytest.approx(expected, rel=0.02)
    assert found.patients == 80
    assert np.isnan(found.carry_over.estimate)


def test_intervals_hold_the_truth_as_often_as_they_say_and_are_shorter_than_those_between() -> None:
    held, width = [], []
    for seed in range(300):
        found = compare(draw(100, seed))
        intervals = [d.interval(0.95) for d in (found.within, found.first_period)]
        held.append([i.lower <= 0.1 <= i.upper for i in intervals])
        width.append([i.upper - i.lower for i in intervals])
    share = np.mean(held, axis=0)
    assert (np.abs(share - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 300)).all()
    assert np.mean(width, axis=0)[0] < 0.75 * np.mean(width, axis=0)[1]


def test_only_the_first_period_is_free_of_what_is_carried_over_and_this_is_said() -> None:
    found = compare(draw(4000, 3, carried=0.2))
    within, first, average = (
        d.interval(0.95) for d in (found.within, found.first_period, found.average)
    )
    assert within.upper < 0.1 < min(first.upper, average.upper)
    (sentence,) = within_sentences("b_vs_a", found, ResponseScale())
    assert "b versus a" in sentence
    assert f"say {100 * found.within.estimate:+.1f} points" in sentence
    assert within_sentences("b_vs_a", compare(draw(4000, 3)), ResponseScale()) == []
    (sentence,) = within_sentences("b_vs_a", found, ResponseScale("g/day", "lower"))
    assert "g/day, positive where better" in sentence


def test_with_more_periods_carry_over_is_told_from_the_arms() -> None:
    rows = []
    rng = np.random.default_rng(5)
    for who in range(1500):
        order = rng.permutation([0, 0, 1, 1])
        p = 0.3 + 0.1 * order + 0.15 * np.append(0, order[:-1])
        rows += [(float(rng.random() < p[k]), order[k], who, k + 1) for k in range(4)]
    y, *rest = zip(*rows, strict=True)
    found = compare((np.array(y), *(np.array(column) for column in rest)))
    carried = found.carry_over.interval(0.95)
    assert 0 < carried.lower < 0.15 < carried.upper
    assert found.average.interval(0.95).lower < 0.1 < found.average.interval(0.95).upper


def test_a_long_wash_out_leaves_patients_compared_with_themselves() -> None:
    rows = draw(200, 1)
    sure, told, nothing = compare(rows, 0.0), compare(rows, 0.5**5), compare(rows, 1.0)
    widths = [np.ptp([i.lower, i.upper]) for i in (d.average.interval(0.9) for d in (sure, told))]
    within = sure.within.interval(0.9)
    # Both estimates together know no less than either of them.
    assert widths[0] <= within.upper - within.lower
    assert widths[1] < 1.15 * widths[0]
    open_ = nothing.average.interval(0.9)
    first = nothing.first_period.interval(0.9)
    assert widths[1] < open_.upper - open_.lower < first.upper - first.lower


def test_patients_and_rows_in_any_order_give_the_same_average() -> None:
    rows = draw(60, 4)
    order = np.random.default_rng(0).permutation(len(rows[0]))
    y, arm, patient, period = (part[order] for part in rows)
    again = compare((y, arm, 59 - patient, period)).average.interval(0.9)
    assert again.to_dict() == pytest.approx(compare(rows).average.interval(0.9).to_dict())
    swapped = compare((rows[0], 1 - rows[1], *rows[2:])).average.interval(0.9)
    assert swapped.upper == pytest.approx(-again.lower)


class Rates:
    """A model that has learned nothing about patients: the same for everybody."""

    def get_params(self, deep: bool = True) -> dict:
        return {}

    def fit(self, X, y, *, arm=None, propensity=None, **when) -> Rates:
        self.arms, self.rate = sorted(set(arm)), float(np.mean(y))
        return self

    def predict_response(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(self.rate, index=X.index, columns=self.arms)


def test_the_average_of_an_evaluation_is_that_of_the_crossover() -> None:
    y, arm, patient, period = draw(120, 6)
    names = np.array(["a", "b"])[arm]
    X = pd.DataFrame({"x": np.random.default_rng(0).normal(size=120)[patient]})
    out = cross_validate(Rates(), X, y, names, groups=patient, folds=3)
    found = []
    for carried in (1.0, 0.01):
        comparison = Comparison(
            X, y, names, ("a", "b"), "a", "randomised", period=period, carried=carried
        )
        found.append(evaluate(out, comparison))
    unknown, washed = (f.average["b_vs_a"] for f in found)
    within = found[1].contrasts["b_vs_a"]["crossover"]["within"]
    assert washed["upper"] - washed["lower"] < 1.1 * (within.upper - within.lower)
    assert unknown["upper"] - unknown["lower"] > 1.2 * (washed["upper"] - washed["lower"])
    assert washed["estimate"] == pytest.approx(within.estimate, abs=0.01)
    assert set(found[0].to_dict()["contrasts"]["b_vs_a"]["crossover"]) == {
        "patients", "within", "carry_over", "first_period",
    }  # fmt: skip


class Told(Rates):
    """A model that knows what goes with the response."""

    def predict_response(self, X: pd.DataFrame) -> pd.DataFrame:
        rate = 1 / (1 + np.exp(-X["x"]))
        return pd.DataFrame(dict.fromkeys(self.arms, rate), index=X.index)


def test_how_many_a_model_needs_is_said_beside_periods_that_are_called_so() -> None:
    _, arm, patient, period = draw(60, 7)
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=60)[patient]})
    y = (X["x"] + rng.logistic(size=len(X)) > 0).to_numpy(dtype=float)
    names = np.array(["a", "b"])[arm]
    out = cross_validate(Told(), X, y, names, groups=patient, folds=3)
    warnings = evaluate(
        out, Comparison(X, y, names, ("a", "b"), "a", "randomised", period=period)
    ).warnings
    told = [text for text in warnings if "Riley" in text]
    assert told
    assert all(" periods of patients on " in text for text in told)
