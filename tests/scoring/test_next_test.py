"""Which missing test is worth obtaining: hand-worked values, and when nothing is said."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from nxpredict.bundle import Bundle
from nxpredict.catalog import load_catalog
from nxpredict.cohort import PredictorSpec, Schema, read_batch
from nxpredict.models import ResponseSummary
from nxpredict.scoring import next_tests, score_batch, score_file
from nxpredict.scoring._next_test import value_of_tests
from nxpredict.scoring._score import score_table
from nxpredict.study import ArmSet

SUPPORTED = {"verdict": {"level": "supported", "reasons": ["a gain"]}, "average": {}}


class Marker:
    """P(response) is 0.5 under a, and 0.4 or 0.6 under b as a 0/1 marker says; 0.5 unknown."""

    def predict_summary(self, X: pd.DataFrame, *, reference: str) -> ResponseSummary:
        gap = 0.2 * (X["marker"] - 0.5).fillna(0.0).to_numpy()
        p = np.column_stack([np.full(len(X), 0.5), 0.5 + gap])
        sd = np.broadcast_to(0.1 * (1 - np.eye(2)), (len(X), 2, 2))
        none = np.zeros((len(X), 1))
        return ResponseSummary(("a", "b"), "a", p, p, p, none, none, none, none, sd)


def stub(level: str = "supported", share: float = 0.5) -> SimpleNamespace:
    names = ("marker", "idle", "age")
    families = ("biomarker", "genotype", "clinical")
    specs = tuple(
        PredictorSpec(n, n, f, "continuous") for n, f in zip(names, families, strict=True)
    )
    ones = round(20 * share)
    drawn = pd.DataFrame({"marker": [1.0] * ones + [0.0] * (20 - ones), "idle": 1.0, "age": 50.0})
    return SimpleNamespace(
        model=Marker(),
        schema=Schema("patient_id", specs),
        arms=ArmSet(("a", "b"), ("A", "B"), "a"),
        inputs=list(names),
        answers={"verdict": {"level": level}},
        background=drawn,
    )


def patients() -> pd.DataFrame:
    return pd.DataFrame({"marker": [np.nan, 1.0], "idle": np.nan, "age": [np.nan, 40.0]})


BOTH = np.ones((2, 2), dtype=bool)


def test_the_value_is_that_of_the_decision_tree() -> None:
    found = value_of_tests(patients(), BOTH, stub())
    assert found.tests == ("marker", "idle")
    # Half of the results say b at 0.6, half leave a at 0.5; without it either arm has 0.5.
    assert found.gain[0, 0] == pytest.approx(0.05)
    assert found.changes[0, 0] == pytest.approx(0.5)
    assert found.sure[0] == pytest.approx(0.5)
    assert found.sure_then[0, 0] == pytest.approx(0.8413, abs=1e-4)
    np.testing.assert_allclose(found.gain[:, 1], 0.0, atol=1e-15)
    assert np.isnan(found.gain[1, 0])
    names, gain = found.best()
    assert names.tolist() == ["marker", ""]
    assert gain[0] == pytest.approx(0.05)


@pytest.mark.parametrize("share", [0.1, 0.35, 0.8])
def test_rarer_results_weigh_less(share) -> None:
    found = value_of_tests(patients(), BOTH, stub(share=share))
    on_average = 0.5 + 0.2 * (share - 0.5)
    with_it = share * 0.6 + (1 - share) * 0.5
    assert found.gain[0, 0] == pytest.approx(with_it - max(0.5, on_average))


def test_nothing_is_said_without_a_choice_to_inform() -> None:
    for level in ("suggestive", "not supported", "not assessable"):
        found = value_of_tests(patients(), BOTH, stub(level))
        assert np.isnan(found.gain).all()
        assert found.best()[0].tolist() == ["", ""]
    blocked = np.array([[True, False], [True, False]])
    assert np.isnan(value_of_tests(patients(), blocked, stub()).gain).all()


@pytest.fixture(scope="module")
def bundle(make_bundle) -> Bundle:
    return make_bundle(answers=SUPPORTED, eligibility=tuple(load_catalog().eligibility))


def test_scores_gain_two_columns_and_change_in_no_other(bundle, patients) -> None:
    batch = read_batch(patients(60, 3), bundle.table_schema)
    table = score_table(batch, bundle, load_catalog(), next_test=True).to_pandas()
    plain = score_batch(batch, bundle)
    pd.testing.assert_frame_equal(
        table[plain.columns].astype({"patient_id": "str"}).astype(plain.dtypes), plain
    )
    assert list(table.columns[-2:]) == ["next_test", "next_test_gain"]
    named = table[table["next_test"] != ""]
    assert len(named)
    assert (named["next_test_gain"] >= 0.0005).all()
    for test, missing in zip(named["next_test"], named["missing"], strict=True):
        assert test in missing.split(";")
    assert table.loc[table["next_test"] == "", "next_test_gain"].isna().all()


def test_values_of_tests_are_never_negative_and_follow_the_scored_patients(
    bundle, patients
) -> None:
    batch = read_batch(patients(60, 3), bundle.table_schema)
    found = next_tests(batch, bundle)
    scored = (score_batch(batch, bundle)["status"] == "scored").sum()
    assert len(found.gain) == scored
    known = found.gain[~np.isnan(found.gain)]
    assert (known >= 0).all()
    assert (found.changes[~np.isnan(found.changes)] <= 1).all()


def test_a_file_is_scored_with_the_column_and_the_bytes_do_not_depend_on_blocks(
    bundle, patients, tmp_path
) -> None:
    patients(80, 5).to_csv(tmp_path / "new.csv", index=False)
    for name in ("one.csv", "two.csv"):
        score_file(tmp_path / "new.csv", bundle, tmp_path / name, next_test=True)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    scores = pd.read_csv(tmp_path / "one.csv")
    assert scores["next_test"].notna().any()
    assert json.loads((tmp_path / "one.csv.meta.json").read_text())["scores"]["rows"] == 80
