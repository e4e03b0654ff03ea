"""The as-treated analysis finds what the drug does, where predictors tell who takes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from nxpredict.evaluation import Comparison, OutOfFold
from nxpredict.evaluation._as_treated import as_treated, as_treated_sentences
from nxpredict.study import ResponseScale

ARMS = ("a", "b")


def expit(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def draw(seed: int, n: int = 800) -> tuple[OutOfFold, Comparison, np.ndarray, float]:
    """b helps who takes it; in b those at low x, who respond less, take it less often."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    arm = rng.integers(0, 2, n)
    taken = rng.random(n) < np.where(arm == 1, expit(1.5 * x + 0.5), 0.9)
    gain = np.where((arm == 1) & taken, 0.8, 0.0)
    y = (rng.random(n) < expit(x + gain)).astype(float)
    flat = np.full((1, n, 2), 0.5)
    out = OutOfFold(ARMS, (np.arange(n) % 4)[None, :], flat, flat[0], None)
    comparison = Comparison(pd.DataFrame({"x": x}), y, np.array(ARMS)[arm], ARMS, "a", "randomised")
    return out, comparison, taken.astype(float), float(np.mean(expit(x + 0.8) - expit(x)))


def test_adjustment_recovers_the_drug_where_neither_other_number_does() -> None:
    errors = []
    for seed in range(40):
        out, comparison, taken, truth = draw(seed)
        found = as_treated(out, comparison, taken)["b_vs_a"]
        keys = ("assigned", "treated_only", "adjusted")
        errors.append([found[key].estimate - truth for key in keys])
    table = np.array(errors)
    assigned, alone, adjusted = table.mean(axis=0)
    error = table[:, 2].std(ddof=1) / np.sqrt(len(table))
    assert assigned < -0.03  # diluted by those who did not take it
    assert alone > 0.05  # flattered: those who took it would have done better anyway
    assert abs(adjusted) < 4 * error + 0.01


def test_unknown_counts_as_not_treated_and_small_counts_are_hidden() -> None:
    out, comparison, taken, _ = draw(1)
    few = comparison.received == 0
    taken[few] = 1.0
    taken[np.flatnonzero(few)[:4]] = np.nan
    found = as_treated(out, comparison, taken)
    assert found["b_vs_a"]["share_treated"]["a"] is None
    assert as_treated_sentences(found, comparison.scale)[0].startswith("As treated, biased by")
    taken[~few] = np.nan
    assert as_treated(out, comparison, taken) == {}


def test_patients_of_several_periods_count_once() -> None:
    out, comparison, taken, _ = draw(1)
    taken[:] = 1
    own = np.flatnonzero(comparison.received == 1)
    taken[own[:12]] = 0
    alone = replace(out, clusters=np.arange(len(taken)))
    assert as_treated(alone, comparison, taken)["b_vs_a"]["share_treated"]["b"] is not None
    whose = np.arange(len(taken))
    whose[own[:12]] = np.repeat(own[:6], 2)
    six = replace(out, clusters=np.unique(whose, return_inverse=True)[1])
    assert as_treated(six, comparison, taken)["b_vs_a"]["share_treated"]["b"] is None
    taken[own[12:]] = 0
    taken[own[:12]] = 1
    assert as_treated(alone, comparison, taken)
    assert not as_treated(six, comparison, taken)


def test_if_everybody_took_it_all_three_agree() -> None:
    out, comparison, taken, _ = draw(2)
    found = as_treated(out, comparison, np.ones_like(taken))["b_vs_a"]
    assert abs(found["adjusted"].estimate - found["assigned"].estimate) < 0.04
    assert abs(found["treated_only"].estimate - found["assigned"].estimate) < 0.04


def test_a_number_is_adjusted_in_its_own_unit() -> None:
    """b lowers drinking by 12 g a day in who takes it; those who drink most take it least."""
    grams, errors = ResponseScale("g/day", "lower"), []
    for seed in range(30):
        out, comparison, taken, _ = draw(seed)
        rng = np.random.default_rng(1000 + seed)
        x, arm = comparison.X["x"].to_numpy(), comparison.received
        fall = np.where((arm == 1) & (taken == 1), 12.0, 0.0)
        y = grams.turned(60 - 15 * x - fall + rng.normal(0, 20, len(x)))
        out = replace(out, prediction=np.full_like(out.prediction, y.mean()))
        number = replace(comparison, y=y, scale=grams)
        found = as_treated(out, number, taken)["b_vs_a"]
        keys = ("assigned", "treated_only", "adjusted")
        errors.append([found[key].estimate - 12 for key in keys])
    table = np.array(errors)
    assigned, alone, adjusted = table.mean(axis=0)
    error = table[:, 2].std(ddof=1) / np.sqrt(len(table))
    assert assigned < -2
    assert alone > 3
    assert abs(adjusted) < 4 * error + 0.3
    (sentence,) = as_treated_sentences({"b_vs_a": found}, grams)
    assert "g/day" in sentence
    assert f"{found['adjusted'].estimate:+.3g}" in sentence
