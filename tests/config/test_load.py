from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.config import load_study, read_study
from nxpredict.errors import DataError, NxpredictError, UsageError
from nxpredict.study import ColumnResponse, RelativeChange, estimand

ODD = (
    "arms: x",
    "design: {}",
    "response: []",
    "table: {a: b}",
    "a: *b",
    "predictors: {ggt: {labels: [x]}}",
    "genotypes: {a: b}",
    "model: {seed: [1]}",
    "additional_predictors: {x: y}",
    "  indented: 1",
    "arms: {a: {b: c}, d: e}",
    "evaluation: {subgroups: {a: b}}",
    "{",
    "'",
    "? x",
)


def test_the_shortest_study_file_gets_every_default_once(tmp_path: Path, write, good) -> None:
    study = load_study(write(good))
    assert study.table.path == tmp_path / "cohort.csv"
    assert study.directory == tmp_path
    assert study.preference.minimum_benefit == 0.05
    assert study.preference.probability == 0.90
    assert (study.evaluation.folds, study.evaluation.repeats) == (5, 2)
    assert (study.model.learner, study.model.seed) == ("default", 1)
    assert study.tracking.experiment == "trial"
    written = study.to_dict()
    assert written["table"] == {"path": "cohort.csv"}
    assert written["response"] == {
        "kind": "binary",
        "column": "responder",
        "favourable": "1",
        "missing": "failure",
    }


def test_every_key_of_the_contract_is_understood(tmp_path: Path, write) -> None:
    text = """\
study: naltrexone-vs-nalmefene
table: {path: cohort.csv, separator: ";", decimal: ","}
genotypes: [cohort.vcf.gz]
design:
  kind: parallel
  allocation: randomised
  id: patient_id
  arm: arm
  site: site
  probabilities: {naltrexone: 0.5, nalmefene: 0.5}
arms: {naltrexone: NTX, nalmefene: NMF}
reference: nalmefene
response: {definition: relative_change, baseline: b, follow_up: f, at_most: -0.3, missing: exclude}
predictors:
  ggt: {column: GGT_result, unit: ukat/L}
  sex: {column: gender, labels: {1: male, 2: female}}
  rs1799971: {column: oprm1_gt}
additional_predictors:
  cd4_baseline: {column: cd40, kind: continuous, unit: cells/mm3, when: baseline, required: true}
  severity: {column: sev, kind: ordinal, levels: [mild, severe]}
eligibility: [no_current_opioid_use]
preference: {minimum_benefit: 0.1, probability: 0.8}
model: {learner: default, seed: 7}
evaluation: {folds: 4, repeats: 3, subgroups: [sex, ancestry]}
tracking: {uri: "sqlite:///mlflow.db", experiment: e, register: nxpredict}
allow_leak: [cd4_baseline]
"""
    study = load_study(write(text))
    assert study.table.separator == ";"
    assert study.genotypes.files == (tmp_path / "cohort.vcf.gz",)
    assert study.arms.reference == "nalmefene"
    assert study.predictors["sex"].labels == {"1": "male", "2": "female"}
    assert study.additional["cd4_baseline"].required
    assert study.additional["severity"].levels == ("mild", "severe")
    assert study.tracking.register_as == "nxpredict"
    assert isinstance(study.response, RelativeChange)
    assert study.response.at_most == -0.3


def test_scalars_stay_what_was_written(write, good) -> None:
    text = (
        good.replace("NTX", "0012")
        .replace("NMF", "null")
        .replace("favourable: 1", "favourable: NO")
    )
    study = load_study(write(text))
    assert study.arms.labels == ("0012", "null")
    assert isinstance(study.response, ColumnResponse)
    assert study.response.favourable == "NO"


def test_variables_stand_for_folders_in_paths_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write, good
) -> None:
    monkeypatch.setenv("NXPREDICT_TEST_DATA", str(tmp_path / "far"))
    text = good.replace("table: cohort", "table: ${NXPREDICT_TEST_DATA}/cohort")
    study = load_study(write(text.replace("study: trial", "study: ${NXPREDICT_TEST_DATA}")))
    assert study.table.path == tmp_path / "far" / "cohort.csv"
    assert study.name == "${NXPREDICT_TEST_DATA}"
    assert study.to_dict()["table"]["path"] == "${NXPREDICT_TEST_DATA}/cohort.csv"


def test_a_section_with_nothing_in_it_is_absent(write, good) -> None:
    study = load_study(write(good + "predictors:\n  # all commented out\ntracking:\n"))
    assert study.predictors == {}


def test_overrides_replace_any_key(tmp_path: Path, write, good) -> None:
    path = write(good)
    study = load_study(path, ["model.seed=9", "evaluation.subgroups=[sex, age]", "table=b.csv"])
    assert study.model.seed == 9
    assert study.evaluation.subgroups == ["sex", "age"]
    assert study.table.path == tmp_path / "b.csv"
    assert study.overrides[2] == "table=b.csv"
    assert study.text is None
    assert load_study(path).text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "override",
    ["model.sed=9", "model.seed", "=1", "model.seed=x", "study.a=1", "a={", "model..seed=1"],
)
def test_a_bad_override_is_wrong_use(override: str, write, good) -> None:
    with pytest.raises(UsageError, match="--set"):
        load_study(write(good), [override])


def test_no_such_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file"):
        load_study(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# nothing\n",
        b"a: [1\n",
        b"a: b: c\n",
        b"- a\n- b\n",
        b"just text",
        b"PK\x03\x04\x00\x00",
        b"\xff\xfe\x00s",
        b"a: &x [*x]\n",
        b"[" * 5000,
        b"a: 1\n---\nb: 2\n",
        b"? [a, b]\n: c\n",
        b"study: \x01\n",
    ],
)
def test_what_is_no_study_file_is_told_in_one_fault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        load_study(path)
    assert caught.value.faults[0].file is not None
    assert caught.value.exit_code == 3


def test_read_study_keeps_the_faults_and_leaves_the_faulty_entries_out(write, good) -> None:
    text = good + "preference: {probability: 2}\nunknown: 1\n"
    study = read_study(write(text))
    assert study.preference.probability == 0.90
    assert sorted(f.code for f in study.faults) == ["bad-value", "unknown-key"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_file_makes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, good: str, data: st.DataObject
) -> None:
    known = st.sampled_from([*good.splitlines(), *ODD])
    path = tmp_path_factory.mktemp("s") / "study.yaml"
    path.write_text("\n".join(data.draw(st.lists(known, max_size=12))), encoding="utf-8")
    with contextlib.suppress(NxpredictError):
        assert load_study(path).arms


def test_a_wrong_reference_does_not_hide_what_the_data_lack(write, good):
    study = read_study(write(good.replace("reference: naltrexone", "reference: naltrexon")))
    assert [f.message for f in study.faults if f.severity == "error"] == [
        "the reference 'naltrexon' is no arm"
    ]
    assert study.arms.reference in study.arms.names


def test_an_arm_may_say_what_its_patients_got(write, good, faults_of):
    text = good.replace(
        "naltrexone: NTX", "naltrexone: {label: NTX, formulation: depot, dose: 380 mg a month}"
    )
    study = load_study(write(text))
    assert study.arms.labels[0] == "NTX"
    assert study.arms.regimen("naltrexone") == "depot, 380 mg a month"
    assert study.arms.regimen("nalmefene") == ""
    written = study.to_dict()["arms"]
    assert written["naltrexone"]["dose"] == "380 mg a month"
    assert written["nalmefene"] == "NMF"
    found = estimand(study.arms, study.response, ())["treatments"]
    assert found == "nalmefene against naltrexone (depot, 380 mg a month)"
    assert "unknown key 'arms.naltrexone.form'" in str(
        faults_of(text.replace("formulation", "form"))
    )
