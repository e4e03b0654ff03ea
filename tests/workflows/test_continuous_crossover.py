"""A crossover whose response is a change in grams a day, from the study file to its pages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

STUDY = """\
study: crossover-grams
table: cohort.csv
design: {kind: crossover, allocation: randomised, id: id, arm: arm, period: period, \
wash_out_days: 14}
arms: {naltrexone: NTX, nalmefene: NMF}
reference: naltrexone
response: {kind: continuous, definition: alcohol_per_day, change: absolute, baseline: tac_0, \
follow_up: tac_12, adherence: {column: taken}}
predictors: {age: {column: age}}
additional_predictors:
  drinking: {column: tac_0, kind: continuous, unit: g/day}
preference: {minimum_benefit: 2}
model: {learner: shrunken_interactions, seed: 1}
evaluation: {repeats: 1}
"""
CONTRAST = "nalmefene_vs_naltrexone"


def draw(seed: int, n: int = 70) -> pd.DataFrame:
    """Nalmefene lowers drinking by 10 g a day more; the second period is worse by 4."""
    rng = np.random.default_rng(seed)
    who, when = (part.ravel() for part in np.mgrid[:n, :2])
    second = (rng.permutation(np.resize([0, 1], n))[who] + when) % 2
    own, age = rng.normal(0, 20, n), rng.normal(46, 10, n).clip(25, 70).round()
    grams = 70 + own[who] - 10 * second + 4 * when + rng.normal(0, 10, 2 * n)
    return pd.DataFrame(
        {
            "id": [f"p{k:03d}" for k in who],
            "arm": np.array(["NTX", "NMF"])[second],
            "period": when + 1,
            "age": age[who],
            "tac_0": (100 + own + rng.normal(0, 10, n)).clip(5).round(1)[who],
            "tac_12": grams.clip(0).round(1),
            "taken": rng.uniform(0.6, 1, 2 * n).round(2),
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, run) -> Path:
    place = tmp_path_factory.mktemp("grams")
    for name, seed in (("cohort", 1), ("other", 2)):
        draw(seed).to_csv(place / f"{name}.csv", index=False)
        text = STUDY.replace("cohort.csv", f"{name}.csv")
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    run("train", place / "cohort.yaml", "--out", place / "out", "--jobs", 1)
    return place


def test_patients_are_compared_with_themselves_in_grams(folder: Path) -> None:
    evaluation = json.loads((folder / "out" / "evaluation.json").read_text())
    wide = pd.read_csv(folder / "cohort.csv").pivot_table(
        index="id", columns=["arm", "period"], values="tac_12"
    )
    # Half the difference of the two sequences' changes over time is free of time.
    first = (wide["NTX", 1] - wide["NMF", 2]).mean()
    second = (wide["NTX", 2] - wide["NMF", 1]).mean()
    within = evaluation["contrasts"][CONTRAST]["crossover"]["within"]
    assert within["estimate"] == pytest.approx((first + second) / 2)
    assert within["lower"] < 10 < within["upper"]
    average = evaluation["average"][CONTRAST]
    assert average["established"]
    assert "does not allow for what an arm may leave" in str(evaluation["verdict"])
    assert average["estimate"] == pytest.approx(within["estimate"], abs=3)
    repeats = evaluation["model"]["repeats"]
    assert repeats["patient_sd"] > 0.3
    assert set(repeats["period"]) == {"1", "2"}


def test_what_stands_beside_the_average_says_that_it_takes_periods_as_they_were(
    folder: Path,
) -> None:
    evaluation = json.loads((folder / "out" / "evaluation.json").read_text())
    assigned = evaluation["as_treated"][CONTRAST]["assigned"]
    assert assigned == evaluation["contrasts"][CONTRAST]["ate"]
    assert assigned != evaluation["average"][CONTRAST]
    (said,) = (text for text in evaluation["warnings"] if "as it was observed" in text)
    assert "the average difference" in said


def test_scores_are_means_of_a_change(folder: Path, run) -> None:
    patients = pd.read_csv(folder / "cohort.csv").drop_duplicates("id")[["id", "age", "tac_0"]]
    patients.head(20).to_csv(folder / "new.csv", index=False)
    words = ("--model", folder / "out" / "model", "--out", folder / "scores.csv")
    run("score", folder / "new.csv", *words)
    scores = pd.read_csv(folder / "scores.csv")
    gap = scores["mean_naltrexone"] - scores["mean_nalmefene"]
    np.testing.assert_allclose(scores[f"benefit_{CONTRAST}"], gap, atol=1e-6)
    assert scores["mean_nalmefene"].mean() < -20


def test_pages_say_what_changes(folder: Path) -> None:
    report = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "Mean change from baseline, g/day" in report
    assert "Within patients" in report
    assert "percentage points" not in report
    assert "take every period as it was observed" in report.split('id="beside"')[1][:600]
    tripod = (folder / "out" / "tripod_ai.csv").read_text(encoding="utf-8")
    assert "70 periods (mean response" in tripod
    assert "response rate" not in tripod
    assert "percentage points" not in tripod


def test_it_is_validated_on_another_crossover(folder: Path, run) -> None:
    words = ("--model", folder / "out" / "model", "--out", folder / "validated")
    run("validate", folder / "other.yaml", *words)
    found = json.loads((folder / "validated" / "validation.json").read_text())
    assert found["response"]["change"] == "absolute"
    assert found["before"]["average"] != found["before"]["contrasts"][CONTRAST]["ate"]
    judged = found["after"] or found["before"]
    assert set(judged["warnings"]) <= set(found["warnings"])
    level = (folder / "other.yaml").read_text(encoding="utf-8")
    level = level.replace("change: absolute, baseline: tac_0, ", "")
    (folder / "level.yaml").write_text(level, encoding="utf-8")
    words = ("--model", folder / "out" / "model", "--out", folder / "refused")
    assert "change from baseline" in run("validate", folder / "level.yaml", *words, code=3)
