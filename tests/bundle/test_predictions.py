"""What a saved model predicts from a raw table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nxpredict.bundle import load_bundle, save_bundle
from nxpredict.errors import BundleError, DataError, UsageError


def test_rows_that_cannot_be_read_are_nan(saved, patients):
    bundle = load_bundle(saved)
    table = patients(4, 2)
    table.loc[1, "age"] = "old"
    response = bundle.predict_response(table.set_index("patient_id", drop=False))
    assert response.isna().all(axis=1).tolist() == [False, True, False, False]
    assert response.index.tolist() == table["patient_id"].tolist()
    table["age"] = "old"
    assert bundle.predict_benefit(table).isna().all(axis=None)


def test_benefit_is_the_difference_of_responses(saved, patients):
    bundle = load_bundle(saved)
    table = patients(30, 3)
    response = bundle.predict_response(table)
    benefit = bundle.predict_benefit(table, arm="naltrexone", reference="nalmefene")
    expected = response["naltrexone"] - response["nalmefene"]
    np.testing.assert_allclose(benefit["benefit"], expected, atol=1e-6)


def test_a_column_given_twice_is_a_fault(saved, patients):
    table = patients(5, 1)
    with pytest.raises(DataError, match="two columns of this name"):
        load_bundle(saved).predict_response(pd.concat([table, table[["age"]]], axis=1))
    unread = pd.concat([table.assign(zz=1), table.assign(zz=1)[["zz"]]], axis=1)
    assert len(load_bundle(saved).predict_response(unread)) == 5


def test_a_reference_that_is_no_arm_is_named(saved, patients):
    with pytest.raises(ValueError, match="unknown reference 'bogus'"):
        load_bundle(saved).predict_benefit(patients(5, 1), reference="bogus")


def test_of_three_arms_the_one_compared_must_be_named(make_bundle, patients):
    bundle = make_bundle(arms=("a", "b", "c"))
    with pytest.raises(UsageError, match="b, c"):
        bundle.predict_benefit(patients(5, 1))
    assert len(bundle.predict_benefit(patients(5, 1), arm="c")) == 5


def test_the_folder_of_a_training_says_where_its_model_is(make_bundle, tmp_path):
    save_bundle(make_bundle(), tmp_path / "results" / "model")
    with pytest.raises(BundleError, match="Give results/model"):
        load_bundle(tmp_path / "results")


def test_who_is_not_scored_has_no_numbers_in_python_either(make_bundle, patients):
    """As in `score`: outside what the model is for, or nothing known but the identifier."""
    table = patients(4, 2).assign(opioids="no")
    table.loc[1, "opioids"] = "yes"
    table.loc[2, table.columns != "patient_id"] = ""
    expected = [False, True, True, False]
    bundle = make_bundle()
    assert bundle.predict_response(table).isna().all(axis=1).tolist() == expected
    assert bundle.predict_benefit(table).isna().all(axis=1).tolist() == expected


@pytest.mark.parametrize("genotype_files", [True, False])
def test_an_opioid_user_is_not_scored_by_a_model_that_never_asked(
    make_bundle, patients, genotype_files
):
    """A trial that excluded opioid users has no such column: what its protocol says of nobody."""
    plain = make_bundle()
    asked = tuple(spec for spec in plain.schema.predictors if spec.role == "predictor")
    bundle = make_bundle(
        schema=replace(plain.schema, predictors=asked), eligibility=("no_current_opioid_use",)
    )
    table = patients(3, 2).drop(columns="opioids").assign(current_opioid_use=["yes", "no", ""])
    assert bundle.predict_benefit(table)["benefit"].isna().tolist() == [True, False, False]
    schema = bundle.schema_of(table.columns, genotype_files=genotype_files)
    assert schema.spec("current_opioid_use").role == "safety"


def test_drugs_of_different_studies_are_not_compared_in_python_either(make_bundle, patients):
    bundle = make_bundle(allocation="pooled-indirect")
    table = patients(4, 2).assign(opioids="no")
    assert bundle.predict_response(table).notna().all(axis=None)
    assert bundle.predict_benefit(table).isna().all(axis=None)


@pytest.mark.parametrize("given", ["patients.csv", {"age": [40]}, pd.Series({"age": 40})])
def test_what_is_no_table_is_told_so(saved, given):
    with pytest.raises(TypeError, match="DataFrame"):
        load_bundle(saved).predict_response(given)
