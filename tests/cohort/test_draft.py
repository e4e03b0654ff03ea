from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.catalog import load_catalog
from nxpredict.cohort import Declared, draft_study, load
from nxpredict.config import load_study
from nxpredict.errors import RESEARCH_USE, DataError


def drafted(folder: Path, table: pd.DataFrame, **options: object) -> tuple[str, Path]:
    path = folder / "cohort.csv"
    table.to_csv(path, index=False, **options)
    text = draft_study(path)
    study = folder / "study.yaml"
    study.write_text(text, encoding="utf-8")
    return text, study


def test_a_draft_of_a_plain_table_runs_as_it_stands(tmp_path: Path, table: pd.DataFrame) -> None:
    text, path = drafted(tmp_path, table)
    study = load_study(path)
    assert study.arms.labels == ("NTX", "NMF")
    assert study.arms.names == ("naltrexone", "nalmefene")
    assert study.design.id == "patient_id"
    assert study.design.site == "centre"
    told = Declared(
        catalog=load_catalog(), arms=study.arms, design=study.design, response=study.response
    )
    cohort = load(study.table, told)
    assert len(cohort) == len(table)
    assert "#  ward_colour: {column: ward_colour, kind: categorical}" in text
    assert "age_years is age in years" in text
    assert RESEARCH_USE in text
    for key in ("# genotypes: [", "# eligibility: ["):
        assert any(line.startswith(key) for line in text.splitlines())


def test_every_guess_is_marked(tmp_path: Path, table: pd.DataFrame) -> None:
    text, _ = drafted(tmp_path, table)
    for key in ("  id:", "  arm:", "  site:", "  allocation:", "arms:", "reference:", "response:"):
        (line,) = [line for line in text.splitlines() if line.startswith(key)]
        assert "# CONFIRM" in line


def test_codes_without_meaning_are_asked_for(tmp_path: Path, table: pd.DataFrame) -> None:
    table["sex"] = ["1", "2"] * 60
    text, _ = drafted(tmp_path, table)
    assert "#  sex: {column: sex, labels: {1: CHANGE_ME, 2: CHANGE_ME}}" in text


def test_a_response_that_is_a_failure_is_favourable_when_absent(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    text, _ = drafted(tmp_path, table.rename(columns={"responder": "dropout"}))
    assert "response: {column: dropout, favourable: 0}" in text


def test_a_bad_outcome_that_is_denied_is_a_good_one(tmp_path: Path, table: pd.DataFrame) -> None:
    text, _ = drafted(tmp_path, table.rename(columns={"responder": "no_relapse"}))
    assert "response: {column: no_relapse, favourable: 1}" in text


def test_stopping_for_adverse_events_is_tolerability_and_no_response(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    table.insert(1, "ae_dropout", ["yes", *["no"] * 4] * 24)
    text, path = drafted(tmp_path, table)
    assert "tolerability: {column: ae_dropout, unfavourable: yes}" in text
    study = load_study(path)
    assert study.response.columns == ("responder",)
    assert "ae_dropout: " not in text.split("additional_predictors")[1]


def test_a_row_a_period_is_drafted_as_a_crossover(tmp_path: Path, table: pd.DataFrame) -> None:
    both = pd.concat([table.assign(period="1"), table.assign(period="2")])
    both["arm"] = ["NTX", "NMF"] * 60 + ["NMF", "NTX"] * 60
    text, path = drafted(tmp_path, both.assign(sequence=["A", "B"] * 120))
    for line in ("  kind: crossover", "  id: patient_id", "  period: period", "  sequence: seq"):
        assert f"\n{line}" in text
    assert load_study(path).design.id == "patient_id"


def test_decimal_commas_are_declared_in_the_draft(tmp_path: Path, table: pd.DataFrame) -> None:
    table["ggt_u_per_l"] = table["ggt_u_per_l"].str.replace(".", ",")
    _, path = drafted(tmp_path, table, sep=";")
    assert (load_study(path).table.separator, load_study(path).table.decimal) == (";", ",")


def test_rare_labels_and_identifiers_are_never_shown(tmp_path: Path, table: pd.DataFrame) -> None:
    table["sex"] = ["1", "2"] * 60
    table.loc[5, "sex"] = "SENTINEL"
    table["note"] = [f"SENTINEL{i}" for i in range(len(table))]
    text, _ = drafted(tmp_path, table)
    assert "SENTINEL" not in text


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(DataError):
        draft_study(tmp_path / "a.csv")


HEADER = st.text(
    st.characters(blacklist_characters='\x00"', blacklist_categories=("Cs", "Cc")),
    min_size=1,
    max_size=9,
).filter(lambda s: bool(s.strip()) and s == s.strip())


@settings(max_examples=25, deadline=None)
@given(
    headers=st.lists(HEADER, min_size=2, max_size=5, unique=True),
    labels=st.lists(HEADER, min_size=2, max_size=4, unique=True),
)
def test_any_draft_can_be_loaded(
    tmp_path_factory: pytest.TempPathFactory, headers: list[str], labels: list[str]
) -> None:
    cells = {
        name: [labels[(i + k) % len(labels)] for i in range(60)] for k, name in enumerate(headers)
    }
    folder = tmp_path_factory.mktemp("d")
    _, path = drafted(folder, pd.DataFrame(cells, dtype="str"), quoting=1)
    study = load_study(path)
    assert len(study.arms) >= 2


@pytest.mark.parametrize(("labels", "asked"), [(["NTX", "NMF"], False), (["1", "2"], True)])
def test_arms_that_name_no_drug_are_asked_for_it(
    tmp_path: Path, table: pd.DataFrame, labels: list[str], asked: bool
) -> None:
    table["drug"] = labels * 60
    text, _ = drafted(tmp_path, table)
    (line,) = [line for line in text.splitlines() if line.startswith("arms:")]
    assert ("the name of a drug (naltrexone or nalmefene)" in line) is asked


def test_labels_without_letters_give_different_arms(tmp_path: Path) -> None:
    table = pd.DataFrame({"arm": ["!", "3", ":"] * 20})
    _, path = drafted(tmp_path, table)
    assert len(set(load_study(path).arms.names)) == 3
