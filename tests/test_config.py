from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.config import load_study, read_study
from nxpredict.errors import DataError, NxpredictError, UsageError
from nxpredict.study import estimand

GOOD = """\
study: trial
table: cohort.csv
design: {kind: parallel, allocation: randomised, id: patient_id, arm: drug}
arms: {naltrexone: NTX, nalmefene: NMF}
reference: naltrexone
response: {column: responder, favourable: 1}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        load_study(write(folder, text))
    return [str(fault) for fault in caught.value.faults]


def test_the_shortest_study_file_gets_every_default_once(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, GOOD))
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


def test_every_key_of_the_contract_is_understood(tmp_path: Path) -> None:
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
    study = load_study(write(tmp_path, text))
    assert study.table.separator == ";"
    assert study.genotypes.files == (tmp_path / "cohort.vcf.gz",)
    assert study.arms.reference == "nalmefene"
    assert study.predictors["sex"].labels == {"1": "male", "2": "female"}
    assert study.additional["cd4_baseline"].required
    assert study.additional["severity"].levels == ("mild", "severe")
    assert study.tracking.register_as == "nxpredict"
    assert study.response.to_dict()["at_most"] == -0.3


def test_scalars_stay_what_was_written(tmp_path: Path) -> None:
    text = (
        GOOD.replace("NTX", "0012")
        .replace("NMF", "null")
        .replace("favourable: 1", "favourable: NO")
    )
    study = load_study(write(tmp_path, text))
    assert study.arms.labels == ("0012", "null")
    assert study.response.to_dict()["favourable"] == "NO"


def test_all_faults_come_together_each_with_its_line(tmp_path: Path) -> None:
    text = """\
study: trial
table: cohort.csv
tabel: other.csv
design: {allocation: random, id: patient_id, arm: drug}
arms: {naltrexone: NTX, Nalmefene: NTX}
reference: naltrexon
response: {column: responder, favorable: 1}
predictors: {gtt: {column: x}}
eligibility: [no_current_opioid_us]
preference: {probability: 0.3}
model: {seed: one}
study: again
"""
    faults = faults_of(tmp_path, text)
    for said in (
        "study.yaml:3: unknown key 'tabel'. Did you mean 'table'",
        "study.yaml:4: 'design.allocation': expected 'randomised'",
        "study.yaml:5: arm name 'Nalmefene'",
        "study.yaml:5: two arms have the label 'NTX'",
        "study.yaml:6: the reference 'naltrexon' is no arm",
        "study.yaml:7: unknown key 'response.favorable'",
        "study.yaml:7: the response lacks favourable",
        "study.yaml:8: the catalogue has no predictor 'gtt'",
        "study.yaml:9: there is no eligibility code 'no_current_opioid_us'. Did you mean",
        "study.yaml:10: 'preference.probability': should be greater than 0.5",
        "study.yaml:11: 'model.seed': expected a whole number",
        "study.yaml:12: 'study' is given twice; the first is in line 1",
    ):
        assert any(said in fault for fault in faults), (said, faults)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: parallel", "kind: crossover", "a crossover needs 'period'"),
        (
            "response:",
            "model: {learner: x_forest, prior: sceptical}\nresponse:",
            "'x_forest' cannot start from a sceptical prior",
        ),
        ("kind: parallel", "kind: parallel, period: p", "'period' belongs to a crossover"),
        ("kind: parallel", "kind: parallel, wash_out_days: 7", "belongs to a crossover"),
        ("kind: parallel", "kind: crossover, period: patient_id", "has two roles"),
        ("kind: parallel", "kind: crossover, period: p, wash_out_days: -1", "greater than or"),
        ("nalmefene: NMF", "", "two or more are compared"),
        ("study: trial\n", "", "the key 'study' is missing"),
        ("kind: parallel", "probabilities: {naltrexone: 0.7, nalmefene: 0.7}", "add up to 1.4"),
        ("kind: parallel", "probabilities: {naltrexone: 0.5, placebo: 0.5}", "one probability for"),
        ("kind: parallel", "probabilities: {naltrexone: 1.5, nalmefene: 0.5}", "below 1"),
        ("kind: parallel", "probabilities: {naltrexone: 1, nalmefene: 0}", "and of nalmefene"),
        (
            "randomised",
            "observational, probabilities: {naltrexone: 0.5, nalmefene: 0.5}",
            "known only",
        ),
        ("arm: drug", "arm: patient_id", "two roles"),
        (
            "column: responder, favourable: 1",
            "definition: relative_change, baseline: b",
            "follow_up",
        ),
        ("column: responder", "definition: who_level", "expected 'relative_change'"),
        ("responder", "[a, b]", "expected one value"),
        ("table: cohort.csv", "table: [a]", "a section of"),
        ("table: cohort.csv", "table: {path: a, separator: ab}", "expected 1 character"),
        ("arm: drug", 'arm: ""', "expected some text"),
        (
            "table: cohort.csv",
            "table: ${NXPREDICT_TEST_UNSET}/a.csv",
            "'NXPREDICT_TEST_UNSET' is not set",
        ),
        (
            "study: trial",
            "study: trial\npreference: {minimum_benefit: -0.1}",
            "greater than or equal to 0",
        ),
        (
            "study: trial",
            "study: trial\nadditional_predictors: {age: {column: a, kind: binary}}",
            "catalogue",
        ),
        (
            "study: trial",
            "study: trial\npredictors: {rs1799971: {column: x, unit: U/L}}",
            "is a genotype locus",
        ),
        ("study: trial", "study: trial\npredictors: {age: {column: [a, b]}}", "has one column"),
        (
            "study: trial",
            "study: trial\nadditional_predictors: {'a;b': {column: a, kind: binary}}",
            "cannot name a predictor",
        ),
        ("study: trial", "study: trial\nevaluation: {subgroups: [sexx]}", "no predictor 'sexx'"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert any(said in fault for fault in faults_of(tmp_path, GOOD.replace(old, new)))


def test_variables_stand_for_folders_in_paths_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXPREDICT_TEST_DATA", str(tmp_path / "far"))
    text = GOOD.replace("table: cohort", "table: ${NXPREDICT_TEST_DATA}/cohort")
    study = load_study(
        write(tmp_path, text.replace("study: trial", "study: ${NXPREDICT_TEST_DATA}"))
    )
    assert study.table.path == tmp_path / "far" / "cohort.csv"
    assert study.name == "${NXPREDICT_TEST_DATA}"
    assert study.to_dict()["table"]["path"] == "${NXPREDICT_TEST_DATA}/cohort.csv"


def test_a_section_with_nothing_in_it_is_absent(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, GOOD + "predictors:\n  # all commented out\ntracking:\n"))
    assert study.predictors == {}


def test_overrides_replace_any_key(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    study = load_study(path, ["model.seed=9", "evaluation.subgroups=[sex, age]", "table=b.csv"])
    assert study.model.seed == 9
    assert study.evaluation.subgroups == ["sex", "age"]
    assert study.table.path == tmp_path / "b.csv"


@pytest.mark.parametrize(
    "override",
    ["model.sed=9", "model.seed", "=1", "model.seed=x", "study.a=1", "a={", "model..seed=1"],
)
def test_a_bad_override_is_wrong_use(tmp_path: Path, override: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        load_study(write(tmp_path, GOOD), [override])


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


def test_read_study_keeps_the_faults_and_leaves_the_faulty_entries_out(tmp_path: Path) -> None:
    text = GOOD + "preference: {probability: 2}\nunknown: 1\n"
    study = read_study(write(tmp_path, text))
    assert study.preference.probability == 0.90
    assert sorted(f.code for f in study.faults) == ["bad-value", "unknown-key"]


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(
        st.sampled_from(
            [
                *GOOD.splitlines(),
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
            ]
        ),
        max_size=12,
    )
)
def test_no_file_makes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = write(tmp_path_factory.mktemp("s"), "\n".join(lines))
    with contextlib.suppress(NxpredictError):
        assert load_study(path).arms


def test_a_wrong_reference_does_not_hide_what_the_data_lack(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(GOOD.replace("reference: naltrexone", "reference: naltrexon"))
    study = read_study(path)
    assert [f.message for f in study.faults if f.severity == "error"] == [
        "the reference 'naltrexon' is no arm"
    ]
    assert study.arms.reference in study.arms.names


def test_an_arm_may_say_what_its_patients_got(tmp_path):
    text = GOOD.replace(
        "naltrexone: NTX", "naltrexone: {label: NTX, formulation: depot, dose: 380 mg a month}"
    )
    study = load_study(write(tmp_path, text))
    assert study.arms.labels[0] == "NTX"
    assert study.arms.regimen("naltrexone") == "depot, 380 mg a month"
    assert study.arms.regimen("nalmefene") == ""
    written = study.to_dict()["arms"]
    assert written["naltrexone"]["dose"] == "380 mg a month"
    assert written["nalmefene"] == "NMF"
    assert type(study.arms).from_dict(study.arms.to_dict()) == study.arms
    found = estimand(study.arms, study.response, ())["treatments"]
    assert found == "nalmefene against naltrexone (depot, 380 mg a month)"
    assert "unknown key 'arms.naltrexone.form'" in str(
        faults_of(tmp_path, text.replace("formulation", "form"))
    )
