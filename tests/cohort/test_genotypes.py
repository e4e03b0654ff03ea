from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nxpredict.catalog import load_catalog
from nxpredict.cohort import Cohort, genotype_look_up, read_study_calls
from nxpredict.errors import DataError, Fault, FaultLog
from nxpredict.study import ColumnReading, GenotypeSource, ParallelDesign, TableSource

Read = Callable[..., Cohort]
OPRM1 = "OPRM1_rs1799971_G_dosage"
DOSAGE = {"A/A": 0.0, "A/G": 1.0, "G/G": 2.0}


def expected(table: pd.DataFrame, cohort: Cohort) -> list[float]:
    return table.set_index("patient_id").loc[cohort.ids, "rs1799971"].map(DOSAGE).tolist()


def write_vcf(path: Path, table: pd.DataFrame, *, extra: int = 0) -> Path:
    codes = {"A/A": "0/0", "A/G": "0/1", "G/G": "1/1", "": "./."}
    samples = [*table["patient_id"], *(f"OTHER{i}" for i in range(extra))]
    calls = [*table["rs1799971"].map(codes), *["0/0"] * extra]
    header = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
    record = ["chr6", "154039662", "rs1799971", "A", "G", ".", "PASS", ".", "GT", *calls]
    path.write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=chr6,length=170805979>\n"
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        + "\t".join(header) + "\n" + "\t".join(record) + "\n"
    )  # fmt: skip
    return path


def test_letters_and_vcf_codes_in_columns_mean_the_same(read: Read, table: pd.DataFrame) -> None:
    coded = table.rename(columns={"rs1799971": "gt"})
    coded["gt"] = coded["gt"].map({"A/A": "0/0", "A/G": "0/1", "G/G": "1/1", "": "./."})
    reading = {"rs1799971": ColumnReading("gt", genotype={"notation": "vcf"})}
    cohort = read(coded, predictors=reading)
    np.testing.assert_array_equal(cohort.X[OPRM1], expected(table, cohort))


def test_two_columns_may_hold_one_allele_each(read: Read, table: pd.DataFrame) -> None:
    table["d1"], table["d2"] = ["4", "4", "7", "2"] * 30, ["7", "4", "7", "4", "4", "7"] * 20
    cohort = read(table, predictors={"DRD4_exon3_VNTR": ColumnReading("d1", second_column="d2")})
    by_id = table.set_index("patient_id").loc[cohort.ids]
    wanted = (by_id[["d1", "d2"]] == "7").sum(axis=1).astype(float).tolist()
    assert cohort.X["DRD4_VNTR_long_dosage"].tolist() == wanted


def test_a_vcf_is_joined_by_patient_and_both_sides_of_the_join_are_told(
    read: Read, table: pd.DataFrame, tmp_path: Path
) -> None:
    vcf = write_vcf(tmp_path / "calls.vcf", table.iloc[5:], extra=3)
    bare = table.drop(columns="rs1799971")
    cohort = read(bare, genotypes=GenotypeSource((vcf,)))
    wanted = pd.Series(expected(table, cohort))
    absent = cohort.ids.isin(table["patient_id"][:5])
    np.testing.assert_array_equal(cohort.X[OPRM1], wanted.mask(absent))
    told = [f for f in cohort.issues if f.code.startswith("unmatched-")]
    assert sorted(f.message[:1] for f in told) == ["3", "5"]
    assert "OTHER" not in " ".join(map(str, cohort.issues))
    assert {f.file for f in told} <= {"calls.vcf", None}
    locus = next(g for g in cohort.facts["genotypes"] if g["locus"] == "OPRM1_rs1799971")
    assert locus["call_rate"] == pytest.approx(wanted.mask(absent).notna().mean(), abs=1e-4)


def test_a_genotype_file_that_is_not_there_joins_the_other_faults(
    faults: Callable[..., list[Fault]], table: pd.DataFrame, tmp_path: Path
) -> None:
    table.loc[0, "age_years"] = "x"
    found = faults(table, genotypes=GenotypeSource((tmp_path / "none.vcf",)))
    assert {f.code for f in found if f.severity == "error"} == {"no-such-file", "not-a-number"}


def test_which_repeats_are_long_is_the_studys_choice_and_said(
    read: Read, table: pd.DataFrame
) -> None:
    rng = np.random.default_rng(0)
    table["drd4"] = rng.choice(["4/7", "5/4", "2/4", "4/4"], len(table))
    by_default, chosen = (
        read(table, genotypes=GenotypeSource(long_alleles=choice)) for choice in (None, "2R-or-7R")
    )
    name = "DRD4_VNTR_long_dosage"
    pairs = table.set_index("patient_id").loc[chosen.ids, "drd4"]
    assert by_default.X[name].tolist() == pairs.map(lambda p: float("7" in p)).tolist()
    assert chosen.X[name].tolist() == pairs.map(lambda p: float("7" in p or "2" in p)).tolist()
    assert "2 or 7" in chosen.schema.spec(name).label
    assert chosen.schema.long_alleles == "2R-or-7R"
    drd4 = next(g for g in chosen.facts["genotypes"] if g["locus"] == "DRD4_exon3_VNTR")
    assert drd4["states"]["Present"] == (chosen.X[name] > 0).sum()
    assert drd4["long_repeats"] == [2, 7]


def study_calls(table: pd.DataFrame, folder: Path, **changes: object):
    path = folder / "cohort.csv"
    table.to_csv(path, index=False)
    faults = FaultLog()
    keywords = {"predictors": {}, "genotypes": GenotypeSource()} | changes
    found = read_study_calls(
        TableSource(path),
        catalog=load_catalog(),
        design=ParallelDesign("patient_id", "drug", "randomised", site="centre"),
        faults=faults,
        **keywords,
    )
    return found, faults


def test_genotypes_alone_are_judged_by_site_and_within_ancestry(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    table["ancestry"] = ["EUR", "EAS", "AFR"] * 40
    found, faults = study_calls(table, tmp_path)
    assert not faults.errors
    by_id = table.set_index("patient_id").loc[list(found.calls.patient_ids)]
    assert found.ancestry == by_id["ancestry"].tolist()
    assert found.site == by_id["centre"].tolist()


def test_genotypes_alone_name_repeated_patients_and_columns_that_are_not_there(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    table.loc[7, "patient_id"] = table.loc[3, "patient_id"]
    table["rs1799971_A"], table["rs1799971_G"] = "1", "1"
    reading = {"rs3829125": ColumnReading("no such column")}
    _, faults = study_calls(table, tmp_path, predictors=reading)
    assert {f.code for f in faults.errors} == {"duplicate-id", "unknown-column", "ambiguous-column"}
    assert str(table.loc[3, "patient_id"]) not in " ".join(map(str, faults))
    _, faults = study_calls(table.drop(columns="patient_id"), tmp_path)
    assert "unknown-column" in {f.code for f in faults.errors}


@pytest.mark.parametrize("headers", [("rs1799971_A", "rs1799971_G"), ("oprm1", "rs1799971_G")])
def test_two_columns_for_one_locus_are_a_fault_and_one_may_be_chosen(
    read: Read, faults: Callable[..., list[Fault]], table: pd.DataFrame, headers: tuple[str, str]
) -> None:
    letters = table.pop("rs1799971")
    copies = letters.map({"A/A": "0", "A/G": "1", "G/G": "2", "": ""})
    table[headers[0]], table[headers[1]] = letters, copies
    found = [f for f in faults(table) if f.severity == "error"]
    assert [f.code for f in found] == ["ambiguous-column"]
    assert all(header in str(found[0]) for header in headers)
    cohort = read(table, predictors={"rs1799971": ColumnReading(headers[1])})
    assert cohort.X[OPRM1].notna().sum() == (letters != "").sum()


def test_new_patients_get_their_calls_with_what_was_noticed(
    read: Read, table: pd.DataFrame, tmp_path: Path
) -> None:
    vcf = write_vcf(tmp_path / "calls.vcf", table)
    cohort = read(table.drop(columns="rs1799971"), genotypes=GenotypeSource((vcf,)))
    turned = tmp_path / "turned.vcf"
    turned.write_text(vcf.read_text().replace("\tA\tG\t", "\tT\tC\t"))
    source, ids = GenotypeSource((turned,)), table["patient_id"].tolist()
    look_up = genotype_look_up(source, cohort.schema, ids, load_catalog())
    wanted = pd.Series([*cohort.ids[:40], "NOBODY", None])
    np.testing.assert_array_equal(look_up(wanted)[OPRM1][:40], cohort.X[OPRM1][:40])
    assert look_up(wanted)[OPRM1][40:].isna().all()
    assert "genotype-complemented" in {w.code for w in look_up.warnings}
    assert not any(str(tmp_path) in str(w) for w in look_up.warnings)


def test_genotype_files_of_new_patients_that_hold_no_genotypes_are_refused(
    read: Read, table: pd.DataFrame, tmp_path: Path
) -> None:
    cohort = read(table)
    path = tmp_path / "g.csv"
    path.write_text("patient_id,rs1799971\nP0001,A/G\nP0002,4-Jul\n")
    with pytest.raises(DataError, match=r"g\.csv, row 3, column 'rs1799971'"):
        genotype_look_up(GenotypeSource((path,)), cohort.schema, ["P0001"], load_catalog())


def test_patients_without_a_sample_are_told_even_where_the_table_holds_other_calls(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    vcf = write_vcf(tmp_path / "calls.vcf", table.iloc[5:], extra=2)
    table["drd4"] = "4/7"
    found, _ = study_calls(table, tmp_path, genotypes=GenotypeSource((vcf,)))
    misses = found.calls.misses()
    assert misses["side"].value_counts().to_dict() == {"table": 5, "genotypes": 2}
    assert set(misses.query("side == 'table'")["id"]) == set(table["patient_id"][:5])


def counted(table: pd.DataFrame, column: str = OPRM1) -> pd.DataFrame:
    copies = table["rs1799971"].map({**{k: f"{v:g}" for k, v in DOSAGE.items()}, "": ""})
    return table.drop(columns="rs1799971").assign(**{column: copies})


def test_a_column_of_copies_has_calls_and_quality(
    read: Read, table: pd.DataFrame, tmp_path: Path
) -> None:
    letters, _ = study_calls(table, tmp_path)
    copies, faults = study_calls(counted(table), tmp_path)
    assert not faults.errors
    for calls in (letters.calls, copies.calls):
        assert calls.loci["OPRM1_rs1799971"].locus.effect_allele == "G"
    state = "OPRM1_rs1799971"
    assert copies.calls.counts()[state]["states"] == letters.calls.counts()[state]["states"]
    cohort = read(counted(table))
    assert cohort.X[OPRM1].isna().sum() == (table["rs1799971"] == "").sum()
    assert cohort.facts["genotype_quality"]["call_rate"]
    assert "genotype-twice" not in {issue.code for issue in cohort.issues}


def test_calls_are_used_where_a_column_of_copies_says_otherwise(
    read: Read, table: pd.DataFrame
) -> None:
    both = read(table.assign(**{OPRM1: "2"}))
    (told,) = (issue for issue in both.issues if issue.code == "genotype-twice")
    assert (told.severity, told.column) == ("warning", OPRM1)
    pd.testing.assert_series_equal(both.X[OPRM1], read(table).X[OPRM1])


def test_a_declared_column_of_copies_is_told_and_fractions_are_no_calls(
    read: Read, table: pd.DataFrame, tmp_path: Path
) -> None:
    named = {OPRM1: ColumnReading(column="g_copies")}
    found, faults = study_calls(counted(table, "g_copies"), tmp_path, predictors=named)
    assert not faults.errors
    assert found.calls.counts()["OPRM1_rs1799971"]["states"]["Present"] > 0
    imputed = counted(table)
    imputed[OPRM1] = imputed[OPRM1].replace("1", "0.93")
    found, faults = study_calls(imputed, tmp_path)
    assert not faults.errors
    assert found is None
    assert 0.93 in set(read(imputed).X[OPRM1])


def test_calls_of_other_sources_go_before_a_column_of_copies(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    both = counted(table).assign(rs1799971=table["rs1799971"])
    found, _ = study_calls(both, tmp_path)
    alone, _ = study_calls(table, tmp_path)
    assert found.calls.counts() == alone.calls.counts()
