"""Faulty studies: each fault alone and many together, through the command line."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from nxpredict.cli import app

Table = Callable[..., pd.DataFrame]
MakeStudy = Callable[..., Any]
FAULTY_DATA = 3


def refuse(verb: str, folder: Any, *options: str) -> list[dict[str, Any]]:
    """Run a verb that must refuse; check how it refuses and return its faults."""
    before = folder.names()
    as_json = _run(verb, folder, *options, "--json")
    assert as_json.exit_code == FAULTY_DATA, as_json.output
    assert as_json.stderr == ""
    told = json.loads(as_json.stdout)
    faults = told["error"]["faults"]
    errors = [fault for fault in faults if fault["severity"] == "error"]
    assert errors
    said = _run(verb, folder, *options)
    assert said.exit_code == FAULTY_DATA
    assert said.stdout == ""
    assert said.stderr.startswith(f"{len(errors)} fault")
    for fault in errors:
        assert fault["message"] in said.stderr
        assert fault["hint"]
    for text in (as_json.stdout, said.stderr):
        assert "Traceback" not in text
        assert "SENTINEL" not in text
    assert folder.names() == before
    return errors


def _run(verb: str, folder: Any, *options: str) -> Result:
    place = ["--out", str(folder.out)] if verb == "train" else []
    return CliRunner().invoke(app, [verb, str(folder.study), *place, *options])


def codes(faults: list[dict[str, Any]]) -> list[str]:
    return [fault["code"] for fault in faults]


def wrong_unit(table: pd.DataFrame, _text: str) -> tuple[pd.DataFrame, str]:
    numbers = pd.to_numeric(table["ggt"]) / 60
    return table.assign(ggt=numbers.map(lambda x: "" if np.isnan(x) else f"{x:.3f}")), _text


def impossible_genotype(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    table = table.copy()
    table.loc[[4, 9], "OPRM1_rs1799971"] = "A/T"
    return table, text


def duplicate_patient(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    table = table.copy()
    table.loc[10, "patient_id"] = table.loc[11, "patient_id"]
    return table, text


def tiny_arm(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    table = table.copy()
    table.loc[:2, "arm"] = "ACA"
    return table, text.replace("nalmefene: NMF}", "nalmefene: NMF, acamprosate: ACA}")


def unknown_label(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    table = table.copy()
    table.loc[[30, 31], "arm"] = "SENTINEL-ARM"
    return table, text


def not_a_number(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    table = table.copy()
    table.loc[7, "marker"] = "SENTINEL-CELL"
    return table, text


def out_of_range(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    table = table.copy()
    table.loc[8, "age"] = "460"
    return table, text


def unknown_column(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    return table, text.replace("column: marker", "column: markr")


def unknown_key(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    return table, text.replace("evaluation:", "evalution:")


def constant_response(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    return table.assign(responder="1"), text


def late_predictor(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    return table, text.replace("unit: ng/mL", "unit: ng/mL, when: post_baseline")


def giveaway(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, str]:
    rng = np.random.default_rng(0)
    weeks = table["responder"].astype(int) * 10 + rng.normal(0, 1, len(table))
    text = text.replace("  marker:", "  weeks: {column: weeks, kind: continuous}\n  marker:")
    return table.assign(weeks=weeks.round(2).astype(str)), text


ALONE = {
    "wrong-unit": (wrong_unit, "ggt", "ukat/L"),
    "unexpected-allele": (impossible_genotype, "OPRM1_rs1799971", "allele"),
    "duplicate-id": (duplicate_patient, "patient_id", "row"),
    "small-arm": (tiny_arm, "arm", "3 patients"),
    "unknown-arm": (unknown_label, "arm", "NTX"),
    "not-a-number": (not_a_number, "marker", "number"),
    "out-of-range": (out_of_range, "age", "outside"),
    "unknown-column": (unknown_column, None, "'marker'"),
    "unknown-key": (unknown_key, None, "evaluation"),
    "constant-response": (constant_response, None, "every patient"),
    "post-baseline": (late_predictor, "marker", "baseline"),
    "leak": (giveaway, "weeks", "AUC"),
}


@pytest.mark.parametrize("verb", ["check", "train"])
@pytest.mark.parametrize("code", ALONE)
def test_each_fault_alone_is_the_only_one_listed(
    code: str, verb: str, cohort_table: Table, study_text: str, make_study: MakeStudy
) -> None:
    spoil, column, words = ALONE[code]
    folder = make_study(*spoil(cohort_table(), study_text))
    faults = refuse(verb, folder)
    assert codes(faults) == [code]
    assert faults[0]["column"] == column
    assert words in faults[0]["message"] + faults[0]["hint"]
    assert faults[0]["file"].split(":")[0] in {"cohort.csv", "study.yaml"}


def test_faults_of_study_file_and_data_are_listed_together(
    cohort_table: Table, study_text: str, make_study: MakeStudy
) -> None:
    together = [code for code in ALONE if code not in {"constant-response", "leak"}]
    table, text = cohort_table(), study_text
    for code in together:
        if code == "post-baseline":
            text = text.replace("kind: categorical}", "kind: categorical, when: post_baseline}")
        elif code == "not-a-number":
            table.loc[7, "audit_score"] = "SENTINEL-CELL"
        else:
            table, text = ALONE[code][0](table, text)
    assert sorted(codes(refuse("train", make_study(table, text)))) == sorted(together)


@pytest.mark.parametrize(
    "reference", ["row 6", "row 11"], ids=["first row named", "second row named"]
)
def test_a_faulty_cell_is_found_by_its_row(
    reference: str, cohort_table: Table, study_text: str, make_study: MakeStudy
) -> None:
    faults = refuse("check", make_study(*impossible_genotype(cohort_table(), study_text)))
    assert faults[0]["row"] == 6
    assert "2 rows (6, 11)" in faults[0]["message"]


def test_a_table_with_decimal_commas_says_how_to_declare_them(
    cohort_table: Table, study_text: str, make_study: MakeStudy
) -> None:
    table = cohort_table()
    commas = table.assign(**{c: table[c].str.replace(".", ",") for c in ("age", "ggt", "marker")})
    folder = make_study(commas.to_csv(index=False, sep=";").encode())
    faults = refuse("train", folder)
    assert "decimal-comma" in codes(faults)
    declared = 'table: {path: cohort.csv, separator: ";", decimal: ","}'
    assert any(declared in fault["hint"] for fault in faults)
    assert "table: cohort.csv" in study_text
    folder.study.write_text(study_text.replace("table: cohort.csv", declared), encoding="utf-8")
    done = CliRunner().invoke(app, ["check", str(folder.study)])
    assert done.exit_code == 0, done.output


def _xlsx() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", "<v>SENTINEL</v>")
    return buffer.getvalue()


CONTENT = {
    "empty": (b"", "empty-file"),
    "blank": (b"\n \n\n", "empty-file"),
    "header only": (b"patient_id,arm,site\n", "no-rows"),
    "binary": (bytes(range(256)) * 40, None),
    "random bytes": (np.random.default_rng(0).bytes(5_000), None),
    "xlsx": (_xlsx(), "foreign-format"),
    "sav": (b"$FL2@(#) SPSS DATA FILE SENTINEL" + b"\0" * 200, "foreign-format"),
    "damaged parquet": (b"PAR1SENTINEL" + b"\0" * 60 + b"PAR1", None),
    "html": (b"<!DOCTYPE html><html><body>SENTINEL</body></html>", None),
    "open quote": (b'patient_id,arm,responder\nSENTINEL1,"NTX,1\nSENTINEL2,NMF,0\n', "open-quote"),
    "ragged": (b"patient_id,arm,responder\nSENTINEL1,NTX,1,9,9\nSENTINEL2,NMF,0\n", "ragged-rows"),
}


@pytest.mark.parametrize("verb", ["check", "train"])
@pytest.mark.parametrize("kind", CONTENT)
def test_a_file_that_is_no_table_is_refused(kind: str, verb: str, make_study: MakeStudy) -> None:
    content, code = CONTENT[kind]
    found = codes(refuse(verb, make_study(content)))
    assert code is None or code in found


@pytest.mark.parametrize(
    ("kind", "words"), [("xlsx", "save the sheet as CSV"), ("sav", "convert it")]
)
def test_a_file_of_another_program_is_refused_with_how_to_convert_it(
    kind: str, words: str, make_study: MakeStudy
) -> None:
    faults = refuse("check", make_study(CONTENT[kind][0]))
    assert words in faults[0]["hint"]


def test_a_faulty_table_does_not_hide_the_faults_of_the_study_file(
    study_text: str, make_study: MakeStudy
) -> None:
    text = study_text.replace("evaluation:", "evalution:")
    assert set(codes(refuse("check", make_study(b"", text)))) == {"unknown-key", "empty-file"}


@pytest.mark.parametrize(
    "content",
    [b"", b"study", b"- a\n- b\n", b"study: [\n", bytes(range(256)), b"\xff\xfes\0t\0", b"{}"],
    ids=["empty", "word", "list", "not yaml", "binary", "utf-16", "no keys"],
)
def test_a_wrong_study_file_is_refused(content: bytes, make_study: MakeStudy) -> None:
    folder = make_study()
    folder.study.write_bytes(content)
    refuse("train", folder)


def test_a_table_that_is_not_there_is_a_fault_with_the_closest_name(
    study_text: str, make_study: MakeStudy
) -> None:
    folder = make_study(None, study_text.replace("table: cohort.csv", "table: cohrt.csv"))
    faults = refuse("check", folder)
    assert codes(faults) == ["no-such-file"]
    assert "cohort.csv" in faults[0]["hint"]


def test_a_genotype_file_that_is_not_there_is_listed_with_the_other_faults(
    cohort_table: Table, study_text: str, make_study: MakeStudy
) -> None:
    table, text = duplicate_patient(cohort_table(), study_text)
    text = text.replace("design:", "genotypes: [cohort.vcf.gz]\ndesign:")
    faults = refuse("check", make_study(table, text))
    assert "duplicate-id" in codes(faults)
    assert len(faults) == 2
