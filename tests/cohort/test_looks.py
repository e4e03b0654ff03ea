from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from nxpredict.cohort import PredictorSpec, Schema, read_batch
from nxpredict.cohort._looks import looks_grouped
from nxpredict.study import NumberResponse, ResponseScale

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


@pytest.mark.parametrize(
    ("cells", "decimal", "grouped"),
    [
        (["85", "640", "987", "110", "1.250", "2.105", "12.020"], ".", True),
        (["85", "640", "987", "110", "1,250", "2,105", "12,020"], ",", True),
        (["85", "640", "987", "110", "1.250", "2.105", "12.02"], ".", False),
        (["85", "640", "987", "1100", "1.250", "2.105", "12.020"], ".", False),
        (["0.250", "0.640", "1.250", "2.105", "12.020"], ".", False),
        (["5", "6", "7", "1.250", "2.105", "12.020"], ".", False),
        (["640", "987", "110", "1.250"], ".", False),
        (["640", "987", "110"], ".", False),
    ],
)
def test_thousands_that_pass_as_decimals_are_told_by_the_whole_column(
    cells: list[str], decimal: str, grouped: bool
) -> None:
    assert looks_grouped(pd.Series(cells, dtype="str"), decimal) is grouped
    assert not looks_grouped(pd.Series([1.25, 110.0, 640.0]), decimal)


def test_thousands_of_a_predictor_and_of_a_response_are_doubted(
    table: pd.DataFrame, read: Callable[..., Any]
) -> None:
    cells = [["85", "640", "1.250", "91", "720", "2.105"][i // 2 % 6] for i in range(len(table))]
    table["ggt_u_per_l"] = pd.Series(cells, dtype="str")
    table["grams"] = table["ggt_u_per_l"].iloc[::-1].to_numpy()
    cohort = read(table, response=NumberResponse("grams", ResponseScale("g/week", "lower")))
    found = [f for f in cohort.issues if f.code == "thousands-or-decimals"]
    assert {(f.column, f.severity) for f in found} == {
        ("ggt_u_per_l", "warning"),
        ("grams", "warning"),
    }
    assert "1.250" not in " ".join(map(str, found))
