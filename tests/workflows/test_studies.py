"""Studies of other shapes: other drugs, three arms, gaps everywhere, labels never seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from nxpredict import load_cohort, load_study
from nxpredict.bundle import load_bundle
from nxpredict.catalog import load_catalog
from nxpredict.scoring import score_file
from nxpredict.workflows._fit import fit_and_judge
from nxpredict.workflows._progress import silent

FOREIGN_STUDY = """\
study: hiv-drugs
table: cohort.csv
design: {kind: parallel, allocation: randomised, id: pid, arm: treat}
arms: {zidovudine: 0, zidovudine+didanosine: 1, didanosine: 2}
reference: zidovudine
response: {definition: relative_change, baseline: cd40, follow_up: cd420, at_least: 0.1}
additional_predictors:
  karnofsky: {column: karnof, kind: ordinal}
  symptoms: {column: symptom, kind: binary}
  weight: {column: wtkg, kind: continuous, unit: kg}
  clinic: {column: clinic, kind: categorical}
evaluation: {folds: 2, repeats: 1, subgroups: [symptoms]}
tracking: {experiment: hiv}
"""


def draw_foreign(n: int = 240) -> pd.DataFrame:
    """Draw a trial of which the catalogue knows neither a drug nor a predictor."""
    rng = np.random.default_rng(5)
    arm = rng.permutation(np.arange(n) % 3)
    weight = rng.normal(75, 12, n).round(1)
    baseline = rng.normal(350, 90, n).round(0).clip(50)
    change = rng.normal(0.05, 0.3, n) + 0.1 * (arm == 1) + 0.01 * (weight - 75) * (arm == 2)
    table = pd.DataFrame(
        {
            "pid": [str(10_000 + k) for k in range(n)],
            "treat": arm.astype(str),
            "karnof": rng.choice(["70", "80", "90", "100"], n),
            "symptom": rng.choice(["no", "yes"], n),
            "wtkg": weight.astype(str),
            "clinic": rng.choice(["north", "south", "west"], n),
            "cd40": baseline.astype(str),
            "cd420": (baseline * (1 + change)).round(0).clip(1).astype(str),
        },
        dtype="str",
    )
    for column in ("karnof", "wtkg", "clinic"):
        table.loc[rng.random(n) < 0.15, column] = ""
    return table


def test_other_drugs_and_another_disease_train_score_and_explain(
    make_study: Callable[..., Any],
    run,
) -> None:
    folder = make_study(draw_foreign(), FOREIGN_STUDY)
    said = run("train", folder.study, "--out", folder.out, "--jobs", "1")
    evaluation = json.loads((folder.out / "evaluation.json").read_text())
    arms = ["zidovudine", "zidovudine+didanosine", "didanosine"]
    contrasts = {f"{arm}_vs_zidovudine" for arm in arms[1:]}
    assert evaluation["arms"] == arms
    assert set(evaluation["average"]) == set(evaluation["contrasts"]) == contrasts
    pairs = {*contrasts, "didanosine_vs_zidovudine+didanosine"}
    assert set(evaluation["verdict"]["by_contrast"]) == pairs
    assert "didanosine vs zidovudine+didanosine: " in said

    new = draw_foreign(30).drop(columns=["treat", "cd40", "cd420"])
    new.loc[0, "clinic"] = "overseas"
    new.loc[1, ["karnof", "wtkg", "clinic"]] = ""
    new.loc[2, "symptom"] = ""
    new.to_csv(folder.folder / "new.csv", index=False)
    out = folder.folder / "scores.csv"
    model = folder.out / "model"
    run("score", folder.folder / "new.csv", "--model", model, "--out", out)
    scores = pd.read_csv(out, keep_default_na=False, dtype={"patient_id": "str"})
    assert (scores["status"] == "scored").all()
    # The cautions of the catalogue are about drugs that this study does not give.
    assert (scores["cautions"] == "").all()
    assert (scores["cautions_not_assessed"] == "").all()
    for arm in arms[1:]:
        np.testing.assert_allclose(
            scores[f"benefit_{arm}_vs_zidovudine"],
            scores[f"p_{arm}"] - scores["p_zidovudine"],
            rtol=0,
            atol=1e-6,
        )
    pages = folder.folder / "pages"
    run(
        "explain", folder.folder / "new.csv", "--model", model, "--out", pages, "--patient", "10001"
    )
    assert (pages / "patient-000002.html").is_file()
    report = (folder.out / "report.html").read_text(encoding="utf-8")
    assert "zidovudine+didanosine" in report


def fit(study: Path, *overrides: str) -> Any:
    read = load_study(study, overrides)
    return fit_and_judge(read, load_cohort(read), load_catalog(), jobs=1, progress=silent)


def test_a_label_never_seen_is_scored_like_the_rare_ones(
    cohort_table: Callable[..., pd.DataFrame], make_study: Callable[..., Any], tmp_path: Path
) -> None:
    bundle = fit(make_study().study).bundle
    table = cohort_table(40, 3).drop(columns=["arm", "site", "responder"]).iloc[[10, 10, 10]]
    table = table.assign(
        patient_id=["a", "b", "c"], centre_type=["on the moon", "zanzibar-quarter", ""]
    )
    table.to_csv(tmp_path / "new.csv", index=False)
    score_file(tmp_path / "new.csv", bundle, tmp_path / "scores.csv")
    scores = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False)
    assert (scores["status"] == "scored").all()
    assert scores["p_nalmefene"][0] == scores["p_nalmefene"][1]
    assert "centre_type" not in scores["missing"][0]
    assert "centre_type" in scores["missing"][2]


def test_gaps_in_every_column_train_and_score(
    cohort_table: Callable[..., pd.DataFrame], make_study: Callable[..., Any], tmp_path: Path
) -> None:
    table = cohort_table()
    rng = np.random.default_rng(8)
    for column in set(table.columns) - {"patient_id", "arm"}:
        table.loc[rng.random(len(table)) < 0.4, column] = ""
    judged = fit(make_study(table).study)
    assert any("no response" in warning for warning in judged.evaluation["warnings"])
    found = judged.bundle.predict_response(table)
    empty = (table[["age", "gender", "ggt", "audit_score", "centre_type", "marker"]] == "").all(
        axis=1
    )
    known = found[~empty | (table["OPRM1_rs1799971"] != "")]
    assert known.notna().all(axis=None)
    assert known.ge(0).all(axis=None)
    assert known.le(1).all(axis=None)


@pytest.mark.parametrize("learner", ["average", "risk_based", "x_forest"])
def test_every_learner_trains_from_a_study_file(
    learner: str, make_study: Callable[..., Any], cohort_table: Callable[..., pd.DataFrame]
) -> None:
    judged = fit(make_study().study, f"model.learner={learner}")
    assert judged.evaluation["model"]["learner"] == learner
    assert judged.bundle.predict_response(cohort_table(40, 5)).notna().to_numpy().any()


def test_a_column_without_any_value_is_left_out_and_said(
    cohort_table: Callable[..., pd.DataFrame], make_study: Callable[..., Any]
) -> None:
    judged = fit(make_study(cohort_table().assign(ggt="")).study)
    assert "ggt" not in judged.bundle.inputs
    assert any("'ggt'" in warning for warning in judged.evaluation["warnings"])


def test_the_study_file_that_simulate_writes_trains_as_it_stands(tmp_path: Path, run) -> None:
    config = tmp_path / "scenario.yaml"
    config.write_text("scenario: consensus\nn: 160\nnew_patients: 12\nseed: 4\n")
    out = tmp_path / "drawn"
    run("simulate", config, "--out", out)
    names = {"cohort.csv", "cohort.vcf.gz", "truth.csv", "study.yaml"}
    assert names | {"new_patients.csv", "new_patients.vcf.gz"} <= {p.name for p in out.iterdir()}
    facts = json.loads(run("check", out / "study.yaml", "--json"))
    assert not [issue for issue in facts["issues"] if issue["severity"] == "error"]
    judged = fit(out / "study.yaml", "evaluation.folds=2", "evaluation.repeats=1")
    assert judged.evaluation["n"] == 160
    assert "OPRM1_rs1799971_G_dosage" in judged.bundle.inputs
    assert not {"ancestry", "race"} & set(judged.bundle.inputs)


def test_the_model_that_was_written_is_the_one_that_was_judged(trained: Any) -> None:
    read = fit(trained.study).bundle
    assert load_bundle(trained.out / "model").sha256 == read.sha256


def test_the_threads_of_the_machine_change_no_byte(tmp_path: Path, run) -> None:
    """With as many predictors as this, sums in another order would show in the last digits."""
    config = tmp_path / "scenario.yaml"
    config.write_text("scenario: consensus\nn: 160\nnew_patients: 12\nseed: 4\n")
    run("simulate", config, "--out", tmp_path / "drawn")
    fast = ("evaluation.folds=2", "evaluation.repeats=1")
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(fit(tmp_path / "drawn" / "study.yaml", *fast))
    one, two = found
    assert two.bundle.sha256 == one.bundle.sha256
    assert two.evaluation == one.evaluation
