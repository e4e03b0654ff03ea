from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.cohort import PredictorSpec, Schema, read_batch
from nxpredict.genotypes import ColumnCoding

AGE = PredictorSpec(
    "age", "Age", "clinical", "continuous", column="age", unit="years", low=12, high=110
)
GGT = PredictorSpec(
    "ggt",
    "GGT",
    "biomarker",
    "continuous",
    column="GGT",
    unit="U/L",
    source_unit="ukat/L",
    factor=60.0,
    low=0,
    high=20000,
)
SEX = PredictorSpec(
    "sex",
    "Sex",
    "clinical",
    "binary",
    column="sex",
    levels=("female", "male"),
    codes={"f": "female", "m": "male", "1": "male", "2": "female", "9": ""},
)
LEVEL = PredictorSpec(
    "level",
    "Level",
    "clinical",
    "ordinal",
    column="level",
    levels=("low", "high"),
    codes={"low": "low", "high": "high"},
    required=True,
)
TUBE = PredictorSpec(
    "tube",
    "Tube",
    "additional",
    "categorical",
    column="tube",
    levels=("edta", "other"),
    codes={"edta": "edta"},
    pooled="other",
)
OPRM1 = PredictorSpec(
    "OPRM1_rs1799971_G_dosage",
    "OPRM1",
    "genotype",
    "dosage",
    low=0,
    high=2,
    locus="OPRM1_rs1799971",
)
SCHEMA = Schema(
    "id", (AGE, GGT, SEX, LEVEL, TUBE, OPRM1), {"OPRM1_rs1799971": ColumnCoding(("oprm1",))}
)


def frame(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})


def test_a_row_whose_column_contradicts_the_genotype_file_is_not_used() -> None:
    name = "OPRM1_rs1799971_G_dosage"
    table = frame(id=["a", "b", "c", "d"], oprm1=["A/A", "A/A", "", "G/G"])
    files = pd.DataFrame({name: [0.0, 2.0, 1.0, np.nan]})
    batch = read_batch(table, Schema("id", (OPRM1,), SCHEMA.loci), genotypes=files)
    assert batch.reasons == [(), (f"{name}:conflicting_genotypes",), (), ()]
    np.testing.assert_equal(batch.X[name].tolist(), [0, np.nan, 1, 2])
    (fault,) = (fault for fault in batch.faults if fault.code == "conflicting-genotypes")
    assert (fault.row, fault.column) == (3, "oprm1")


def test_values_arrive_typed_in_canonical_units() -> None:
    batch = read_batch(
        frame(
            id=["a", "b"],
            age=["40", "NA"],
            GGT=["0.5", "1e0"],
            sex=["F", "1.0"],
            level=["high", "LOW"],
            tube=["EDTA", "glass"],
            oprm1=["A/G", "G/G"],
        ),
        SCHEMA,
    )
    assert batch.reasons == [(), ()]
    assert batch.X["ggt"].tolist() == [30.0, 60.0]
    assert batch.X["sex"].tolist() == [0.0, 1.0]
    assert batch.X["level"].tolist() == [1.0, 0.0]
    assert batch.X["tube"].tolist() == ["edta", "other"]
    assert batch.X["OPRM1_rs1799971_G_dosage"].tolist() == [1.0, 2.0]
    assert np.isnan(batch.X["age"][1])
    assert batch.ids.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("age", "forty", "age:not_a_number"),
        ("age", "40,5", "age:decimal_comma"),
        ("age", "1,234,5", "age:not_a_number"),
        ("level", "huge", "level:unknown_label"),
        ("age", "1_000", "age:not_a_number"),
        ("age", "0x20", "age:not_a_number"),
        ("age", "٤٠", "age:not_a_number"),
        ("age", "<40", "age:not_a_number"),
        ("age", "1e999", "age:infinite"),
        ("age", "-inf", "age:infinite"),
        ("age", "11.9", "age:out_of_range"),
        ("GGT", "400", "ggt:out_of_range"),
        ("sex", "x", "sex:unknown_label"),
        ("level", "", "level:required"),
        ("oprm1", "A/T", "OPRM1_rs1799971:unexpected_allele"),
        ("oprm1", "hello", "OPRM1_rs1799971:bad_genotype"),
    ],
)
def test_a_cell_that_cannot_be_read_has_a_reason_and_a_fault(
    column: str, cell: str, reason: str
) -> None:
    good = {"id": "SECRET-7", "age": "40", "GGT": "1", "sex": "f", "level": "low", "oprm1": "A/A"}
    table = pd.DataFrame([good, good | {column: cell}]).astype("str").set_axis([0, 5])
    batch = read_batch(table, SCHEMA, file="new.csv")
    assert batch.reasons == [(), (reason,)]
    (fault,) = batch.faults
    assert (fault.file, fault.row, fault.column) == ("new.csv", 7, column)
    assert fault.hint
    assert "SECRET" not in str(fault)
    if len(cell) > 1:
        assert cell not in str(fault).replace("A/G", "")


@pytest.mark.parametrize("cell", ["1e101", "-1e300"])
def test_a_number_too_large_to_compute_with_is_the_fault_of_its_row(cell: str) -> None:
    free = tuple(
        replace(spec, low=None, high=None) if spec.name == "age" else spec
        for spec in SCHEMA.predictors
    )
    good = {"id": "1", "age": "40", "GGT": "1", "sex": "f", "level": "low", "oprm1": "A/A"}
    table = pd.DataFrame([good, good | {"id": "2", "age": cell}]).astype("str")
    batch = read_batch(table, replace(SCHEMA, predictors=free))
    assert batch.reasons == [(), ("age:out_of_range",)]
    assert "up to 1e+100" in str(batch.faults[0])


@pytest.mark.parametrize(
    "cell", ["", " ", "NA", "n/a", "NaN", "null", ".", "Missing", "nAn", "mISSing", None]
)
def test_missing_has_many_words(cell: str | None) -> None:
    batch = read_batch(frame(id=["a"], age=[cell], sex=[cell], level=["low"], tube=[cell]), SCHEMA)
    assert batch.reasons == [()]
    assert batch.X[["age", "sex", "tube"]].isna().all(axis=None)


@pytest.mark.parametrize("cell", ["-nan", "+NaN", "nan(1)", "nAn", "0x10", "1_0", "+5", "1e400"])
def test_a_cell_is_read_by_the_same_rule_beside_one_that_cannot_be_read(cell: str) -> None:
    alone = read_batch(frame(id=["a"], age=[cell], level=["low"]), SCHEMA)
    beside = read_batch(frame(id=["a", "b"], age=[cell, "?"], level=["low", "low"]), SCHEMA)
    assert alone.reasons[0] == beside.reasons[0]


def test_a_label_mapped_to_nothing_is_missing() -> None:
    assert read_batch(frame(id=["a"], sex=["9"], level=["low"]), SCHEMA).X["sex"].isna().all()


def test_codes_for_missing_are_known_with_a_decimal_comma() -> None:
    schema = Schema("id", (replace(AGE, codes={"-9": ""}),))
    table = frame(id=["a", "b", "c"], age=["-9,0", "-9", "40,0"])
    batch = read_batch(table, schema, decimal=",")
    assert batch.reasons == [(), (), ()]
    assert batch.X["age"].isna().tolist() == [True, True, False]


def test_decimal_commas_are_read_only_when_declared() -> None:
    table = frame(id=["a", "b"], age=["40,5", "40.5"], level=["low", "low"])
    assert read_batch(table, SCHEMA, decimal=",").X["age"].tolist()[0] == 40.5
    assert read_batch(table, SCHEMA, decimal=",").reasons == [(), ("age:not_a_number",)]


def test_typed_columns_mean_the_same_as_their_text() -> None:
    typed = pd.DataFrame(
        {
            "id": pd.array([1, 2], "Int64"),
            "age": [40, 41],
            "sex": pd.array([1, None], "Int64"),
            "level": ["low", "low"],
            "tube": pd.Categorical(["edta", "x"]),
        }
    )
    text = frame(
        id=["1", "2"], age=["40", "41"], sex=["1", ""], level=["low", "low"], tube=["edta", "x"]
    )
    pd.testing.assert_frame_equal(read_batch(typed, SCHEMA).X, read_batch(text, SCHEMA).X)
    assert read_batch(typed, SCHEMA).ids.tolist() == ["1", "2"]


def test_absent_columns_are_missing() -> None:
    batch = read_batch(frame(id=["a"], level=["low"]), SCHEMA)
    assert batch.X.drop(columns="level").isna().all(axis=None)
    assert list(batch.X) == list(SCHEMA.names)


CELL = st.one_of(
    st.sampled_from(
        ["", "NA", "40", "-1", "1,5", "f", "m", "low", "high", "A/G", "T/T", "inf", "4-Jul"]
    ),
    st.text(max_size=6),
    st.floats().map(str),
)
ROW = st.fixed_dictionaries(
    dict.fromkeys(("id", "age", "GGT", "sex", "level", "tube", "oprm1"), CELL)
)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=6), data=st.data())
def test_a_row_is_read_the_same_whatever_stands_beside_it(
    rows: list[dict[str, str]], data: st.DataObject
) -> None:
    table = pd.DataFrame(rows).astype("str")
    together = read_batch(table, SCHEMA)
    assert len(together.reasons) == len(rows)
    i = data.draw(st.integers(0, len(rows) - 1))
    alone = read_batch(table.iloc[[i]], SCHEMA)
    assert alone.reasons[0] == together.reasons[i]
    pd.testing.assert_frame_equal(alone.X, together.X.iloc[[i]].reset_index(drop=True))


def test_the_schema_survives_json() -> None:
    assert Schema.from_dict(json.loads(json.dumps(SCHEMA.to_dict()))) == SCHEMA


def test_no_patient_stands_in_a_printed_batch() -> None:
    batch = read_batch(frame(id=["SECRET"], age=["44.25"], level=["low"]), SCHEMA)
    assert "SECRET" not in repr(batch)
    assert "44.25" not in repr(batch)
