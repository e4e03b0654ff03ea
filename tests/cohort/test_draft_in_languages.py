"""Tables of groups that do not write English are drafted as English ones are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nxpredict.catalog import load_catalog
from nxpredict.cohort import Declared, draft_study, load
from nxpredict.cohort._named_units import named_units
from nxpredict.config import load_study

TABLES = {
    "German": {
        "Patientennummer": "", "Behandlungsarm": ("Naltrexon 50 mg", "Nalmefen 18 mg"),
        "Zentrum": ("Köln", "Zürich"), "Ansprechen": ("ja", "nein"), "Alter": ("41", "52"),
        "Geschlecht": ("männlich", "weiblich"), "Raucher": ("ja", "nein"),
    },
    "Spanish": {
        "Código paciente": "", "Tratamiento": ("Naltrexona", "Nalmefeno"),
        "Centro": ("León", "Málaga"), "Respuesta": ("sí", "no"), "Edad": ("41", "52"),
        "Sexo": ("hombre", "mujer"), "Fumador": ("sí", "no"),
    },
    "French": {
        "Numéro du patient": "", "Traitement": ("Naltrexone", "Nalméfène"),
        "Hôpital": ("Nîmes", "Orléans"), "Réponse": ("oui", "non"), "Âge": ("41", "52"),
        "Sexe": ("homme", "femme"), "Fumeur": ("oui", "non"),
    },
    "Japanese": {
        "患者ID": "", "治療群": ("ナルトレキソン", "ナルメフェン"), "施設": ("東京", "大阪"),
        "反応": ("有", "無"), "年齢": ("41", "52"), "性別": ("男", "女"),
        "喫煙": ("はい", "いいえ"),
    },
}  # fmt: skip


@pytest.mark.parametrize("language", TABLES)
def test_a_table_is_drafted_by_the_words_of_its_language(tmp_path: Path, language: str) -> None:
    columns = TABLES[language]
    ids, arm, site, response, _, sex, _ = columns
    n = 120
    cells = {
        name: [labels[(i // 2**k) % 2] if labels else f"{i:04d}" for i in range(n)]
        for k, (name, labels) in enumerate(columns.items(), start=-1)
    }
    pd.DataFrame(cells).to_csv(tmp_path / "table.csv", index=False)
    path = tmp_path / "study.yaml"
    path.write_text(draft_study(tmp_path / "table.csv"), encoding="utf-8")
    study = load_study(path)
    assert study.design.roles == {ids: "design.id", arm: "design.arm", site: "design.site"}
    assert dict(zip(study.arms.names, study.arms.labels, strict=True)) == {
        "naltrexone": columns[arm][0],
        "nalmefene": columns[arm][1],
    }
    assert study.response.describe() == f"'{response}' is '{columns[response][0]}'"
    told = Declared(
        catalog=load_catalog(), arms=study.arms, design=study.design, response=study.response
    )
    cohort = load(study.table, told)
    assert {"age", "sex", "smoker"} == set(cohort.X)
    male = [str(label) == columns[sex][0] for label in cells[sex]]
    assert sorted(cohort.X["sex"]) == sorted(map(float, male))


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("GGT [µkat/l]", "ggt", "ukat/L"),
        ("GGT (U/L)", "ggt", "U/L"),
        ("Cortisol, nmol/l", "cortisol", "nmol/L"),
        ("cortisol_nmol_l", "cortisol", "nmol/L"),
        ("CDT %", "cdt", "%"),
        ("Alter (Jahre)", None, None),
        ("age_group", None, None),
        ("ggt", None, None),
        ("GGT at week 12 (U/L)", None, None),
    ],
)
def test_a_unit_in_a_header_is_told_where_the_catalogue_accepts_it(
    header: str, name: str | None, unit: str | None
) -> None:
    found = named_units([header], load_catalog())
    assert {key: (r.column, r.unit) for key, r in found.items()} == (
        {name: (header, unit)} if name else {}
    )


def test_a_header_that_is_a_name_goes_before_one_with_a_unit(tmp_path: Path) -> None:
    assert named_units(["ggt", "GGT (U/L)"], load_catalog()) == {}
    table = tmp_path / "table.csv"
    rows = "".join(f"{i},{20 + i % 50},{300 + i}\n" for i in range(60))
    table.write_text("id,GGT (U/L),cortisol (nmol/L)\n" + rows, encoding="utf-8")
    text = draft_study(table)
    assert '\n  ggt: {column: "GGT (U/L)", unit: U/L}  # CONFIRM' in text
    assert '\n  cortisol: {column: "cortisol (nmol/L)", unit: nmol/L}  # CONFIRM' in text
    assert "kind: continuous" not in text


def test_the_same_answer_in_other_letters_is_still_a_response(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    answers = ["ja", "Ja", "nein", "Nein"] * 15
    table.write_text("Ansprechen\n" + "\n".join(answers) + "\n", encoding="utf-8")
    assert "response: {column: Ansprechen, favourable: Ja}" in draft_study(table)


def test_what_is_odd_about_a_file_stands_in_its_draft(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes("id,Größe\n1,4\n".encode("latin-1"))
    assert "# WARNING: not UTF-8; read as Latin-1" in draft_study(tmp_path / "table.csv")
