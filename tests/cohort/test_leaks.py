from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from nxpredict.cohort._leaks import STOPS, check_leaks, find_leaks
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.errors import FaultLog
from nxpredict.study import AdditionalPredictor, RelativeChange


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


@pytest.mark.parametrize("change", [True, False])
def test_the_baseline_of_a_change_is_no_leak(change):
    baseline = np.arange(200.0)
    log = FaultLog()
    spec = PredictorSpec("days", "days", "additional", "continuous", "predictor", column="days")
    schema = Schema("id", (spec,))
    X = pd.DataFrame({"days": baseline})
    y = (baseline < 100).astype(float)
    check_leaks(X, y, None, (), schema=schema, change=change, file="t.csv", faults=log)
    (issue,) = log
    assert issue.severity == ("warning" if change else "error")


def test_a_strong_predictor_is_a_warning(read, table, codes):
    rng = np.random.default_rng(1)
    strong = table["responder"].astype(float) * 1.6 + rng.standard_normal(len(table))
    table["score"] = strong.map(repr).astype("str")
    cohort = read(table, additional={"score": AdditionalPredictor("score", "continuous")})
    assert "leak" in codes(cohort.issues, "warning")


def test_a_copy_of_the_arm_is_no_predictor(faults, table, codes):
    table["kit"] = table["drug"].map({"NTX": "1", "NMF": "2"})
    declared = {"kit": AdditionalPredictor("kit", "binary")}
    assert codes(faults(table, additional=declared)) == ["arm-as-predictor"]


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
