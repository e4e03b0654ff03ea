"""The study of known truth: a tiny piece runs and resumes, and its arithmetic is right."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

STUDY = Path(__file__).parents[2] / "experiments" / "known_truth"
MODULES = ("patients", "development", "last_look", "cohorts", "prediction", "measures", "pooling")


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Return the study's modules, which are scripts side by side and no package."""
    monkeypatch.syspath_prepend(str(STUDY))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    for name in MODULES:
        del sys.modules[name]


def call(script: str, *arguments: str) -> str:
    command = [sys.executable, str(STUDY / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_tiny_piece_runs_and_is_not_run_twice(tmp_path: Path) -> None:
    methods = ["sklearn_constant", "sklearn_ridge_interactions"]
    command = ["run.py", "--raw", str(tmp_path), "--n", "120", "--repetitions", "1"]
    command += ["--generators", "missing_genes", "--methods", *methods]
    call(*command)
    call(*command)
    lines = [json.loads((tmp_path / f"{name}.jsonl").read_text()) for name in methods]
    assert lines[0]["prize"] == lines[1]["prize"] > 0
    assert lines[0]["variance"] == 0 < lines[1]["variance"]
    assert "coverage" in lines[0]
    assert "coverage" not in lines[1]
    call("summarise.py", "--raw", str(tmp_path), "--out", str(tmp_path))
    found = pd.read_csv(tmp_path / "results.csv").set_index("method")
    assert found.loc[methods[0], "gain"] == pytest.approx(
        1 - lines[0]["regret"] / lines[0]["prize"], abs=1e-3
    )


def test_a_missing_package_is_skipped_and_said(tmp_path: Path) -> None:
    command = ["piece.py", "--methods", "causalml", "--generators", "equal", "--n", "100"]
    said = call(*command, "--repetition", "1", "--raw", str(tmp_path))
    assert "skipped causalml" in said


def test_the_same_arguments_draw_the_same_cohort_whatever_was_drawn_before(
    study: SimpleNamespace,
) -> None:
    first = study.cohorts.draw_cohort("missing_blood", 150, 1)
    other = study.cohorts.draw_cohort("missing_blood", 150, 2)
    again = study.cohorts.draw_cohort("missing_blood", 150, 1)
    pd.testing.assert_frame_equal(first.training.X, again.training.X)
    np.testing.assert_array_equal(first.training.y, again.training.y)
    assert not np.array_equal(first.p_new, other.p_new)


def test_every_generator_gives_probabilities_and_an_effect_of_the_size_it_says(
    study: SimpleNamespace,
) -> None:
    small = {"consensus", "one_odds_ratio"}
    for name, draw in study.cohorts.GENERATORS.items():
        X, p = draw(np.random.default_rng(1), 4000)
        sd = (p[:, 1] - p[:, 0]).std()
        assert ((p > 0) & (p < 1)).all()
        assert len(X) == 4000
        if name in {"equal", "one_difference"}:
            assert sd < 1e-9
        else:
            assert (0.03 < sd < 0.08) if name in small else (0.10 < sd < 0.25), name


def test_measures_by_hand(study: SimpleNamespace) -> None:
    p = np.tile([[0.4, 0.6], [0.5, 0.4], [0.3, 0.3], [0.2, 0.5]], (60, 1))
    benefit = np.tile([0.1, 0.1, 0.0, -0.1], 60)
    found = study.prediction.Prediction(
        benefit, benefit - 0.25, benefit + 0.25, np.tile([0.95, 0.95, 0.5, 0.05], 60)
    )
    line = study.measures.measure(found, pd.DataFrame({"x": np.zeros(240)}), p)
    assert line["value"] == pytest.approx((0.6 + 0.4 + 0.3 + 0.2) / 4)
    assert line["prize"] == pytest.approx(0.475 - 0.45)
    assert line["harm"] == 1
    assert line["mean_error"] == pytest.approx(0.025 - 0.1)
    assert line["pehe"] == pytest.approx(np.sqrt((0.01 + 0.04 + 0 + 0.16) / 4))
    assert line["coverage"] == pytest.approx(0.75)
    assert line["coverage_largest"] == 0
    assert line["winkler"] == pytest.approx(0.5 + 20 * 0.15 / 4)
    assert (line["stated"], line["stated_right"]) == (180, 60)
    assert line["coverage_gaps"] is None


def hand_made(study: SimpleNamespace, method: str, regret: list[float]) -> pd.DataFrame:
    keys = list(study.measures.measure(*empty(study)))
    line: dict[str, Any] = dict.fromkeys(keys, 0.1)
    rows = [
        line
        | {"suite": "development", "generator": f"g{k % 2}", "n": 300, "repetition": k // 2}
        | {"method": method, "regret": size, "prize": 0.05, "harm": int(size > 0.06)}
        | {"covariance": 0.01 * (k + 1), "variance": 0.02, "slope": (k + 1) / 2}
        | {"fit_seconds": 1.0, "predict_seconds": 1.0}
        for k, size in enumerate(regret)
    ]
    return pd.DataFrame(rows)


def empty(study: SimpleNamespace) -> tuple[Any, pd.DataFrame, Any]:
    found = study.prediction.Prediction(np.zeros(60))
    return found, pd.DataFrame({"x": np.zeros(60)}), np.full((60, 2), 0.5)


def test_pooling_divides_sums_and_pairs_cohorts(study: SimpleNamespace) -> None:
    ours = hand_made(study, "nxpredict_default", [0.01, 0.02, 0.03, 0.04])
    peer = hand_made(study, "sklearn_constant", [0.02, 0.03, 0.04, 0.07])
    row = study.pooling.summary(ours)
    assert row["gain"] == pytest.approx(1 - 0.10 / 0.20)
    assert row["slope"] == pytest.approx(0.10 / 0.08)
    assert row["slope_right"] == pytest.approx(2 / 4)
    of_a_sum = np.sqrt(4 * 2 * np.var([0.01, 0.03]))  # two generators, one of two drawn, twice
    assert row["gain_se"] == pytest.approx(of_a_sum / 0.20, rel=0.1)
    assert np.isnan(study.pooling.summary(ours[:2])["gain_se"])
    pair = study.pooling.paired(ours, peer.drop(index=3))
    assert pair["cohorts"] == 3
    assert pair["gain_difference"] == pytest.approx(0.03 / 0.15)
    assert study.pooling.summary(peer)["harm"] == pytest.approx(1 / 4)


def test_where_nothing_can_be_gained_there_is_no_gain(study: SimpleNamespace) -> None:
    equal = hand_made(study, "nxpredict_default", [1e-17, 0.0, 0.0, 0.0]).assign(prize=1e-17)
    row = study.pooling.summary(equal)
    assert np.isnan(row["gain"])
    assert row["regret"] == pytest.approx(0, abs=1e-12)


def test_lines_from_different_cohorts_are_refused(study: SimpleNamespace) -> None:
    ours = hand_made(study, "nxpredict_default", [0.01, 0.02])
    peer = hand_made(study, "sklearn_constant", [0.01, 0.02]).assign(best=0.2)
    with pytest.raises(ValueError, match="different cohorts"):
        study.pooling.check(pd.concat([ours, peer]))
    with pytest.raises(ValueError, match="twice"):
        study.pooling.check(pd.concat([ours, ours]))


def test_a_drawn_truth_has_the_spread_of_its_name_and_is_drawn_anew_every_time(
    study: SimpleNamespace,
) -> None:
    kinds = set()
    for name, spread in study.cohorts.drawn.SPREADS.items():
        cohorts = [study.cohorts.draw_cohort(name, 150, repetition) for repetition in (1, 2)]
        for cohort in cohorts:
            p = cohort.p_new
            assert ((p >= 0) & (p <= 1)).all()
            assert (p[:, 1] - p[:, 0]).std() == pytest.approx(spread, abs=0.02)
            assert list(cohort.X_new.columns) == list(cohort.training.X.columns)
            kinds.add((cohort.training.X.shape[1], cohort.training.share_second))
        again = study.cohorts.draw_cohort(name, 150, 1)
        pd.testing.assert_frame_equal(cohorts[0].X_new, again.X_new)
        np.testing.assert_array_equal(cohorts[0].p_new, again.p_new)
    assert len(kinds) > 6
