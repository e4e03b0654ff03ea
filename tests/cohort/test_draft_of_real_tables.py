"""Drafts of tables as they come: other languages, odd cells, repeats, columns of no use."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nxpredict.cohort import draft_study
from nxpredict.config import load_study


@pytest.fixture
def messy(tmp_path: Path, table: pd.DataFrame) -> str:
    """Draft a table with decimal commas and one odd cell of each kind."""
    table = table.rename(columns={"patient_id": "Patienten-Nr.", "drug": "Behandlung"})
    table["ggt_u_per_l"] = table["ggt_u_per_l"].str.replace(".", ",")
    table["Alter (Jahre)"] = table.pop("age_years")
    table["BMI"] = [f"{20 + i / 10:.1f}" for i in range(120)]
    table["Größe"] = [f"{1.5 + i % 40 / 100:.2f}".replace(".", ",") for i in range(120)]
    table["Änderung"] = [str(i % 30) for i in range(120)]
    table["Aufnahme"] = [f"{1 + i % 28:02d}.{1 + i % 12:02d}.2021" for i in range(120)]
    table["Bemerkung"] = ["SENTINEL", *[""] * 119]
    table["Brief"] = [f"SENTINEL{i}" for i in range(120)]
    table["leer"] = ""
    table["Возраст"] = [str(i % 30) for i in range(120)]
    table.loc[5, "Patienten-Nr."] = table.loc[4, "Patienten-Nr."]
    table.loc[6, "Behandlung"] = "Ntx"
    table.loc[7, "Alter (Jahre)"] = "ca. 54"
    table.to_csv(tmp_path / "kohorte.csv", index=False, sep=";")
    text = draft_study(tmp_path / "kohorte.csv")
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    assert load_study(tmp_path / "study.yaml").arms.labels == ("NTX", "NMF")
    return text


def test_identifier_and_arm_are_found_in_spite_of_a_repeat_and_an_odd_label(messy: str) -> None:
    assert "  id: Patienten-Nr.  # CONFIRM: it stands in several rows for some\n" in messy
    assert "  arm: Behandlung  # CONFIRM: 1 label of fewer than 10 rows is no arm here\n" in messy


def test_every_column_is_in_the_draft(messy: str) -> None:
    header = {"Patienten-Nr.", "Behandlung", "responder", "sex", "ggt_u_per_l", "rs1799971"}
    header |= {"centre", "ward_colour", "Alter (Jahre)", "BMI", "Größe", "Änderung", "Aufnahme"}
    header |= {"Bemerkung", "Brief", "leer", "Возраст"}
    assert not {name for name in header if name not in messy}


def test_a_column_that_is_nearly_always_a_number_is_proposed_with_what_is_not(messy: str) -> None:
    proposed = '#  alter_jahre: {column: "Alter (Jahre)", kind: continuous}  # CONFIRM: 1 of 120'
    assert proposed in messy
    assert "ca. 54" not in messy


def test_a_predictor_that_cannot_be_read_says_why(messy: str) -> None:
    (line,) = [line for line in messy.splitlines() if "{column: BMI" in line]
    assert line.startswith("#  bmi: {column: BMI}  # CONFIRM: ")
    assert "declared as a comma" in line


def test_columns_of_no_use_have_their_reason(messy: str) -> None:
    reasons = messy.split("# Not used:\n")[1]
    for said in (
        "#   leer: no value",
        "#   Bemerkung: one label only",
        "#   Brief: a different text in every row",
        "#   Aufnahme: 84 different texts; as a number: a date is no number",
    ):
        assert said in reasons
    assert "SENTINEL" not in messy


def test_names_are_proposed_in_plain_letters(messy: str) -> None:
    assert '#  groesse: {column: "Größe", kind: continuous}' in messy
    assert '#  aenderung: {column: "Änderung", kind: continuous}' in messy
    assert '#  column: {column: "Возраст", kind: continuous}' in messy


def test_a_number_that_never_repeats_is_proposed_with_a_doubt(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    table["marker"] = [f"{1 + i / 7:.3f}" for i in range(120)]
    table["grösse"] = table["GRÖSSE"] = [str(i % 30) for i in range(120)]
    table.to_csv(tmp_path / "cohort.csv", index=False)
    text = draft_study(tmp_path / "cohort.csv")
    assert "#  marker: {column: marker, kind: continuous}  # CONFIRM: no value stands twice" in text
    assert '#  groesse_2: {column: "GRÖSSE"' in text
