"""Who is in the data: no small cell, and none that follows from what is shown."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.cohort import PredictorSpec, Schema
from nxpredict.report._paper_tables import aggregates
from nxpredict.report._population import population_facts
from nxpredict.study import ArmSet, ResponseScale

ARMS = ArmSet.of({"naltrexone": "N", "nalmefene": "M"})


def facts_of(kind: str, column: list[Any], levels: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the facts of 200 patients, every other one on either arm, with one predictor."""
    n = len(column)
    spec = PredictorSpec("told", "Told", "clinical", kind, column="told", levels=levels)  # type: ignore[arg-type]
    cohort = SimpleNamespace(
        X=pd.DataFrame({"told": column}),
        y=np.tile([0, 0, 1, 1], n)[:n],
        arm=np.tile(np.array(ARMS.names, dtype=object), n)[:n],
        arms=ARMS,
        groups=np.arange(n),
        period=None,
        scale=ResponseScale(),
        schema=Schema("id", (spec,)),
    )
    return population_facts(cohort)  # type: ignore[arg-type]


def row_of(facts: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = facts["families"][0]["predictors"][0]
    return row


def test_labels_that_are_few_even_together_are_hidden_with_another() -> None:
    """Each of two rare labels is hidden; shown are 192 of 200, so the rest would be eight."""
    labels = ["golf", "golf", "chess", "chess"] * 2 + ["fishing"] * 120 + ["music"] * 72
    lines = row_of(facts_of("categorical", labels))["lines"]
    shown = {line["level"]: line["cells"] for line in lines}
    assert "suppressed" in shown["golf"][-1]
    for group, n in enumerate((100, 100, 200)):
        seen = [cells[group]["n"] for cells in shown.values() if "suppressed" not in cells[group]]
        assert n - sum(seen) >= 10


def test_a_hidden_number_of_missing_values_is_not_what_a_count_leaves() -> None:
    """Of 200 patients three have no value: 96 with the label and 97 without would say so."""
    row = row_of(facts_of("binary", [None] * 3 + [1.0, 1.0, 0.0, 0.0] * 49 + [1.0]))
    assert row["missing"] is None
    cells = row["lines"][0]["cells"]
    assert cells[-1] == {"n": None, "share": 0.5}
    assert aggregates(cells)[-1] == "50%"


def test_counts_of_all_do_not_tell_how_few_miss_in_one_arm() -> None:
    """Of one arm three values are missing, of the other twenty: all and the other tell of three."""
    told = [1.0, 1.0, 0.0, 0.0] * 50
    column = [None if k in (0, 2, 4) or (k % 2 and k < 40) else v for k, v in enumerate(told)]
    row = row_of(facts_of("binary", column))
    assert row["missing"] == 23 / 200
    assert {cell["n"] for cell in row["lines"][0]["cells"]} == {None}


def test_few_with_a_value_who_all_have_one_label_are_hidden() -> None:
    """Two of one arm, two of the other and nobody else have a value, the same one."""
    row = row_of(facts_of("ordinal", [0.0] * 4 + [None] * 196, ("A", "B", "C")))
    assert row["missing"] is None
    assert [cell for line in row["lines"] for cell in line["cells"]] == [{"suppressed": True}] * 3


def test_counts_stand_where_nothing_small_follows_from_them() -> None:
    row = row_of(facts_of("binary", [1.0, 1.0, 0.0, 0.0] * 50))
    assert [cell["n"] for cell in row["lines"][0]["cells"]] == [50, 50, 100]


def test_a_frequency_does_not_tell_who_few_carry_an_allele() -> None:
    """One copy in 200 patients: the frequency times the patients called is that copy."""
    found = facts_of("dosage", [1.0] + [0.0] * 199)["genotypes"][0]
    assert found["frequency"] is None
    assert found["suppressed"]
    # Nor, where a few are not called, how many: 37 of 2 x 195 would be a fraction of 195.
    few = facts_of("dosage", [None] * 5 + [1.0] * 37 + [0.0] * 158)["genotypes"][0]
    assert few["called"] is None
    assert few["frequency"] == 0.09
