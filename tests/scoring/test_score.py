from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.cohort import Batch, read_batch
from nxpredict.scoring import score_batch, score_file
from nxpredict.scoring._score import joined


def score(table, bundle):
    return score_batch(read_batch(table, bundle.schema), bundle)


def test_the_columns_of_the_contract(bundle, patients):
    scores = score(patients(3, 1), bundle)
    assert list(scores.columns) == [
        "patient_id",
        "p_naltrexone", "p_naltrexone_lower", "p_naltrexone_upper",
        "p_nalmefene", "p_nalmefene_lower", "p_nalmefene_upper",
        "benefit_nalmefene_vs_naltrexone", "benefit_nalmefene_vs_naltrexone_lower",
        "benefit_nalmefene_vs_naltrexone_upper", "prob_nalmefene_better",
        "preferred", "basis", "status", "reasons", "cautions", "cautions_not_assessed",
        "missing", "outside_training_range",
    ]  # fmt: skip


def test_numbers_are_the_models_own_rounded(bundle, patients):
    table = patients(40, 2)
    scores = score(table, bundle)
    response = bundle.predict_response(table)
    benefit = bundle.predict_benefit(table)
    np.testing.assert_allclose(scores["p_nalmefene"], response["nalmefene"], atol=1e-6)
    name = "benefit_nalmefene_vs_naltrexone"
    np.testing.assert_allclose(scores[name], benefit["benefit"], atol=1e-6)
    np.testing.assert_allclose(scores[f"{name}_lower"], benefit["lower"], atol=1e-6)
    np.testing.assert_allclose(scores["prob_nalmefene_better"], benefit["prob_better"], atol=1e-6)
    assert (scores["p_nalmefene"].round(8) == scores["p_nalmefene"]).all()


def test_missing_lists_predictors_only(bundle, patients):
    table = patients(1, 3)
    table[["GGT", "G", "opioids"]] = ""
    table["age"] = "50"
    table["centre_type"] = "town"
    assert score(table, bundle)["missing"].tolist() == ["ggt;OPRM1_rs1799971_G_dosage"]


def test_rows_that_cannot_be_scored_say_why_and_the_batch_goes_on(bundle, patients):
    table = patients(4, 4)
    table["opioids"] = "no"
    table.loc[1, "age"] = "old"
    table.loc[2, ["age", "GGT", "smokes", "G", "centre_type"]] = ""
    table.loc[3, ["age", "opioids"]] = ["1e308", "yes"]
    scores = score(table, bundle)
    assert scores["reasons"].tolist() == [
        "",
        "age:not_a_number",
        "no_predictor",
        "age:out_of_range;out_of_scope:current_opioid_use",
    ]
    assert scores["status"].tolist() == ["scored"] + ["not_scorable"] * 3
    assert scores.loc[1:].filter(regex="^(p_|benefit_|prob_)").isna().all(axis=None)
    assert scores.loc[1:, "preferred"].eq("no preference").all()


def test_drugs_from_different_studies_give_no_difference_and_say_why(
    make_bundle, patients, write, tmp_path
):
    pooled = make_bundle(allocation="pooled-indirect")
    scores = score(patients(20, 4), pooled)
    scored = scores[scores["status"] == "scored"]
    assert scored["reasons"].eq("pooled_indirect").all()
    assert not scores.loc[scores["status"] != "scored", "reasons"].str.contains("pooled").any()
    table = write(patients(20, 4), tmp_path / "patients.csv")
    meta = score_file(table, pooled, tmp_path / "scores.csv").meta
    assert meta["counts"]["reasons"]["pooled_indirect"] == len(scored)
    assert any("no difference between them" in text for text in meta["warnings"])
    assert scored.filter(regex="^p_").notna().all(axis=None)
    assert scored.filter(regex="^(benefit_|prob_)").isna().all(axis=None)
    assert scored["preferred"].eq("no preference").all()


def test_row_by_row(bundle, patients):
    """A patient's score does not depend on who else is in the batch, or on the column order."""
    table = patients(60, 5)
    whole = score(table, bundle)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(table))
    shuffled = table.iloc[order, rng.permutation(table.shape[1])].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        score(shuffled, bundle), whole.iloc[order].reset_index(drop=True), atol=2e-8, rtol=0
    )


def test_no_rows_and_no_columns(bundle, patients):
    assert len(score(patients(3, 6).iloc[:0], bundle)) == 0
    scores = score(pd.DataFrame({"patient_id": ["a"]}, dtype="str"), bundle)
    assert scores["reasons"].tolist() == ["no_predictor"]


def test_a_predictor_that_the_table_reader_does_not_know_is_missing(bundle, patients):
    batch = read_batch(patients(2, 7), bundle.schema)
    lacking = Batch(batch.ids, batch.X.drop(columns="ggt"), batch.reasons, ())
    assert score_batch(lacking, bundle)["missing"].str.contains("ggt").all()


@given(
    flags=st.integers(0, 12).flatmap(
        lambda k: st.lists(st.lists(st.booleans(), min_size=k, max_size=k), max_size=20)
    )
)
def test_joined_is_the_plain_loop(flags):
    names = [f"n{k}" for k in range(len(flags[0]) if flags else 0)]
    array = np.array(flags, dtype=bool).reshape(len(flags), len(names))
    expected = [";".join(n for n, f in zip(names, row, strict=True) if f) for row in flags]
    assert joined(names, array).tolist() == expected
