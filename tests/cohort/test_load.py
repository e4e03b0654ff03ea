from __future__ import annotations

import contextlib
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nxpredict.cohort import read_batch
from nxpredict.errors import DataError, Fault
from nxpredict.study import (
    AdditionalPredictor,
    ArmSet,
    ColumnReading,
    ColumnResponse,
    ParallelDesign,
)


def same(one, other):
    pd.testing.assert_frame_equal(one.X, other.X)
    assert one.y.tolist() == other.y.tolist()
    assert one.arm.tolist() == other.arm.tolist()
    assert one.ids.tolist() == other.ids.tolist()
    assert one.fingerprint == other.fingerprint
    assert one.schema == other.schema


def test_patients_are_told_by_identifier_and_by_who_shares_an_arm(read, table):
    who = read(table).patients
    assert read(table.drop(columns="ggt_u_per_l")).patients == who
    turned = table["drug"].map({"NTX": "NMF", "NMF": "NTX"})
    assert read(table.assign(drug=turned)).patients == who
    # Another study that numbers its patients alike.
    drawn = np.random.default_rng(7).permutation(table["drug"].to_numpy())
    assert read(table.assign(drug=drawn)).patients != who


def test_a_clean_table_becomes_a_cohort(read, table):
    cohort = read(table)
    assert list(cohort.X) == ["OPRM1_rs1799971_G_dosage", "sex", "age", "ggt"]
    assert len(cohort) == len(table)
    assert cohort.ids.is_monotonic_increasing
    assert set(cohort.arm) == {"naltrexone", "nalmefene"}
    by_id = table.set_index("patient_id").loc[cohort.ids]
    assert cohort.X["age"].tolist() == by_id["age_years"].astype(float).tolist()
    assert cohort.y.tolist() == by_id["responder"].astype(int).tolist()
    dosage = by_id["rs1799971"].map({"A/A": 0.0, "A/G": 1.0, "G/G": 2.0}).tolist()
    np.testing.assert_array_equal(cohort.X["OPRM1_rs1799971_G_dosage"], dosage)
    assert cohort.facts["unused_columns"] == ["centre", "ward_colour"]
    assert cohort.propensity is not None
    np.testing.assert_allclose(cohort.propensity, 0.5)
    json.dumps(cohort.facts)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_and_columns_never_matters(read, table, seed):
    additional = {"ward": AdditionalPredictor("ward_colour", "categorical")}
    design = ParallelDesign("patient_id", "drug", "randomised", site="centre")
    rng = np.random.default_rng(seed)
    shuffled = table.iloc[rng.permutation(len(table)), rng.permutation(table.shape[1])]
    shuffled = shuffled.reset_index(drop=True)
    keywords = {"additional": additional, "design": design}
    one, other = read(table, **keywords), read(shuffled, **keywords)
    same(one, other)
    assert one.propensity is not None
    pd.testing.assert_frame_equal(one.propensity, other.propensity)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    choice=st.sampled_from([("ukat/L", 60.0), ("U/L", 1.0)]), header=st.sampled_from(["GGT", "x"])
)
def test_units_changed_with_the_study_saying_so_give_the_same_values(read, table, choice, header):
    unit, factor = choice
    changed = table.drop(columns="ggt_u_per_l")
    changed[header] = (table["ggt_u_per_l"].astype(float) / factor).map(repr).astype("str")
    reading = {"ggt": ColumnReading(header, unit)}
    np.testing.assert_allclose(read(changed, predictors=reading).X["ggt"], read(table).X["ggt"])


def test_an_empty_row_changes_nothing_but_the_counting_of_rows(read, faults, table, tmp_path):
    lines = table.to_csv(index=False).splitlines()
    lines.insert(4, "," * (table.shape[1] - 1))
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join(lines))
    same(read(path), read(table))
    lines[5] = lines[5].replace("/", "?")
    lines[6] = "," + lines[6].split(",", 1)[1]
    path.write_text("\n".join(lines))
    assert [f.row for f in faults(path) if f.code == "missing-id"] == [7]


def test_arms_renamed_change_only_their_names(read, table):
    one = read(table)
    other = read(table, arms=ArmSet.of({"x": "NTX", "y": "NMF"}))
    pd.testing.assert_frame_equal(one.X, other.X)
    assert dict(zip(one.arm, other.arm, strict=True)) == {"naltrexone": "x", "nalmefene": "y"}


def test_everything_wrong_comes_together_and_no_patient_is_named(faults, table, codes):
    table.loc[3, "patient_id"] = table.loc[9, "patient_id"] = "SENTINEL-ID-77"
    table.loc[4, "patient_id"] = ""
    table.loc[5, "drug"] = "SENTINEL-ARM"
    table.loc[6, "age_years"] = "987654321"
    table.loc[7, "sex"] = "SENTINEL-LABEL"
    table.loc[8, "rs1799971"] = "A/T"
    table.loc[10, "age_years"] = "SENTINEL-NUMBER"
    found = faults(
        table,
        predictors={"audit": ColumnReading("AUDIT"), "alt": ColumnReading("ward_colour", "stones")},
        additional={"ward": AdditionalPredictor("ward_color", "categorical")},
        allow_leak=["agee"],
        faults=[Fault("from-the-study-file", "known before")],
    )
    assert set(codes(found)) == {
        "from-the-study-file", "unknown-column", "unknown-unit", "missing-id", "duplicate-id",
        "unknown-arm", "out-of-range", "not-a-number", "unknown-label", "unexpected-allele",
        "unknown-predictor",
    }  # fmt: skip
    text = str(DataError(found))
    assert "SENTINEL" not in text
    assert "987654321" not in text
    assert "2 rows (5, 11)" in text
    assert "ward_colour" in text


def test_study_columns_that_are_not_there_name_the_closest(faults, table, codes):
    found = faults(
        table,
        design=ParallelDesign("patient", "drugs", "randomised", site="center"),
        response=ColumnResponse("respondr", "1"),
    )
    assert codes(found) == ["unknown-column"] * 4
    assert all("id you mean" in str(f) for f in found if f.severity == "error")


def test_a_ggt_in_the_wrong_unit_is_told_with_the_unit_that_fits(faults, read, table, codes):
    table["ggt_u_per_l"] = (table["ggt_u_per_l"].astype(float) / 60).map(repr).astype("str")
    found = faults(table)
    assert codes(found) == ["wrong-unit"]
    assert "ukat/L" in found[-1].hint
    assert (
        read(table, predictors={"ggt": ColumnReading("ggt_u_per_l", "ukat/L")}).X["ggt"].median()
        > 10
    )


def test_what_a_fault_asks_to_declare_can_be_pasted(faults, table):
    ggt = (table.pop("ggt_u_per_l").astype(float) / 60).map(repr).astype("str")
    name = "GGT [µkat/l]"
    found = faults(table.assign(**{name: ggt}), predictors={"ggt": ColumnReading(name)})
    assert f'{{column: "{name}", unit: ukat/L}}' in found[-1].hint


def test_zeros_say_nothing_of_a_unit(faults, read, table, codes):
    def smoked(smokers: int, per_pack: float) -> pd.DataFrame:
        packs = np.random.default_rng(0).choice([0.5, 1.0, 1.5], 120) * per_pack
        packs[0] = 0.05 * per_pack  # With 60 smokers the median of all lies between 0 and this.
        counted = np.where(np.arange(120) < smokers, packs, 0)
        return table.assign(cpd=pd.Series([f"{x:g}" for x in counted], dtype="str"))

    assert "cigarettes_per_day" in read(smoked(60, 20)).X
    assert codes(found := faults(smoked(40, 1))) == ["wrong-unit"]
    assert "packs/day" in found[-1].hint
    assert "cigarettes_per_day" in read(smoked(0, 20)).X


def test_semicolons_and_decimal_commas_ask_to_be_declared(faults, read, table, tmp_path, codes):
    path = tmp_path / "cohort.csv"
    table.to_csv(path, index=False, sep=";", decimal=",")
    text = path.read_text().replace(".", ",")
    path.write_text(text)
    found = faults(path)
    assert codes(found) == ["decimal-comma"]
    assert 'separator: ";", decimal: ","' in found[0].hint


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"PK\x03\x04", "foreign-format"),
        (b"$FL2", "foreign-format"),
        (b"\0\1", "foreign-format"),
    ],
)
def test_a_file_that_is_no_table_joins_the_faults_of_the_study(
    faults, tmp_path, content, code, codes
):
    path = tmp_path / "cohort.xlsx"
    path.write_bytes(content)
    found = faults(path, faults=[Fault("unknown-key", "of the study file")])
    assert codes(found) == sorted([code, "unknown-key"])


def test_a_predictor_without_any_value_is_not_used(read, table, codes):
    table["bmi"] = ""
    cohort = read(table)
    assert "bmi" not in cohort.X
    assert "no-values" in codes(cohort.issues, "warning")


def test_a_predictor_of_few_patients_is_not_used(read, table, codes):
    """The model file keeps mean and spread: of one or two values these are the values."""
    table["bmi"] = ["25"] * 9 + [""] * 111
    table["opioid_free_days"] = ["20", *[""] * (len(table) - 1)]
    cohort = read(table)
    assert "bmi" not in cohort.X
    assert "few-values" in codes(cohort.issues, "warning")
    assert "opioid_free_days" in cohort.X  # no input of the model, and new patients may have it
    table["opioid_free_days"] = ""
    told = [str(issue) for issue in read(table).issues if issue.column == "opioid_free_days"]
    assert len(told) == 1
    assert "is read of new patients only" in told[0]
    table.loc[9, "bmi"] = "25"
    assert "bmi" in read(table).X


def test_a_number_that_is_the_same_in_all_but_few_patients_is_not_used(read, table, codes):
    """Of one other value mean and spread are the value; who they are is no matter."""
    table["bmi"] = [*["25"] * 111, *[str(30 + k) for k in range(9)]]
    cohort = read(table)
    assert "bmi" not in cohort.X
    assert "few-values" in codes(cohort.issues, "warning")
    table.loc[0, "bmi"] = "40"
    assert "bmi" in read(table).X
    table["bmi"] = "25"
    assert "few-values" not in codes(read(table).issues, "warning")


def test_small_cells_by_arm_are_hidden(read, table):
    table.loc[:2, "age_years"] = ""
    table.loc[:49, "ggt_u_per_l"] = ""
    facts = {p["name"]: p for p in read(table).facts["predictors"]}
    assert facts["age"]["missing"] is None
    assert facts["ggt"]["missing"] == round(50 / 120, 4)
    assert facts["ggt"]["missing_by_arm"]["naltrexone"] == round(25 / 60, 4)
    assert facts["sex"]["missing"] == 0.0


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_table_makes_a_traceback(read, data):
    cell = st.sampled_from(
        ["", "NA", "1", "0", "A/G", "male", "NTX", "NMF", "1,5", "inf", "x", "-3", "4/7", "1e400"]
    )
    header = st.sampled_from(
        ["age", "sex", "ggt", "rs1799971", "DRD4", "x", "race", "OPRM1", "bmi"]
    )
    names = data.draw(st.lists(header, max_size=6, unique=True))
    n = data.draw(st.sampled_from([1, 3, 80]))
    columns = {
        "patient_id": [str(i // data.draw(st.sampled_from([1, 1, 2]))) for i in range(n)],
        "drug": [("NTX", "NMF")[i % 2] for i in range(n)],
        "responder": [str(i // 2 % 2) for i in range(n)],
    }
    for name in names:
        few = data.draw(st.lists(cell, min_size=1, max_size=7))
        columns[name] = [few[i % len(few)] for i in range(n)]
    if data.draw(st.booleans()):
        del columns[data.draw(st.sampled_from(sorted(columns)))]
    kind = data.draw(st.sampled_from(["continuous", "binary", "categorical", "ordinal"]))
    additional = {"x": AdditionalPredictor("x", kind)} if "x" in names else {}
    with contextlib.suppress(DataError):
        cohort = read(pd.DataFrame(columns).astype("str"), additional=additional)
        assert cohort.X.dtypes.map(lambda d: d.kind in "fO").all()


def test_a_table_without_a_predictor_is_a_fault(faults, table, codes):
    bare = table[["patient_id", "drug", "responder"]]
    assert "no-predictors" in codes(faults(bare))


@pytest.mark.parametrize(
    ("name", "header", "filled"),
    [("opioid_free_days", "op_days", 0), ("egfr", "GFR", 0), ("egfr", "GFR", 8)],
)
def test_what_forbids_a_drug_is_read_of_new_patients_though_few_in_training_had_it(
    read, table, name, header, filled
):
    table[header] = ["90"] * filled + [""] * (len(table) - filled)
    cohort = read(table, predictors={name: ColumnReading(header)})
    spec = cohort.schema.spec(name)
    assert (spec.column, spec.role) == (header, "safety")
    assert list(cohort.X) == list(cohort.schema.names)
    new = pd.DataFrame({"patient_id": ["x"], header: ["3"]}, dtype="str")
    assert read_batch(new, cohort.schema).X[name].tolist() == [3.0]
