"""Sums can be forged: what fits its sums and no model is refused when it is read, not when used."""

from __future__ import annotations

import copy
import json

import pytest

from nxpredict.bundle import load_bundle
from nxpredict.bundle._content import json_bytes
from nxpredict.errors import BundleError

FIRST = "nalmefene_vs_naltrexone"


@pytest.mark.parametrize(
    ("part", "path", "value"),
    [
        ("study", ["answers", "average"], []),
        ("study", ["answers", "average", FIRST], None),
        ("study", ["answers", "average", FIRST, "better"], "ondansetron"),
        ("study", ["answers", "heterogeneity"], 3),
        ("study", ["answers", "heterogeneity", FIRST], [1]),
        ("study", ["answers", "heterogeneity", FIRST, "established"], "yes"),
        ("study", ["answers", "verdict"], "supported"),
        ("study", ["answers", "verdict", "level"], None),
        ("study", ["training"], []),
        ("study", ["fingerprint"], 3),
        ("schema", ["long_alleles"], 7),
        ("schema", ["decimal"], None),
        ("schema", ["id_column"], ["patient_id"]),
        ("schema", ["predictors", 0, "column"], ["age"]),
        ("schema", ["predictors", 0, "low"], "0"),
        ("schema", ["predictors", 1, "factor"], "60"),
        ("schema", ["predictors", 2, "codes"], 1),
        ("schema", ["predictors", 2, "codes", "m"], ["male"]),
        ("schema", ["predictors", 3, "locus"], 7),
        ("schema", ["loci"], {"OPRM1_rs1799971": {"columns": ["G"], "notation": 3}}),
        ("model", ["arm_share"], 1.0),
        ("model", ["arm_share", 0], None),
    ],
)
def test_a_part_that_no_model_has(saved_copy, reseal, part, path, value):
    content = json.loads((saved_copy / f"{part}.json").read_text())
    changed = inner = copy.deepcopy(content)
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    reseal(saved_copy, **{f"{part}__json": json_bytes(changed)})
    with pytest.raises(BundleError) as told:
        load_bundle(saved_copy)
    assert "\n" not in str(told.value)
