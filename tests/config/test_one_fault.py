"""An entry that cannot be read is one fault, not the first of several that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nxpredict.config import read_study
from nxpredict.errors import DataError
from nxpredict.study import CrossoverDesign

RESPONSE = "response: {column: responder, favourable: 1}"
ARMS = "arms: {naltrexone: NTX, nalmefene: NMF}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (RESPONSE, "response: {definition: who_level, baseline: b, follow_up: f}", "definition"),
        (RESPONSE, "response: {kind: numeric, column: f, favourable: lower, unit: d}", "kind"),
        (RESPONSE, ("response: {definition: relative_change, baseline: b, follow_up: f, "
         "at_least: lots}"), "expected a number"),
        (RESPONSE, ("response: {definition: alcohol_per_day, at_most: 20, timeline: {path: t, "
         "id: i, day: d, amount: a, follow_up_days: 28}}"), "expected a list"),
        (ARMS, "arms: {naltrexone: [NTX], nalmefene: NMF}", "arms.naltrexone"),
        ("kind: parallel", "kind: cross-over, period: p, wash_out_days: 7", "design.kind"),
        ("kind: parallel", "kind: crossover, period: [p, q]", "design.period"),
        ("kind: parallel", "kind: crossover", "needs 'period'"),
        (RESPONSE, RESPONSE + "\nmodel: {learner: x-forest}", "Did you mean 'x_forest'"),
        ("kind: parallel", "probabilities: {naltrexone: half, nalmefene: 0.5}", "a number"),
    ],
)  # fmt: skip
def test_what_follows_from_a_fault_is_not_said(
    faults_of: Callable[[str], list[str]], good: str, old: str, new: str, said: str
) -> None:
    (fault,) = faults_of(good.replace(old, new))
    assert said in fault


def test_a_learner_that_cannot_learn_from_a_crossover_is_one_fault(
    faults_of: Callable[[str], list[str]], good: str
) -> None:
    crossover = good.replace("kind: parallel", "kind: crossover, period: p")
    (fault,) = faults_of(crossover + "model: {learner: x_forest}")
    assert "'x_forest' cannot learn from a crossover. Choose one of: average" in fault


@pytest.mark.parametrize(
    "probabilities",
    ["{naltrexone: half, nalmefene: half}", "{naltrexone: 0.5, placebo: 0.5}", "{naltrexone: 1}"],
)
def test_faulty_probabilities_are_not_used(
    write: Callable[[str], Path], good: str, probabilities: str
) -> None:
    study = read_study(write(good.replace("kind: parallel", f"probabilities: {probabilities}")))
    assert study.design.probabilities is None
    assert [fault for fault in study.faults if fault.severity == "error"]


def test_a_crossover_without_its_period_is_read_as_one(
    write: Callable[[str], Path], good: str
) -> None:
    for kind in ("crossover", "cross-over, period: p"):
        study = read_study(write(good.replace("kind: parallel", f"kind: {kind}")))
        assert isinstance(study.design, CrossoverDesign)
        assert "" not in study.design.roles


def test_what_does_not_follow_is_still_said(
    faults_of: Callable[[str], list[str]], good: str
) -> None:
    text = good.replace(RESPONSE, RESPONSE.replace("1}", "1, at_least: 3, missing: no}"))
    faults = faults_of(text.replace("reference: naltrexone", "reference: placebo"))
    assert len(faults) == 3
    assert any("'response.at_least' has no meaning" in fault for fault in faults)
    assert any("'placebo' is no arm" in fault for fault in faults)


def test_an_unreadable_response_leaves_nothing_to_go_on_with(
    write: Callable[[str], Path], good: str
) -> None:
    with pytest.raises(DataError):
        read_study(write(good.replace(RESPONSE, "response: {definition: who_level}")))
