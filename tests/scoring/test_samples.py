from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from nxpredict.catalog import load_catalog
from nxpredict.cohort import genotype_look_up
from nxpredict.errors import DataError
from nxpredict.scoring import _source, ids_among, score_file
from nxpredict.study import GenotypeSource

CODES = {"0": "0/0", "1": "0/1", "2": "1/1", "": "./."}


def write_vcf(path: Path, samples: list[str], dosages: list[str]) -> Path:
    header = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
    record = ["chr6", "154039662", "rs1799971", "A", "G", ".", "PASS", ".", "GT"]
    path.write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=chr6,length=170805979>\n"
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        + "\t".join(header) + "\n" + "\t".join([*record, *(CODES[d] for d in dosages)]) + "\n"
    )  # fmt: skip
    return path


@pytest.fixture
def of_files(make_bundle):
    """A bundle whose genotype comes from files."""
    plain = make_bundle()
    specs = tuple(
        replace(spec, column=None, locus="OPRM1_rs1799971") if spec.kind == "dosage" else spec
        for spec in plain.schema.predictors
    )
    return make_bundle(schema=replace(plain.schema, predictors=specs))


def score(table: Path, vcf: Path, bundle, out: Path) -> None:
    def ids(samples):
        return ids_among(table, bundle.schema.id_column, None, samples)

    look_up = genotype_look_up(GenotypeSource((vcf,)), bundle.schema, ids, load_catalog())
    score_file(table, bundle, out, genotypes=look_up, allow_absent=True)


def test_a_vcf_gives_the_scores_of_a_column_whatever_else_either_holds(
    make_bundle, of_files, patients, tmp_path, monkeypatch
):
    monkeypatch.setattr(_source, "BLOCK", 32)
    drawn = patients(200, 41)
    drawn.loc[150:, "G"] = ""
    drawn.loc[[10, 20], "patient_id"] = ["00042", " P000020 "]
    drawn.to_csv(tmp_path / "columns.csv", index=False)
    drawn.drop(columns="G").to_csv(tmp_path / "in.csv", index=False)
    samples = drawn["patient_id"].str.strip()[:150].tolist()
    calls = drawn["G"][:150].tolist()
    samples[5] = f"0_{samples[5]}"
    vcf = write_vcf(tmp_path / "calls.vcf", ["OTHER1", *samples, "OTHER2"], ["2", *calls, "2"])
    score(tmp_path / "in.csv", vcf, of_files, tmp_path / "out.csv")
    score_file(tmp_path / "columns.csv", make_bundle(), tmp_path / "expected.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()


def test_only_ids_that_may_be_samples_are_kept(patients, tmp_path, monkeypatch):
    monkeypatch.setattr(_source, "BLOCK", 32)
    patients(200, 42).to_csv(tmp_path / "in.csv", index=False)
    samples = ["P000007", "FAM_P000009", "P11", "P000150.0"]
    found = ids_among(tmp_path / "in.csv", "patient_id", None, samples)
    assert found == ["P000007", "P000009", "P000150"]
    assert len(ids_among(tmp_path / "in.csv", "patient_id", None, ["nobody"])) == 200


def test_a_file_of_other_people_is_refused_with_the_cause(of_files, patients, tmp_path):
    drawn = patients(30, 43)
    drawn["patient_id"] = [f"00{k}" for k in range(1, 31)]
    drawn.drop(columns="G").to_csv(tmp_path / "in.csv", index=False)
    vcf = write_vcf(tmp_path / "calls.vcf", [str(k) for k in range(1, 31)], ["0"] * 30)
    with pytest.raises(DataError, match="zeros"):
        score(tmp_path / "in.csv", vcf, of_files, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_patient_without_a_sample_has_no_genotype(of_files, tmp_path):
    vcf = write_vcf(tmp_path / "calls.vcf", ["a", "b"], ["1", "2"])
    look_up = genotype_look_up(GenotypeSource((vcf,)), of_files.schema, list, load_catalog())
    found = look_up(pd.Series(["b", None, "c", "a"], dtype="str"))["OPRM1_rs1799971_G_dosage"]
    assert found.isna().tolist() == [False, True, True, False]
    assert found.dropna().tolist() == [2.0, 1.0]


def test_genotype_files_are_believed_alone(of_files, patients, tmp_path):
    table = patients(5, 41)
    vcf = write_vcf(tmp_path / "calls.vcf", table["patient_id"].tolist(), ["0", "1", "2", "0", "1"])
    plain = table.drop(columns="G")
    plain.to_csv(tmp_path / "in.csv", index=False)
    plain.assign(rs1799971="not done").to_csv(tmp_path / "other.csv", index=False)
    for name in ("in", "other"):
        score(tmp_path / f"{name}.csv", vcf, of_files, tmp_path / f"{name}.out.csv")
    assert (tmp_path / "in.out.csv").read_bytes() == (tmp_path / "other.out.csv").read_bytes()
