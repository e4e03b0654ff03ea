"""A table as the target population: read by the units and names of the study file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from nxpredict.bundle import Bundle
from nxpredict.config import load_study
from nxpredict.errors import DataError
from nxpredict.workflows._target import _of_table, _shown, target_of_yaml

STUDY = """
study: target
table: cohort.csv
design: {kind: parallel, allocation: randomised, id: patient_id, arm: arm}
arms: {naltrexone: NTX, nalmefene: NMF}
response: {column: responder, favourable: 1}
predictors:
"""
Means = Callable[..., pd.Series]


@pytest.fixture
def target(make_bundle: Callable[..., Bundle], tmp_path: Path) -> Means:
    """Means of a table by the study above."""

    def means(table: pd.DataFrame, ggt: str = "{unit: ukat/L}") -> pd.Series:
        text = f"{STUDY}  ggt: {ggt}\n"
        (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
        table.to_csv(tmp_path / "target.csv", index=False)
        study = load_study(tmp_path / "study.yaml")
        return _of_table(tmp_path / "target.csv", study, make_bundle())

    return means


def test_a_unit_without_a_column_is_that_of_the_target_too(
    target: Means, patients: Callable[..., pd.DataFrame]
) -> None:
    table = patients(60, 5)
    means = target(table.rename(columns={"GGT": "gamma_gt"}))
    expected = 60 * pd.to_numeric(table["GGT"]).mean()
    assert means["ggt"] == pytest.approx(expected)


def test_a_unit_of_what_the_target_lacks_is_not_missed(
    target: Means, patients: Callable[..., pd.DataFrame]
) -> None:
    means = target(patients(60, 5).drop(columns="GGT"))
    assert "ggt" not in means.index
    assert means["age"] == pytest.approx(pd.to_numeric(patients(60, 5)["age"]).mean())


def test_a_target_needs_no_identifier(target: Means, patients: Callable[..., pd.DataFrame]) -> None:
    table = patients(60, 5)[["GGT", "age", "smokes"]]
    means = target(table, "{column: GGT, unit: ukat/L}")
    assert means["ggt"] == pytest.approx(60 * pd.to_numeric(table["GGT"]).mean())


def test_a_target_in_another_unit_than_declared_is_refused(
    target: Means, patients: Callable[..., pd.DataFrame]
) -> None:
    table = patients(60, 5)
    table["GGT"] = (60 * pd.to_numeric(table["GGT"])).round(1)
    with pytest.raises(DataError, match="the median lies outside"):
        target(table)


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ("{no: 0.9, yes: 0.3}", "sum to 1.2"),
        ("{no: 0.5, yes: 0.3}", "sum to 0.8"),
        ("{no: 0.50, yes: 0.51}", None),
        ("{yes: 0.3}", None),
        ("{no: 90, yes: 0.3}", "from 0 to 1"),
    ],
)
def test_shares_of_labels_are_those_of_all_patients(
    make_bundle: Callable[[], Bundle], tmp_path: Path, shares: str, told: str | None
) -> None:
    path = tmp_path / "target.yaml"
    path.write_text(f"smoking: {shares}\n", encoding="utf-8")
    specs = {"smoking": make_bundle().schema.spec("smoking")}
    if told is None:
        assert target_of_yaml(path, specs)["smoking: yes"] > 0
    else:
        with pytest.raises(DataError, match=told) as error:
            target_of_yaml(path, specs)
        assert len(error.value.faults) == 1


def test_a_share_of_few_patients_is_not_told_of_the_cohort() -> None:
    columns = {
        "sex: female": pd.Series([1.0] * 40 + [0.0] * 60),
        "sex: male": pd.Series([0.0] * 40 + [1.0] * 60),
        "smoker: yes": pd.Series([1.0] * 3 + [0.0] * 97),
        "smoker: no": pd.Series([0.0] * 3 + [1.0] * 97),
        "age": pd.Series(range(100), dtype="float64"),
    }
    names = list(columns)
    table = pd.DataFrame({"name": names, "cohort": 0.5, "difference_before": 0.1, "target": 0.4})
    told = {row["name"]: row for row in _shown(table, columns)}
    seen = {name for name, row in told.items() if row["cohort"] == 0.5}
    assert seen == {"sex: female", "sex: male", "age"}
    assert pd.isna(told["smoker: no"]["difference_before"])
