"""``check --genotypes-only --calls``: what is said of genotypes, and what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from nxpredict.errors import UsageError
from nxpredict.workflows import check_study

STUDY = """\
study: genotypes
table: cohort.csv
genotypes: [calls.vcf]
design: {kind: parallel, allocation: randomised, id: patient_id, arm: arm, site: site}
arms: {naltrexone: NTX, nalmefene: NMF}
reference: naltrexone
response: {column: responder, favourable: 1}
"""
VCF = (
    "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2\tX9\n"
    "6\t154039662\trs1799971\tA\tG\t.\tPASS\t.\tGT\t0/1\t./.\t1/1\n"
)
COLUMNS = "patient_id,locus,state,dosage,allele_1,allele_2,phased,reason,source"


def _write(folder: Path) -> None:
    (folder / "study.yaml").write_text(STUDY)
    (folder / "calls.vcf").write_text(VCF)
    (folder / "cohort.csv").write_text(
        "patient_id,arm,responder,site,drd4\nP1,NTX,1,a,4/7\nP2,NMF,0,a,4/4\nP3,NMF,0,b,\n"
    )


def test_a_genotype_table_may_name_its_ids_as_the_study_does(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "cohort.csv").write_text("Pat.-Nr.,arm,responder,site\nP1,NTX,1,a\nP2,NMF,0,a\n")
    (tmp_path / "calls.csv").write_text("Pat.-Nr.;rs1799971\nP1;A/G\nP2;A/A\n")
    text = STUDY.replace("patient_id", "Pat.-Nr.").replace("calls.vcf", "calls.csv")
    (tmp_path / "study.yaml").write_text(text)
    facts = check_study(tmp_path / "study.yaml", genotypes_only=True).facts
    assert facts["unmatched_patients"] == facts["unmatched_samples"] == 0


def test_the_calls_and_both_sides_misses_are_written(tmp_path: Path) -> None:
    _write(tmp_path)
    out = tmp_path / "out.csv"
    check_study(tmp_path / "study.yaml", genotypes_only=True, calls=out)
    done = check_study(tmp_path / "study.yaml", genotypes_only=True, calls=out)
    assert done.exit_code == 0
    calls = pd.read_csv(out)
    assert ",".join(calls.columns) == COLUMNS
    oprm1 = calls.query("locus == 'OPRM1_rs1799971'").set_index("patient_id").state
    assert oprm1.to_dict() == {"P1": "Present", "P2": "No call", "P3": "not_tested"}
    misses = pd.read_csv(tmp_path / "out.unmatched.csv")
    assert misses.to_numpy().tolist() == [["table", "P3"], ["genotypes", "X9"]]
    shown = done.text + json.dumps(done.facts)
    assert "P3" not in shown
    assert "X9" not in shown
    assert done.facts["loci"]["OPRM1_rs1799971"]["states"]["No call"] == 1


@pytest.mark.parametrize("taken", ["cohort.csv", "study.yaml", "calls.vcf", "folder"])
def test_calls_never_replace_what_is_no_table_of_calls(tmp_path: Path, taken: str) -> None:
    _write(tmp_path)
    (tmp_path / "folder").mkdir()
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
    with pytest.raises(UsageError, match="nxpredict did not write it"):
        check_study(tmp_path / "study.yaml", genotypes_only=True, calls=tmp_path / taken)
    assert before == {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
