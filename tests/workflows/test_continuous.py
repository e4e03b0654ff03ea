"""A study whose response is a number, from the study file to the pages of its patients."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from nxpredict.cli import app

PLAIN = "response: {column: responder, favourable: 1}"
STOPPED = "tolerability: {column: stopped, unfavourable: ae}"
TAKEN = "adherence: {column: taken}"
LOWER = (
    f"response: {{column: hdd_change, kind: continuous, favourable: lower, unit: days, {STOPPED}, "
    f"{TAKEN}}}"
)
HIGHER = (
    f"response: {{column: hdd_fall, kind: continuous, favourable: higher, unit: days, {TAKEN}}}"
)
QUICK = ("--set", "model.learner=shrunken_interactions", "--set", "evaluation.repeats=1")
CONTRAST = "nalmefene_vs_naltrexone"


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory,
    cohort_table: Callable[..., pd.DataFrame],
    study_text: str,
    run,
) -> Path:
    """The same trial with less drinking as a fall that is better, and as a change that is worse."""
    place = tmp_path_factory.mktemp("continuous")
    table = cohort_table()
    rng = np.random.default_rng(2)
    age = (table["age"].astype(float) - 46) / 10
    change = -5 + rng.normal(0, 3, len(table)) - np.where(table["arm"] == "NMF", 2 + age, 0.0)
    table["hdd_change"] = change.round(2).astype(str)
    table["hdd_fall"] = (-change).round(2).astype(str)
    table.loc[:3, ["hdd_change", "hdd_fall"]] = ""
    table["stopped"] = np.where(rng.random(len(table)) < 0.25, "ae", "no")
    table["taken"] = np.where(rng.random(len(table)) < 0.2, "0.5", "0.9")
    table.to_csv(place / "cohort.csv", index=False)
    for name, response in (("lower", LOWER), ("higher", HIGHER)):
        text = study_text.replace(PLAIN, response) + "\npreference: {minimum_benefit: 0.5}\n"
        assert response in text
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
        run("train", place / f"{name}.yaml", "--out", place / name, "--jobs", 1, *QUICK)
        patients = table.drop(
            columns=["responder", "hdd_change", "hdd_fall", "stopped", "taken"]
        ).head(20)
        patients.to_csv(place / "patients.csv", index=False)
        words = ("--model", place / name / "model", "--out", place / f"{name}.csv")
        CliRunner().invoke(app, ["score", str(place / "patients.csv"), *map(str, words)])
    return place


def evaluation(folder: Path) -> dict:
    return json.loads((folder / "evaluation.json").read_text())


def test_the_report_and_mlflow_say_what_the_command_line_changed(trained: Path) -> None:
    facts = json.loads((trained / "lower" / "facts.json").read_text(encoding="utf-8"))
    command = "nxpredict train lower.yaml " + " ".join(QUICK)
    assert facts["reproducibility"]["run"]["command"] == command
    logged = [p.read_text(encoding="utf-8") for p in (trained / "mlartifacts").rglob("study.yaml")]
    assert len(logged) == 2
    assert all("learner: shrunken_interactions" in text for text in logged)


def test_stopping_beside_a_number_is_a_probability(trained: Path) -> None:
    table = pd.read_csv(trained / "cohort.csv")
    known = table[table["hdd_change"].notna()]
    found = evaluation(trained / "lower")["tolerability"]
    assert found["n"] == len(known)
    for arm, label in (("naltrexone", "NTX"), ("nalmefene", "NMF")):
        share = (known.loc[known["arm"] == label, "stopped"] == "ae").mean()
        assert found["per_arm"][arm]["rate"]["estimate"] == pytest.approx(share)
        assert 0 < found["per_arm"][arm]["brier"]["estimate"] < 0.5
    assert abs(found["average"][CONTRAST]["estimate"]) < 0.2
    assert "net_benefit" not in found
    page = (trained / "lower" / "report.html").read_text(encoding="utf-8")
    assert "Stopping for adverse events, with 95% intervals" in page
    assert "Share of patients" in page
    assert "tolerability" not in evaluation(trained / "higher")


def test_as_treated_is_an_improvement_in_days(trained: Path) -> None:
    lower, higher = (evaluation(trained / name)["as_treated"] for name in ("lower", "higher"))
    table = pd.read_csv(trained / "cohort.csv")
    took = table[(table["taken"] >= 0.8) & table["hdd_change"].notna()]
    means = took.groupby("arm")["hdd_change"].mean()
    for found in (lower[CONTRAST], higher[CONTRAST]):
        alone = found["treated_only"]["estimate"]
        assert alone == pytest.approx(means["NTX"] - means["NMF"])
        assert found["adjusted"]["estimate"] == pytest.approx(alone, abs=0.7)
    page = (trained / "lower" / "report.html").read_text(encoding="utf-8")
    assert "As treated" in page
    assert "Percentage points of response" not in page


def test_means_are_as_in_the_table_and_benefits_are_improvements(trained: Path) -> None:
    lower, higher = (pd.read_csv(trained / f"{name}.csv") for name in ("lower", "higher"))
    assert lower["mean_nalmefene"].notna().sum() > 10
    for arm in ("naltrexone", "nalmefene"):
        name = f"mean_{arm}"
        np.testing.assert_allclose(lower[name], -higher[name], atol=1e-6)
        np.testing.assert_allclose(lower[f"{name}_lower"], -higher[f"{name}_upper"], atol=1e-6)
    benefit = f"benefit_{CONTRAST}"
    np.testing.assert_allclose(lower[benefit], higher[benefit], atol=1e-6)
    gap = lower["mean_naltrexone"] - lower["mean_nalmefene"]
    np.testing.assert_allclose(lower[benefit], gap, atol=1e-6)
    meta = json.loads((trained / "lower.csv.meta.json").read_text())
    assert meta["response"]["unit"] == "days"
    assert meta["response"]["favourable"] == "lower"


def test_the_evaluation_is_on_the_scale_of_the_table(trained: Path) -> None:
    lower, higher = evaluation(trained / "lower"), evaluation(trained / "higher")
    table = pd.read_csv(trained / "cohort.csv")
    assert lower["response"] == {"kind": "continuous", "unit": "days", "favourable": "lower"}
    for arm, label in (("naltrexone", "NTX"), ("nalmefene", "NMF")):
        found, turned = lower["per_arm"][arm], higher["per_arm"][arm]
        seen = table.loc[table["arm"] == label, "hdd_change"].mean()
        assert found["mean_response"]["estimate"] == pytest.approx(seen)
        assert turned["mean_response"]["estimate"] == pytest.approx(-seen)
        for name in ("r_squared", "rmse", "calibration_slope"):
            assert found[name]["estimate"] == pytest.approx(turned[name]["estimate"], abs=1e-6)
        large = found["calibration_in_the_large"]["estimate"]
        assert large == pytest.approx(-turned["calibration_in_the_large"]["estimate"], abs=1e-6)
        assert "auc" not in found
    assert lower["average"][CONTRAST]["estimate"] > 1
    assert lower["verdict"] == higher["verdict"]
    policy = lower["contrasts"][CONTRAST]["policy_value"]
    means = policy["all_naltrexone"]["estimate"] - policy["all_nalmefene"]["estimate"]
    assert means == pytest.approx(lower["average"][CONTRAST]["estimate"])


def test_pages_write_days_and_no_probability_of_response(trained: Path, run) -> None:
    report = (trained / "higher" / "report.html").read_text()
    assert "Mean response, days" in report
    # Of stopping, which the other one declares, there are percentage points.
    assert "percentage points" not in report
    assert "of response, one-sided" not in report
    run(
        "explain",
        trained / "patients.csv",
        "--model",
        trained / "lower" / "model",
        "--out",
        trained / "explained",
        code=4 if (pd.read_csv(trained / "lower.csv")["status"] != "scored").any() else 0,
    )
    page = (trained / "explained" / "patient-000001.html").read_text()
    assert "Lower is better" in page
    assert "in 100" not in page
    index = (trained / "explained" / "index.html").read_text()
    assert "Expected mean response" in index


def test_what_has_no_meaning_is_a_fault_with_the_fix(trained: Path, run) -> None:
    text = (trained / "lower.yaml").read_text()
    for wrong, message in (
        (text.replace("unit: days", "unit: days, missing: failure"), "no number stands for"),
        (text.replace("favourable: lower", "favourable: 1"), "'higher' or 'lower'"),
        (text.replace("preference: {minimum_benefit: 0.5}", ""), "needs 'minimum_benefit'"),
        (text.replace(", unit: days", ""), "lacks unit"),
        (text + "model: {prior: sceptical}\n", "log-odds"),
    ):
        (trained / "wrong.yaml").write_text(wrong)
        assert message in " ".join(run("check", trained / "wrong.yaml", code=3).split())
