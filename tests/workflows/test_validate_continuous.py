"""A model of a number on another cohort: judged, moved and written in the unit of the response."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict import load_study, validate
from nxpredict.bundle import Bundle, load_bundle
from nxpredict.errors import DataError
from nxpredict.models import Recalibration

PLAIN = "response: {column: responder, favourable: 1}"
FORMS = {
    name: f"response: {{column: {column}, kind: continuous, favourable: {name}, unit: days}}"
    for name, column in (("lower", "hdd"), ("higher", "dry_days"))
}
LABELS = {"NTX": "naltrexone", "NMF": "nalmefene"}
CONTRAST = "nalmefene_vs_naltrexone"
SHIFT = Recalibration((14.0, 16.0), slope=0.5, spread=0.5)
"""The means halved about a place of their own, and moved."""


@dataclass(frozen=True)
class Validated:
    """A trial, the model of it in both directions, and a cohort where its means are shifted."""

    place: Path
    said: str

    def model(self, name: str = "lower") -> Bundle:
        return load_bundle(self.place / name / "model")

    def found(self, name: str) -> dict[str, Any]:
        return json.loads((self.place / f"{name}-new" / "validation.json").read_text())


def drawn(table: pd.DataFrame, mean: np.ndarray, seed: int, sd: float = 3.0) -> pd.DataFrame:
    days = mean + np.random.default_rng(seed).normal(0, sd, len(table))
    return table.assign(hdd=days.round(2).astype(str), dry_days=(-days).round(2).astype(str))


def shifted_mean(table: pd.DataFrame, model: Bundle) -> np.ndarray:
    """Return the mean under the arm received, where the model needs exactly `SHIFT`."""
    predicted = model.predict_response(table)[list(LABELS.values())]
    moved = SHIFT.apply(predicted.to_numpy())
    return moved[np.arange(len(table)), [list(LABELS).index(arm) for arm in table["arm"]]]


@pytest.fixture(scope="module")
def validated(
    tmp_path_factory: pytest.TempPathFactory,
    cohort_table: Callable[..., pd.DataFrame],
    study_text: str,
    run,
) -> Validated:
    place = tmp_path_factory.mktemp("number")
    table = cohort_table(400, 3)
    age = (table["age"].astype(float) - 46) / 10
    mean = 20 + 3 * age - np.where(table["arm"] == "NMF", 1 + 2 * age, 0.0)
    drawn(table, mean.to_numpy(), 4).to_csv(place / "cohort.csv", index=False)
    preference = "\npreference: {minimum_benefit: 0.5}\n"
    for name, form in FORMS.items():
        text = study_text.replace(PLAIN, form) + preference
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
        new = text.replace("table: cohort.csv", "table: new.csv")
        (place / f"{name}-new.yaml").write_text(new, encoding="utf-8")
        quick = ("--jobs", 1, "--set", "model.learner=shrunken_interactions")
        run("train", place / f"{name}.yaml", "--out", place / name, *quick)
    new = cohort_table(600, 5)
    model = load_bundle(place / "lower" / "model")
    drawn(new, shifted_mean(new, model), 6, sd=1.0).to_csv(place / "new.csv", index=False)
    (place / "target.yaml").write_text("age: 50\n", encoding="utf-8")
    said = [
        run(
            "validate", place / f"{name}-new.yaml", "--model", place / name / "model",
            "--target", place / "target.yaml", "--out", place / f"{name}-new",
        )
        for name in FORMS
    ]  # fmt: skip
    return Validated(place, said[0])


def test_the_shift_is_found_and_the_slopes_of_new_patients_restored(
    validated: Validated, cohort_table: Callable[..., pd.DataFrame]
) -> None:
    assert validated.found("lower")["recalibration"]["step"] in ("slope", "per_arm", "effect_scale")
    child = load_bundle(validated.place / "lower-new" / "model")
    table, parent = cohort_table(2000, 77), validated.model()
    y = shifted_mean(table, parent)
    before, after = parent.predict_response(table), child.predict_response(table)
    for label, arm in LABELS.items():
        own = (table["arm"] == label).to_numpy()
        slopes = [np.polyfit(p[arm].to_numpy()[own], y[own], 1)[0] for p in (before, after)]
        assert slopes[0] < 0.7
        assert 0.9 <= slopes[1] <= 1.1
        assert after[arm].to_numpy()[own].mean() == pytest.approx(y[own].mean(), abs=0.3)


def test_the_change_is_told_in_the_unit_of_the_table_and_mirrors(validated: Validated) -> None:
    lower, higher = (validated.found(name)["recalibration"] for name in FORMS)
    assert lower["step"] == higher["step"]
    assert lower["steps"] == higher["steps"]
    # A child remembers it too.
    child = load_bundle(validated.place / "lower-new" / "model")
    told = child.training["recalibration"]["change"]
    assert told["intercepts"] == pytest.approx(lower["change"]["intercepts"], abs=1e-6)
    np.testing.assert_allclose(
        lower["change"]["intercepts"], np.negative(higher["change"]["intercepts"])
    )
    assert lower["change"]["slope"] == pytest.approx(SHIFT.slope, abs=0.06)
    assert lower["change"]["intercepts"] == pytest.approx(SHIFT.intercepts, abs=1.2)


def test_lower_and_higher_mirror_each_other_before_and_after(validated: Validated) -> None:
    lower, higher = (validated.found(name) for name in FORMS)
    for stage in ("before", "after"):
        for arm in lower["arms"]:
            one, other = (found[stage]["per_arm"][arm] for found in (lower, higher))
            for same in ("r_squared", "rmse", "calibration_slope"):
                assert one[same] == pytest.approx(other[same], abs=1e-6)
            for turned in ("mean_response", "calibration_in_the_large"):
                assert one[turned]["estimate"] == pytest.approx(-other[turned]["estimate"])
                assert one[turned]["lower"] == pytest.approx(-other[turned]["upper"])
        one, other = (found[stage]["contrasts"][CONTRAST]["blp"] for found in (lower, higher))
        for same in ("slope", "in_the_large"):
            assert one[same] == pytest.approx(other[same], abs=1e-6)
        assert lower[stage]["verdict"] == higher[stage]["verdict"]
    before, after = (lower[stage]["per_arm"]["naltrexone"] for stage in ("before", "after"))
    assert after["rmse"]["estimate"] < before["rmse"]["estimate"]
    assert after["r_squared"]["lower"] > before["r_squared"]["upper"]


def test_case_mix_and_target_are_in_the_unit_of_the_table(validated: Validated) -> None:
    lower, higher = (validated.found(name) for name in FORMS)
    seen = pd.read_csv(validated.place / "new.csv")["hdd"].mean()
    assert lower["target"]["reached"]
    for arm, mean in lower["target"]["predicted"].items():
        assert mean == pytest.approx(-higher["target"]["predicted"][arm])
        assert mean == pytest.approx(seen, abs=3)
    assert lower["target"]["answers"]["verdict"] == higher["target"]["answers"]["verdict"]
    for who in ("cohort", "training"):
        one, other = (found["linear_predictor"][who] for found in (lower, higher))
        assert one["mean"] == pytest.approx(-other["mean"])
        assert one["sd"] == pytest.approx(other["sd"])
        assert one["mean"] == pytest.approx(20, abs=3)
    assert lower["case_mix"] == higher["case_mix"]


def test_the_page_and_the_command_line_write_days(validated: Validated) -> None:
    page = (validated.place / "lower-new" / "report.html").read_text()
    for said in ("predicted means", "Average difference, days", "F test", "Root mean squared"):
        assert said in page
    for foreign in ("probabilit", "log-odds", "points,", "points (", ") points", "AUC"):
        assert foreign not in re.sub("<[^>]*>", " ", page.split("<body", 1)[1])
    for said in ("R2", "RMSE, days", "observed - predicted, days", "Recalibration recommended"):
        assert said in validated.said
    assert "AUC" not in validated.said


def test_a_right_model_of_a_number_is_left_alone(
    validated: Validated, cohort_table: Callable[..., pd.DataFrame], tmp_path: Path
) -> None:
    table = cohort_table(400, 21)
    predicted = validated.model().predict_response(table)
    own = np.array([predicted.loc[i, LABELS[arm]] for i, arm in enumerate(table["arm"])])
    drawn(table, own, 9).to_csv(tmp_path / "new.csv", index=False)
    text = (validated.place / "lower-new.yaml").read_text()
    (tmp_path / "study.yaml").write_text(text)
    found = validate(load_study(tmp_path / "study.yaml"), validated.model())
    assert found.model is None
    assert found.validation["after"] is None


def test_another_response_than_the_model_learned_is_a_fault(
    validated: Validated, study_text: str
) -> None:
    place = validated.place
    (place / "yes.yaml").write_text(study_text.replace("cohort.csv", "new.csv"))
    days = (place / "lower-new.yaml").read_text().replace("unit: days", "unit: drinks")
    (place / "drinks.yaml").write_text(days)
    learned = "the model predicts a number in days of which lower is better"
    for name, here in (
        ("yes", "a response that is there or not"),
        ("drinks", "a number in drinks of which lower is better"),
        ("higher-new", "a number in days of which higher is better"),
    ):
        with pytest.raises(DataError, match=f"{learned}, the response of this cohort is {here}"):
            validate(load_study(place / f"{name}.yaml"), validated.model())
