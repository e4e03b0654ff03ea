from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from nxpredict.catalog import load_catalog
from nxpredict.cohort import (
    Cohort,
    PredictorSpec,
    Schema,
    read_batch,
    reread,
    with_caution_columns,
    with_genotype_columns,
)
from nxpredict.errors import DataError
from nxpredict.genotypes import ColumnCoding
from nxpredict.study import AdditionalPredictor, ColumnReading

Read = Callable[..., Cohort]


def test_another_table_with_other_names_units_and_codes_gives_the_same_values(
    read: Read, table: pd.DataFrame
) -> None:
    own = {"mood": AdditionalPredictor("ward_colour", "categorical")}
    schema = read(table, additional=own).schema
    other = table.rename(columns={"patient_id": "pid", "sex": "g", "ward_colour": "colour"})
    other["g"] = other["g"].map({"male": "1", "female": "2"})
    other["GGT"] = (other.pop("ggt_u_per_l").astype(float) / 60).map(repr).astype("str")
    new = reread(
        schema,
        other,
        file="new.csv",
        id_column="pid",
        catalog=load_catalog(),
        predictors={
            "sex": ColumnReading("g", labels={"1": "male", "2": "female"}),
            "ggt": ColumnReading("GGT", "ukat/L"),
        },
        additional={"mood": AdditionalPredictor("colour", "categorical")},
    )
    pd.testing.assert_frame_equal(read_batch(other, new).X, read_batch(table, schema).X)
    assert read_batch(other, new).ids.tolist() == table["patient_id"].tolist()


def test_one_new_patient_is_enough_to_be_read(read: Read, table: pd.DataFrame) -> None:
    table["ward_colour"] = ["blue", "blue", "red", "red"] * 30
    binary = {"ward": AdditionalPredictor("ward_colour", "binary")}
    schema = read(table, additional=binary).schema
    one = table.iloc[[2]]
    new = reread(
        schema, one, file="new.csv", id_column="patient_id", catalog=load_catalog(),
        predictors={}, additional=binary,
    )  # fmt: skip
    assert read_batch(one, new).X["ward"].tolist() == [1.0]


def test_a_column_that_is_not_there_is_a_fault(read: Read, table: pd.DataFrame) -> None:
    schema = read(table).schema
    with pytest.raises(DataError, match="does not have"):
        reread(
            schema, table, file="new.csv", id_column="patient_id", catalog=load_catalog(),
            predictors={"ggt": ColumnReading("ggt_u_per_litre")}, additional={},
        )  # fmt: skip


WARD = PredictorSpec(
    "ward", "Ward", "additional", "categorical", column="colour", levels=("blue", "red"),
    codes={"blue": "blue", "red": "red"},
)  # fmt: skip


def test_what_the_model_does_not_know_is_passed_over_and_what_it_lacks_stays_as_trained() -> None:
    age = PredictorSpec("age", "Age", "clinical", "continuous", column="years")
    new = pd.DataFrame({"id": ["a", "b"], "station": ["1", "3"], "mood": ["5", "6"]})
    told = {"1": "blue", "2": "red", "3": "green"}
    found = reread(
        Schema("id", (age, WARD)), new, file="new.csv", id_column="id", catalog=load_catalog(),
        predictors={},
        additional={
            "ward": AdditionalPredictor("station", "categorical", labels=told),
            "mood": AdditionalPredictor("mood", "continuous"),
        },
    )  # fmt: skip
    assert found.names == ("age", "ward")
    assert found.spec("age") == age
    batch = read_batch(new, found)
    assert batch.X["ward"].tolist()[0] == "blue"
    assert batch.reasons == [(), ("ward:unknown_label",)]


@pytest.mark.parametrize("header", ["rs1799971", "RS1799971", "OPRM1_rs1799971", "rs1799971_G"])
def test_a_genotype_that_training_had_in_a_column_may_have_another_header(header: str) -> None:
    """Whatever training had: else the column would be taken for absent, or for unknown."""
    dosage = "OPRM1_rs1799971_G_dosage"
    spec = PredictorSpec(dosage, "OPRM1", "genotype", "dosage", locus="OPRM1_rs1799971")
    trained = Schema("id", (spec,), {"OPRM1_rs1799971": ColumnCoding(("mu",), "alleles")})
    new = pd.DataFrame({"id": ["a", "b", "c"], header: ["A/A", "A/G", "G/G"]}, dtype="str")
    if header.endswith("_G"):
        new[header] = ["0", "1", "2"]
    schema = with_genotype_columns(trained, new.columns, load_catalog())
    assert read_batch(new, schema).X[dosage].tolist() == [0.0, 1.0, 2.0]
    both = new.assign(mu="G/G")
    schema = with_genotype_columns(trained, both.columns, load_catalog())
    assert read_batch(both, schema).X[dosage].tolist() == [2.0, 2.0, 2.0]
    neither = new.rename(columns={header: "x"})
    schema = with_genotype_columns(trained, neither.columns, load_catalog())
    assert read_batch(neither, schema).X[dosage].isna().all()
    assert schema.loci == trained.loci


def test_a_predictor_of_the_model_called_like_a_genotype_is_none() -> None:
    dosage = PredictorSpec("dose", "Dose", "genotype", "dosage", locus="OPRM1_rs1799971")
    other = PredictorSpec("chip", "Chip", "additional", "continuous", column="rs1799971")
    trained = Schema("id", (dosage, other))
    assert with_genotype_columns(trained, ["id", "rs1799971"], load_catalog()).loci == {}


def test_the_column_that_training_read_is_believed_beside_one_found_by_name() -> None:
    both = "AKR1C4_rs3829125;AKR1C4_rs17134592"
    spec = PredictorSpec("haplotype", "Haplotype", "genotype", "dosage", locus=both)
    trained = Schema("id", (spec,), {"AKR1C4_rs3829125": ColumnCoding(("first",), "alleles")})
    headers = ["id", "first", "rs3829125", "AKR1C4_rs3829125", "rs17134592"]
    found = with_genotype_columns(trained, headers, load_catalog()).loci
    assert {name: coding.columns for name, coding in found.items()} == {
        "AKR1C4_rs3829125": ("first",),
        "AKR1C4_rs17134592": ("rs17134592",),
    }


AGE = PredictorSpec("age", "Age", "clinical", "continuous", column="age_years")


def test_what_only_cautions_ask_about_is_read_and_what_the_model_might_use_is_not() -> None:
    """Disulfiram is there for cautions alone; depression would be a predictor like others."""
    found = with_caution_columns(
        Schema("id", (AGE,)), ["id", "disulfiram_use", "depression"], load_catalog(), ["naltrexone"]
    )
    assert found.names == ("age", "disulfiram_use")


def test_what_forbids_a_drug_is_read_also_where_training_never_asked(table: pd.DataFrame) -> None:
    """A trial that excluded opioid users has no column of it; the next patients' table may."""
    new = pd.DataFrame(
        {"age_years": ["40"], "Current opioid use": ["yes"], "egfr": ["20"], "depression": ["?"]}
    )
    arms = ("naltrexone", "nalmefene")
    schema = with_caution_columns(Schema("id", (AGE,)), new.columns, load_catalog(), arms)
    batch = read_batch(new, schema)
    assert batch.X.iloc[0].to_dict() == {"age": 40.0, "current_opioid_use": 1.0, "egfr": 20.0}
    assert [spec.role for spec in schema.predictors] == ["predictor", "safety", "safety"]
    other = with_caution_columns(Schema("id", (AGE,)), new.columns, load_catalog(), ("a", "b"))
    assert other.names == ("age",)
    declared = replace(schema.spec("current_opioid_use"), column="op_now")
    trained = Schema("id", (AGE, declared))
    for header, column in (("op_now", "op_now"), ("opioid_use", "opioid_use"), ("x", "op_now")):
        found = with_caution_columns(trained, ["age_years", header], load_catalog(), arms)
        assert found.names == trained.names
        assert found.spec("current_opioid_use").column == column
    twice = [*new.columns, "opioid_use"]
    with pytest.raises(DataError, match="called like 'current_opioid_use'"):
        with_caution_columns(Schema("id", (AGE,)), twice, load_catalog(), arms)


@pytest.mark.parametrize(
    ("declared", "headers"),
    [
        (("current_opioid_use", "op_now"), ["op_now", "current_opioid_use"]),
        (("current_opioid_use", "opioid_use"), ["opioid_use", "opioid_analgesic_use"]),
        (("egfr", "GFR"), ["egfr"]),
        (("age", "years"), ["age"]),
    ],
)
def test_a_second_word_on_what_forbids_a_drug_is_never_passed_over(declared, headers) -> None:
    name, column = declared
    known = load_catalog().predictors[name]
    spec = PredictorSpec(
        name, known.label, known.family, known.kind, known.role, column,
        levels=known.levels, codes={"no": "no", "yes": "yes"} if known.labels else {},
    )  # fmt: skip
    trained, arms = Schema("id", (spec,)), ("naltrexone", "nalmefene")
    with pytest.raises(DataError, match=f"called like '{name}'"):
        with_caution_columns(trained, ["id", *headers], load_catalog(), arms)
    kept = with_caution_columns(trained, ["id", *headers], load_catalog(), ("a", "b"))
    assert kept == trained
    new = pd.DataFrame({"id": ["a"], **{header: ["1"] for header in headers}})
    told = reread(
        trained, new, file="new.csv", id_column="id", catalog=load_catalog(), additional={},
        predictors={name: ColumnReading(headers[-1])}, arms=arms,
    )  # fmt: skip
    assert told.spec(name).column == headers[-1]


def test_a_no_to_a_part_leaves_the_rest_open() -> None:
    new = pd.DataFrame({"id": ["a", "b", "c"], "methadone_use": ["no", "yes", ""]})
    arms = ("naltrexone", "nalmefene")
    found = with_caution_columns(Schema("id", ()), new.columns, load_catalog(), arms)
    batch = read_batch(new, found)
    assert batch.X["opioid_agonist_use"].isna().tolist() == [True, False, True]
    assert batch.reasons == [(), (), ()]
    asked_all = reread(
        Schema("id", ()), new, file="new.csv", id_column="id", catalog=load_catalog(),
        predictors={"opioid_agonist_use": ColumnReading("methadone_use", labels={"no": "no"})},
        additional={}, arms=arms,
    )  # fmt: skip
    assert read_batch(new, asked_all).X["opioid_agonist_use"].tolist()[:2] == [0.0, 1.0]


def test_labels_declared_anew_are_not_mixed_with_those_of_training() -> None:
    new = pd.DataFrame({"id": ["a", "b"], "op": ["2", "yes"]})

    def read(trained: Schema, labels: dict[str, str]) -> Schema:
        return reread(
            trained, new, file="new.csv", id_column="id", catalog=load_catalog(), additional={},
            predictors={"current_opioid_use": ColumnReading("op", labels=labels)},
            arms=("naltrexone", "nalmefene"),
        )  # fmt: skip

    trained = read(Schema("id", ()), {"1": "yes", "2": "no"})
    batch = read_batch(new, read(trained, {"1": "yes", "3": "no"}))
    assert batch.reasons == [("current_opioid_use:unknown_label",), ()]
    assert read_batch(new, read(trained, {})).X["current_opioid_use"].tolist() == [0.0, 1.0]


def test_a_number_of_the_model_may_stand_in_the_table_twice() -> None:
    headers = ["id", "age_years", "age", "age_at_baseline"]
    found = with_caution_columns(Schema("id", (AGE,)), headers, load_catalog(), ("nalmefene",))
    assert found.names == ("age",)


def test_a_study_file_may_declare_them(table: pd.DataFrame) -> None:
    new = pd.DataFrame({"id": ["a"], "age_years": ["40"], "op": ["2"]})
    schema = reread(
        Schema("id", (AGE,)), new, file="new.csv", id_column="id", catalog=load_catalog(),
        predictors={"current_opioid_use": ColumnReading("op", labels={"1": "no", "2": "yes"})},
        additional={}, arms=("naltrexone", "nalmefene"),
    )  # fmt: skip
    assert read_batch(new, schema).X["current_opioid_use"].tolist() == [1.0]
