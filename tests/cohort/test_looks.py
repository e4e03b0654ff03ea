from __future__ import annotations

import pandas as pd
import pytest

from nxpredict.cohort import PredictorSpec, Schema, read_batch

AGE = PredictorSpec("age", "Age", "clinical", "continuous", column="age")


def hints(cells: list[str], decimal: str) -> str:
    table = pd.DataFrame({"age": pd.Series(cells, dtype="str")})
    batch = read_batch(table, Schema("id", (AGE,)), decimal=decimal)
    return " ".join(fault.hint for fault in batch.faults)


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (">30", "detection limit"),
        ("< 20,5", "detection limit"),
        ("ca. 54", "plain numbers"),
        ("high", "plain numbers"),
        ("19.05.2021", "a date is no number"),
        ("2021-05-19", "a date is no number"),
        ("5/19/21 08:30", "a date is no number"),
        ("12 mg", "keep the unit out"),
        ("#REF!", "spreadsheet's error"),
        ("#WERT!", "spreadsheet's error"),
        ("1.234.567", "thousands"),
        ("1 234", "thousands"),
    ],
)
def test_what_is_no_number_is_told_by_its_looks(decimal: str, cell: str, said: str) -> None:
    found = hints(["40", cell], decimal)
    assert said in found
    assert "declared as a comma" not in found
    assert cell not in found


def test_a_point_under_a_decimal_comma_names_the_mark() -> None:
    assert "declared as a comma" in hints(["263.5"], ",")
    assert "12,5" in hints(["high"], ",")
    assert "12.5" in hints(["high"], ".")


def test_each_kind_in_a_column_is_told() -> None:
    found = hints(["26.5", ">30", "19.05.2021", "unknown"], ",")
    for said in ("declared as a comma", "detection limit", "a date", "plain numbers"):
        assert said in found
