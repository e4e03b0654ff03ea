from __future__ import annotations

import json
from dataclasses import replace

import pytest

from nxpredict.errors import DataError
from nxpredict.study import (
    AdditionalPredictor,
)


@pytest.mark.parametrize("pair", [("0", "1"), ("false", "TRUE"), ("No", "yes"), ("alpha", "beta")])
def test_binary_takes_any_two_labels(read, table, pair, codes):
    table["x"] = [pair[i // 2 % 2] for i in range(len(table))]
    cohort = read(table, additional={"x": AdditionalPredictor("x", "binary")})
    by_id = table.set_index("patient_id").loc[cohort.ids, "x"]
    assert cohort.X["x"].tolist() == (by_id == pair[1]).astype(float).tolist()
    noted = "binary-order" in codes(cohort.issues, "note")
    assert noted == (pair[0] == "alpha")


def test_binary_with_three_labels_is_a_fault(faults, table, codes):
    assert codes(faults(table, additional={"w": AdditionalPredictor("ward_colour", "binary")})) == [
        "not-binary"
    ]


def test_ordinal_words_need_an_order(faults, read, table, codes):
    declared = AdditionalPredictor("ward_colour", "ordinal")
    assert codes(faults(table, additional={"w": declared})) == ["no-order"]
    ordered = replace(declared, levels=("red", "green", "blue"))
    cohort = read(table, additional={"w": ordered})
    by_id = table.set_index("patient_id").loc[cohort.ids, "ward_colour"]
    assert cohort.X["w"].tolist() == by_id.map({"red": 0.0, "green": 1.0, "blue": 2.0}).tolist()


def test_rare_labels_never_reach_the_schema(read, table):
    table.loc[3, "ward_colour"] = "SENTINEL-COLOUR"
    cohort = read(table, additional={"w": AdditionalPredictor("ward_colour", "categorical")})
    assert "sentinel" not in json.dumps(cohort.schema.to_dict()).lower()
    assert "sentinel" not in json.dumps(cohort.facts).lower()
    assert "sentinel" not in " ".join(map(str, cohort.issues)).lower()
    assert (cohort.X["w"] == "other").sum() == 1


@pytest.mark.parametrize("kind", ["binary", "ordinal"])
def test_a_rare_label_that_a_model_would_name_must_be_declared(faults, read, table, kind, codes):
    table["x"] = ["10"] * 60 + ["987654"] * 4 + [""] * 56
    declared = AdditionalPredictor("x", kind)
    found = faults(table, additional={"x": declared})
    assert codes(found) == ["rare-labels"]
    assert "987654" not in str(DataError(found))
    assert read(table, additional={"x": replace(declared, levels=("10", "987654"))})


def test_an_identifier_is_no_category(faults, table, codes):
    table["note"] = [f"SENTINEL{i}" for i in range(len(table))]
    found = faults(table, additional={"n": AdditionalPredictor("note", "categorical")})
    assert codes(found) == ["too-many-labels"]
    assert "SENTINEL" not in str(DataError(found))
