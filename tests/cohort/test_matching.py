from __future__ import annotations

from nxpredict.cohort import RawTable
from nxpredict.study import (
    AdditionalPredictor,
    ColumnReading,
)


def test_a_name_alone_does_not_make_a_predictor(read, table, codes):
    table["sex"] = ["1", "1", "2", "2"] * 30
    cohort = read(table)
    assert "sex" not in cohort.X
    assert "not-as-named" in codes(cohort.issues, "warning")
    assert "sex" in cohort.facts["unused_columns"]
    declared = {"sex": ColumnReading("sex", labels={"1": "male", "2": "female"})}
    assert read(table, predictors=declared).X["sex"].notna().all()


def test_points_under_a_decimal_comma_are_told_when_a_predictor_is_left_out(read, table):
    cohort = read(RawTable(table, "cohort.csv", decimal=","))
    (said,) = [str(issue) for issue in cohort.issues if issue.code == "not-as-named"]
    assert "'ggt_u_per_l'" in said
    assert "declared as a comma" in said
    assert "labels" not in said


def test_a_code_for_missing_is_suspected_and_can_be_declared(faults, read, table):
    table.loc[:9, "age_years"] = "999"
    table["mood"] = ["5", "6", "-7", "refused", "6", "5", "refused", "-7"] * 15
    (fault,) = [f for f in faults(table) if f.code == "out-of-range"]
    assert "stands in 10 of them" in fault.hint
    assert "999" not in str(fault)
    cohort = read(
        table,
        predictors={"age": ColumnReading("age_years", labels={"999": "missing"})},
        additional={
            "mood": AdditionalPredictor(
                "mood", "continuous", labels={"-7": "missing", "Refused": "missing"}
            )
        },
    )
    assert cohort.X["age"].isna().sum() == 10
    assert cohort.X["mood"].isna().sum() == 60


def test_a_number_has_no_other_labels(faults, table, codes):
    declared = {"age": ColumnReading("age_years", labels={"1": "young"})}
    assert codes(faults(table, predictors=declared)) == ["labels-of-number"]


def test_a_declared_predictor_needs_its_column_and_labels_that_the_catalogue_knows(
    faults, table, codes
):
    assert codes(faults(table, predictors={"bmi": ColumnReading()})) == ["unknown-column"]
    declared = {"sex": ColumnReading("sex", labels={"m": "mal", "f": "female"})}
    found = faults(table, predictors=declared)
    assert codes(found) == ["unknown-level"]
    assert "'male'" in next(fault.hint for fault in found if fault.code == "unknown-level")


def test_two_columns_of_one_name_are_ambiguous(faults, read, table, codes):
    table["age"] = "30"
    assert codes(faults(table)) == ["ambiguous-column"]
    assert set(read(table, predictors={"age": ColumnReading("age")}).X["age"]) == {30.0}


def test_amines_need_their_context(read, faults, table, codes):
    table["dopamine_pg_per_ml"] = "30"
    cohort = read(table)
    assert "dopamine" not in cohort.X
    assert "context-missing" in codes(cohort.issues, "warning")
    declared = {"dopamine": ColumnReading("dopamine_pg_per_ml")}
    assert codes(faults(table, predictors=declared)) == ["context-missing"]


def test_ancestry_is_nuisance_and_a_users_own_column_is_warned_of(read, table, codes):
    table["ancestry"] = ["EUR", "EUR", "AFR", "AFR"] * 30
    table["race_group"] = ["a", "a", "b", "b"] * 30
    cohort = read(table, additional={"group": AdditionalPredictor("race_group", "binary")})
    assert [s.name for s in cohort.schema.predictors if s.role == "nuisance"] == ["ancestry"]
    assert "ancestry-as-predictor" in codes(cohort.issues, "warning")


def test_one_column_cannot_be_two_predictors(faults, table, codes):
    twice = {
        "a": AdditionalPredictor("centre", "binary"),
        "b": AdditionalPredictor("centre", "binary"),
    }
    assert codes(faults(table, additional=twice)) == ["column-used-twice"]
