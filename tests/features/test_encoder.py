from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from nxpredict.features import TableEncoder, as_typed


@parametrize_with_checks([TableEncoder()])
def test_scikit_learn_conformance(estimator, check):
    check(estimator)


def table(n: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "ggt": rng.lognormal(4, 1.2, n),
            "age": rng.normal(45, 10, n),
            "sex": rng.integers(0, 2, n).astype(float),
            "site": rng.choice(["north", "south", "east"], n),
            "snp": np.where(rng.random(n) < 0.4, np.nan, rng.integers(0, 3, n)),
        }
    )


def test_columns_are_taken_by_name():
    X = table()
    encoder = TableEncoder().fit(X)
    shuffled = X[["snp", "site", "ggt", "sex", "age"]]
    again = TableEncoder().fit(shuffled)
    assert encoder.outputs_ == again.outputs_
    np.testing.assert_array_equal(encoder.transform(X), again.transform(shuffled))


def test_missing_is_zero_and_said():
    X = table()
    encoder = TableEncoder().fit(X)
    encoded = encoder.encode(X)
    column = encoder.outputs_.index("snp")
    np.testing.assert_array_equal(encoded.missing[:, column], X["snp"].isna())
    assert (encoded.values[encoded.missing] == 0).all()
    assert encoder.indicator_columns_ == ("snp",)
    assert abs(encoded.indicators.mean()) < 1e-12


def test_rare_labels_are_pooled_and_unknown_ones_join_them():
    text = ["a"] * 30 + ["b"] * 20 + ["c"] * 6 + ["d"] * 5
    encoder = TableEncoder().fit(pd.DataFrame({"k": text}))
    assert encoder.outputs_ == ("k=a", "k=b", "k=(other)")
    known, unknown = encoder.transform(pd.DataFrame({"k": ["c", "never seen"]}))
    np.testing.assert_array_equal(known, unknown)


def test_constant_and_empty_columns_carry_nothing():
    X = pd.DataFrame({"one": np.ones(30), "none": np.full(30, np.nan), "x": np.arange(30.0)})
    values = TableEncoder().fit(X).transform(X)
    assert np.isfinite(values).all()
    assert (values[:, :2] == 0).all()


def test_state_round_trip():
    X = table()
    encoder = TableEncoder().fit(X)
    state = json.loads(json.dumps(encoder.to_state()))
    np.testing.assert_array_equal(
        TableEncoder.from_state(state).encode(X).values, encoder.encode(X).values
    )


def test_missing_column_and_changed_type_are_refused():
    X = table()
    encoder = TableEncoder().fit(X)
    with pytest.raises(ValueError, match="ggt"):
        encoder.encode(X.drop(columns="ggt"))
    with pytest.raises(ValueError, match="holds text now"):
        encoder.encode(X.assign(ggt="many"))
    with pytest.raises(ValueError, match="infinity"):
        encoder.transform(X.assign(age=np.inf))


def test_numbers_as_objects_are_numbers_and_what_is_all_missing_is_missing():
    X = table()
    encoder = TableEncoder().fit(X)
    boxed = X.astype(dict.fromkeys(["ggt", "age", "snp"], object))
    np.testing.assert_array_equal(encoder.transform(boxed), encoder.transform(X))
    assert TableEncoder().fit(boxed).outputs_ == encoder.outputs_
    for nothing in (None, pd.NA, np.nan):
        blank = X.assign(**{name: pd.Series([nothing] * len(X), dtype=object) for name in X})
        assert encoder.encode(as_typed(blank)).missing.all()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pd.date_range("2020-01-01", periods=60), "dates or durations"),
        (pd.to_timedelta(np.arange(60), unit="D"), "dates or durations"),
        (np.arange(60) * 1j, "complex"),
        (np.r_[1e200, np.zeros(59)], "beyond 1e[+]100"),
    ],
)
def test_columns_that_are_no_quantity_are_refused(column, said):
    with pytest.raises(ValueError, match=f"'ggt' holds .*{said}"):
        TableEncoder().fit(table().assign(ggt=column))


def test_labels_of_fit_are_not_looked_for_among_numbers():
    X = table().assign(site=pd.Categorical(np.arange(60) % 3))
    encoder = TableEncoder().fit(X)
    with pytest.raises(ValueError, match="'site' held labels at fit time and holds numbers now"):
        encoder.transform(X.assign(site=np.arange(60) % 3))


def test_a_wrong_entry_flattens_nobody_else():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"age": rng.normal(45, 10, 300), "days": np.r_[np.full(290, 0.0), np.arange(10)]}
    )
    wrong = X.copy()
    wrong.loc[0, "age"] = -1e6
    right, found = (TableEncoder().fit(frame).transform(frame)[1:] for frame in (X, wrong))
    np.testing.assert_allclose(found, right, atol=0.25)
    # What is rare is no wrong entry.
    np.testing.assert_array_equal(found[:, 1], right[:, 1])


@pytest.mark.parametrize("unit", [1e-120, 1e-12, 1e12, 1e90])
def test_units_change_nothing(unit):
    X = table()[["ggt", "age"]]
    first, second = (TableEncoder().fit(frame).transform(frame) for frame in (X, X * unit))
    np.testing.assert_allclose(first, second, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_row_order_never_matters(random):
    X = table()
    order = list(range(len(X)))
    random.shuffle(order)
    first = TableEncoder().fit(X).transform(X)[order]
    second = TableEncoder().fit(X.iloc[order]).transform(X.iloc[order])
    np.testing.assert_allclose(first, second, atol=1e-9)


def test_whole_labels_stay_the_same_when_a_missing_one_makes_them_floats():
    whole = pd.DataFrame({"site": pd.Categorical([1, 2, 3] * 20)})
    encoder = TableEncoder().fit(whole)
    broken = pd.DataFrame({"site": pd.Categorical([1.0, 2.0, 3.0] * 20)})
    np.testing.assert_array_equal(encoder.transform(whole), encoder.transform(broken))


@pytest.mark.parametrize("columns", [30, 90])
def test_many_columns_keep_their_curves_until_there_are_more_than_patients(columns):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(60, columns))).add_prefix("x")
    assert TableEncoder().fit(X).curves_.size == (3 * columns if columns <= 60 else 0)
