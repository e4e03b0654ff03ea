from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.bundle import make_background, make_ranges
from nxpredict.cohort import PredictorSpec, Schema

AGE = PredictorSpec("age", "Age", "clinical", "continuous", column="age")
DOSE = PredictorSpec("dose", "Dose", "genotype", "dosage", column="dose")
TOWN = PredictorSpec("town", "Town", "additional", "categorical", column="town")
RACE = PredictorSpec("race", "Race", "clinical", "categorical", "nuisance", column="race")
SCHEMA = Schema("id", (AGE, DOSE, TOWN, RACE))


def cohort(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    town = pd.Series(rng.choice(["Ulm", "Bonn"], n), dtype="str")
    town.iloc[:3] = "Sentinelville"
    return pd.DataFrame(
        {
            "age": rng.normal(45, 10, n),
            "dose": rng.choice([0.0, 1.0, 2.0], n, p=[0.7, 0.295, 0.005]),
            "town": town,
            "race": pd.Series(["x"] * n, dtype="str"),
        }
    )


def background(X: pd.DataFrame, n: int = 200) -> pd.DataFrame:
    return make_background(X, SCHEMA, n, rng=np.random.default_rng(1))


def test_no_extreme_value_and_no_rare_label_survives():
    X = cohort(400)
    X.loc[5, "age"] = 987654.321
    X.loc[6, "age"] = -987654.321
    drawn = background(X)
    assert drawn["age"].abs().max() < 100
    assert "Sentinelville" not in set(drawn["town"])
    low, high = make_ranges(X, SCHEMA)["age"]
    assert 0 < low < 40 < 60 < high < 100


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=20, max_size=120, unique=True),
    place=st.integers(0, 119),
    far=st.floats(1e7, 1e9),
)
def test_one_patient_more_extreme_than_all_changes_no_number(values, place, far):
    """What is kept does not depend on how extreme the most extreme patient is."""
    X = cohort(len(values))
    X["age"] = values
    most = X["age"].idxmax()
    kept = []
    for factor in (1.0, 2.0):
        X.loc[most, "age"] = far * factor
        kept.append((background(X)["age"].tolist(), make_ranges(X, SCHEMA)["age"]))
    assert kept[0] == kept[1]


@settings(max_examples=40, deadline=None)
@given(n=st.integers(20, 300), seed=st.integers(0, 99))
def test_no_value_of_a_continuous_predictor_is_a_patients(n, seed):
    X = cohort(n, seed)
    drawn = background(X)
    assert set(drawn["age"]).isdisjoint(X["age"])
    assert set(make_ranges(X, SCHEMA).get("age", ())).isdisjoint(X["age"])
    assert len(set(drawn["age"])) <= n // 10


def test_it_looks_like_the_cohort():
    X = cohort(1000)
    X.loc[:299, "age"] = np.nan
    drawn = background(X, 1000)
    assert list(drawn.columns) == ["age", "dose", "town"]
    assert drawn["age"].isna().mean() == pytest.approx(0.3, abs=0.001)
    assert drawn["age"].mean() == pytest.approx(X["age"].mean(), abs=0.2)
    assert drawn["age"].std() == pytest.approx(X["age"].std(), rel=0.05)
    assert drawn["dose"].mean() == pytest.approx(X["dose"].clip(upper=1).mean(), abs=0.02)
    assert drawn["town"].eq("Ulm").mean() == pytest.approx(X["town"].eq("Ulm").mean(), abs=0.01)
    assert str(drawn["town"].dtype) == "str"


def test_columns_are_drawn_apart():
    X = cohort(1000)
    X["dose"] = (X["age"] > 45).astype(float)
    drawn = background(X, 1000)
    # Independent draws: the correlation of 1,000 rows has a standard error of 0.032.
    assert abs(drawn["age"].corr(drawn["dose"])) < 0.13


def test_rare_labels_are_pooled_when_together_they_are_many():
    X = cohort(400)
    X.loc[:19, "town"] = [f"hamlet {k}" for k in range(20)]
    drawn = background(X, 400)
    assert set(drawn["town"]) == {"Ulm", "Bonn", "other"}


def test_a_predictor_of_few_patients_is_all_missing():
    X = cohort(100)
    X.loc[9:, "age"] = np.nan
    X["town"] = pd.Series([f"t{k}" for k in range(5)] + [None] * 95, dtype="str")
    drawn = background(X)
    assert drawn[["age", "town"]].isna().all(axis=None)
    assert "age" not in make_ranges(X, SCHEMA)


def test_ranges_are_the_percentiles_they_are_named_after():
    X = cohort(20_000)
    low, high = make_ranges(X, SCHEMA)["age"]
    assert [low, high] == pytest.approx(X["age"].quantile([0.01, 0.99]).tolist(), abs=0.7)
    assert make_ranges(cohort(400), SCHEMA)["dose"] == (0.0, 1.0)
    assert set(make_ranges(X, SCHEMA)) == {"age", "dose"}
