from __future__ import annotations


def test_a_column_is_not_as_named_when_more_than_half_of_its_cells_are_something_else(
    faults, read, table, codes
):
    values = list(table["ggt_u_per_l"][:60])
    table["ggt_u_per_l"] = [*["high"] * 60, *values]
    assert codes(faults(table)) == ["not-a-number"]
    table["ggt_u_per_l"] = [*["high"] * 60, *values[1:], ""]
    cohort = read(table)
    assert "not-as-named" in codes(cohort.issues, "warning")
    assert "ggt" not in cohort.X


def test_twenty_values_tell_of_a_unit(faults, table, codes):
    wrong = (table["ggt_u_per_l"].astype(float) / 60).map(repr).astype("str")
    table["ggt_u_per_l"] = [*wrong[:20], *[""] * 100]
    assert codes(faults(table)) == ["wrong-unit"]
    table.loc[0, "ggt_u_per_l"] = ""
    assert codes(faults(table)) == ["out-of-range"]


def test_a_median_that_no_unit_explains_is_said_and_the_column_used(read, table, codes):
    table["bmi"] = [f"{9 + k / 100:g}" for k in range(120)]
    cohort = read(table)
    assert "unusual-median" in codes(cohort.issues, "warning")
    assert "bmi" in cohort.X


def test_a_label_of_few_patients_leaves_the_others_a_predictor(read, table):
    """The model keeps no mean and spread of labels, and pools rare ones."""
    table["sex"] = [*["female"] * 9, *["male"] * 111]
    assert "sex" in read(table).X
