from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from nxpredict.bundle import make_distributions
from nxpredict.cohort import read_batch
from nxpredict.scoring import _source, _stream, local_engine, score_file, sidecar
from nxpredict.scoring._population import add, population_facts, stability_index, tally


@pytest.fixture(scope="module")
def bundle(make_bundle, patients):
    plain = make_bundle()
    X = read_batch(patients(400, 7), plain.schema).X
    return make_bundle(
        training={
            "n": 400,
            "missing": X.isna().mean().round(4).to_dict(),
            "distributions": make_distributions(X, plain.schema),
        }
    )


def facts_of(table: pd.DataFrame, bundle):
    X = read_batch(table, bundle.schema).X
    return population_facts(tally(X, np.ones(len(X), dtype=bool), bundle), bundle)


def test_patients_of_the_same_population_raise_no_warning(bundle, patients):
    found = facts_of(patients(3000, 51), bundle)
    assert found["warnings"] == []
    assert found["patients"] == 3000
    for facts in found["predictors"].values():
        assert facts["psi"] <= facts["psi_by_chance"] < 0.25


def test_false_alarms_are_as_rare_as_said(bundle, patients):
    """Of 40 x 5 indices, about 0.2 exceed what chance exceeds once in a thousand."""
    exceeded = sum(
        facts["psi"] > facts["psi_by_chance"]
        for seed in range(40)
        for facts in facts_of(patients(500, 1000 + seed), bundle)["predictors"].values()
    )
    assert exceeded <= 4


def test_other_patients_are_told(bundle, patients):
    table = patients(1000, 52)
    table["age"] = (table["age"].astype(float) + 25).astype(str)
    table.loc[:499, "centre_type"] = ""
    found = facts_of(table, bundle)
    assert found["predictors"]["age"]["psi"] > 1
    assert found["predictors"]["age"]["above_range"] > 0.5
    assert found["predictors"]["age"]["below_range"] == 0
    assert len(found["warnings"]) == 3
    assert [w.split("'")[1] for w in found["warnings"]] == ["age", "age", "centre_type"]


def test_of_few_patients_only_what_is_beyond_chance_is_told(bundle, patients):
    few = patients(40, 53)
    assert facts_of(few, bundle)["warnings"] == []
    found = facts_of(few.assign(age="80", centre_type=""), bundle)
    assert found["predictors"]["age"]["psi"] is None
    assert [w.split(" is ")[1] for w in found["warnings"]] == [
        "outside the training range in 100%",
        "missing in 100% here, in 10% there",
    ]
    assert facts_of(few.iloc[:1].assign(centre_type=""), bundle)["warnings"] == []
    assert facts_of(few.iloc[:0], bundle)["predictors"] == {}


def test_a_model_without_distributions_still_scores(make_bundle, patients, tmp_path):
    patients(200, 54).to_csv(tmp_path / "in.csv", index=False)
    report = score_file(tmp_path / "in.csv", make_bundle(), tmp_path / "out.csv")
    assert report.meta["population"]["predictors"]["age"]["psi"] is None


def test_tallies_of_blocks_add_up(bundle, patients):
    X = read_batch(patients(300, 55), bundle.schema).X
    every = np.ones(100, dtype=bool)
    parts = [tally(X[k : k + 100].reset_index(drop=True), every, bundle) for k in (0, 100, 200)]
    whole = tally(X, np.ones(300, dtype=bool), bundle)
    summed = add(add(parts[0], parts[1]), add({}, parts[2]))
    assert list(summed) == list(whole) == bundle.inputs
    for name in whole:
        np.testing.assert_array_equal(summed[name], whole[name])


def test_only_patients_who_are_scored_count(bundle, patients, tmp_path, monkeypatch):
    monkeypatch.setattr(_source, "BLOCK", 16)
    monkeypatch.setattr(_stream, "PART", 2)
    table = patients(200, 56)
    table.loc[[3, 90], "age"] = "old"
    table.loc[[4, 91], "age"] = "80"
    table.to_csv(tmp_path / "in.csv", index=False)
    report = score_file(tmp_path / "in.csv", bundle, tmp_path / "out.csv", engine=local_engine(2))
    population = report.meta["population"]
    assert population["patients"] == 198
    assert population["predictors"]["age"]["above_range"] >= round(2 / 198, 4)
    scores = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    scored = scores[scores["status"] == "scored"]
    outside = (scored["outside_training_range"] != "").mean()
    assert population["outside_training_range"] == round(outside, 4)
    assert population["no_preference"] == 1.0
    assert json.loads(sidecar(tmp_path / "out.csv").read_text())["population"] == population


def test_the_index_is_zero_for_equal_shares_and_symmetric():
    a, b = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.5, 0.0])
    assert stability_index(a, a) == 0
    assert stability_index(a, b) == pytest.approx(stability_index(b, a))
    assert np.isfinite(stability_index(a, b))


@pytest.mark.parametrize(("trained", "warned"), [(40, False), (4000, True)])
def test_a_shift_that_chance_could_make_is_not_told(make_bundle, patients, trained, warned):
    """78 of 100 patients on one side of the median: less than chance does beside 40 trained on."""
    plain = make_bundle()
    distributions = make_distributions(read_batch(patients(40, 8), plain.schema).X, plain.schema)
    training = {"n": trained, "missing": {}, "distributions": distributions}
    (middle,) = distributions["age"]["edges"]
    table = patients(100, 57)
    table["age"] = [str(middle - 1)] * 78 + [str(middle + 1)] * 22
    found = facts_of(table, make_bundle(training=training))
    age = found["predictors"]["age"]
    assert age["psi"] > 0.25
    assert (age["psi"] > age["psi_by_chance"]) == warned
    assert any("'age'" in said and "PSI" in said for said in found["warnings"]) == warned
