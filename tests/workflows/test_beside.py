"""A study that also says who stopped for adverse events, and who took the drug."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.tracking._log import metrics

CONTRAST = "nalmefene_vs_naltrexone"
GIVEN = "{label: NTX, formulation: tablet, dose: 50 mg a day}"
KEYS = (
    "response: {column: responder, favourable: 1, "
    "tolerability: {column: adverse_dropout, unfavourable: 1}, "
    "adherence: {column: days_taken_share}}"
)


def with_both(table: pd.DataFrame) -> pd.DataFrame:
    """Add stopping, of more patients on nalmefene, none of whom responds; and shares taken."""
    rng = np.random.default_rng(1)
    stopped = rng.random(len(table)) < np.where(table["arm"] == "NMF", 0.3, 0.1)
    share = np.where(stopped, 0.2, rng.uniform(0.6, 1.0, len(table))).round(2)
    table = table.assign(
        adverse_dropout=np.where(stopped, "1", "0"), days_taken_share=share.astype(str)
    )
    table.loc[stopped, "responder"] = "0"
    table.loc[[0, 5], "adverse_dropout"] = ""
    return table


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    cohort_table: Callable[..., pd.DataFrame],
    study_text: str,
    run,
) -> Path:
    place = tmp_path_factory.mktemp("beside")
    with_both(cohort_table()).to_csv(place / "cohort.csv", index=False)
    plain = "response: {column: responder, favourable: 1}"
    assert plain in study_text
    text = study_text.replace(plain, KEYS).replace("naltrexone: NTX", f"naltrexone: {GIVEN}")
    (place / "study.yaml").write_text(text, encoding="utf-8")
    said = run("train", place / "study.yaml", "--out", place / "out", "--jobs", "1")
    assert "Stopping for adverse events, nalmefene vs naltrexone: +" in said
    return place


@pytest.fixture(scope="module")
def alone(folder: Path, run) -> Path:
    """The same cohort trained on without either."""
    run("train", folder / "study.yaml", "--out", folder / "plain", "--jobs", "1",
        "--set", "response={column: responder, favourable: 1}")  # fmt: skip
    return folder / "plain"


def test_the_evaluation_holds_both_and_the_verdict_stays_on_the_response(
    folder: Path, alone: Path
) -> None:
    evaluation: dict[str, Any] = json.loads((folder / "out" / "evaluation.json").read_text())
    table = pd.read_csv(folder / "cohort.csv")
    found = evaluation["tolerability"]
    assert found["n"] == len(table) - 2
    for arm, label in (("naltrexone", "NTX"), ("nalmefene", "NMF")):
        rate = table.loc[table["arm"] == label, "adverse_dropout"].mean()
        assert found["per_arm"][arm]["rate"]["estimate"] == pytest.approx(rate)
    assert found["average"][CONTRAST]["lower"] > 0
    assert found["net_benefit"][-1]["best"] == "naltrexone"
    treated = (table["days_taken_share"] >= 0.8)[table["arm"] == "NTX"].mean()
    shares = evaluation["as_treated"][CONTRAST]["share_treated"]
    assert shares["naltrexone"] == pytest.approx(treated)
    plain = json.loads((alone / "evaluation.json").read_text())
    assert "tolerability" not in plain
    for key in ("verdict", "average", "heterogeneity", "per_arm"):
        assert plain[key] == evaluation[key]


def test_the_run_holds_the_numbers_of_the_tolerability(folder: Path) -> None:
    evaluation = json.loads((folder / "out" / "evaluation.json").read_text())
    found = dict(metrics(evaluation))
    assert found[f"tolerability/{CONTRAST}"] > 0
    rate = evaluation["tolerability"]["per_arm"]["nalmefene"]["rate"]["estimate"]
    assert found["tolerability/nalmefene/rate"] == rate


def test_the_report_shows_both_and_labels_the_second(folder: Path, alone: Path) -> None:
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert 'id="beside"' in page
    assert "As treated" in page
    assert "biased by whatever makes patients stop" in page
    assert "Stopping for adverse events" in page
    for name in ("report.html", "model_card.md"):
        assert "tablet, 50 mg a day" in (folder / "out" / name).read_text(encoding="utf-8")
    plain = (alone / "report.html").read_text(encoding="utf-8")
    assert 'id="beside"' not in plain


def test_too_few_who_stopped_are_not_modelled(
    cohort_table: Callable[..., pd.DataFrame], study_text: str, make_study: Callable[..., Any], run
) -> None:
    table = cohort_table().assign(adverse_dropout="0", days_taken_share="1")
    table.loc[:4, "adverse_dropout"] = "1"
    plain = "response: {column: responder, favourable: 1}"
    study = make_study(table, study_text.replace(plain, KEYS))
    run("train", study.study, "--out", study.out, "--jobs", "1")
    evaluation = json.loads((study.out / "evaluation.json").read_text())
    assert "tolerability" not in evaluation
    assert any("Tolerability was not modelled" in text for text in evaluation["warnings"])
