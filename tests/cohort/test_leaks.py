from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from nxpredict.cohort._leaks import STOPS, check_leaks, find_leaks
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.errors import FaultLog
from nxpredict.study import AdditionalPredictor, ParallelDesign, RelativeChange


@pytest.mark.parametrize("n", [20, 26, 60])
def test_a_label_that_everybody_shares_tells_nothing(n):
    rng = np.random.default_rng(n)
    for _ in range(40):
        y = rng.permutation(np.r_[np.ones(n // 2), np.zeros(n - n // 2)])
        assert find_leaks(pd.DataFrame({"tube": ["serum"] * n}), y) == []


def test_labels_by_chance_hardly_ever_stop_a_run():
    rng = np.random.default_rng(0)
    stopped = 0
    for _ in range(200):
        y = rng.permutation(np.r_[np.ones(15), np.zeros(15)])
        labels = rng.choice(["a", "b", "c"], 30)
        stopped += any(leak.auc >= STOPS for leak in find_leaks(pd.DataFrame({"x": labels}), y))
    assert stopped == 0


def test_many_labels_by_chance_hardly_ever_warn():
    """Less than once in a hundred; in most cohorts, if a label were rated by its own fold."""
    rng = np.random.default_rng(0)
    warned, repetitions = 0, 100
    for _ in range(repetitions):
        y = rng.permutation(np.r_[np.ones(20), np.zeros(20)])
        labels = rng.choice(list("abcdefghijklmnopqrst"), 40)
        warned += bool(find_leaks(pd.DataFrame({"x": labels}), y))
    assert warned <= binom.ppf(0.999, repetitions, 0.01)


def test_labels_that_copy_the_response_do_stop():
    y = np.tile([0.0, 1.0], 30)
    X = pd.DataFrame({"outcome": np.where(y == 1, "well", "ill")})
    assert find_leaks(X, y)[0].auc >= STOPS


def test_the_response_column_cannot_predict_itself(faults, table, codes):
    found = faults(table, additional={"r": AdditionalPredictor("responder", "binary")})
    assert codes(found) == ["response-as-predictor"]


def test_declared_after_baseline_stops(faults, table, codes):
    late = AdditionalPredictor("ward_colour", "categorical", when="post_baseline")
    assert codes(faults(table, additional={"ward": late})) == ["post-baseline"]


def test_a_perfect_predictor_stops_until_it_is_allowed(faults, read, table, codes):
    table["weeks"] = np.where(table["responder"] == "1", "12", "3")
    declared = {"weeks": AdditionalPredictor("weeks", "continuous")}
    assert codes(faults(table, additional=declared)) == ["leak"]
    cohort = read(table, additional=declared, allow_leak=["weeks"])
    assert cohort.facts["leaks"] == [
        {"predictor": "weeks", "auc": 1.0, "by": "value", "allowed": True}
    ]


def test_labels_and_missingness_give_away_too(faults, table, codes):
    table["word"] = np.where(table["responder"] == "1", "stayed", "left")
    table["lab"] = np.where(table["responder"] == "1", "1.5", "")
    declared = {
        "word": AdditionalPredictor("word", "categorical"),
        "lab": AdditionalPredictor("lab", "continuous"),
    }
    found = faults(table, additional=declared)
    assert codes(found) == ["leak", "leak"]


DAYS = PredictorSpec("days", "days", "additional", "continuous", "predictor", column="days")


def said_of(days, y, *, change=False, stopped=None):
    log = FaultLog()
    check_leaks(
        pd.DataFrame({"days": days}),
        y,
        stopped,
        (),
        schema=Schema("id", (DAYS,)),
        change=change,
        file="t.csv",
        faults=log,
    )
    return [issue.severity for issue in log]


@pytest.mark.parametrize("told", [0.0, 1.0])
@pytest.mark.parametrize("value", ["seen", 5.0])
def test_that_a_value_is_missing_tells_in_either_direction(told, value):
    y = np.tile([0.0, 1.0], 20)
    X = pd.DataFrame({"x": [value if each == told else None for each in y]})
    assert [(leak.auc, leak.by) for leak in find_leaks(X, y)] == [(1.0, "missingness")]


@pytest.mark.parametrize("change", [True, False])
def test_the_baseline_of_a_change_is_no_leak(change):
    baseline = np.arange(200.0)
    y = (baseline < 100).astype(float)
    assert said_of(baseline, y, change=change) == ["warning" if change else "error"]
    # That it is missing is no arithmetic.
    assert said_of(np.where(y == 1, np.nan, 5.0), y, change=change) == ["error"]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("wrong", "said"), [(20, ["error"]), (21, ["warning"]), (80, ["warning"]), (81, [])]
)
def test_an_auc_of_95_stops_and_one_of_80_warns_in_either_direction(wrong, said, sign):
    """Of 400 pairs so many stand the wrong way round."""
    y = np.repeat([0.0, 1.0], 20)
    above = wrong // 20 + (np.arange(20) < wrong % 20)
    assert said_of(sign * np.r_[np.arange(20.0), 19.5 - above], y) == said


@pytest.mark.parametrize(("few", "said"), [(10, ["error"]), (9, [])])
def test_ten_values_with_either_response_can_tell(few, said):
    y = np.repeat([0.0, 1.0], [50, few])
    assert said_of(y * 12, y) == said
    assert said_of(y * 12, 1 - y) == said


def test_what_gives_the_tolerability_away_stops_where_that_is_known():
    y = np.tile([0.0, 1.0], 50)
    stopped = np.repeat([0.0, 1.0], 50)
    days = stopped * 12
    assert said_of(days, y, stopped=stopped) == ["error"]
    stopped[[*range(45), *range(50, 95)]] = np.nan
    assert said_of(days, y, stopped=stopped) == []


def test_a_strong_predictor_is_a_warning(read, table, codes):
    rng = np.random.default_rng(1)
    strong = table["responder"].astype(float) * 1.6 + rng.standard_normal(len(table))
    table["score"] = strong.map(repr).astype("str")
    cohort = read(table, additional={"score": AdditionalPredictor("score", "continuous")})
    assert "leak" in codes(cohort.issues, "warning")


def test_a_copy_of_the_arm_is_no_predictor(faults, read, table, codes):
    table["kit"] = table["drug"].map({"NTX": "1", "NMF": "2"})
    declared = {"kit": AdditionalPredictor("kit", "binary")}
    assert codes(faults(table, additional=declared)) == ["arm-as-predictor"]
    assert "kit" in read(table, additional=declared, allow_leak=["kit"]).X
    observed = ParallelDesign("patient_id", "drug", "observational")
    assert "kit" in read(table, additional=declared, design=observed).X


def test_many_labels_alone_are_no_leak(read, table):
    table["ward_colour"] = pd.Series(np.arange(len(table)) // 2 % 12).astype("str")
    cohort = read(table, additional={"ward": AdditionalPredictor("ward_colour", "categorical")})
    assert cohort.facts["leaks"] == []


def test_a_few_values_that_fit_by_chance_are_no_leak(read, table):
    order = np.argsort(table["responder"], kind="stable").to_numpy()
    few = np.r_[order[:6], order[-6:]]
    table["lab"] = ""
    table.loc[few, "lab"] = [str(i) for i in range(12)]
    cohort = read(table, additional={"lab": AdditionalPredictor("lab", "continuous")})
    assert cohort.facts["leaks"] == []


def test_the_baseline_of_a_change_may_predict(read, table):
    rng = np.random.default_rng(2)
    table["b"] = rng.uniform(100, 200, len(table)).round(1).astype(str)
    table["f"] = rng.uniform(100, 200, len(table)).round(1).astype(str)
    cohort = read(
        table,
        response=RelativeChange("b", "f", at_least=0.1),
        additional={"b": AdditionalPredictor("b", "continuous")},
    )
    assert "b" in cohort.X
