from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.explain import (
    Contributions,
    Explanation,
    agreement_table,
    driver_table,
    interaction_table,
    summarise_drivers,
)


@pytest.fixture
def patients() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.normal(45, 10, 200),
            "smoker": rng.integers(0, 2, 200).astype(float),
            "copies": rng.choice([0.0, 1.0, 2.0], 200, p=[0.7, 0.2, 0.1]),
            "site": rng.choice(["north", "south", "west"], 200),
            "noise": rng.normal(size=200),
            "never": np.nan,
        }
    )
    frame.loc[::7, "age"] = np.nan
    return frame


@pytest.fixture
def explanation(patients) -> Explanation:
    """The difference b - a: age pushes up, smoking down, copies up, sites apart, noise nothing."""
    rng = np.random.default_rng(1)
    age = 0.01 * (patients["age"] - 45).fillna(0.0)
    smoker = np.where(patients["smoker"] == 1, -0.05, 0.05)
    copies = 0.03 * (patients["copies"] - 0.4)
    site = patients["site"].map({"north": -0.02, "south": 0.0, "west": 0.02})
    gap = np.column_stack([age, smoker, copies, site, np.zeros(200), np.zeros(200)]) / 2
    values = np.stack([-gap, gap], axis=1)
    draws = values[None] * rng.normal(1, 0.1, (40, 1, 1, 1))
    x = np.sign(patients["noise"].to_numpy())[None, :] * rng.normal(0, 0.01, (40, 1))
    draws[:, :, 1, 4] += x
    return Explanation(
        arms=("a", "b"),
        names=tuple(patients.columns),
        values=values,
        base=np.array([0.5, 0.5]),
        method="exact",
        error=0.0,
        draws=draws,
    )


def test_swings_have_direction_comparison_and_intervals(patients, explanation) -> None:
    table = summarise_drivers(explanation, patients, [("b", "a")]).contrasts["b", "a"]
    assert table["mean_absolute"].is_monotonic_decreasing
    assert table.loc["age", "swing"] > 0.05
    assert table.loc["age", "low"] == pytest.approx(patients["age"].median())
    assert table.loc["smoker", "swing"] == pytest.approx(-0.10)
    assert (table.loc["smoker", "low"], table.loc["smoker", "high"]) == (0.0, 1.0)
    assert (table.loc["copies", "low"], table.loc["copies", "high"]) == (0.0, 0.0)
    assert table.loc["copies", "swing"] > 0.03
    assert (table.loc["site", "low"], table.loc["site", "high"]) == ("north", "west")
    assert table.loc["site", "swing"] == pytest.approx(0.04)
    inside = table["lower"].le(table["swing"]) & table["swing"].le(table["upper"])
    assert inside.drop("never").all()


def test_only_what_varies_with_the_draws_around_zero_is_indistinguishable(
    patients, explanation
) -> None:
    table = summarise_drivers(explanation, patients, [("b", "a")]).contrasts["b", "a"]
    assert table.loc[["age", "smoker", "copies", "site"], "distinguishable"].all()
    assert not table.loc["noise", "distinguishable"]
    assert np.isnan(table.loc["never", "swing"])


def test_turning_the_contrast_turns_the_swings(patients, explanation) -> None:
    drivers = summarise_drivers(explanation, patients, [("b", "a"), ("a", "b")])
    there, back = drivers.contrasts["b", "a"], drivers.contrasts["a", "b"]
    same = ["age", "smoker", "copies", "noise"]
    np.testing.assert_allclose(there.loc[same, "swing"], -back.loc[same, "swing"])
    np.testing.assert_allclose(
        there["mean_absolute"].sort_index(), back["mean_absolute"].sort_index()
    )
    assert drivers.outlook["mean_absolute"].max() == pytest.approx(0.0)


def test_without_draws_there_are_no_intervals() -> None:
    X = pd.DataFrame({"age": [1.0, 2.0, 3.0]})
    table = driver_table(Contributions(("age",), np.array([[0.1], [0.2], [0.3]]), 0.0), X)
    assert table[["lower", "upper", "distinguishable"]].isna().all(axis=None)
    assert table.loc["age", "swing"] == pytest.approx(0.15)


def test_a_predictor_with_one_value_has_no_swing() -> None:
    X = pd.DataFrame({"age": [2.0, 2.0, 2.0]})
    table = driver_table(Contributions(("age",), np.full((3, 1), 0.1), 0.0), X)
    assert np.isnan(table.loc["age", "swing"])
    assert table.loc["age", "mean_absolute"] == pytest.approx(0.1)


def test_profiles_cover_every_patient_once(patients, explanation) -> None:
    profiles = summarise_drivers(explanation, patients, [("b", "a")]).profiles["b", "a"]
    sizes = profiles.groupby("predictor")["n"].sum()
    assert (sizes == len(patients)).all()
    means = (profiles["n"] * profiles["mean"]).groupby(profiles["predictor"]).sum() / len(patients)
    parts = explanation.contrast("b", "a")
    np.testing.assert_allclose(means[list(parts.names)], parts.values.mean(axis=0), atol=1e-12)
    assert (profiles["lower"] <= profiles["mean"]).all()
    assert (profiles["mean"] <= profiles["upper"]).all()


def test_profiles_show_values_ranges_and_the_missing(patients, explanation) -> None:
    profiles = summarise_drivers(explanation, patients, [("b", "a")]).profiles["b", "a"]
    of = dict(iter(profiles.groupby("predictor")))
    assert of["copies"]["low"].tolist() == [0.0, 1.0, 2.0]
    assert of["site"]["high"].tolist() == ["north", "south", "west"]
    assert len(of["age"]) == 9
    assert (of["age"]["n"] >= 15).all()
    assert of["age"]["middle"].iloc[:8].is_monotonic_increasing
    assert of["age"]["low"].iloc[0] is None
    assert of["age"].iloc[-1][["low", "high"]].isna().all()
    assert of["age"]["mean"].iloc[:8].is_monotonic_increasing
    assert of["never"]["n"].tolist() == [200]


def test_the_two_labels_farthest_apart_are_judged_more_strictly_than_two_given_ones() -> None:
    rng = np.random.default_rng(4)
    labels = pd.DataFrame({"x": np.resize(list("abcd"), 400)})
    two = labels[labels["x"].isin(["a", "b"])]
    size = pd.Series({"a": 0.0, "b": 0.05, "c": 0.02, "d": 0.03})
    noise = rng.normal(0, 0.02, (60, 4, 1))
    drawn = [size + pd.Series(n[:, 0], index=size.index) for n in noise]

    def table(X: pd.DataFrame) -> pd.DataFrame:
        parts = [Contributions(("x",), X["x"].map(d).to_numpy()[:, None], 0.0) for d in drawn]
        return driver_table(
            Contributions(("x",), X["x"].map(size).to_numpy()[:, None], 0.0), X, draws=parts
        )

    four, given = table(labels).loc["x"], table(two).loc["x"]
    assert four["swing"] == given["swing"] == pytest.approx(0.05)
    assert four["certainty"] < given["certainty"]
    assert four["upper"] - four["lower"] > given["upper"] - given["lower"]


def test_refits_that_agree_agree_fully(patients, explanation) -> None:
    table = summarise_drivers(explanation, patients, [("b", "a")]).contrasts["b", "a"]
    found = agreement_table(table, [table, table])
    assert found["first"].iloc[0] == 1.0
    assert found["first"].sum() == 1.0
    assert found["among_three"].sum() == 3.0
    turned = table.assign(swing=-table["swing"])
    half = agreement_table(table, [table, turned])
    assert half.loc[["age", "smoker"], "same_direction"].tolist() == [0.5, 0.5]
    assert agreement_table(table, [])["first"].isna().all()


class Crossing:
    """The difference is 0.3 xy, drawn with some noise."""

    def __init__(self, size: float = 0.3) -> None:
        self.size = size

    def predict_response(self, X: pd.DataFrame) -> pd.DataFrame:
        gap = self.size * X["x"] * X["y"] + 0.1 * X["x"]
        return pd.DataFrame({"a": 0.5, "b": 0.5 + gap}, index=X.index)

    def predict_draws(self, X: pd.DataFrame) -> np.ndarray:
        rng = np.random.default_rng(0)
        draws = [Crossing(self.size + e).predict_response(X) for e in rng.normal(0, 0.05, 50)]
        return np.stack([np.asarray(d) for d in draws])


def test_an_interaction_is_found_where_there_is_one_and_only_there() -> None:
    X = pd.DataFrame({"x": [0.0, 1.0] * 50, "y": np.linspace(-1, 1, 100), "z": 0.0})
    for model, size in ((Crossing(), 0.3), (Crossing(0.0), 0.0)):
        table = interaction_table(model, X, X.head(20), ("x", "y"), ("b", "a"))
        assert len(table) == 5
        assert table.attrs == {"first": "x", "second": "y"}
        crossing = table.iloc[-1]
        assert crossing[["first", "second"]].isna().all()
        assert crossing["estimate"] == pytest.approx(size * 1.0)
        assert (crossing["lower"] > 0) == (size > 0)
        turned = interaction_table(model, X, X.head(20), ("x", "y"), ("a", "b"))
        np.testing.assert_allclose(turned["estimate"], -table["estimate"], atol=1e-12)


class StandsIn:
    """A model that puts one value for a missing `z`, another one in every draw."""

    def predict_response(self, X: pd.DataFrame) -> pd.DataFrame:
        return self._response(X, 0.0)

    def _response(self, X: pd.DataFrame, stand_in: float) -> pd.DataFrame:
        gap = 0.1 * X["x"] + 0.1 * X["z"].fillna(stand_in)
        return pd.DataFrame({"a": 0.5, "b": 0.5 + gap}, index=X.index)

    def predict_draws(self, X: pd.DataFrame) -> np.ndarray:
        noise = np.random.default_rng(0).standard_normal(50)
        return np.stack([np.asarray(self._response(X, e)) for e in noise])


def test_what_is_missing_averages_out_over_patients() -> None:
    z = np.where(np.arange(200) % 2 == 0, np.nan, np.linspace(-1, 1, 200))
    X = pd.DataFrame({"x": [0.0, 1.0] * 100, "y": [0.0, 0.0, 1.0, 1.0] * 50, "z": z})
    table = interaction_table(StandsIn(), X, X.head(60), ("x", "y"), ("b", "a"))
    # The stand-ins alone would make it 0.2 wide.
    assert (table["upper"] - table["lower"]).max() < 1e-9
    again = interaction_table(StandsIn(), X, X.head(60), ("x", "y"), ("b", "a"))
    pd.testing.assert_frame_equal(table, again)
