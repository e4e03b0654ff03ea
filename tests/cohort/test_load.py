from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nxpredict.cohort import Cohort
from nxpredict.errors import DataError, Fault
from nxpredict.study import (
    AdditionalPredictor,
    ArmSet,
    ColumnReading,
    ColumnResponse,
    ParallelDesign,
    RelativeChange,
)

Read = Callable[..., Cohort]
Faults = Callable[..., list[Fault]]


def codes(found: list[Fault], severity: str = "error") -> list[str]:
    return sorted(f.code for f in found if f.severity == severity)


def same(one: Cohort, other: Cohort) -> None:
    pd.testing.assert_frame_equal(one.X, other.X)
    assert one.y.tolist() == other.y.tolist()
    assert one.arm.tolist() == other.arm.tolist()
    assert one.ids.tolist() == other.ids.tolist()
    assert one.fingerprint == other.fingerprint
    assert one.schema == other.schema


def test_patients_are_told_by_identifier_and_by_who_shares_an_arm(
    read: Read, table: pd.DataFrame
) -> None:
    who = read(table).patients
    assert read(table.drop(columns="ggt_u_per_l")).patients == who
    turned = table["drug"].map({"NTX": "NMF", "NMF": "NTX"})
    assert read(table.assign(drug=turned)).patients == who
    # Another study that numbers its patients alike.
    drawn = np.random.default_rng(7).permutation(table["drug"].to_numpy())
    assert read(table.assign(drug=drawn)).patients != who


def test_a_clean_table_becomes_a_cohort(read: Read, table: pd.DataFrame) -> None:
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
def test_the_order_of_rows_and_columns_never_matters(
    read: Read, table: pd.DataFrame, seed: int
) -> None:
    additional = {"ward": AdditionalPredictor("ward_colour", "categorical")}
    design = ParallelDesign("patient_id", "drug", "randomised", site="centre")
    rng = np.random.default_rng(seed)
    shuffled = table.iloc[rng.permutation(len(table)), rng.permutation(table.shape[1])]
    shuffled = shuffled.reset_index(drop=True)
    keywords = {"additional": additional, "design": design}
    one, other = read(table, **keywords), read(shuffled, **keywords)
    same(one, other)
    assert one.propensity is not None
    pd.testing.assert_frame_equal(one.propensity, other.propensity)  # type: ignore[arg-type]


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    choice=st.sampled_from([("ukat/L", 60.0), ("U/L", 1.0)]), header=st.sampled_from(["GGT", "x"])
)
def test_units_changed_with_the_study_saying_so_give_the_same_values(
    read: Read, table: pd.DataFrame, choice: tuple[str, float], header: str
) -> None:
    unit, factor = choice
    changed = table.drop(columns="ggt_u_per_l")
    changed[header] = (table["ggt_u_per_l"].astype(float) / factor).map(repr).astype("str")
    reading = {"ggt": ColumnReading(header, unit)}
    np.testing.assert_allclose(read(changed, predictors=reading).X["ggt"], read(table).X["ggt"])


def test_an_empty_row_changes_nothing_but_the_counting_of_rows(
    read: Read, faults: Faults, table: pd.DataFrame, tmp_path: Path
) -> None:
    lines = table.to_csv(index=False).splitlines()
    lines.insert(4, "," * (table.shape[1] - 1))
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join(lines))
    same(read(path), read(table))
    lines[5] = lines[5].replace("/", "?")
    lines[6] = "," + lines[6].split(",", 1)[1]
    path.write_text("\n".join(lines))
    assert [f.row for f in faults(path) if f.code == "missing-id"] == [7]


def test_arms_renamed_change_only_their_names(read: Read, table: pd.DataFrame) -> None:
    one = read(table)
    other = read(table, arms=ArmSet.of({"x": "NTX", "y": "NMF"}))
    pd.testing.assert_frame_equal(one.X, other.X)
    assert dict(zip(one.arm, other.arm, strict=True)) == {"naltrexone": "x", "nalmefene": "y"}


def test_everything_wrong_comes_together_and_no_patient_is_named(
    faults: Faults, table: pd.DataFrame
) -> None:
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


def test_study_columns_that_are_not_there_name_the_closest(
    faults: Faults, table: pd.DataFrame
) -> None:
    found = faults(
        table,
        design=ParallelDesign("patient", "drugs", "randomised", site="center"),
        response=ColumnResponse("respondr", "1"),
    )
    assert codes(found) == ["unknown-column"] * 4
    assert all("id you mean" in str(f) for f in found if f.severity == "error")


def test_a_ggt_in_the_wrong_unit_is_told_with_the_unit_that_fits(
    faults: Faults, read: Read, table: pd.DataFrame
) -> None:
    table["ggt_u_per_l"] = (table["ggt_u_per_l"].astype(float) / 60).map(repr).astype("str")
    found = faults(table)
    assert codes(found) == ["wrong-unit"]
    assert "ukat/L" in found[-1].hint
    assert (
        read(table, predictors={"ggt": ColumnReading("ggt_u_per_l", "ukat/L")}).X["ggt"].median()
        > 10
    )


def test_semicolons_and_decimal_commas_ask_to_be_declared(
    faults: Faults, read: Read, table: pd.DataFrame, tmp_path: Path
) -> None:
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
    faults: Faults, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "cohort.xlsx"
    path.write_bytes(content)
    found = faults(path, faults=[Fault("unknown-key", "of the study file")])
    assert codes(found) == sorted([code, "unknown-key"])


def test_an_arm_with_three_patients_is_a_fault(faults: Faults, table: pd.DataFrame) -> None:
    table["drug"] = ["NMF"] * 3 + ["NTX"] * (len(table) - 3)
    found = faults(table)
    assert codes(found) == ["small-arm"]
    assert "'nalmefene' (label 'NMF') has 3 patients" in found[-1].message


def test_an_arm_that_nobody_had_is_a_fault_that_asks_for_the_label(
    faults: Faults, table: pd.DataFrame
) -> None:
    found = faults(table, arms=ArmSet.of({"naltrexone": "NTX", "nalmefene": "NMF", "none": "X"}))
    assert codes(found) == ["absent-arm"]
    assert "no patient has arm 'none' (label 'X')" in found[-1].message


def test_a_site_that_decides_the_arm_makes_no_comparison(
    faults: Faults, read: Read, table: pd.DataFrame
) -> None:
    table["centre"] = table["drug"].map({"NTX": "north", "NMF": "south"})
    for allocation in ("randomised", "observational"):
        design = ParallelDesign("patient_id", "drug", allocation, site="centre")  # type: ignore[arg-type]
        assert "arm-is-site" in codes(faults(table, design=design))
    pooled = ParallelDesign("patient_id", "drug", "pooled-indirect", site="centre")
    assert len(read(table, design=pooled)) == len(table)


def test_an_arm_with_few_of_one_response_is_a_fault(faults: Faults, table: pd.DataFrame) -> None:
    table.loc[table["drug"] == "NMF", "responder"] = "0"
    assert codes(faults(table)) == ["few-responses"]


def test_a_small_arm_is_a_warning_up_to_forty(read: Read, table: pd.DataFrame) -> None:
    table["drug"] = ["NMF"] * 35 + ["NTX"] * (len(table) - 35)
    assert "small-arm" in codes(list(read(table).issues), "warning")


def test_a_constant_response_is_one_fault(faults: Faults, table: pd.DataFrame) -> None:
    table["responder"] = "1"
    assert codes(faults(table)) == ["constant-response"]


def test_a_label_of_no_arm_is_shown_only_when_it_is_a_group(
    faults: Faults, table: pd.DataFrame
) -> None:
    table.loc[:19, "drug"] = "placebo"
    table.loc[20, "drug"] = "rare-note"
    fault = next(f for f in faults(table) if f.code == "unknown-arm")
    assert "'placebo'" in fault.message
    assert "rare-note" not in fault.message


class TestLeaks:
    def test_the_response_column_cannot_predict_itself(
        self, faults: Faults, table: pd.DataFrame
    ) -> None:
        found = faults(table, additional={"r": AdditionalPredictor("responder", "binary")})
        assert codes(found) == ["response-as-predictor"]

    def test_declared_after_baseline_stops(self, faults: Faults, table: pd.DataFrame) -> None:
        late = AdditionalPredictor("ward_colour", "categorical", when="post_baseline")
        assert codes(faults(table, additional={"ward": late})) == ["post-baseline"]

    def test_a_perfect_predictor_stops_until_it_is_allowed(
        self, faults: Faults, read: Read, table: pd.DataFrame
    ) -> None:
        table["weeks"] = np.where(table["responder"] == "1", "12", "3")
        declared = {"weeks": AdditionalPredictor("weeks", "continuous")}
        assert codes(faults(table, additional=declared)) == ["leak"]
        cohort = read(table, additional=declared, allow_leak=["weeks"])
        assert cohort.facts["leaks"] == [
            {"predictor": "weeks", "auc": 1.0, "by": "value", "allowed": True}
        ]

    def test_labels_and_missingness_give_away_too(
        self, faults: Faults, table: pd.DataFrame
    ) -> None:
        table["word"] = np.where(table["responder"] == "1", "stayed", "left")
        table["lab"] = np.where(table["responder"] == "1", "1.5", "")
        declared = {
            "word": AdditionalPredictor("word", "categorical"),
            "lab": AdditionalPredictor("lab", "continuous"),
        }
        found = faults(table, additional=declared)
        assert codes(found) == ["leak", "leak"]

    def test_a_strong_predictor_is_a_warning(self, read: Read, table: pd.DataFrame) -> None:
        rng = np.random.default_rng(1)
        strong = table["responder"].astype(float) * 1.6 + rng.standard_normal(len(table))
        table["score"] = strong.map(repr).astype("str")
        cohort = read(table, additional={"score": AdditionalPredictor("score", "continuous")})
        assert "leak" in codes(list(cohort.issues), "warning")

    def test_a_copy_of_the_arm_is_no_predictor(self, faults: Faults, table: pd.DataFrame) -> None:
        table["kit"] = table["drug"].map({"NTX": "1", "NMF": "2"})
        declared = {"kit": AdditionalPredictor("kit", "binary")}
        assert codes(faults(table, additional=declared)) == ["arm-as-predictor"]

    def test_many_labels_alone_are_no_leak(self, read: Read, table: pd.DataFrame) -> None:
        table["ward_colour"] = pd.Series(np.arange(len(table)) // 2 % 12).astype("str")
        cohort = read(table, additional={"ward": AdditionalPredictor("ward_colour", "categorical")})
        assert cohort.facts["leaks"] == []

    def test_a_few_values_that_fit_by_chance_are_no_leak(
        self, read: Read, table: pd.DataFrame
    ) -> None:
        order = np.argsort(table["responder"], kind="stable").to_numpy()
        few = np.r_[order[:6], order[-6:]]
        table["lab"] = ""
        table.loc[few, "lab"] = [str(i) for i in range(12)]
        cohort = read(table, additional={"lab": AdditionalPredictor("lab", "continuous")})
        assert cohort.facts["leaks"] == []

    def test_the_baseline_of_a_change_may_predict(self, read: Read, table: pd.DataFrame) -> None:
        rng = np.random.default_rng(2)
        table["b"] = rng.uniform(100, 200, len(table)).round(1).astype(str)
        table["f"] = rng.uniform(100, 200, len(table)).round(1).astype(str)
        cohort = read(
            table,
            response=RelativeChange("b", "f", at_least=0.1),
            additional={"b": AdditionalPredictor("b", "continuous")},
        )
        assert "b" in cohort.X


class TestMissing:
    def test_a_missing_arm_is_left_out_and_counted(self, read: Read, table: pd.DataFrame) -> None:
        table.loc[:2, "drug"] = ""
        cohort = read(table)
        assert len(cohort) == len(table) - 3
        assert {"step": "left out: no arm", "n": 3} in cohort.facts["flow"]

    @pytest.mark.parametrize(("rule", "kept", "zeros"), [("failure", 120, 4), ("exclude", 116, 0)])
    def test_a_missing_response_counts_as_the_study_says(
        self, read: Read, table: pd.DataFrame, rule: str, kept: int, zeros: int
    ) -> None:
        table["responder"] = ["1", "1", "0", "0"] * 30
        table.loc[:3, "drug"] = "NTX"
        table.loc[:3, "responder"] = "NA"
        cohort = read(table, response=ColumnResponse("responder", "1", rule))  # type: ignore[arg-type]
        assert len(cohort) == kept
        assert int((cohort.y == 0).sum()) == 58 + zeros
        warning = next(f for f in cohort.issues if f.code == "missing-response")
        assert "naltrexone 4, nalmefene 0" in warning.message

    def test_or_stops_the_run(self, faults: Faults, table: pd.DataFrame) -> None:
        table.loc[0, "responder"] = ""
        assert codes(faults(table, response=ColumnResponse("responder", "1", "fault"))) == [
            "missing-response"
        ]

    def test_a_predictor_without_any_value_is_not_used(
        self, read: Read, table: pd.DataFrame
    ) -> None:
        table["bmi"] = ""
        cohort = read(table)
        assert "bmi" not in cohort.X
        assert "no-values" in codes(list(cohort.issues), "warning")


class TestMatching:
    def test_a_name_alone_does_not_make_a_predictor(self, read: Read, table: pd.DataFrame) -> None:
        table["sex"] = ["1", "1", "2", "2"] * 30
        cohort = read(table)
        assert "sex" not in cohort.X
        assert "not-as-named" in codes(list(cohort.issues), "warning")
        assert "sex" in cohort.facts["unused_columns"]
        declared = {"sex": ColumnReading("sex", labels={"1": "male", "2": "female"})}
        assert read(table, predictors=declared).X["sex"].notna().all()

    def test_a_code_for_missing_is_suspected_and_can_be_declared(
        self, faults: Faults, read: Read, table: pd.DataFrame
    ) -> None:
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

    def test_a_number_has_no_other_labels(self, faults: Faults, table: pd.DataFrame) -> None:
        declared = {"age": ColumnReading("age_years", labels={"1": "young"})}
        assert codes(faults(table, predictors=declared)) == ["labels-of-number"]

    def test_two_columns_of_one_name_are_ambiguous(
        self, faults: Faults, read: Read, table: pd.DataFrame
    ) -> None:
        table["age"] = "30"
        assert codes(faults(table)) == ["ambiguous-column"]
        assert set(read(table, predictors={"age": ColumnReading("age")}).X["age"]) == {30.0}

    def test_amines_need_their_context(
        self, read: Read, faults: Faults, table: pd.DataFrame
    ) -> None:
        table["dopamine_pg_per_ml"] = "30"
        cohort = read(table)
        assert "dopamine" not in cohort.X
        assert "context-missing" in codes(list(cohort.issues), "warning")
        declared = {"dopamine": ColumnReading("dopamine_pg_per_ml")}
        assert codes(faults(table, predictors=declared)) == ["context-missing"]

    def test_ancestry_is_nuisance_and_a_users_own_column_is_warned_of(
        self, read: Read, table: pd.DataFrame
    ) -> None:
        table["ancestry"] = ["EUR", "EUR", "AFR", "AFR"] * 30
        table["race_group"] = ["a", "a", "b", "b"] * 30
        cohort = read(table, additional={"group": AdditionalPredictor("race_group", "binary")})
        assert [s.name for s in cohort.schema.predictors if s.role == "nuisance"] == ["ancestry"]
        assert "ancestry-as-predictor" in codes(list(cohort.issues), "warning")

    def test_one_column_cannot_be_two_predictors(self, faults: Faults, table: pd.DataFrame) -> None:
        twice = {
            "a": AdditionalPredictor("centre", "binary"),
            "b": AdditionalPredictor("centre", "binary"),
        }
        assert codes(faults(table, additional=twice)) == ["column-used-twice"]


class TestLabels:
    @pytest.mark.parametrize(
        "pair", [("0", "1"), ("false", "TRUE"), ("No", "yes"), ("alpha", "beta")]
    )
    def test_binary_takes_any_two_labels(
        self, read: Read, table: pd.DataFrame, pair: tuple[str, str]
    ) -> None:
        table["x"] = [pair[i // 2 % 2] for i in range(len(table))]
        cohort = read(table, additional={"x": AdditionalPredictor("x", "binary")})
        by_id = table.set_index("patient_id").loc[cohort.ids, "x"]
        assert cohort.X["x"].tolist() == (by_id == pair[1]).astype(float).tolist()
        noted = "binary-order" in codes(list(cohort.issues), "note")
        assert noted == (pair[0] == "alpha")

    def test_binary_with_three_labels_is_a_fault(self, faults: Faults, table: pd.DataFrame) -> None:
        assert codes(
            faults(table, additional={"w": AdditionalPredictor("ward_colour", "binary")})
        ) == ["not-binary"]

    def test_ordinal_words_need_an_order(
        self, faults: Faults, read: Read, table: pd.DataFrame
    ) -> None:
        declared = AdditionalPredictor("ward_colour", "ordinal")
        assert codes(faults(table, additional={"w": declared})) == ["no-order"]
        ordered = replace(declared, levels=("red", "green", "blue"))
        cohort = read(table, additional={"w": ordered})
        by_id = table.set_index("patient_id").loc[cohort.ids, "ward_colour"]
        assert cohort.X["w"].tolist() == by_id.map({"red": 0.0, "green": 1.0, "blue": 2.0}).tolist()

    def test_rare_labels_never_reach_the_schema(self, read: Read, table: pd.DataFrame) -> None:
        table.loc[3, "ward_colour"] = "SENTINEL-COLOUR"
        cohort = read(table, additional={"w": AdditionalPredictor("ward_colour", "categorical")})
        assert "sentinel" not in json.dumps(cohort.schema.to_dict()).lower()
        assert "sentinel" not in json.dumps(cohort.facts).lower()
        assert "sentinel" not in " ".join(map(str, cohort.issues)).lower()
        assert (cohort.X["w"] == "other").sum() == 1

    @pytest.mark.parametrize("kind", ["binary", "ordinal"])
    def test_a_rare_label_that_a_model_would_name_must_be_declared(
        self, faults: Faults, read: Read, table: pd.DataFrame, kind: str
    ) -> None:
        table["x"] = ["10"] * 60 + ["987654"] * 4 + [""] * 56
        declared = AdditionalPredictor("x", kind)  # type: ignore[arg-type]
        found = faults(table, additional={"x": declared})
        assert codes(found) == ["rare-labels"]
        assert "987654" not in str(DataError(found))
        assert read(table, additional={"x": replace(declared, levels=("10", "987654"))})

    def test_an_identifier_is_no_category(self, faults: Faults, table: pd.DataFrame) -> None:
        table["note"] = [f"SENTINEL{i}" for i in range(len(table))]
        found = faults(table, additional={"n": AdditionalPredictor("note", "categorical")})
        assert codes(found) == ["too-many-labels"]
        assert "SENTINEL" not in str(DataError(found))


class TestAllocation:
    def test_small_sites_borrow_from_all(self, read: Read, table: pd.DataFrame) -> None:
        table["centre"] = ["lone" if i == 0 else "big" for i in range(len(table))]
        design = ParallelDesign("patient_id", "drug", "randomised", site="centre")
        propensity = read(table, design=design).propensity
        assert propensity is not None
        np.testing.assert_allclose(propensity.sum(axis=1), 1)
        assert propensity.to_numpy().min() > 0.45

    def test_declared_probabilities_win(self, read: Read, table: pd.DataFrame) -> None:
        given_ = {"naltrexone": 0.6, "nalmefene": 0.4}
        design = ParallelDesign("patient_id", "drug", "randomised", probabilities=given_)
        propensity = read(table, design=design).propensity
        assert propensity is not None
        assert propensity.iloc[0].to_dict() == given_

    @pytest.mark.parametrize("allocation", ["observational", "pooled-indirect"])
    def test_without_randomisation_nothing_is_claimed(
        self, read: Read, table: pd.DataFrame, allocation: str
    ) -> None:
        design = ParallelDesign("patient_id", "drug", allocation)  # type: ignore[arg-type]
        cohort = read(table, design=design)
        assert cohort.propensity is None
        assert cohort.facts["design"]["allocation"] == allocation


def test_small_cells_by_arm_are_hidden(read: Read, table: pd.DataFrame) -> None:
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
def test_no_table_makes_a_traceback(read: Read, data: st.DataObject) -> None:
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


def test_a_table_without_a_predictor_is_a_fault(faults: Faults, table: pd.DataFrame) -> None:
    bare = table[["patient_id", "drug", "responder"]]
    assert "no-predictors" in codes(faults(bare))
